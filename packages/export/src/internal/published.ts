/** What is published of a list. */
import type { HeldError, HeldList, Readable } from "@trunkline/dataset/DatasetReader"
import * as Effect from "effect/Effect"
import type { Place, Scope } from "../Source.js"

/** The rows of a list, wherever they are published. */
export const heldList = ({ list: { published }, source }: Pick<Scope, "list" | "source">): HeldList => ({
  source,
  ...published
})

/** The rows of a list by the column that the vendor filters by, where it is known. */
export const inColumn = (
  scope: Pick<Scope, "list" | "source">,
  place: Pick<Place, "column"> | null
): HeldList => {
  const list = heldList(scope)
  return place === null ? list : { ...list, tables: list.tables.map((table) => ({ ...table, at: place.column })) }
}

/** The lines that published calls and messages came over. */
export const lines = (
  dataset: Readable,
  scope: Pick<Scope, "list" | "source">
): Effect.Effect<ReadonlyArray<string>, HeldError> =>
  Effect.map(
    dataset.heldValues(heldList(scope), "line_number"),
    (values) => values.filter((value) => value.startsWith("+")).toSorted()
  )
