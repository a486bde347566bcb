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

const unreadable = (key: string): DamagedLog => new DamagedLog({ key, reason: "is no checkpoint that can be read" })

class Unreadable {
  readonly _tag = "Unreadable"
}

/** A checkpoint is not damaged because this process is short of memory. */
const failureOf = (cause: unknown): Unreadable | DatasetQueryFailed => {
  const [kind] = /^Out of Memory Error/.exec(String(Predicate.hasProperty(cause, "message") ? cause.message : "")) ?? []
  return kind === undefined ? new Unreadable() : new DatasetQueryFailed({ kind, reason: null })
}

/** DuckDB would keep what it reads of files, up to all of its memory. */
const uncached = "SET GLOBAL enable_external_file_cache = false;"

/** A database that reads checkpoints: it takes longer to open than most of them to be read. */
export interface Reader {
  readonly connect: Effect.Effect<
    QuerySession.Connection<Unreadable | DatasetQueryFailed>,
    Unreadable | DatasetQueryFailed,
    Scope.Scope
  >
}

export const reader = (folder: string): Effect.Effect<Reader, DatasetQueryFailed, Scope.Scope> =>
  QuerySession.make({ temporary: folder, memory, threads: 1, script: uncached, files: null, failure: () => failureOf })
    .pipe(
      Effect.map((connect) => ({ connect })),
      Effect.catchTag("Unreadable", () => new DatasetQueryFailed({ kind: "Connection Error", reason: null }))
    )

/** Leaves out files of other accounts: they may be a thousand times as many. */
const isOf = (action: string, whose: Whose | "none"): string => {
  const [keys, values] = [`map_keys(${action}.partitionValues)`, `map_values(${action}.partitionValues)`]
  if (whose === "none") return "false"
  return whose === undefined ? "true" : `(${action}.partitionValues IS NULL OR NOT list_contains(${keys}, 'account') OR
    list_extract(${values}, list_position(${keys}, 'account')) IS NOT DISTINCT FROM
    ${whose.account === null ? "NULL" : ParquetFiles.quoted(whose.account)})`
}

/** The columns of a checkpoint that we know, and the fields inside of them, such as `add.path`. */
const namesIn = <E>(ask: (sql: string) => Effect.Effect<ReadonlyArray<string>, E>, rows: string) =>
  Effect.gen(function*() {
    const top = new Set(yield* ask(`SELECT column_name AS text FROM (DESCRIBE SELECT * FROM ${rows})`))
    const present = Object.keys(columns).filter((action) => top.has(action))
    const inside = present.map((action) =>
      `SELECT '${action}.' || column_name AS text FROM (DESCRIBE SELECT unnest(${action}) FROM ${rows})`
    )
    return { present, inside: new Set(inside.length === 0 ? [] : yield* ask(inside.join(" UNION ALL "))) }
  })

const readTxn = ParseResult.decodeUnknownEither(Actions.Txn)

