/** What an earlier version left behind: rows that landed in a Parquet file. */
import * as Ledger from "@trunkline/dataset/Ledger"
import { Disk, ParquetFile, ParquetJsLite } from "@trunkline/parquet"
import * as Column from "@trunkline/parquet/Column"
import type * as Table from "@trunkline/parquet/Table"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { randomUUID } from "node:crypto"
import { join } from "node:path"

/** Into a dataset that nobody has open, and that knows this table. */
export const landParquet = (
  out: string,
  table: Table.Any,
  found: ReadonlyArray<{ readonly answer: number; readonly row: object }>,
  groups: ReadonlyArray<string> = table.groups.map(({ name }) => name)
) =>
  Effect.gen(function*() {
    const file = `${randomUUID()}.parquet`
    const columns = [...table.columns, { name: "_trunkline_answer", type: Column.Double, nullable: false }]
    const { bytes, rows, sha256 } = yield* Stream.fromIterable(found).pipe(
      Stream.map(({ answer, row }) => ({ ...row, _trunkline_answer: answer })),
      Stream.run(ParquetFile.sinkColumns<object>(columns, { path: join(out, "_trunkline/landing", file) })),
      Effect.provide(Layer.merge(ParquetJsLite.layer, Disk.layer))
    )
    const ledger = yield* Ledger.open(join(out, "_trunkline/ledger.db"))
    yield* ledger.run("INSERT OR IGNORE INTO shelves (name, source) VALUES (?, 'allo')", table.name)
    yield* ledger.run(
      `INSERT INTO landings (shelf, window, file, sha256, rows, bytes, groups, emptied)
        SELECT id, NULL, ?, ?, ?, ?, ?, '[]' FROM shelves WHERE name = ?`,
      file,
      sha256,
      rows,
      bytes,
      JSON.stringify(groups),
      table.name
    )
  }).pipe(Effect.scoped)
