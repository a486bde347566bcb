/** Marks published rows that the vendor no longer returns. A later reading of such a row takes the mark away. */
import type { DiskError } from "@trunkline/parquet"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Damaged, LedgerError, QueryError } from "../DatasetError.js"
import { isWord } from "../Hiding.js"
import * as Copies from "./copies.js"
import * as Held from "./held.js"
import { answerColumn } from "./landedRows.js"
import { type Opened, shelfOf } from "./opened.js"
import * as Sql from "./sql.js"

export interface Marking {
  readonly list: Held.HeldList
  readonly ids: ReadonlyArray<string>
  readonly goneAt: DateTime.Utc
  /** What an answer of a later number says wins. */
  readonly answer: number
}

/** The group of a table that holds the mark. */
const group = "gone"

/** Lands the rows with the mark and nothing else of them, and returns how many there are. */
export const mark = (
  opened: Opened,
  { answer, goneAt, ids, list }: Marking
): Effect.Effect<number, DiskError | Damaged | LedgerError | QueryError> =>
  Effect.map(
    Effect.forEach(list.tables, ({ id, table: name }) =>
      Effect.gen(function*() {
        const table = opened.tables.get(name)
        const words = ids.filter(isWord)
        if (words.length > 0) {
          yield* opened.ledger.run(
            `UPDATE erased_rows SET gone_at = ? WHERE id IN (SELECT value FROM json_each(?))
              AND shelf = (SELECT id FROM shelves WHERE name = ? AND source = ?)`,
            goneAt.epochMillis,
            JSON.stringify(words),
            name,
            list.source
          )
        }
        const isWanted = yield* Held.placesOf(opened, opened.ledger, { id, table: name }, { ids, source: list.source })
        const files = yield* Held.relation(opened, opened.ledger, name, list.source, isWanted)
        if (table === undefined || files === null || !table.groups.some((one) => one.name === group)) return 0
        const only = list.only === null ? "" : ` AND ${Sql.name(list.only.column)} = $2`
        const columns = table.columns.map((column) =>
          column.name === "gone_at"
            ? `${Sql.instant(goneAt)} AS gone_at`
            : `CAST(${Sql.name(column.name)} AS ${Sql.type(column.type)}) AS ${Sql.name(column.name)}`
        )
        const empty = table.columns.map((column) =>
          `CAST(NULL AS ${Sql.type(column.type)}) AS ${Sql.name(column.name)}`
        )
        const copy = yield* Copies.write(opened, opened.session, {
          groups: [group],
          query: `SELECT ${columns.join(", ")}, CAST(${answer} AS DOUBLE) AS ${Sql.name(answerColumn)}
            FROM (SELECT ${empty.join(", ")} WHERE false UNION ALL BY NAME SELECT * FROM ${files})
            WHERE CAST(${Sql.name(id)} AS VARCHAR) IN (SELECT unnest(from_json($1, '["VARCHAR"]')))${only}`,
          parameters: [JSON.stringify(ids), ...list.only === null ? [] : [list.only.value]]
        })
        if (copy === null) return 0
        yield* opened.ledger.transaction(
          "landing commit",
          (statements) =>
            Effect.flatMap(shelfOf(statements, name, list.source), (shelf) => Copies.record(statements, shelf, copy))
        )
        return copy.rows
      })),
    (marked) => marked.reduce((sum, rows) => sum + rows, 0)
  )
