/**
 * How many rows a published file holds, by the values of a column: remembered in the ledger, so that a comparison of a whole list reads,
 * or fetches, no file that has not changed since it was counted.
 */
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { resolve } from "node:path"
import type { LedgerError, QueryError } from "../DatasetError.js"
import type { Statements } from "../Ledger.js"
import * as ParquetFiles from "../ParquetFiles.js"
import type { Session } from "../Session.js"
import * as Remembered from "./remembered.js"
import * as Sql from "./sql.js"

/** A column with more values is asked each time. */
const mostValues = 1000

const Row = Schema.Struct({ value: Schema.NullOr(Schema.String), there: Schema.Number, all: Schema.Number })

/** Of each value, how many rows the vendor still returned when they were last compared, and how many there are. */
export type Counts = ReadonlyArray<typeof Row.Type>

const Text = Schema.parseJson(Schema.Struct({ sha256: Schema.String, counts: Schema.Array(Row) }))
const encode = Schema.encodeSync(Text)

export interface Place {
  readonly shelf: number
  readonly partition: string
  readonly sha256: string
}

const nameOf = ({ partition, shelf }: Place, column: string | null): string =>
  `held ${shelf} ${partition} ${column ?? ""}`

/** Those of these files that were counted since they were published. */
export const recall = (
  ledger: Pick<Statements, "all">,
  places: ReadonlyArray<Place>,
  column: string | null
): Effect.Effect<ReadonlyMap<Place, Counts>, LedgerError> =>
  Effect.map(Remembered.some(ledger, places.map((place) => nameOf(place, column))), (texts) => {
    const known = new Map<Place, Counts>()
    for (const place of places) {
      const found = Option.flatMap(
        Option.fromNullable(texts.get(nameOf(place, column))),
        Schema.decodeOption(Text)
      )
      if (Option.isSome(found) && found.value.sha256 === place.sha256) known.set(place, found.value.counts)
    }
    return known
  })

/** DuckDB holds what it knows of so many files at a time. */
const filesAtOnce = 100

const Counted = Schema.Struct({ file: Schema.String, ...Row.fields })

/** Counts the rows of files that are here, and remembers them. */
export const take = (
  { ledger, session }: { readonly ledger: Statements; readonly session: Session },
  places: ReadonlyArray<Place & { readonly path: string }>,
  column: string | null
): Effect.Effect<Counts, LedgerError | QueryError> =>
  Effect.map(
    Effect.forEach(Array.chunksOf(places, filesAtOnce), (some) =>
      Effect.gen(function*() {
        const found = yield* session.all(
          Counted,
          // Files of an earlier version have no such column.
          `SELECT trunkline_file AS file, ${
            column === null ? "NULL::VARCHAR" : `CAST(${Sql.name(column)} AS VARCHAR)`
          } AS value,
              (count(*) FILTER (WHERE gone_at IS NULL))::DOUBLE AS there, count(*)::DOUBLE AS "all"
            FROM (SELECT CAST(NULL AS TIMESTAMPTZ) AS gone_at WHERE false UNION ALL BY NAME
              SELECT * FROM ${ParquetFiles.rows(Array.map(some, ({ path }) => path), { file: "trunkline_file" })})
            GROUP BY 1, 2`
        )
        const counts = Array.groupBy(found, ({ file }) => file)
        const paths = some.map(({ path }) => resolve(path))
        // A file that DuckDB calls by another name is counted, and not remembered.
        if (Object.keys(counts).every((file) => paths.includes(file))) {
          const few = some.filter(({ path }) => (counts[resolve(path)] ?? []).length <= mostValues)
          const texts = few.map((place) =>
            [
              nameOf(place, column),
              encode({ sha256: place.sha256, counts: counts[resolve(place.path)] ?? [] })
            ] as const
          )
          yield* Remembered.setSome(ledger, texts)
        }
        return found
      })),
    (found) => found.flat()
  )
