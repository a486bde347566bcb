/**
 * A folder of Parquet with its ledger: windows of rows land, landings are published, and what is certified is known.
 *
 * @since 0.1.0
 */
import { Disk, DiskError, type ParquetEngine } from "@trunkline/parquet"
import type * as Table from "@trunkline/parquet/Table"
import * as Array from "effect/Array"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as SynchronizedRef from "effect/SynchronizedRef"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import type { Certificate, Window } from "./Certificate.js"
import * as DatasetError from "./DatasetError.js"
import * as Folder from "./Folder.js"
import * as Inspection from "./Inspection.js"
import * as Certificates from "./internal/certificates.js"
import * as Intents from "./internal/intents.js"
import * as Landings from "./internal/landing.js"
import * as Layout from "./internal/layout.js"
import { makeFolder, onDisk, type Opened } from "./internal/opened.js"
import * as Places from "./internal/places.js"
import * as Publishing from "./internal/publishing.js"
import * as Room from "./internal/room.js"
import * as State from "./internal/state.js"
import type * as Interval from "./Interval.js"
import * as Ledger from "./Ledger.js"
import * as Lock from "./Lock.js"
import * as ParquetFiles from "./ParquetFiles.js"
import { Points } from "./Points.js"
import * as Session from "./Session.js"
import * as Verify from "./Verify.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly out: string
  /** Every table but `Certificate.table`, which is the dataset's own. */
  readonly tables: ReadonlyArray<Table.Any>
  /** As remembered, else `month`. */
  readonly partition?: "month" | "day" | undefined
  /** The base URL of each source that is read from. */
  readonly sources?: Readonly<Record<string, string>> | undefined
  /** Landed rows that are merged at a time; 100,000 when left out. */
  readonly mergeAtMost?: number | undefined
  /** `inspect` reads all files while they are together smaller than this; `Inspection.readAllBelow` when left out. */
  readonly readAllBelow?: number | undefined
}

/**
 * A row, and the number of the answer it was read from.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reading<Row> {
  readonly answer: number
  readonly row: Row
}

/**
 * The rows of one table in a landing; made by `rows`.
 *
 * @since 0.1.0
 * @category models
 */
export type TableRows<E> = Landings.TableRows<E>

/**
 * A window that was read: its rows, its proof (none for what claims no stretch of time, such as details), and what else is
 * to be remembered in the same moment.
 *
 * @since 0.1.0
 * @category models
 */
export type Landing<E> = Landings.Landing<E>

/**
 * @since 0.1.0
 * @category models
 */
export type Landed = Landings.Landed

/**
 * @since 0.1.0
 * @category models
 */
export type Published = Publishing.Published

/**
 * A range of a stream, and how much of it to read again.
 *
 * @since 0.1.0
 * @category models
 */
export type Question = State.Question

