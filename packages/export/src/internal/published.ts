/** What is published of a list, by the time it happened. */
import type { DatasetError } from "@trunkline/dataset"
import type { HeldList, Readable } from "@trunkline/dataset/DatasetReader"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Scope } from "../Source.js"

type Failure = DatasetError.QueryError | DatasetError.LedgerError

const Line = Schema.Struct({ line_number: Schema.String })

/** Asks each of these tables that has files of this source. */
const each = <A, I>(
  dataset: Readable,
  source: string,
  tables: Iterable<string>,
  schema: Schema.Schema<A, I>,
  select: (
    table: string
  ) => { readonly columns: string; readonly where: string; readonly parameters: ReadonlyArray<string> }
): Effect.Effect<ReadonlyArray<A>, Failure> =>
  Effect.gen(function*() {
    const found = yield* Effect.forEach(tables, (table) =>
      Effect.flatMap(
        dataset.published(table, source),
        Option.match({
          onNone: () => Effect.succeed([]),
          onSome: (files) => {
            const { columns, parameters, where } = select(table)
            return dataset.session.all(schema, `SELECT ${columns} FROM ${files} WHERE ${where}`, parameters)
          }
        })
      ))
    return found.flat()
  })

/** The rows of a list, wherever they are published. */
export const heldList = ({ list: { published }, source }: Pick<Scope, "list" | "source">): HeldList => ({
  source,
  ...published
})

/** The lines that published calls and messages came over. */
export const lines = (dataset: Readable, source: string): Effect.Effect<ReadonlyArray<string>, Failure> =>
  Effect.map(
    each(dataset, source, ["calls", "messages"], Line, () => ({
      columns: "DISTINCT line_number",
      where: "line_number LIKE '+%'",
      parameters: []
    })),
    (rows) => [...new Set(rows.map(({ line_number }) => line_number))].toSorted()
  )
