/** Readers that others wrote see in our tables what DuckDB sees in the files of our snapshots. */
import { assert, describe, it } from "@effect/vitest"
import { tables } from "@trunkline/calls"
import { OwnTables, ParquetFiles, Session } from "@trunkline/dataset"
import { Disk } from "@trunkline/parquet"
import * as Column from "@trunkline/parquet/Column"
import { S3 } from "@trunkline/sandbox"
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import { copyFileSync, mkdirSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Service } from "../../src/DeltaLog.js"
import { folderOf, type Partition } from "../../src/DeltaTable.js"
import * as FolderStore from "../../src/FolderStore.js"
import type { Service as Store } from "../../src/ObjectStore.js"
import * as Chdb from "../chdb.js"
import { scratch } from "../contract.js"
import { change, over, partitionBy, partitionOf } from "../lake.js"
import { sandboxStore } from "../s3.js"
import * as Tables from "../tables.js"

interface Lake {
  /** Every data file, as it was uploaded. */
  readonly folder: string
  readonly store: Store
  /** A table as ClickHouse names it. */
  readonly named: (table: string) => string
  readonly log: Service
  readonly session: Session.Session
  readonly temporary: string
}

const lake = (made: { readonly folder: string; readonly store: Store; readonly named: Lake["named"] }) =>
  Effect.gen(function*() {
    const temporary = yield* scratch
    const log = yield* over(made.store)
    const session = yield* Session.make({ temporary })
    return { ...made, log, session, temporary } satisfies Lake
  })

const inFolder = Effect.gen(function*() {
  const folder = join(yield* scratch, "lake")
  const store = yield* FolderStore.make(folder).pipe(Effect.provide(Disk.layer))
  return yield* lake({
    folder,
    store,
    named: (table) => `deltaLakeLocal(${ParquetFiles.quoted(join(folder, table))})`
  })
})

const inBucket = Effect.gen(function*() {
  const served = yield* Layer.build(S3.layer())
  const { endpoint, keys } = Context.get(served, S3)
  const folder = join(yield* scratch, "copies")
  const store = yield* Effect.provide(sandboxStore(), served)
  return yield* lake({
    folder,
    store: {
      ...store,
      upload: (key, path) =>
        Effect.zipRight(
          Effect.sync(() => {
            mkdirSync(dirname(join(folder, key)), { recursive: true })
            copyFileSync(path, join(folder, key))
          }),
          store.upload(key, path)
        )
    },
    named: (table) =>
      `deltaLake(${
        [`${endpoint}/lake/${table}`, keys.accessKeyId, keys.secretAccessKey].map(ParquetFiles.quoted).join(", ")
      })`
  })
})

/** The files of a table as this test knows them, whatever the log says. */
type Files = ReadonlyArray<{ readonly path: string; readonly partition: Partition }>

interface Push {
  readonly table: string
  readonly account: string | null
  readonly sequence: number
  readonly columns: ReadonlyArray<Column.Column>
  readonly rows: number
  readonly month?: string
}

const Ends = Schema.Struct({ min: Schema.Number, max: Schema.Number })

const rangeOf = (session: Session.Session, path: string) =>
  Effect.map(
    session.all(
      Ends,
      "SELECT CAST(min(epoch_ms(started_at)) AS DOUBLE) AS min, CAST(max(epoch_ms(started_at)) AS DOUBLE) AS max " +
        `FROM ${ParquetFiles.rows([path])}`
    ),
    ([ends]) => ({
      min: DateTime.unsafeMake(ends?.min ?? 0),
      max: DateTime.unsafeMake(ends?.max ?? 0),
      nulls: 0
    })
  )

/** Replaces the file of a month by one of other rows. */
const push = (
  { log, session, store, temporary }: Lake,
  files: Files,
  { account, columns, month, rows, sequence, table }: Push
) =>
  Effect.gen(function*() {
    const partition = partitionOf(account, month)
    const path = `${folderOf(partitionBy, partition)}/g${sequence} é%+.parquet`
    const local = join(temporary, "file.parquet")
    yield* Tables.write(session, { columns, path: local, rows, seed: sequence })
    const ranges = columns.some(({ name }) => name === "started_at")
      ? { started_at: yield* rangeOf(session, local) }
      : {}
    const { bytes } = yield* store.upload(`${table}/${path}`, local)
    rmSync(local)
    const isReplaced = (file: Files[number]) =>
      file.partition["account"] === account && file.partition["month"] === partition.month
    yield* log.commit(
      table,
      change({
        account,
        sequence,
        columns,
        adds: [{ path, partition, bytes, rows, modifiedAt: yield* DateTime.now, ranges }],
        removes: files.filter(isReplaced).map((file) => file.path)
      })
    )
    const after: Files = [...files.filter((file) => !isReplaced(file)), { path, partition }]
    return after
  })

/** Both write an instant as UTC, each in its way. */
const plain = (value: unknown): unknown =>
  typeof value === "string"
    ? value.replace(/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d+))?(?:\+00)?$/, (_, time: string, part: string = "") =>
      `${time}.${part.replace(/0+$/, "")}`)
    : Array.isArray(value)
    ? value.map(plain)
    : typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
    : typeof value === "bigint"
    ? Number(value)
    : value

