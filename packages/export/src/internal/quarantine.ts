/** Rows of a list that could not be kept, and were not read since. */
import type { DatasetError } from "@trunkline/dataset"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import * as Interval from "@trunkline/dataset/Interval"
import * as Effect from "effect/Effect"
import type { Scope } from "../Source.js"
import * as Published from "./published.js"

/** Each once, by its id, or by the hash of its text where it has none. */
export const unresolved = (
  dataset: Readable,
  scope: Pick<Scope, "source" | "scope" | "list">
): Effect.Effect<ReadonlyArray<string>, DatasetError.LedgerError | DatasetError.QueryError> =>
  Effect.gen(function*() {
    const aside = (yield* dataset.quarantine).filter((row) =>
      row.source === scope.source && row.scope === scope.scope &&
      (Interval.satisfies(row.stream, scope.list.stream) || Interval.satisfies(scope.list.stream, row.stream))
    )
    if (aside.length === 0) return []
    const held = new Set((yield* dataset.heldIds(Published.heldList(scope), null)).map(({ id }) => id))
    return [...new Set(aside.map(({ key }) => key))].filter((key) => !held.has(key))
  })
