/** The newest certificates of a list. */
import { type Certificate, Interval } from "@trunkline/dataset"
import type { Scope } from "../Source.js"

/** Without those that newer ones cover. */
export const newest = (
  certificates: ReadonlyArray<Certificate.Certificate>,
  { list, scope, source }: Pick<Scope, "source" | "scope"> & { readonly list: Pick<Scope["list"], "stream"> }
): ReadonlyArray<Certificate.Certificate> => {
  let covered: Interval.Intervals = []
  return certificates
    .filter((one) =>
      one.source === source && one.scope === scope && one.verdict === "certified" &&
      Interval.satisfies(one.stream, list.stream)
    )
    .toSorted((left, right) => right.readAt.epochMillis - left.readAt.epochMillis)
    .filter((one) => {
      const own = [Interval.make(one.from, one.to)]
      if (Interval.subtract(own, covered).length === 0) return false
      covered = Interval.union(covered, own)
      return true
    })
}
