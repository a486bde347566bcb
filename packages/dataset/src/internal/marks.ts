/** Marks published rows that the vendor no longer returns. A later reading of such a row takes the mark away. */
import type { DiskError } from "@trunkline/parquet"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { Damaged, type LedgerError, type QueryError } from "../DatasetError.js"
import * as Held from "./held.js"
import { answerColumn } from "./landing.js"
import * as Layout from "./layout.js"
import { hashOf, onDisk, type Opened, ownPath, shelfOf } from "./opened.js"
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

const Copied = Schema.Struct({ Count: Schema.NumberFromString })
const Id = Schema.Struct({ id: Schema.Number })

/** Lands the rows with the mark and nothing else of them, and returns how many there are. */
export const mark = (
  opened: Opened,
  { answer, goneAt, ids, list }: Marking
): Effect.Effect<number, DiskError | Damaged | LedgerError | QueryError> =>
  Effect.map(
    Effect.forEach(list.tables, ({ id, table: name }) =>
      Effect.gen(function*() {
        const table = opened.tables.get(name)
        const files = yield* Held.relation(opened, opened.ledger, name, list.source)
        if (table === undefined || files === null || !table.groups.some((one) => one.name === group)) return 0
        const file = `${randomUUID()}.parquet`
        const path = ownPath(opened, Layout.landing, file)
        const only = list.only === null ? "" : ` AND ${Sql.name(list.only.column)} = $2`
        const columns = table.columns.map((column) =>
          column.name === "gone_at"
            ? `make_timestamptz(${goneAt.epochMillis * 1000}) AS gone_at`
            : `CAST(${Sql.name(column.name)} AS ${Sql.type(column.type)}) AS ${Sql.name(column.name)}`
        )
        const landed = Effect.gen(function*() {
          const empty = table.columns.map((column) =>
            `CAST(NULL AS ${Sql.type(column.type)}) AS ${Sql.name(column.name)}`
          )
          const [copied] = yield* opened.session.all(
            Copied,
            `COPY (
              SELECT ${columns.join(", ")}, CAST(${answer} AS DOUBLE) AS ${Sql.name(answerColumn)}
              FROM (SELECT ${empty.join(", ")} WHERE false UNION ALL BY NAME SELECT * FROM ${files})
              WHERE CAST(${Sql.name(id)} AS VARCHAR) IN (SELECT unnest(from_json($1, '["VARCHAR"]')))${only}
            ) TO ${Sql.text(path)} (FORMAT parquet)`,
            [JSON.stringify(ids), ...list.only === null ? [] : [list.only.value]]
          )
          const rows = copied?.Count ?? 0
          yield* onDisk("write", path, () => fs.chmod(path, 0o600))
          yield* opened.disk.sync(path)
          yield* opened.disk.syncDirectory(ownPath(opened, Layout.landing))
          const sha256 = yield* hashOf(path)
          const { size } = yield* onDisk("inspect", path, () => fs.stat(path))
          if (sha256 === null) return yield* new Damaged({ path, reason: "vanished while it was being written" })
          if (rows === 0) {
            yield* Effect.ignore(opened.disk.unlink(path))
            return 0
          }
          yield* opened.ledger.transaction("landing commit", (statements) =>
            Effect.gen(function*() {
              const shelf = yield* shelfOf(statements, name, list.source)
              yield* statements.all(
                Id,
                `INSERT INTO landings (shelf, window, file, sha256, rows, bytes, groups, emptied)
                  VALUES (?, NULL, ?, ?, ?, ?, ?, '[]') RETURNING id`,
                shelf.id,
                file,
                sha256,
                rows,
                size,
                JSON.stringify([group])
              )
            }))
          return rows
        })
        return yield* Effect.onError(landed, () => Effect.ignore(opened.disk.unlink(path)))
      })),
    (marked) => marked.reduce((sum, rows) => sum + rows, 0)
  )