/** The rows of these files, as DuckDB reads them. */
const relation = ({ folder }: Lake, table: string, files: Files) =>
  files.map(({ partition, path }) => {
    const values = partitionBy.map((name) => {
      const value = partition[name] ?? null
      return `${value === null ? "NULL" : ParquetFiles.quoted(value)} AS ${name}`
    })
    return `SELECT COLUMNS(name -> name NOT IN (${partitionBy.map(ParquetFiles.quoted).join(", ")})), ${
      values.join(", ")
    } ` +
      `FROM ${ParquetFiles.rows([join(folder, table, path)])}`
  }).join(" UNION ALL BY NAME ")

/** Counts, sums and twenty rows, by both. */
const compare = (
  at: Lake,
  { columns, files, key, table, version }: {
    readonly table: string
    readonly files: Files
    readonly columns: ReadonlyArray<Column.Column>
    readonly key: string
    readonly version?: number
  }
) =>
  Effect.gen(function*() {
    const own = columns.filter(({ name }) => !partitionBy.includes(name))
    const numbers = own.filter(({ type }) => type._tag === "Int32" || type._tag === "Double")
    const sums = numbers.map(({ name }) => `CAST(sum("${name}") AS DOUBLE) AS "${name}"`)
    const names = [...own.map(({ name }) => name), ...partitionBy].map((name) => `"${name}"`).join(", ")
    const queries = (from: string, end: string) => [
      `SELECT CAST(count(*) AS DOUBLE) AS rows, CAST(count(DISTINCT "${key}") AS DOUBLE) AS keys FROM ${from} ${end}`,
      ...(sums.length === 0 ? [] : [`SELECT ${sums.join(", ")} FROM ${from} ${end}`]),
      `SELECT account, source, month, CAST(count(*) AS DOUBLE) AS rows FROM ${from} GROUP BY account, source, month ` +
      `ORDER BY account NULLS FIRST, month ${end}`,
      `SELECT ${names} FROM ${from} ORDER BY reverse("${key}"), account, month LIMIT 20 ${end}`
    ]
    const settings = "SETTINGS session_timezone = 'UTC', output_format_json_quote_64bit_floats = 0" +
      (version === undefined ? "" : `, delta_lake_snapshot_version = ${version}`)
    const theirs = yield* Chdb.ask(at.folder, queries(at.named(table), settings))
    const ours = yield* Effect.forEach(
      queries(`(${relation(at, table, files)})`, ""),
      (sql) => at.session.rows(sql)
    )
    assert.deepStrictEqual(plain(theirs), plain(ours), `${table} ${version ?? ""}`)
    assert.strictEqual(ours.at(-1)?.length, 20)
    const { files: found } = yield* at.log.snapshot(table, { version })
    assert.deepStrictEqual(found.map(({ path }) => path), files.map(({ path }) => path).toSorted())
  })

describe.skipIf(Chdb.missing).each([
  { where: "a folder", made: inFolder },
  { where: "a bucket", made: inBucket }
])(`Delta tables in $where, by ${Chdb.where}`, ({ made }) => {
  it.scopedLive("every table of the dataset", () =>
    Effect.gen(function*() {
      const at = yield* made
      for (const { columns, key: [key = ""], name } of [...tables, ...OwnTables.tables]) {
        const sorted = columns.toSorted((one, other) => Number(other.name === key) - Number(one.name === key))
        const one = yield* push(at, [], { table: name, account: "paris", sequence: 1, columns: sorted, rows: 40 })
        const files = yield* push(at, one, { table: name, account: null, sequence: 1, columns: sorted, rows: 30 })
        yield* compare(at, { table: name, files, columns: sorted, key })
      }
    }), 600_000)

  it.scopedLive(
    "after 26 versions with checkpoints, a column that was added, versions before it, and a vacuum",
    () =>
      Effect.gen(function*() {
        const at = yield* made
        const columns: ReadonlyArray<Column.Column> = [
          { name: "call_id", type: Column.Text, nullable: false },
          { name: "started_at", type: Column.Instant, nullable: false },
          { name: "seconds", type: Column.Int32, nullable: true },
          { name: "tags", type: Column.List(Column.Text), nullable: false }
        ]
        const more: ReadonlyArray<Column.Column> = [...columns, { name: "cost", type: Column.Double, nullable: true }]
        const table = "calls"
        const key = "call_id"
        const history: Array<Files> = []
        for (let version = 0; version < 26; version++) {
          const account = version % 2 === 0 ? "paris" : "lyon"
          history.push(
            yield* push(at, history.at(-1) ?? [], {
              table,
              account,
              sequence: Math.floor(version / 2) + 1,
              columns: version < 13 || account === "paris" ? columns : more,
              rows: 100 + version,
              month: `2026-${String(10 + (version % 3)).padStart(2, "0")}`
            })
          )
        }
        const files = history.at(-1) ?? []
        assert.strictEqual((yield* at.log.snapshot("calls")).version, 25)
        yield* compare(at, { table, files, columns: more, key })
        for (const version of [1, 9, 10, 11, 19, 20]) {
          const old = history[version] ?? []
          yield* compare(at, { table, files: old, columns: version < 13 ? columns : more, key, version })
        }
        assert.strictEqual((yield* at.log.vacuum("calls", { account: "paris", retention: 0 })).files, 10)
        yield* compare(at, { table, files, columns: more, key })
        // Nothing but a checkpoint says what came before it.
        yield* at.log.checkpoint("calls")
        for (let version = 0; version <= 25; version++) {
          yield* at.store.remove(`calls/_delta_log/${String(version).padStart(20, "0")}.json`)
        }
        const last = yield* push(at, files, { table, account: "paris", sequence: 14, columns: more, rows: 50 })
        yield* compare(at, { table, files: last, columns: more, key })
      }),
    600_000
  )
})
