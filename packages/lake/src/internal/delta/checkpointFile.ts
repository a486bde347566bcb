/** A checkpoint as a Parquet file on this disk: one row for each action, in a column of its name. */
import { ParquetFiles, QuerySession, Session } from "@trunkline/dataset"
import { DatasetQueryFailed, type QueryError } from "@trunkline/dataset/DatasetError"
import { type DiskError, take } from "@trunkline/parquet/Disk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { gzip } from "node:zlib"
import { DamagedLog } from "../../DeltaError.js"
import * as Actions from "./actions.js"
import type { Whose } from "./replay.js"

const memory = "128MB"

/** A folder for the files of one piece of work; it goes with the scope. */
export const scratch = (temporary: string): Effect.Effect<string, DiskError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      const folder = join(temporary, `delta-${randomUUID()}`)
      return Effect.as(
        take("create", folder, () => fs.mkdir(folder, { recursive: true, mode: 0o700 })),
        folder
      )
    }),
    (folder) => Effect.ignoreLogged(take("unlink", folder, () => fs.rm(folder, { recursive: true, force: true })))
  )

const texts = "MAP(VARCHAR, VARCHAR)"

/** What stands in a column, by the names of the protocol. Readers look for all of them, whether a row has them or not. */
const columns: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  txn: { appId: "VARCHAR", version: "BIGINT", lastUpdated: "BIGINT" },
  add: {
    path: "VARCHAR",
    partitionValues: texts,
    size: "BIGINT",
    modificationTime: "BIGINT",
    dataChange: "BOOLEAN",
    stats: "VARCHAR",
    tags: texts
  },
  remove: {
    path: "VARCHAR",
    deletionTimestamp: "BIGINT",
    dataChange: "BOOLEAN",
    extendedFileMetadata: "BOOLEAN",
    partitionValues: texts,
    size: "BIGINT"
  },
  metaData: {
    id: "VARCHAR",
    name: "VARCHAR",
    description: "VARCHAR",
    format: `STRUCT(provider VARCHAR, options ${texts})`,
    schemaString: "VARCHAR",
    partitionColumns: "VARCHAR[]",
    createdTime: "BIGINT",
    configuration: texts
  },
  protocol: { minReaderVersion: "INTEGER", minWriterVersion: "INTEGER" }
}

/** For tables whose protocol names its features. */
const features = { readerFeatures: "VARCHAR[]", writerFeatures: "VARCHAR[]" }

/** Whoever ignores these reads wrong rows. */
const decisive = ["deletionVector", ...Object.keys(features)]

const struct = (fields: Readonly<Record<string, string>>): string =>
  `STRUCT(${Object.entries(fields).map(([name, type]) => `${name} ${type}`).join(", ")})`

const compressed = promisify<Uint8Array, Buffer>(gzip)

const linesAtOnce = 5000

const Count = Schema.Struct({ actions: Schema.Number, files: Schema.Number })

/** How many actions stand in a checkpoint, and how many whole files among them. */
export interface Count extends Schema.Schema.Type<typeof Count> {}

/** Writes a checkpoint of these actions, and counts what can be read of it. */
export const write = (
  { actions, folder, path }: {
    readonly actions: ReadonlyArray<Actions.Action>
    readonly folder: string
    readonly path: string
  }
): Effect.Effect<Count | undefined, QueryError, Scope.Scope> =>
  Effect.gen(function*() {
    const lines = join(folder, "actions.json.gz")
    let longest = 0
    for (let from = 0; from < actions.length; from += linesAtOnce) {
      const bytes = Actions.bytesOf(actions.slice(from, from + linesAtOnce))
      longest = Math.max(longest, bytes.length)
      yield* take("write", lines, async () => fs.appendFile(lines, await compressed(bytes)))
    }
    const named = actions.some(({ protocol }) =>
      protocol?.readerFeatures !== undefined || protocol?.writerFeatures !== undefined
    )
    const written = named ? { ...columns, protocol: { ...columns["protocol"], ...features } } : columns
    const rows = ParquetFiles.lines(lines, {
      columns: Object.fromEntries(Object.entries(written).map(([name, fields]) => [name, struct(fields)])),
      longest
    })
    const session = yield* Session.make({ temporary: folder, memory })
    yield* session.run(`COPY (SELECT * FROM ${rows}) TO ${ParquetFiles.quoted(path)} (FORMAT parquet)`)
    const [count] = yield* session.all(
      Count,
      "SELECT CAST(count(*) AS DOUBLE) AS actions, CAST(count(*) FILTER (add.path IS NOT NULL AND add.size IS NOT NULL " +
        `AND add.partitionValues IS NOT NULL) AS DOUBLE) AS files FROM ${ParquetFiles.rows([path])}`
    )
    return count
  })

const unreadable = (key: string): DamagedLog => new DamagedLog({ key, reason: "is no checkpoint that can be read" })

class Unreadable {
  readonly _tag = "Unreadable"
}

