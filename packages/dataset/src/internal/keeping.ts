/**
 * Drops what is older than the dataset keeps: whole partitions, rows of those that stay in part, and what the ledger says of
 * them. The ledger speaks first, so that a crash in between leaves rows of which nothing is said, which the next publish drops.
 */
import type * as Table from "@trunkline/parquet/Table"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { existsSync } from "node:fs"
import * as fs from "node:fs/promises"
import { dirname } from "node:path"
import * as Certificate from "../Certificate.js"
import type { Damaged, LedgerError, QueryError } from "../DatasetError.js"
import * as Finding from "../Finding.js"
import type { Statements } from "../Ledger.js"
import * as ParquetFiles from "../ParquetFiles.js"
import type { Connection } from "../Session.js"
import { writeAside } from "./aside.js"
import * as Erased from "./erased.js"
import * as ErasedList from "./erasedList.js"
import * as Files from "./files.js"
import * as Intents from "./intents.js"
import { extrasOf } from "./jobs.js"
import type { Kept } from "./kept.js"
import * as KeptWindows from "./keptWindows.js"
import * as Merging from "./merging.js"
import { oldFile, onDisk, type Opened, publishedPath, type Shelf } from "./opened.js"
import * as Remembered from "./remembered.js"
import * as Sql from "./sql.js"

/** Files that are no part of the dataset any more, and may still lie there. */
export const finish = (opened: Opened): Effect.Effect<void, LedgerError> =>
  Effect.gen(function*() {
    for (const { name, place } of yield* Files.dropped(opened.ledger)) {
      const path = publishedPath(opened, { id: 0, ...place }, place.partition)
      const folder = dirname(path)
      yield* opened.disk.unlink(path)
      yield* Effect.ignore(onDisk("unlink", folder, () => fs.rmdir(folder)))
      // What was not flushed may come back after a power cut, so it is looked for again.
      const isFlushed = yield* Effect.isSuccess(
        opened.disk.syncDirectory(existsSync(folder) ? folder : dirname(folder))
      )
      if (isFlushed) yield* Remembered.forget(opened.ledger, name)
    }
  })

/** When the rows of a table are, where it has a time. */
const timeOf = ({ activeAt }: Pick<Opened, "activeAt">, table: Pick<Table.Any, "name" | "eventTime">): string | null =>
  table.eventTime ?? activeAt[table.name] ?? null

const Text = Schema.Struct({ text: Schema.parseJson(Schema.Array(Schema.String)) })

interface Part {
  readonly file: Files.Recorded
  readonly table: Pick<Table.Any, "name" | "columns" | "key" | "replacedBy" | "eventTime" | "parent">
  /** A condition of the rows of `old` that stay. */
  readonly stays: string
  readonly units: ReadonlyArray<string>
}

/** The table of DuckDB with the units of one table that leave. */
const leaving = (table: string): string => Sql.name(`trunkline_leaving_${table}`)

/** Certificates go by where windows begin. */
const endOf = (kept: Kept, table: string): DateTime.Utc => table === Certificate.table.name ? kept.edge : kept.before

/** Files of which rows leave and others stay; parents before those that live with them. */
const partsOf = (opened: Opened, connection: Connection, kept: Kept, files: ReadonlyArray<Files.Recorded>) =>
  Effect.gen(function*() {
    const parts: Array<Part> = []
    const damaged: Array<Finding.Finding> = []
    const tables = [...opened.tables.values(), Certificate.table]
    const ordered = tables.toSorted((left, right) => Number(left.parent !== null) - Number(right.parent !== null))
    for (const table of ordered) {
      const at = table.parent === null ? timeOf(opened, table) : null
      const isOfLeaving = table.parent === null ? null : leaving(table.parent.table)
      if (at === null && isOfLeaving === null) continue
      yield* connection.run(`CREATE OR REPLACE TEMP TABLE ${leaving(table.name)} (unit VARCHAR)`)
      const goes = isOfLeaving === null
        ? `old.${Sql.name(at ?? "")} < ${Sql.instant(endOf(kept, table.name))}`
        : `CAST(old.${Sql.name(table.parent?.by ?? "")} AS VARCHAR) IN (SELECT unit FROM ${isOfLeaving})`
      for (const file of files.filter((file) => file.table === table.name)) {
        const look = Effect.gen(function*() {
          const shelf = { id: file.shelf, table: file.table, source: file.source }
          const old = yield* oldFile(opened, shelf, file.partition)
          if (old === null) return
          const unit = Sql.unit(table.replacedBy, "old")
          const [found] = yield* connection.all(
            Text,
            `SELECT coalesce(CAST(to_json(list(DISTINCT ${unit})) AS VARCHAR), '[]') AS text
              FROM ${ParquetFiles.rows([old.path])} AS old WHERE ${goes}`
          )
          const units = found?.text ?? []
          if (units.length === 0) return
          yield* connection.run(
            `INSERT INTO ${leaving(table.name)} SELECT unnest(from_json($1, '["VARCHAR"]'))`,
            [JSON.stringify(units)]
          )
          parts.push({ file, table, stays: `NOT coalesce(${goes}, false)`, units })
        })
        yield* Effect.catchTag(look, "Damaged", (problem) =>
          Effect.sync(() => {
            damaged.push(Finding.ofPartition(problem, file))
          }))
      }
    }
    return { parts, damaged }
  })

