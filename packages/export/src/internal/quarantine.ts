/** Rows of a list that could not be kept, and were not read since. */
import type { HeldError, Readable, Standing } from "@trunkline/dataset/DatasetReader"
import * as Interval from "@trunkline/dataset/Interval"
import * as Effect from "effect/Effect"
import type { Problem } from "../Problem.js"
import type { Scope } from "../Source.js"
import * as Published from "./published.js"

/** Each once, by its id, or by the hash of its text where it has none. */
export const unresolved = (
  dataset: Readable,
  scope: Pick<Scope, "source" | "scope" | "list">
): Effect.Effect<ReadonlyArray<string>, HeldError> =>
  Effect.gen(function*() {
    const aside = (yield* dataset.quarantine).filter((row) =>
      row.source === scope.source && row.scope === scope.scope &&
      (Interval.satisfies(row.stream, scope.list.stream) || Interval.satisfies(scope.list.stream, row.stream))
    )
    if (aside.length === 0) return []
    const keys = [...new Set(aside.map(({ key }) => key))]
    const held = new Set((yield* dataset.heldAmong(Published.heldList(scope), keys)).map(({ id }) => id))
    return keys.filter((key) => !held.has(key))
  })

/** `1 to 3, 7`, and how many more there are. */
const numbered = (numbers: ReadonlyArray<number>): string => {
  const ranges: Array<{ readonly first: number; readonly last: number }> = []
  for (const number of numbers) {
    const before = ranges.at(-1)
    if (before?.last === number - 1) ranges[ranges.length - 1] = { first: before.first, last: number }
    else ranges.push({ first: number, last: number })
  }
  const shown = ranges.slice(0, 20).map(({ first, last }) => (first === last ? `${first}` : `${first} to ${last}`))
  return [...shown, ...(ranges.length > 20 ? ["and others"] : [])].join(", ")
}

/** Rows in quarantine that nobody accepted, as one problem. */
export const problem = (standing: ReadonlyArray<Standing>): ReadonlyArray<Problem> => {
  const numbers = standing.flatMap(({ acceptedAt, kind, number }) =>
    kind === "quarantine" && acceptedAt === null ? [number] : []
  )
  return numbers.length === 0 ? [] : [{
    tag: "Quarantined",
    source: null,
    scope: null,
    message: `${numbers.length === 1 ? "One row" : `${numbers.length} rows`} could not be read or did not fit: ` +
      `${numbered(numbers)}. Each run asks for them again. trunkline quarantine lists them with the reasons, and ` +
      "trunkline accept N accepts one that stays so",
    requestId: null
  }]
}
