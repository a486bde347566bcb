/**
 * How many rows a published file holds, by the values of a column: remembered in the ledger, so that a comparison of a whole list reads,
 * or fetches, no file that has not changed since it was counted.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
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

/** Counts the rows of a file that is here, and remembers them. */
export const take = (
  { ledger, session }: { readonly ledger: Statements; readonly session: Session },
  place: Place & { readonly path: string },
  column: string | null
): Effect.Effect<Counts, LedgerError | QueryError> =>
  Effect.gen(function*() {
    const counts = yield* session.all(
      Row,
      // Files of an earlier version have no such column.
      `SELECT ${column === null ? "NULL::VARCHAR" : `CAST(${Sql.name(column)} AS VARCHAR)`} AS value,
          (count(*) FILTER (WHERE gone_at IS NULL))::DOUBLE AS there, count(*)::DOUBLE AS "all"
        FROM (SELECT CAST(NULL AS TIMESTAMPTZ) AS gone_at WHERE false
          UNION ALL BY NAME SELECT * FROM ${ParquetFiles.rows([place.path])}) GROUP BY 1`
    )
    if (counts.length <= mostValues) {
      const text = Schema.encodeSync(Text)({ sha256: place.sha256, counts })
      yield* Remembered.set(ledger, nameOf(place, column), text)
    }
    return counts
  })