const rewrite = (opened: Opened, connection: Connection, { file, stays, table, units }: Part) =>
  Effect.gen(function*() {
    const shelf: Shelf = { id: file.shelf, table: file.table, source: file.source }
    const old = yield* oldFile(opened, shelf, file.partition)
    if (old === null) return
    const known = opened.tables.get(table.name) ?? Certificate.table
    const written = yield* writeAside(
      opened,
      connection,
      { shelf, partition: file.partition, old: old.sha256 },
      Merging.partition({
        table: known,
        old: old.path,
        keep: stays,
        added: null,
        extras: yield* extrasOf(connection, { table: known }, old)
      })
    )
    yield* Intents.carryOut(opened, {
      files: [written],
      keys: [],
      windows: [],
      removed: { shelf, units: JSON.stringify(units) }
    })
  })

/** Rows of erased people are remembered no longer than they would be kept: by their time, or with the file they stood in. */
const forgetErased = (
  opened: Opened,
  statements: Statements,
  { before }: Kept,
  leaving: ReadonlyArray<{ readonly file: Files.Recorded; readonly units: ReadonlyArray<string> | null }>
) =>
  Effect.gen(function*() {
    const memory = yield* Erased.load(opened.out, statements)
    if (memory === null) return
    for (const table of opened.tables.values()) {
      const at = timeOf(opened, table)
      if (at === null) continue
      yield* statements.run(
        "DELETE FROM erased_rows WHERE says ->> ? < ? AND shelf IN (SELECT id FROM shelves WHERE name = ?)",
        at,
        before.epochMillis,
        table.name
      )
    }
    for (const { file, units } of leaving) {
      const [found] = units !== null ? [{ text: units }] : yield* statements.all(
        Text,
        "SELECT json_group_array(unit) AS text FROM keys WHERE shelf = ? AND partition = ?",
        file.shelf,
        file.partition
      )
      yield* Erased.forgetRows(statements, memory, file, found?.text ?? [])
    }
    yield* ErasedList.write(opened, statements)
  })

/** Whether a partition ends before an instant. Tables of which nothing tells the time have none. */
const isOver = ({ partition }: Files.Recorded, before: DateTime.Utc): boolean => {
  const range = Finding.rangeOf(partition)
  return range !== null && DateTime.lessThanOrEqualTo(range.to, before)
}

/** Whether one begins before it. */
const begins = ({ partition }: Files.Recorded, before: DateTime.Utc): boolean => {
  const from = Finding.startOf(partition)
  return from === null || DateTime.lessThan(from, before)
}

/** Drops what is older than is kept, behind everything that was published. */
export const drop = (
  opened: Opened,
  connection: Connection
): Effect.Effect<ReadonlyArray<Finding.Finding>, Damaged | LedgerError | QueryError> =>
  Effect.gen(function*() {
    const { kept, ledger } = opened
    if (kept === null) return []
    const subject = [...opened.tables.keys(), Certificate.table.name]
    const files = (yield* Files.known(opened)).files.filter(({ table }) => subject.includes(table))
    const over = files.filter((file) => isOver(file, endOf(kept, file.table)))
    const { damaged, parts } = yield* partsOf(
      opened,
      connection,
      kept,
      files.filter((file) => !over.includes(file) && begins(file, endOf(kept, file.table)))
    )
    yield* ledger.transaction("state commit", (statements) =>
      Effect.gen(function*() {
        const leaving = parts.map(({ file, units }) => ({ source: file.source, units }))
        yield* KeptWindows.advance(statements, kept, leaving)
        yield* KeptWindows.forget(statements, leaving)
        yield* forgetErased(opened, statements, kept, [...parts, ...over.map((file) => ({ file, units: null }))])
        for (const file of over) yield* Files.drop(statements, file)
      }))
    yield* finish(opened)
    // Rows that live with others leave before them: they are found by those.
    for (const part of parts.toReversed()) {
      yield* Effect.catchTag(rewrite(opened, connection, part), "Damaged", (problem) =>
        Effect.sync(() => {
          damaged.push(Finding.ofPartition(problem, part.file))
        }))
    }
    return damaged
  })
