/** What is published of a list. */
import type { DatasetError } from "@trunkline/dataset"
import type { HeldList, Readable } from "@trunkline/dataset/DatasetReader"
import * as Effect from "effect/Effect"
import type { Scope } from "../Source.js"

/** The rows of a list, wherever they are published. */
export const heldList = ({ list: { published }, source }: Pick<Scope, "list" | "source">): HeldList => ({
  source,
  ...published
})

/** The lines that published calls and messages came over. */
export const lines = (
  dataset: Readable,
  scope: Pick<Scope, "list" | "source">
): Effect.Effect<ReadonlyArray<string>, DatasetError.QueryError | DatasetError.LedgerError> =>
  Effect.map(
    dataset.heldValues(heldList(scope), "line_number"),
    (values) => values.filter((value) => value.startsWith("+")).toSorted()
  )