/**
 * The rows of a table, and which of its groups they know. For a table whose rows are replaced together, `emptied` names
 * those that were read and have none, by the columns of `replacedBy`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const rows = <Row extends object, E>(
  table: Table.Table<Row>,
  options: {
    readonly groups: ReadonlyArray<string>
    readonly rows: Stream.Stream<Reading<Row>, E>
    readonly emptied?: TableRows<E>["emptied"]
  }
): TableRows<E> => ({ table, ...options })

/**
 * What can be asked of a dataset without changing it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Readable {
  readonly out: string
  readonly id: string
  readonly partition: "month" | "day"
  /** What is certified for a stream, by itself or by a richer one. */
  readonly intervals: (
    stream: Pick<Window, "source" | "scope" | "stream">
  ) => Effect.Effect<Interval.Intervals, DatasetError.LedgerError>
  /** What is to be read: the range without what is certified, and again what of it is recent. */
  readonly plan: (question: Question) => Effect.Effect<Interval.Intervals, DatasetError.LedgerError>
  /** The earliest instant this scope was ever asked for. */
  readonly since: (
    source: string,
    scope: string
  ) => Effect.Effect<Option.Option<DateTime.Utc>, DatasetError.LedgerError>
  /** Every window and what its newest proof says. */
  readonly certificates: Effect.Effect<ReadonlyArray<Certificate>, DatasetError.LedgerError>
  /** Rows of each table, as published. */
  readonly rows: Effect.Effect<Readonly<Record<string, number>>, DatasetError.LedgerError>
  /** Rows that were refused, without their text. */
  readonly quarantine: Effect.Effect<ReadonlyArray<Quarantined>, DatasetError.LedgerError>
  /** The text of a row that was refused. */
  readonly refused: (sha256: string) => Effect.Effect<Option.Option<string>, DatasetError.LedgerError>
  /** Ids whose details are due, the longest due first. */
  readonly due: (options: {
    readonly source: string
    readonly scope: string
    readonly now: DateTime.Utc
    readonly limit: number
  }) => Effect.Effect<ReadonlyArray<PendingDetails>, DatasetError.LedgerError>
  /** How many ids of a scope wait for details: all of them, or those that are due by then. */
  readonly pending: (
    source: string,
    scope: string,
    dueBy?: DateTime.Utc | undefined
  ) => Effect.Effect<number, DatasetError.LedgerError>
  /** What was remembered under a name, such as a frontier. */
  readonly fact: (
    source: string,
    scope: string,
    name: string
  ) => Effect.Effect<Option.Option<string>, DatasetError.LedgerError>
  /** Every key of a table that is published, in its order, with its partition. */
  readonly keys: (table: string, source: string) => Stream.Stream<Key, DatasetError.LedgerError>
  /**
   * The published files of a table as a relation of `session`, with the columns that stand in them; none where the table has
   * no file. A file that was published later is not among them.
   */
  readonly published: (
    table: string,
    source: string
  ) => Effect.Effect<Option.Option<string>, DatasetError.LedgerError>
  readonly session: Session.Session
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Quarantined {
  readonly source: string
  readonly scope: string
  readonly stream: string
  readonly sha256: string
  readonly reason: string
  readonly runId: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface PendingDetails {
  readonly id: string
  readonly endedAt: DateTime.Utc
  readonly dueAt: DateTime.Utc
  /** How often it was asked for. */
  readonly asked: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Key {
  /** The columns of the key as text; of a table replaced in units, those of the unit. Several are a JSON array. */
  readonly unit: string
  readonly partition: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Writable extends Readable {
  /** A number higher than any before, for one answer: what a later number says wins. */
  readonly answer: Effect.Effect<number, DatasetError.LedgerError>
  /** Keeps a window: all of its files and the certificate its proof earns, or nothing. Several may land at once. */
  readonly land: <E>(landing: Landing<E>) => Effect.Effect<Landed, E | DatasetError.WriteError>
  /**
   * Merges all landings into the partitions, those left from before first. One at a time. What belongs into a damaged
   * partition waits: see `Published.damaged`.
   */
  readonly publish: Effect.Effect<Published, DatasetError.WriteError>
  /** Remembers from when on this scope was asked for. */
  readonly ask: (source: string, scope: string, since: DateTime.Utc) => Effect.Effect<void, DatasetError.LedgerError>
  readonly beginRun: (id: string, at: DateTime.Utc) => Effect.Effect<void, DatasetError.LedgerError>
  readonly endRun: (id: string, at: DateTime.Utc, status: string) => Effect.Effect<void, DatasetError.LedgerError>
  /**
   * Checks what a run can afford: names and sizes of all files, the content of those whose turn it is, and whether the rows of
   * the ledger agree. Changes no file.
   */
  readonly inspect: Effect.Effect<Inspection.Report, DatasetError.LedgerError | DatasetError.QueryError>
  /** The checks of `Verify.folder`, under the lock this dataset holds. */
  readonly verify: Effect.Effect<
    Verify.Report,
    DatasetError.Damaged | DatasetError.LedgerError | DatasetError.QueryError
  >
}

const Total = Schema.Struct({ table: Schema.String, rows: Schema.Number })
const QuarantineRow = Schema.Struct({
  source: Schema.String,
  scope: Schema.String,
  stream: Schema.String,
  sha256: Schema.String,
  reason: Schema.String,
  run_id: Schema.String
})
const PendingRow = Schema.Struct({
  // The driver ends text at its first NUL, and an id may hold one.
  id: Schema.StringFromHex,
  ended_at: Schema.Number,
  due_at: Schema.Number,
  asked: Schema.Number
})
const Raw = Schema.Struct({ raw: Schema.String })
const Count = Schema.Struct({ count: Schema.Number })
const Value = Schema.Struct({ value: Schema.String })
const Counter = Schema.Struct({ value: Schema.Number })
const Partition = Schema.Struct({ partition: Schema.String })
const KeyRow = Schema.Struct({ unit: Schema.String, partition: Schema.String })
const Host = Schema.Struct({ host: Schema.String })
const Identity = Schema.Struct({ id: Schema.String, partition: Schema.Literal("month", "day") })

const readable = (
  dataset: Pick<Readable, "out" | "id" | "partition" | "session">,
  ledger: Ledger.Ledger
): Readable => ({
  ...dataset,
  intervals: (stream) => State.certified(ledger, stream),
  plan: (question) => State.plan(ledger, question),
  since: (source, scope) => State.earliest(ledger, source, scope),
  certificates: State.certificates(ledger),
  rows: Effect.map(
    ledger.all(
      Total,
      `SELECT shelves.name AS "table", sum(rows) AS rows FROM files JOIN shelves ON shelves.id = shelf GROUP BY 1`
    ),
    (totals) => Object.fromEntries(totals.map(({ rows, table }) => [table, rows]))
  ),
  quarantine: Effect.map(
    ledger.all(
      QuarantineRow,
      "SELECT source, scope, stream, sha256, reason, run_id FROM quarantine ORDER BY first_at, sha256"
    ),
    (found) => found.map(({ run_id, ...row }) => ({ ...row, runId: run_id }))
  ),
  refused: (sha256) =>
    Effect.map(
      ledger.all(Raw, "SELECT raw FROM quarantine WHERE sha256 = ? LIMIT 1", sha256),
      ([row]) => Option.map(Option.fromNullable(row), ({ raw }) => raw)
    ),
  due: ({ limit, now, scope, source }) =>
    Effect.map(
      ledger.all(
        PendingRow,
        `SELECT hex(id) AS id, ended_at, due_at, asked FROM pending WHERE source = ? AND scope = ? AND due_at <= ?
          ORDER BY due_at, pending.id LIMIT ?`,
        source,
        scope,
        now.epochMillis,
        limit
      ),
      (found) =>
        found.map((row) => ({
          id: row.id,
          endedAt: DateTime.unsafeMake(row.ended_at),
          dueAt: DateTime.unsafeMake(row.due_at),
          asked: row.asked
        }))
    ),
  pending: (source, scope, dueBy) =>
    Effect.map(
      ledger.all(
        Count,
        "SELECT count(*) AS count FROM pending WHERE source = ? AND scope = ? AND due_at <= ?",
        source,
        scope,
        dueBy?.epochMillis ?? Landings.never - 1
      ),
      ([row]) => row?.count ?? 0
    ),
  fact: (source, scope, name) =>
    Effect.map(
      ledger.all(Value, "SELECT value FROM facts WHERE source = ? AND scope = ? AND name = ?", source, scope, name),
      ([row]) => Option.map(Option.fromNullable(row), ({ value }) => value)
    ),
  published: (table, source) =>
    Effect.map(
      ledger.all(
        Partition,
        `SELECT partition FROM files JOIN shelves ON shelves.id = shelf WHERE name = ? AND source = ?
          ORDER BY partition`,
        table,
        source
      ),
      (found) => {
        const paths = found.map(({ partition }) =>
          join(dataset.out, Layout.published(dataset.partition, table, source, partition))
        )
        return Array.isNonEmptyReadonlyArray(paths) ? Option.some(ParquetFiles.rows(paths)) : Option.none()
      }
    ),
  keys: (table, source) =>
    Stream.paginateChunkEffect("", (after) =>
      Effect.map(
        ledger.all(
          KeyRow,
          `SELECT unit, partition FROM keys JOIN shelves ON shelves.id = shelf
            WHERE name = ? AND source = ? AND unit > ? ORDER BY unit LIMIT 10000`,
          table,
          source,
          after
        ),
        (found) => [Chunk.unsafeFromArray(found), Option.map(Option.fromNullable(found.at(-1)), ({ unit }) => unit)]
      ))
})

/** Numbers are taken from the ledger by the thousand: what a crash leaves unused is never used. */
const answers = Effect.fnUntraced(function*(ledger: Ledger.Ledger) {
  const block = 1000
  const state = yield* SynchronizedRef.make({ next: 0, end: 0 })
  return SynchronizedRef.modifyEffect(state, ({ end, next }) =>
    Effect.gen(function*() {
      if (next < end) return [next, { next: next + 1, end }] as const
      const first = yield* ledger.transaction("state commit", (statements) =>
        Effect.gen(function*() {
          const [row] = yield* statements.all(
            Counter,
            `INSERT INTO counters VALUES ('answer', 1 + ?) ON CONFLICT (name) DO UPDATE SET value = value + ? RETURNING value`,
            block,
            block
          )
          return (row?.value ?? 1) - block
        }))
      return [first, { next: first + 1, end: first + block }] as const
    }))
})

const writable = Effect.fnUntraced(function*(
  opened: Opened,
  writing: Context.Context<Disk | ParquetEngine>,
  options: Options
) {
  const publishing = yield* Effect.makeSemaphore(1)
  const { ledger } = opened
  const subject = { ...opened, tables: [...opened.tables.values()] }
  const dataset: Writable = {
    ...readable(opened, ledger),
    answer: yield* answers(ledger),
    land: (landing) => Landings.land(opened, writing, landing).pipe(Effect.withSpan("Dataset.land")),
    publish: publishing.withPermits(1)(Publishing.publish(opened, { atMost: options.mergeAtMost ?? 100_000 })).pipe(
      Effect.withSpan("Dataset.publish")
    ),
    ask: (source, scope, since) => State.ask(ledger, source, scope, since),
    beginRun: (id, at) => ledger.run("INSERT OR IGNORE INTO runs (id, started_at) VALUES (?, ?)", id, at.epochMillis),
    endRun: (id, at, status) =>
      Effect.zipRight(
        ledger.run("UPDATE runs SET ended_at = ?, status = ? WHERE id = ?", at.epochMillis, status, id),
        status === "certified" ? Ledger.forgetKept(join(opened.out, Layout.own, Layout.ledger)) : Effect.void
      ),
    inspect: publishing.withPermits(1)(
      Inspection.inspect(subject, { readAllBelow: options.readAllBelow ?? Inspection.readAllBelow })
    ),
    verify: publishing.withPermits(1)(Verify.inspect(subject))
  }
  return dataset
})

const checkTables = (tables: ReadonlyArray<Table.Any>) =>
  Effect.forEach(tables, ({ key, name, parent, replacedBy }) =>
    // Where the rows of a unit live is known from the one parent they have.
    parent !== null && replacedBy.length < key.length && (replacedBy.length !== 1 || replacedBy[0] !== parent.by)
      ? Effect.dieMessage(`${name}: rows that live with a parent are replaced by what names it`)
      : Effect.void, { discard: true })

const identityPath = (out: string) => join(out, Layout.own, Layout.identity)

/** What a ledger says of itself, unless it is not for this folder, or not for what was asked. Nothing is written. */
const known = Effect.fnUntraced(function*(out: string, ledger: Ledger.Statements, options: Options) {
  const [known] = yield* ledger.all(Identity, "SELECT id, partition FROM dataset")
  if (known === undefined) return Option.none()
  // The identity is in the folder first: a ledger that knows one without it has come from elsewhere.
  const found = yield* Folder.identityOf(identityPath(out))
  if (!Option.contains(found, known.id)) {
    return yield* new DatasetError.OtherLedger({
      out,
      folder: Option.getOrElse(found, () => "none"),
      ledger: known.id
    })
  }
  if (options.partition !== undefined && options.partition !== known.partition) {
    return yield* new DatasetError.OtherPartition({ known: known.partition, given: options.partition })
  }
  for (const [source, url] of Object.entries(options.sources ?? {})) {
    const given = Folder.hostOf(url)
    const [host] = yield* ledger.all(Host, "SELECT host FROM sources WHERE source = ?", source)
    if (host !== undefined && host.host !== given) {
      return yield* new DatasetError.OtherHost({ source, known: host.host, given })
    }
  }
  return Option.some(known)
})

const tableNames = (options: Pick<Options, "tables">): ReadonlyArray<string> => [
  Certificates.table,
  ...options.tables.map(({ name }) => name)
]

/** A first start that was killed has left no files. Files without a ledger would be doubled by what is written now. */
const refuseFiles = Effect.fnUntraced(function*(out: string, options: Pick<Options, "tables">) {
  for (const name of tableNames(options)) {
    if ((yield* Places.entriesOf(join(out, name))).length === 0) continue
    return yield* new DatasetError.OtherLedger({
      out,
      folder: Option.getOrElse(yield* Folder.identityOf(identityPath(out)), () => "none"),
      ledger: "none"
    })
  }
})

const identify = Effect.fnUntraced(function*(out: string, disk: Disk["Type"], ledger: Ledger.Ledger, options: Options) {
  const path = identityPath(out)
  const stands = yield* known(out, ledger, options)
  if (Option.isSome(stands)) return stands.value
  yield* refuseFiles(out, options)
  const found = yield* Folder.identityOf(path)
  const id = Option.getOrElse(found, () => randomUUID())
  if (Option.isNone(found)) {
    const temporary = `${path}.partial`
    yield* disk.unlink(temporary)
    yield* Effect.scoped(Effect.gen(function*() {
      const file = yield* disk.create(temporary)
      yield* file.write(new TextEncoder().encode(`${JSON.stringify({ id })}\n`))
      yield* file.sync
    }))
    yield* onDisk("write", temporary, () => fs.chmod(temporary, 0o600))
    yield* disk.rename(temporary, path)
    yield* disk.syncDirectory(dirname(path))
  }
  const partition = options.partition ?? "month"
  yield* ledger.transaction("open commit", (statements) =>
    Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      yield* statements.run("INSERT INTO dataset VALUES (1, ?, ?, ?)", id, partition, now)
    }))
  return { id, partition }
})

/** `known` has refused a host that differs. */
const recordHosts = (ledger: Ledger.Ledger, sources: Readonly<Record<string, string>>) =>
  Effect.forEach(
    Object.entries(sources),
    ([source, url]) => ledger.run("INSERT OR IGNORE INTO sources VALUES (?, ?)", source, Folder.hostOf(url)),
    { discard: true }
  )

// What DuckDB spilled is of use to nobody once its process is gone; a reader that still lives is younger than that.
const sweepTemporary = Effect.fnUntraced(function*(folder: string) {
  const now = yield* Clock.currentTimeMillis
  for (const { name } of yield* Places.entriesOf(folder)) {
    if (name !== "writer" && !/^(?:reader-|duckdb_temp)/.test(name)) continue
    const path = join(folder, name)
    const { mtimeMs } = yield* onDisk("inspect", path, () => fs.lstat(path))
    if (name === "writer" || now - mtimeMs > 86_400_000) {
      yield* onDisk("unlink", path, () => fs.rm(path, { recursive: true, force: true }))
    }
  }
})

const folders = [Layout.landing, Layout.publishing, Layout.temporary]

/**
 * Fails where no dataset can begin or go on in this folder, as far as that is told without opening its ledger. It writes
 * nothing, and `open` begins with it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const check: (
  options: Pick<Options, "out" | "tables">
) => Effect.Effect<
  void,
  DatasetError.NetworkFolder | DatasetError.OtherLedger | DatasetError.Damaged | DiskError
> = Effect.fnUntraced(function*(options) {
  const out = resolve(options.out)
  yield* Folder.refuseNetwork(out)
  yield* Places.checkOwn(out)
  for (const name of tableNames(options)) yield* Places.demand("folder", join(out, name))
  const ledger = join(out, Layout.own, Layout.ledger)
  const there = (yield* Places.demand("file", ledger)) &&
    (yield* onDisk("inspect", ledger, () => fs.lstat(ledger))).size > 0
  if (!there) yield* refuseFiles(out, options)
})

/**
 * Makes the folder of a dataset and those above it. Where one cannot be made, those that were are taken away again.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeOut = (folder: string): Effect.Effect<void, DiskError> =>
  Effect.gen(function*() {
    const missing: Array<string> = []
    for (
      let path = folder;
      (yield* Places.kindOf(path)) === "missing" && dirname(path) !== path;
      path = dirname(path)
    ) {
      missing.unshift(path)
    }
    const made: Array<string> = []
    yield* Effect.forEach(missing, (path) =>
      // Another process may be making them as well.
      onDisk("create", path, () => fs.mkdir(path)).pipe(
        Effect.zipRight(Effect.sync(() => made.unshift(path))),
        Effect.catchIf(({ code }) => code === "EEXIST", () => Effect.void)
      ), { discard: true }).pipe(
        Effect.onError(() =>
          Effect.forEach(made, (path) => Effect.ignore(Effect.tryPromise(() => fs.rmdir(path))), { discard: true })
        )
      )
    const found = yield* onDisk("create", folder, () => fs.stat(folder))
    if (!found.isDirectory()) return yield* new DiskError({ step: "create", path: folder, code: "ENOTDIR" })
  })

/**
 * Opens the dataset in a folder for writing, or begins one: takes its lock, finishes or forgets what a crash left, and gives
 * it back with the scope. What was landed before waits for `publish`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = Effect.fn("Dataset.open")(function*(options: Options) {
  const writing = yield* Effect.context<Disk | ParquetEngine>()
  const disk = Context.get(writing, Disk)
  const points = yield* Points
  const out = resolve(options.out)
  const own = join(out, Layout.own)
  const tables = options.tables.filter(({ name }) => name !== Certificates.table)
  yield* checkTables(tables)
  yield* check(options)
  yield* makeOut(out)
  yield* makeFolder(disk, out, own)
  yield* Lock.take(out)
  const path = join(own, Layout.ledger)
  // Under the lock nobody writes. Who is refused here has changed nothing, where opening alone would.
  yield* Effect.scoped(Effect.flatMap(
    Ledger.openUntouched(path),
    Option.match({ onNone: () => Effect.void, onSome: (ledger) => known(out, ledger, options) })
  ))
  yield* Lock.sign(out)
  yield* onDisk("create", own, () => fs.chmod(own, 0o700))
  yield* Layout.privately(path).pipe(
    Effect.catchAll((code) => Effect.flatMap(Room.ledgerError(path, { operation: "open", code }), Effect.fail))
  )
  const ledger = yield* Ledger.open(path)
  const { id, partition } = yield* identify(out, disk, ledger, options)
  yield* recordHosts(ledger, options.sources ?? {})
  yield* Effect.forEach(folders, (folder) => makeFolder(disk, out, join(own, folder)), { discard: true })
  for (const folder of folders) yield* onDisk("create", own, () => fs.chmod(join(own, folder), 0o700))
  yield* Effect.forEach([Layout.landing, Layout.publishing], (folder) => Places.nameOthers(join(own, folder)), {
    discard: true
  })
  const temporary = join(own, Layout.temporary)
  yield* sweepTemporary(temporary)
  const session = yield* Session.make({ temporary: join(temporary, "writer") })
  const opened: Opened = {
    out,
    id,
    partition,
    tables: new Map(tables.map((table) => [table.name, table])),
    ledger,
    disk,
    session,
    points
  }
  yield* Intents.recover(opened)
  yield* Landings.sweep(opened)
  return yield* writable(opened, writing, options)
})

/**
 * The one writer of a dataset.
 *
 * @since 0.1.0
 * @category services
 */
export class Dataset extends Context.Tag("@trunkline/dataset/Dataset")<Dataset, Writable>() {
  static readonly layer = (
    options: Options
  ): Layer.Layer<Dataset, DatasetError.OpenError, Disk | ParquetEngine> => Layer.scoped(this, open(options))
}

/**
 * A reader, of whom there may be any number beside the writer.
 *
 * @since 0.1.0
 * @category services
 */
export class DatasetReader extends Context.Tag("@trunkline/dataset/Dataset/DatasetReader")<DatasetReader, Readable>() {
  static readonly layer = (
    options: Pick<Options, "out">
  ): Layer.Layer<
    DatasetReader,
    | DatasetError.NoDataset
    | DatasetError.NewerLedger
    | DatasetError.Damaged
    | DatasetError.LedgerError
    | DatasetError.QueryError
  > => Layer.scoped(this, read(options))
}

const read = Effect.fn("Dataset.read")(function*(options: Pick<Options, "out">) {
  const out = resolve(options.out)
  const path = join(out, Layout.own, Layout.ledger)
  yield* Places.checkOwn(out)
  if (!(yield* Places.demand("file", path))) return yield* new DatasetError.NoDataset({ out })
  const ledger = yield* Ledger.openReader(path)
  const [identity] = yield* ledger.all(Identity, "SELECT id, partition FROM dataset")
  if (identity === undefined) return yield* new DatasetError.NoDataset({ out })
  const session = yield* Session.make({ temporary: join(out, Layout.own, Layout.temporary, `reader-${randomUUID()}`) })
  return readable({ out, ...identity, session }, ledger)
})
