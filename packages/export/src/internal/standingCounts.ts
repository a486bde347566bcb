/** What stands, by kind. */
import type { Standing } from "@trunkline/dataset/DatasetReader"

export interface Counts {
  readonly quarantine: number
  readonly vanished: number
  readonly differences: number
  readonly accepted: number
}

/** How much of each kind is not accepted, and how much is. */
export const of = (standing: ReadonlyArray<Standing>): Counts => {
  const open = standing.filter(({ acceptedAt }) => acceptedAt === null)
  const count = (kind: Standing["kind"]) => open.filter((one) => one.kind === kind).length
  return {
    quarantine: count("quarantine"),
    vanished: count("vanished"),
    differences: count("difference"),
    accepted: standing.length - open.length
  }
}
