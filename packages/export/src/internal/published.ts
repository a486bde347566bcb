/** What is published of a list, by the time it happened. */
import type { DatasetError, Interval } from "@trunkline/dataset"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { WindowedList } from "../Source.js"

type Failure = DatasetError.QueryError | DatasetError.LedgerError

const Count = Schema.Struct({ count: Schema.Number })
const Id = Schema.Struct({ id: Schema.String })
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

/** A column of a vendor may have any name, also one that SQL keeps for itself. */
const quoted = (name: string): string => `"${name.replaceAll("\"", "\"\"")}"`

const within = (
  dataset: Readable,
  source: string,
  { published: { organizationId, tables } }: Pick<WindowedList, "published">,
  ranges: ReadonlyArray<Interval.Interval>
) =>
<A, I>(schema: Schema.Schema<A, I>, columns: (id: string) => string): Effect.Effect<ReadonlyArray<A>, Failure> => {
  const known = new Map(tables.map((one) => [one.table, one]))
  return each(dataset, source, known.keys(), schema, (table) => {
    const { at, id } = known.get(table) ?? { at: "", id: "" }
    const time = quoted(at)
    const stretches = ranges.map(({ from, to }) =>
      `(${time} >= make_timestamptz(${from.epochMillis * 1000}) AND ${time} < make_timestamptz(${
        to.epochMillis * 1000
      }))`
    )
    return {
      columns: columns(quoted(id)),
      where: `(${stretches.join(" OR ")})${organizationId === null ? "" : " AND organization_id = $1"}`,
      parameters: organizationId === null ? [] : [organizationId]
    }
  })
}

/** How many rows lie in these ranges. */
export const count = (
  dataset: Readable,
  source: string,
  list: Pick<WindowedList, "published">,
  ranges: ReadonlyArray<Interval.Interval>
): Effect.Effect<number, Failure> =>
  Effect.map(
    within(dataset, source, list, ranges)(Count, () => "count(*)::DOUBLE AS count"),
    (rows) => rows.reduce((sum, { count }) => sum + count, 0)
  )

/** The ids of the rows that lie in this range. */
export const ids = (
  dataset: Readable,
  source: string,
  list: Pick<WindowedList, "published">,
  range: Interval.Interval
): Effect.Effect<ReadonlyArray<string>, Failure> =>
  Effect.map(
    within(dataset, source, list, [range])(Id, (id) => `${id} AS id`),
    (rows) => rows.map(({ id }) => id)
  )

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
