/** Tables whose rows stand in the ledger, and whose files are written from there. */
import * as Column from "@trunkline/parquet/Column"
import type * as Table from "@trunkline/parquet/Table"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import type { Damaged, LedgerError, QueryError } from "../DatasetError.js"
import * as ParquetFiles from "../ParquetFiles.js"
import type { Connection } from "../Session.js"
import { writeAside } from "./aside.js"
import * as Intents from "./intents.js"
import { oldFile, type Opened, shelfOf } from "./opened.js"
import * as Sql from "./sql.js"

/** A row as JSON has it: instants are ISO text. */
export type Row = Readonly<Record<string, unknown>>

/** The ledger of an earlier version knows fewer columns, and DuckDB wants each of them named. */
const filled = ({ columns }: Pick<Table.Any, "columns">, row: Row): Row =>
  Object.fromEntries(columns.map(({ name, type }) => [name, row[name] ?? (type._tag === "List" ? [] : null)]))

/** The rows that changed, and those of the old file that did not. */
const query = ({ columns, key }: Pick<Table.Any, "columns" | "key">, old: string | null): string => {
  const changed = `SELECT entry.* FROM (
    SELECT unnest(CAST(CAST(getvariable('trunkline_rows') AS JSON) AS ${Sql.type(Column.Struct(columns))}[])) AS entry
  )`
  return old === null
    ? `SELECT * FROM (${changed}) ORDER BY ${Sql.list(key)}`
    : `WITH changed AS (${changed}) SELECT * FROM (
        SELECT * FROM changed UNION ALL BY NAME
        SELECT old.* FROM ${ParquetFiles.rows([old])} AS old ANTI JOIN changed ON ${Sql.same(key, "changed", "old")}
      ) ORDER BY ${Sql.list(key)}`
}

/** Writes the file of a partition anew, with rows that changed since it was written last. */
export const publish = (
  opened: Opened,
  connection: Connection,
  { partition, rows, source, table, units }: {
    readonly table: Pick<Table.Any, "name" | "columns" | "key">
    readonly source: string
    readonly partition: string
    readonly rows: ReadonlyArray<Row>
    /** The keys of the rows, where the ledger counts them; none are ever removed. */
    readonly units?: ReadonlyArray<string>
  }
): Effect.Effect<void, Damaged | LedgerError | QueryError> =>
  Effect.gen(function*() {
    const shelf = yield* shelfOf(opened.ledger, table.name, source)
    const old = yield* oldFile(opened, shelf, partition)
    yield* connection.run("SET VARIABLE trunkline_rows = $1", [JSON.stringify(rows.map((row) => filled(table, row)))])
    const file = yield* writeAside(
      opened,
      connection,
      { shelf, partition, old: old?.sha256 ?? null },
      query(table, old?.path ?? null)
    )
    const pieces = Array.chunksOf(units ?? [], Intents.some)
    const piece = (index: number) => Effect.succeed(JSON.stringify((pieces[index] ?? []).map((unit) => [unit, "{}"])))
    yield* Intents.carryOut(opened, {
      files: [file],
      keys: units === undefined ? [] : [{ shelf, partition, pieces: pieces.length, piece }],
      windows: []
    })
  })