/** The actions of a checkpoint, some thousands at a time. */
export const read = (
  { key, path, reader, whose }: {
    readonly reader: Reader
    /** For messages. */
    readonly key: string
    readonly path: string
    /** Files are left out where it is `none`. */
    readonly whose: Whose | "none"
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
    const texts = (sql: string) =>
      Effect.map(
        Effect.flatMap(query(sql), Stream.runCollect),
        (found) => [...found].flatMap(({ values }) => values[0] ?? []).map(String)
      )
    const { inside, present } = yield* namesIn(texts, rows)
    if (!present.includes("add")) return Stream.fail(unreadable(key))
    const others = present.filter((action) => action !== "txn")
    // Other fields may be large, or hold numbers that JSON has not.
    const packed = others.map((action) => {
      const wanted = [...Object.keys(columns[action] ?? {}), ...decisive].filter((field) =>
        inside.has(`${action}.${field}`)
      )
      const pack = `struct_pack(${wanted.map((field) => `${field} := ${action}.${field}`).join(", ")})`
      return `${action} := CASE WHEN ${action} IS NOT NULL THEN ${pack} END`
    })
    const kept = others.map((action) =>
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
    if (!present.includes("txn")) return actions
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

/** An earlier checkpoint, whose files stand in the new one unless commits since then touched them. */
export interface Base {
  /** Its parts. */
  readonly paths: ReadonlyArray<string>
  /** By their decoded paths. */
  readonly touched: Iterable<string>
  /** Files that were removed before are forgotten. */
  readonly oldest: number
}

/** Whether a path is the same decoded: others have to be compared one by one. */
const isPlain = (path: string): string =>
  `coalesce(NOT contains(${path}, '%') AND NOT contains(${path}, ':') AND NOT starts_with(${path}, '/'), false)`

const Text = Schema.Struct({ text: Schema.String })

const textsOf = (session: Session.Session) => (sql: string) =>
  Effect.map(session.all(Text, sql), (found) => found.map(({ text }) => text))

/** The files of a part of a checkpoint as rows of the new one; null where their paths cannot be compared as they stand. */
const carriedOver = (
  session: Session.Session,
  part: string,
  since: { readonly oldest: number; readonly touched: string }
) =>
  Effect.gen(function*() {
    const rows = ParquetFiles.rows([part])
    const texts = textsOf(session)
    const { inside, present } = yield* namesIn(texts, rows)
    const actions = ["add", "remove"].filter((action) => present.includes(action))
    const strange = actions.map((action) =>
      `(${action} IS NOT NULL AND NOT ${isPlain(`${action}.path`)})` +
      (inside.has(`${action}.deletionVector`) ? ` OR ${action}.deletionVector IS NOT NULL` : "")
    )
    const found = yield* texts(
      `SELECT 'strange' AS text FROM ${rows} WHERE ${["false", ...strange].join(" OR ")} LIMIT 1`
    )
    if (found.length > 0) return null
    const packed = actions.map((action) => {
      const fields = Object.entries(columns[action] ?? {}).map(([field, type]) =>
        field === "dataChange"
          ? `${field} := false`
          : `${field} := CAST(${inside.has(`${action}.${field}`) ? `${action}.${field}` : "NULL"} AS ${type})`
      )
      return `CASE WHEN ${action} IS NOT NULL THEN struct_pack(${fields.join(", ")}) END AS ${action}`
    })
    const removedAt = inside.has("remove.deletionTimestamp") ? "coalesce(remove.deletionTimestamp, 0)" : "0"
    const kept = actions.map((action) =>
      `(${action} IS NOT NULL AND ${action}.path NOT IN (SELECT path FROM ${since.touched})` +
      (action === "remove" ? ` AND ${removedAt} >= ${since.oldest})` : ")")
    )
    return `SELECT ${packed.join(", ")} FROM ${rows} WHERE ${["false", ...kept].join(" OR ")}`
  })

/** A file of these lines as a relation. */
const linesIn = (
  path: string,
  lines: ReadonlyArray<object>,
  types: Readonly<Record<string, string>>
): Effect.Effect<string, DiskError> =>
  Effect.gen(function*() {
    let longest = 0
    for (let from = 0; from === 0 || from < lines.length; from += linesAtOnce) {
      const bytes = Actions.bytesOf(lines.slice(from, from + linesAtOnce))
      longest = Math.max(longest, bytes.length)
      yield* take("write", path, async () => fs.appendFile(path, await compressed(bytes)))
    }
    return ParquetFiles.lines([path], { columns: types, longest })
  })

const whole = "add.path IS NOT NULL AND add.size IS NOT NULL AND add.partitionValues IS NOT NULL"

/** Writes a checkpoint of these actions and of the files of an earlier one; undefined where the earlier one is a stranger's. */
export const write = (
  { actions, base = null, folder, path }: {
    readonly actions: ReadonlyArray<Actions.Action>
    readonly base?: Base | null
    readonly folder: string
    readonly path: string
  }
): Effect.Effect<{ readonly meant: Count; readonly found: Count } | undefined, QueryError> =>
  Effect.scoped(Effect.gen(function*() {
    const session = yield* Session.make({ temporary: folder, memory })
    const counted = (rows: string, isFile: string) =>
      Effect.map(
        session.all(
          Count,
          "SELECT CAST(count(*) AS DOUBLE) AS actions, " +
            `CAST(count(*) FILTER (${isFile}) AS DOUBLE) AS files FROM ${rows}`
        ),
        ([found]) => found ?? { actions: 0, files: 0 }
      )
    const named = actions.some(({ protocol }) =>
      protocol?.readerFeatures !== undefined || protocol?.writerFeatures !== undefined
    )
    const written = named ? { ...columns, protocol: { ...columns["protocol"], ...features } } : columns
    const types = Object.fromEntries(Object.entries(written).map(([name, fields]) => [name, struct(fields)]))
    const parts = [`SELECT * FROM ${yield* linesIn(join(folder, "actions.json.gz"), actions, types)}`]
    let meant: Count = { actions: actions.length, files: actions.filter(({ add }) => add !== undefined).length }
    if (base !== null) {
      const paths = Array.from(base.touched, (path) => ({ path }))
      const touched = yield* linesIn(join(folder, "touched.json.gz"), paths, { path: "VARCHAR" })
      for (const part of base.paths) {
        const over = yield* carriedOver(session, part, { oldest: base.oldest, touched })
        if (over === null) return undefined
        const more = yield* counted(`(${over})`, "add IS NOT NULL")
        meant = { actions: meant.actions + more.actions, files: meant.files + more.files }
        parts.push(over)
      }
    }
    const all = parts.join(" UNION ALL BY NAME ")
    yield* session.run(`COPY (${all}) TO ${ParquetFiles.quoted(path)} (FORMAT parquet)`)
    return { meant, found: yield* counted(ParquetFiles.rows([path]), whole) }
  }))
