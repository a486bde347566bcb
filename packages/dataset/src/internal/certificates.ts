/** The `certificates` table: what the ledger says of what was read, in files like all others. */
import type * as Column from "@trunkline/parquet/Column"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Certificate from "../Certificate.js"
import type { Damaged, LedgerError, QueryError } from "../DatasetError.js"
import * as Finding from "../Finding.js"
import * as ParquetFiles from "../ParquetFiles.js"
import type { Connection } from "../Session.js"
import { mostAtOnce, placeColumn, writeAside, writeFirst } from "./aside.js"
import * as Intents from "./intents.js"
import * as KeptKeys from "./keptKeys.js"
import * as Layout from "./layout.js"
import { oldFile, type Opened, shelfOf } from "./opened.js"
import * as Sql from "./sql.js"
import * as State from "./state.js"

export const table = Certificate.table.name

export const columns: ReadonlyArray<Column.Column> = Certificate.table.columns

export const key: ReadonlyArray<string> = Certificate.table.key

// Only windows whose rows are where a reader finds them: a certificate never runs ahead of its data.
const settled = `SELECT * FROM windows WHERE NOT EXISTS (
    SELECT 1 FROM landings WHERE landings.window = windows.id AND landings.published = 0
  )`

const jsonType = (type: Column.ColumnType): string =>
  type._tag === "Instant" ? "\"BIGINT\"" : type._tag === "List" ? "[\"VARCHAR\"]" : JSON.stringify(Sql.type(type))

const entries = `SELECT unnest(from_json(getvariable('trunkline_certificates'), ${
  Sql.text(`[{${
    columns.map(({ name, type }) => `${JSON.stringify(name)}: ${jsonType(type)}`).join(", ")
  }, ${JSON.stringify(placeColumn)}: "BIGINT"}]`)
})) AS entry`

const asTable = columns.map(({ name, type }) =>
  type._tag === "Instant"
    ? `CAST(epoch_ms(entry.${Sql.name(name)}) AS TIMESTAMP WITH TIME ZONE) AS ${Sql.name(name)}`
    : `CAST(entry.${Sql.name(name)} AS ${Sql.type(type)}) AS ${Sql.name(name)}`
).join(", ")

/** The rows of the ledger that the variable holds, as the table has them. */
export const current = `SELECT ${asTable} FROM (${entries})`

/** The same, each with the place of its partition. */
const placed = `SELECT ${asTable}, entry.${Sql.name(placeColumn)} AS ${Sql.name(placeColumn)} FROM (${entries})`

/** A window that is being read anew keeps its last certificate until its rows are published. */
const withOld = (old: string): string =>
  `WITH current AS (${current}) SELECT * FROM current UNION ALL BY NAME
    SELECT old.* FROM ${ParquetFiles.rows([old])} AS old ANTI JOIN current ON ${Sql.same(key, "current", "old")}`

interface Published {
  readonly files: number
  readonly damaged: ReadonlyArray<Finding.Finding>
}

const Changed = Schema.Struct({ source: Schema.String })

/** Writes the files in which a certificate changed. */
export const publish = (
  opened: Opened,
  connection: Connection
): Effect.Effect<Published, LedgerError | QueryError> =>
  Effect.gen(function*() {
    yield* KeptKeys.forgetCovered(opened.ledger)
    const changed = yield* opened.ledger.all(
      Changed,
      `SELECT DISTINCT source FROM (${settled}) WHERE published < revision ORDER BY source`
    )
    const published = yield* Effect.forEach(changed, ({ source }) => publishOf(opened, connection, source))
    return {
      files: published.reduce((sum, { files }) => sum + files, 0),
      damaged: published.flatMap(({ damaged }) => damaged)
    }
  })

const publishOf = (
  opened: Opened,
  connection: Connection,
  source: string
): Effect.Effect<Published, LedgerError | QueryError> =>
  Effect.gen(function*() {
    const shelf = yield* shelfOf(opened.ledger, table, source)
    const windows = yield* opened.ledger.all(
      State.WindowRow,
      `SELECT * FROM (${settled}) WHERE source = ? ORDER BY scope, stream, from_at, to_at`,
      source
    )
    const rowsIn = Array.groupBy(windows, (row) => Layout.partitionOf(opened.partition, row.from_at))
    const changed = Object.keys(rowsIn).filter((partition) =>
      rowsIn[partition]?.some(({ published, revision }) => published < revision)
    )
    const damaged: Array<Finding.Finding> = []
    let files = 0
    const write = (
      partitions: ReadonlyArray<string>,
      writing: Effect.Effect<ReadonlyArray<Intents.NewFile>, Damaged | QueryError>
    ) =>
      Effect.gen(function*() {
        const rows = partitions.flatMap((partition, place) =>
          (rowsIn[partition] ?? []).map((row) => ({ ...row, [placeColumn]: place }))
        )
        yield* connection.run("SET VARIABLE trunkline_certificates = $1", [JSON.stringify(rows)])
        const written = yield* writing
        const windows = rows.map(({ id, revision }) => [id, revision] as const)
        yield* Intents.carryOut(opened, { files: written, keys: [], windows })
        files += written.length
      })
    const first: Array<string> = []
    const attempt = (
      partitions: ReadonlyArray<string>,
      work: Effect.Effect<void, Damaged | LedgerError | QueryError>
    ) =>
      Effect.catchTag(work, "Damaged", (problem) =>
        Effect.sync(() => {
          damaged.push(...partitions.map((partition) => Finding.ofPartition(problem, { source, partition })))
        }))
    for (const partition of changed) {
      yield* attempt(
        [partition],
        Effect.flatMap(oldFile(opened, shelf, partition), (old) =>
          old === null
            ? Effect.sync(() => void first.push(partition))
            : write(
              [partition],
              Effect.map(
                writeAside(opened, connection, { shelf, partition, old: old.sha256 }, withOld(old.path)),
                (file) => [file]
              )
            ))
      )
    }
    for (const some of Array.chunksOf(first, mostAtOnce)) {
      const rows = some.reduce((sum, partition) => sum + (rowsIn[partition]?.length ?? 0), 0)
      yield* attempt(some, write(some, writeFirst(opened, connection, { shelf, partitions: some, rows }, placed)))
    }
    return { files, damaged }
  })
