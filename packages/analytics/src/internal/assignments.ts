/** The parameters of a reader as statements that set them in a session. */
import * as ParquetFiles from "@trunkline/dataset/ParquetFiles"
import * as Effect from "effect/Effect"
import { InvalidParameter } from "../AnalyticsError.js"

/** What a reader may decide; every one has a default. */
export interface Parameters {
  /** An IANA name. When left out, each organisation has its own zone, else UTC. */
  readonly zone?: string | undefined
  readonly incoming?: ReadonlyArray<string> | undefined
  readonly answered?: ReadonlyArray<string> | undefined
  /** Outcomes that the answer rate leaves out besides `unknown`. */
  readonly uncounted?: ReadonlyArray<string> | undefined
  readonly missed?: ReadonlyArray<string> | undefined
  readonly followupHours?: number | undefined
  readonly repeatDays?: number | undefined
  /** What came of a call that counts as a conversion. */
  readonly converted?: ReadonlyArray<string> | undefined
  /** A whole number of days, 1 or more. */
  readonly periodDays?: number | undefined
  /** Whether rows count that the vendor no longer returns. */
  readonly gone?: boolean | undefined
}

const words = (values: ReadonlyArray<string>): string => `[${values.map(ParquetFiles.quoted).join(", ")}]::VARCHAR[]`

const set = (name: string, value: string | undefined): ReadonlyArray<string> =>
  value === undefined ? [] : [`SET VARIABLE ${name} = ${value};`]

export const assignments = (parameters: Parameters): Effect.Effect<ReadonlyArray<string>, InvalidParameter> => {
  const { answered, converted, followupHours, gone, incoming, missed, periodDays, repeatDays, uncounted, zone } =
    parameters
  for (const [parameter, value] of Object.entries({ followupHours, repeatDays })) {
    if (value !== undefined && !(Number.isFinite(value) && value >= 0)) {
      return Effect.fail(new InvalidParameter({ parameter, reason: "must be a number, 0 or more" }))
    }
  }
  if (periodDays !== undefined && !(Number.isInteger(periodDays) && periodDays >= 1 && periodDays <= 36_500)) {
    return Effect.fail(
      new InvalidParameter({ parameter: "periodDays", reason: "must be a whole number from 1 to 36500" })
    )
  }
  return Effect.succeed([
    ...set("trunkline_zone", zone === undefined ? undefined : ParquetFiles.quoted(zone)),
    ...set("trunkline_incoming", incoming === undefined ? undefined : words(incoming)),
    ...set("trunkline_answered", answered === undefined ? undefined : words(answered)),
    ...set("trunkline_uncounted", uncounted === undefined ? undefined : words(uncounted)),
    ...set("trunkline_missed", missed === undefined ? undefined : words(missed)),
    ...set("trunkline_followup_hours", followupHours === undefined ? undefined : `${followupHours}::DOUBLE`),
    ...set("trunkline_repeat_days", repeatDays === undefined ? undefined : `${repeatDays}::DOUBLE`),
    ...set("trunkline_converted", converted === undefined ? undefined : words(converted)),
    ...set("trunkline_period_days", periodDays === undefined ? undefined : String(periodDays)),
    ...set("trunkline_gone", gone === undefined ? undefined : String(gone))
  ])
}

/** Breaks where the zone that is set is none. */
export const usesZone = "SELECT trunkline_local(TIMESTAMPTZ '2026-01-01 00:00:00+00', trunkline_zone());"

export const unknownZone = (): InvalidParameter =>
  new InvalidParameter({
    parameter: "zone",
    reason: "no such time zone. Give an IANA name, such as Europe/Paris"
  })
