/** What Allomia's documents allow, under the codes it would answer itself. */
import { Bounds } from "@trunkline/http"

export const text = (param: string, value: string | undefined): Bounds.Bound =>
  Bounds.text({ param, value, code: "custom" })

/** A word of an enumeration that may grow: the API alone knows which words there are. */
export const word = (param: string, value: string | undefined): Bounds.Bound =>
  Bounds.text({ param, value, code: "invalid_enum_value" })

/** Pages and their sizes count from 1. */
export const whole = (param: "page" | "limit", value: number | undefined, to?: number): Bounds.Bound =>
  Bounds.whole({ param, value, from: 1, to, code: "custom" })