/** A checkpoint is not damaged because this process is short of memory. */
const failureOf = (cause: unknown): Unreadable | DatasetQueryFailed => {
  const [kind] = /^Out of Memory Error/.exec(String(Predicate.hasProperty(cause, "message") ? cause.message : "")) ?? []
  return kind === undefined ? new Unreadable() : new DatasetQueryFailed({ kind, reason: null })
}

/** A database that reads checkpoints: it takes longer to open than most of them to be read. */
export interface Reader {
  readonly connect: Effect.Effect<
    QuerySession.Connection<Unreadable | DatasetQueryFailed>,
    Unreadable | DatasetQueryFailed,
    Scope.Scope
  >
}

export const reader = (folder: string): Effect.Effect<Reader, DatasetQueryFailed, Scope.Scope> =>
  QuerySession.make({ temporary: folder, memory, threads: 1, script: "", files: null, failure: () => failureOf }).pipe(
    Effect.map((connect) => ({ connect })),
    Effect.catchTag("Unreadable", () => new DatasetQueryFailed({ kind: "Connection Error", reason: null }))
  )

/** Leaves out files of other accounts: they may be a thousand times as many. */
const isOf = (action: string, whose: Whose): string => {
  const [keys, values] = [`map_keys(${action}.partitionValues)`, `map_values(${action}.partitionValues)`]
  return whose === undefined ? "true" : `(${action}.partitionValues IS NULL OR NOT list_contains(${keys}, 'account') OR
    list_extract(${values}, list_position(${keys}, 'account')) IS NOT DISTINCT FROM
    ${whose.account === null ? "NULL" : ParquetFiles.quoted(whose.account)})`
}

const readTxn = ParseResult.decodeUnknownEither(Actions.Txn)

/** The actions of a checkpoint, some thousands at a time. */
export const read = (
  { key, path, reader, whose }: {
    readonly reader: Reader
    /** For messages. */
    readonly key: string
    readonly path: string
    readonly whose: Whose
  }
): Stream.Stream<ReadonlyArray<Actions.Action>, DamagedLog | DatasetQueryFailed> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const connection = yield* reader.connect
    const rows = ParquetFiles.rows([path])
    const query = (sql: string) =>
      Effect.gen(function*() {
        const [first] = yield* connection.statements(sql)
        const statement = yield* first ?? unreadable(key)
        return (yield* statement.answer).chunks
      })
    const describe = (action: string, selected: string) =>
      `SELECT '${action}.' || column_name FROM (DESCRIBE SELECT ${selected} FROM ${rows})`
    const namesIn = (queries: ReadonlyArray<string>) =>
      Effect.map(
        Effect.flatMap(query(queries.join(" UNION ALL ")), Stream.runCollect),
        (found) => new Set([...found].flatMap(({ values }) => values[0] ?? []))
      )
    const top = yield* namesIn([describe("", "*")])
    const present = Object.entries(columns).filter(([action]) => top.has(`.${action}`))
    if (!top.has(".add")) return Stream.fail(unreadable(key))
    const inside = yield* namesIn(present.map(([action]) => describe(action, `unnest(${action})`)))
    const others = present.filter(([action]) => action !== "txn")
    // Other fields may be large, or hold numbers that JSON has not.
    const packed = others.map(([action, fields]) => {
      const wanted = [...Object.keys(fields), ...decisive].filter((field) => inside.has(`${action}.${field}`))
      const pack = `struct_pack(${wanted.map((field) => `${field} := ${action}.${field}`).join(", ")})`
      return `${action} := CASE WHEN ${action} IS NOT NULL THEN ${pack} END`
    })
    const kept = others.map(([action]) =>
      inside.has(`${action}.partitionValues`)
        ? `(${action} IS NOT NULL AND ${isOf(action, whose)})`
        : `${action} IS NOT NULL`
    )
    const lines = yield* query(
      `SELECT CAST(to_json(struct_pack(${packed.join(", ")})) AS VARCHAR) FROM ${rows} WHERE ${kept.join(" OR ")}`
    )
    const actions = Stream.mapEffect(
      lines,
      ({ values: [found = []] }) => Either.all(found.map((line, index) => Actions.action(key, String(line), index + 1)))
    )
    if (!top.has(".txn")) return actions
    // There is one for each account: as lines they would cost more than all the rest.
    const updated = inside.has("txn.lastUpdated") ? "txn.lastUpdated" : "NULL"
    const transactions = Stream.mapEffect(
      // A connection answers one query at a time.
      Stream.unwrap(query(`SELECT txn.appId, txn.version, ${updated} FROM ${rows} WHERE txn IS NOT NULL`)),
      ({ values: [apps = [], versions = [], times = []] }) =>
        Either.all(
          apps.map((appId, index) =>
            Either.mapBoth(readTxn({ appId, version: versions[index], lastUpdated: times[index] }), {
              onLeft: () => unreadable(key),
              onRight: (txn): Actions.Action => ({ txn })
            })
          )
        )
    )
    return Stream.concat(actions, transactions)
  })).pipe(Stream.catchTag("Unreadable", () => Stream.fail(unreadable(key))))
