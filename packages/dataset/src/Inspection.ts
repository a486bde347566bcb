/**
 * Whether the files and the ledger of a dataset are what was published. Every run inspects what it can afford; `Verify`
 * inspects all.
 *
 * @since 0.1.0
 */
import type * as Table from "@trunkline/parquet/Table"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { join, relative, sep } from "node:path"
import { table as certificates } from "./Certificate.js"
import type { Damaged, LedgerError, QueryError } from "./DatasetError.js"
import * as Layout from "./internal/layout.js"
import { contentOf, sizeOf } from "./internal/opened.js"
import * as Places from "./internal/places.js"
import * as Interval from "./Interval.js"
import type * as Ledger from "./Ledger.js"
import * as ParquetFiles from "./ParquetFiles.js"
import type { Session } from "./Session.js"

const at = { path: Schema.String }

/**
 * A published file is gone. Put it back from a copy, or export its partition's time again into a new folder.
 *
 * @since 0.1.0
 * @category problems
 */
export class MissingFile extends Schema.TaggedError<MissingFile>("@trunkline/dataset/Inspection/MissingFile")(
  "MissingFile",
  at
) {
  override get message(): string {
    return `${this.path} is missing. Put it back from a copy, or export into a new folder`
  }
}

/**
 * The bytes of a file are not those that were published: the disk or somebody changed them.
 *
 * @since 0.1.0
 * @category problems
 */
export class ChangedFile extends Schema.TaggedError<ChangedFile>("@trunkline/dataset/Inspection/ChangedFile")(
  "ChangedFile",
  { path: Schema.String, readable: Schema.Boolean }
) {
  override get message(): string {
    return `${this.path} is not what was published${this.readable ? "" : ", and cannot be read"}. ` +
      "Put it back from a copy, or export into a new folder"
  }
}

/**
 * A file lies where another of this dataset belongs.
 *
 * @since 0.1.0
 * @category problems
 */
export class SwappedFile extends Schema.TaggedError<SwappedFile>("@trunkline/dataset/Inspection/SwappedFile")(
  "SwappedFile",
  { path: Schema.String, belongsTo: Schema.String }
) {
  override get message(): string {
    return `${this.path} is the file of ${this.belongsTo}. Move it back`
  }
}

/**
 * A file nobody published, where readers would take it for one.
 *
 * @since 0.1.0
 * @category problems
 */
export class UnknownFile extends Schema.TaggedError<UnknownFile>("@trunkline/dataset/Inspection/UnknownFile")(
  "UnknownFile",
  at
) {
  override get message(): string {
    return `${this.path} was not written by this dataset, and readers may take its rows for yours. Move it elsewhere`
  }
}

/**
 * A landed file that waits to be published is gone or changed.
 *
 * @since 0.1.0
 * @category problems
 */
export class ChangedLanding extends Schema.TaggedError<ChangedLanding>("@trunkline/dataset/Inspection/ChangedLanding")(
  "ChangedLanding",
  at
) {
  override get message(): string {
    return `${this.path} waits to be published and is missing or changed. Put it back from a copy, or export into a ` +
      "new folder"
  }
}

/**
 * Rows of the ledger contradict each other.
 *
 * @since 0.1.0
 * @category problems
 */
export class LedgerContradiction
  extends Schema.TaggedError<LedgerContradiction>("@trunkline/dataset/Inspection/LedgerContradiction")(
    "LedgerContradiction",
    {
      path: Schema.String,
      /** Which rows, and how; none of their values but counts and names of tables, sources and partitions. */
      what: Schema.String
    }
  )
{
  override get message(): string {
    return `${this.path} contradicts itself: ${this.what}. Put the whole folder back from a copy, or export into a new one`
  }
}

/**
 * @since 0.1.0
 * @category problems
 */
export type Problem =
  | MissingFile
  | ChangedFile
  | SwappedFile
  | UnknownFile
  | ChangedLanding
  | LedgerContradiction
  | Damaged

/**
 * A problem, and what it casts doubt on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Finding {
  readonly problem: Problem
  /** Null where every source is concerned. */
  readonly source: string | null
  /** Rows whose event time lies before this instant are not concerned; null where all are. */
  readonly from: DateTime.Utc | null
}

/**
 * How much of a dataset was inspected. Names and sizes are those of all its files.
 *
 * @since 0.1.0
 * @category models
 */
export interface Checked {
  /** Files whose content was read and compared. */
  readonly files: number
  readonly bytes: number
  /** Files there are. */
  readonly of: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Report {
  readonly findings: ReadonlyArray<Finding>
  readonly checked: Checked
}

/**
 * The content of all files is read by every inspection while they are together smaller than this, in bytes; beyond, each
 * is read in turn.
 *
 * @since 0.1.0
 * @category models
 */
export const readAllBelow = 1_000_000_000

/** A file is read again after so many inspections, or so long, whichever comes first. */
const atLeast = { inspections: 7, milliseconds: 7 * 86_400_000 }

/**
 * What is inspected.
 *
 * @since 0.1.0
 * @category models
 */
export interface Subject {
  readonly out: string
  readonly partition: Layout.Partition
  readonly tables: ReadonlyArray<Table.Any>
  readonly ledger: Ledger.Ledger
  readonly session: Session
}

/**
 * A published file as the ledger knows it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Recorded {
  readonly shelf: number
  readonly table: string
  readonly source: string
  readonly partition: string
  readonly sha256: string
  readonly rows: number
  readonly bytes: number
  readonly path: string
}

const FileRow = Schema.Struct({
  shelf: Schema.Number,
  table: Schema.String,
  source: Schema.String,
  partition: Schema.String,
  sha256: Schema.String,
  rows: Schema.Number,
  bytes: Schema.Number
})

/**
 * Every published file.
 *
 * @since 0.1.0
 * @category inspecting
 */
export const recorded = (
  { ledger, out, partition }: Pick<Subject, "ledger" | "out" | "partition">
): Effect.Effect<ReadonlyArray<Recorded>, LedgerError> =>
  Effect.map(
    ledger.all(
      FileRow,
      `SELECT shelf, shelves.name AS "table", source, files.partition AS partition, sha256, rows, bytes FROM files
        JOIN shelves ON shelves.id = shelf ORDER BY 2, 3, 4`
    ),
    (files) =>
      files.map((file) => ({
        ...file,
        path: join(out, Layout.published(partition, file.table, file.source, file.partition))
      }))
  )

const Announced = Schema.Struct({
  table: Schema.String,
  source: Schema.String,
  partition: Schema.String,
  new_sha256: Schema.String
})

/**
 * Files that a crash left renamed and not yet recorded, each as its path and hash. They belong to the dataset: the next
 * start records them.
 *
 * @since 0.1.0
 * @category inspecting
 */
export const renamed = (
  { ledger, out, partition }: Pick<Subject, "ledger" | "out" | "partition">
): Effect.Effect<ReadonlySet<string>, LedgerError> =>
  Effect.map(
    ledger.all(
      Announced,
      `SELECT shelves.name AS "table", source, partition, new_sha256 FROM intent_files
        JOIN shelves ON shelves.id = shelf`
    ),
    (files) =>
      new Set(files.map((file) =>
        `${join(out, Layout.published(partition, file.table, file.source, file.partition))} ${file.new_sha256}`
      ))
  )

/** The first instant of a partition; null of one without event times. */
const startOf = (partition: string): DateTime.Utc | null =>
  /^\d{4}-\d{2}(-\d{2})?$/.test(partition)
    ? Option.getOrNull(DateTime.make(`${partition.length === 7 ? `${partition}-01` : partition}T00:00:00Z`))
    : null

/**
 * A problem of a partition.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofPartition = (
  problem: Problem,
  { partition, source }: { readonly source: string; readonly partition: string }
): Finding => ({ problem, source, from: startOf(partition) })

const valueIn = (folder: string | undefined, key: RegExp): string | null => key.exec(folder ?? "")?.[1] ?? null

/** A problem of a path, whose folders may name a partition. */
const ofPath = (problem: UnknownFile, out: string): Finding => {
  const [, source, partition] = relative(out, problem.path).split(sep)
  return {
    problem,
    source: valueIn(source, /^source=(.*)$/),
    from: startOf(valueIn(partition, /^(?:month|day)=(.*)$/) ?? "")
  }
}

/**
 * Reads one file and compares it: null if it is what was published, `renamed` if a crash left it so.
 *
 * @since 0.1.0
 * @category inspecting
 */
export const content = (
  { out, session }: Pick<Subject, "out" | "session">,
  file: Recorded,
  pathOf: ReadonlyMap<string, string>,
  renamed: ReadonlySet<string>
): Effect.Effect<MissingFile | ChangedFile | SwappedFile | Damaged | "renamed" | null, QueryError> =>
  Effect.gen(function*() {
    const { path } = file
    yield* Places.demandWithin(out, path)
    const found = yield* contentOf(path)
    if (found === file.sha256) return null
    if (renamed.has(`${path} ${found}`)) return "renamed"
    if (found === null) return new MissingFile({ path })
    const belongsTo = pathOf.get(found)
    if (belongsTo !== undefined) return new SwappedFile({ path, belongsTo })
    const readable = yield* Effect.isSuccess(session.run(`SELECT count(COLUMNS(*)) FROM ${ParquetFiles.rows([path])}`))
    return new ChangedFile({ path, readable })
  }).pipe(Effect.catchTag("Damaged", Effect.succeed))

/** Everything below a folder that is not a folder itself. Links are not followed. */
const filesUnder = (folder: string): Effect.Effect<ReadonlyArray<string>, QueryError> =>
  Effect.gen(function*() {
    const nested = yield* Effect.forEach(yield* Places.entriesOf(folder), ({ kind, name }) =>
      kind === "folder" ? filesUnder(join(folder, name)) : Effect.succeed([join(folder, name)]))
    return nested.flat()
  })

const isParquet = (path: string): boolean => path.toLowerCase().endsWith(".parquet")

/**
 * Files that were not published. `readers` are those that a reader of a table finds, which are Parquet files in its folder;
 * `anywhere` adds whatever else lies in a table's folder, and Parquet files beside the tables.
 *
 * @since 0.1.0
 * @category inspecting
 */
export const unknown = (
  { out, tables }: Pick<Subject, "out" | "tables">,
  files: ReadonlyArray<Recorded>,
  { misplaced, renamed, where }: {
    readonly renamed: ReadonlySet<string>
    /** Paths that are reported already. */
    readonly misplaced: ReadonlySet<string>
    readonly where: "readers" | "anywhere"
  }
): Effect.Effect<ReadonlyArray<Finding>, QueryError> =>
  Effect.gen(function*() {
    const known = new Set([...files.map(({ path }) => path), ...misplaced])
    const owned = new Set([...files, ...tables.map(({ name }) => ({ table: name }))].map(({ table }) => table))
    const names = where === "readers"
      ? [...new Set([...owned, certificates.name])]
      : (yield* Places.entriesOf(out)).map(({ name }) => name).filter((name) =>
        name !== Layout.own && !name.startsWith(".")
      )
    const found: Array<string> = []
    for (const name of names) {
      const within = yield* filesUnder(join(out, name))
      found.push(
        ...within.filter((path) => !known.has(path)).filter((path) =>
          isParquet(path) || (where === "anywhere" && owned.has(name))
        )
      )
      const path = join(out, name)
      const isFile = where === "anywhere" && (yield* Places.kindOf(path)) !== "folder"
      if (isFile && !known.has(path) && (isParquet(name) || owned.has(name))) found.push(path)
    }
    const strange: Array<Finding> = []
    for (const path of found) {
      const hash = renamed.size === 0
        ? null
        : yield* Effect.catchTag(contentOf(path), "Damaged", () => Effect.succeed(null))
      if (!renamed.has(`${path} ${hash}`)) strange.push(ofPath(new UnknownFile({ path }), out))
    }
    return strange
  })

/**
 * Names and sizes of all files. A file of another size is read, to say what has become of it.
 *
 * @since 0.1.0
 * @category inspecting
 */
export const places = (subject: Subject): Effect.Effect<ReadonlyArray<Finding>, LedgerError | QueryError> =>
  Effect.gen(function*() {
    const files = yield* recorded(subject)
    return yield* placesOf(subject, files, yield* renamed(subject))
  })

const placesOf = (subject: Subject, files: ReadonlyArray<Recorded>, announced: ReadonlySet<string>) =>
  Effect.gen(function*() {
    const pathOf = new Map(files.map((file) => [file.sha256, file.path]))
    const findings: Array<Finding> = []
    for (const file of files) {
      const size = yield* Effect.catchTag(sizeOf(subject.out, file.path), "Damaged", () => Effect.succeed(null))
      if (size === file.bytes) continue
      const problem = yield* content(subject, file, pathOf, announced)
      // A link may stand for many files, and is named once.
      const known = problem !== null && problem !== "renamed" && problem._tag === "Damaged" &&
        findings.some(({ problem: other }) => other.path === problem.path)
      if (problem !== null && problem !== "renamed" && !known) findings.push(ofPartition(problem, file))
    }
    const misplaced = new Set(findings.flatMap(({ problem }) => problem._tag === "Damaged" ? [problem.path] : []))
    return [
      ...findings,
      ...(yield* unknown(subject, files, { renamed: announced, misplaced, where: "readers" }))
    ]
  })

const Counted = Schema.Struct({
  table: Schema.NullOr(Schema.String),
  source: Schema.NullOr(Schema.String),
  partition: Schema.String,
  rows: Schema.NullOr(Schema.Number),
  keys: Schema.Number
})
const Window = Schema.Struct({
  source: Schema.String,
  scope: Schema.String,
  stream: Schema.String,
  from_at: Schema.Number,
  to_at: Schema.Number
})
const Foreign = Schema.Struct({ table: Schema.String, parent: Schema.String })
const Count = Schema.Struct({ count: Schema.Number })

const impossible: ReadonlyArray<readonly [what: string, count: string]> = [
  ["it holds no dataset, or several", "SELECT count(*) <> 1 AS count FROM dataset"],
  [
    "a file without a hash or a size",
    "SELECT count(*) AS count FROM files WHERE length(sha256) <> 64 OR bytes <= 0 OR rows < 0"
  ],
  [
    "a landing without a hash or a size",
    "SELECT count(*) AS count FROM landings WHERE length(sha256) <> 64 OR bytes < 0 OR rows < 0"
  ],
  ["a window that ends before it begins", "SELECT count(*) AS count FROM windows WHERE to_at < from_at"],
  [
    "a certificate that was published before it was given",
    "SELECT count(*) AS count FROM windows WHERE published > revision"
  ],
  ["a certified stretch that ends before it begins", "SELECT count(*) AS count FROM certified WHERE to_at <= from_at"]
]

const intervals = (rows: ReadonlyArray<typeof Window.Type>) =>
  rows.map((row) => Interval.make(DateTime.unsafeMake(row.from_at), DateTime.unsafeMake(row.to_at)))

/**
 * Rows of the ledger that contradict each other.
 *
 * @since 0.1.0
 * @category inspecting
 */
export const contradictions = (
  { ledger, out, tables }: Pick<Subject, "ledger" | "out" | "tables">
): Effect.Effect<ReadonlyArray<Finding>, LedgerError> =>
  Effect.gen(function*() {
    const path = join(out, Layout.own, Layout.ledger)
    const findings: Array<Finding> = []
    const doubt = (what: string, place?: { readonly source: string; readonly partition: string }) => {
      const problem = new LedgerContradiction({ path, what })
      findings.push(place === undefined ? { problem, source: null, from: null } : ofPartition(problem, place))
    }

    for (const [what, sql] of impossible) {
      const [row] = yield* ledger.all(Count, sql)
      if (row !== undefined && row.count > 0) doubt(what)
    }
    const orphans = yield* ledger.all(Foreign, `SELECT DISTINCT "table", parent FROM pragma_foreign_key_check`)
    for (const { parent, table } of orphans) doubt(`rows of ${table} belong to rows of ${parent} that are not there`)

    // In a table whose rows are replaced one by one, each row has a key in the ledger and each key has a row.
    const single = new Set(
      tables.filter(({ key, replacedBy }) => replacedBy.length === key.length).map(({ name }) => name)
    )
    const counted = yield* ledger.all(
      Counted,
      `WITH counted AS (SELECT shelf, partition, count(*) AS keys FROM keys GROUP BY shelf, partition)
        SELECT name AS "table", source, counted.partition AS partition, rows, keys FROM counted
          LEFT JOIN shelves ON shelves.id = counted.shelf
          LEFT JOIN files ON files.shelf = counted.shelf AND files.partition = counted.partition
        UNION ALL
        SELECT name, source, files.partition, rows, 0 FROM files JOIN shelves ON shelves.id = files.shelf
          WHERE NOT EXISTS (
            SELECT 1 FROM counted WHERE counted.shelf = files.shelf AND counted.partition = files.partition
          )`
    )
    for (const { keys, partition, rows, source, table } of counted) {
      if (table === null || source === null) doubt(`${keys} keys belong to no table`)
      else if (single.has(table) && keys !== (rows ?? 0)) {
        const where = [table, source, partition].filter((part) => part !== "").join(" ")
        doubt(`${where} has ${keys} keys and ${rows ?? 0} rows`, { source, partition })
      }
    }

    const certified = yield* ledger.all(Window, "SELECT source, scope, stream, from_at, to_at FROM certified")
    const windows = yield* ledger.all(
      Window,
      "SELECT source, scope, stream, from_at, to_at FROM windows WHERE verdict = 'certified'"
    )
    const listOf = ({ scope, source, stream }: typeof Window.Type) => JSON.stringify([source, scope, stream])
    for (const list of new Set(certified.map(listOf))) {
      const claimed = certified.filter((row) => listOf(row) === list)
      const proved = windows.filter((row) => listOf(row) === list)
      if (Interval.subtract(intervals(claimed), intervals(proved)).length > 0) {
        const [{ source, stream } = { source: "", stream: "" }] = claimed
        doubt(`${source} ${stream} is certified where no window is`)
      }
    }
    return findings
  })

const Turn = Schema.Struct({
  shelf: Schema.Number,
  partition: Schema.String,
  checked_at: Schema.Number,
  checked_run: Schema.Number
})

interface Turns {
  readonly readAllBelow: number
  /** The number of this inspection. */
  readonly inspection: number
  readonly now: number
  /** When the next inspection is likely. */
  readonly next: number
}

type InTurn = Recorded & { readonly checkedAt: number; readonly checkedRun: number }

/** Which files are read now: all, or a seventh of the bytes, the longest unread first, and whatever may not wait. */
const inTurn = (files: ReadonlyArray<InTurn>, turns: Turns): ReadonlyArray<InTurn> => {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  if (total < turns.readAllBelow) return files
  let taken = 0
  return files.toSorted((left, right) => left.checkedRun - right.checkedRun || left.checkedAt - right.checkedAt).filter(
    ({ bytes, checkedAt, checkedRun }) => {
      const overdue = turns.inspection - checkedRun >= atLeast.inspections ||
        turns.next - checkedAt > atLeast.milliseconds
      if (!overdue && taken >= total / atLeast.inspections) return false
      taken += bytes
      return true
    }
  )
}

const Counters = Schema.Struct({ name: Schema.String, value: Schema.Number })

/**
 * Inspects what a run can afford: names and sizes of all files, the content of those whose turn it is, and whether the rows of
 * the ledger agree; and records what was read. For the one writer, while nothing is published.
 *
 * @since 0.1.0
 * @category inspecting
 */
export const inspect = (
  subject: Subject,
  options: { readonly readAllBelow: number }
): Effect.Effect<Report, LedgerError | QueryError> =>
  Effect.gen(function*() {
    const { ledger } = subject
    const files = yield* recorded(subject)
    const announced = yield* renamed(subject)
    const pathOf = new Map(files.map((file) => [file.sha256, file.path]))
    const misplaced = yield* placesOf(subject, files, announced)
    const concerned = new Set(misplaced.map(({ problem }) => problem.path))

    const counters = new Map(
      (yield* ledger.all(Counters, "SELECT name, value FROM counters")).map(({ name, value }) => [name, value])
    )
    const now = yield* Clock.currentTimeMillis
    const inspection = (counters.get("inspection") ?? 0) + 1
    // The first inspection does not know when the next one is, and reads everything.
    const apart = Math.max(0, now - (counters.get("inspected_at") ?? Number.NEGATIVE_INFINITY))
    const turns = new Map(
      (yield* ledger.all(Turn, "SELECT shelf, partition, checked_at, checked_run FROM files")).map((turn) =>
        [`${turn.shelf} ${turn.partition}`, turn] as const
      )
    )
    const chosen = inTurn(
      files.filter(({ path }) => !concerned.has(path)).map((file) => {
        const turn = turns.get(`${file.shelf} ${file.partition}`)
        return { ...file, checkedAt: turn?.checked_at ?? 0, checkedRun: turn?.checked_run ?? 0 }
      }),
      { readAllBelow: options.readAllBelow, inspection, now, next: now + apart }
    )
    const changed: Array<Finding> = []
    for (const file of chosen) {
      const problem = yield* content(subject, file, pathOf, announced)
      if (problem !== null && problem !== "renamed") changed.push(ofPartition(problem, file))
    }
    const contradictory = yield* contradictions(subject)
    yield* ledger.transaction("state commit", (statements) =>
      Effect.gen(function*() {
        for (const [name, value] of [["inspection", inspection], ["inspected_at", now]] as const) {
          yield* statements.run("INSERT OR REPLACE INTO counters VALUES (?, ?)", name, value)
        }
        yield* statements.run(
          `UPDATE files SET checked_at = ?, checked_run = ? FROM json_each(?) AS read
            WHERE files.shelf = read.value ->> 0 AND files.partition = read.value ->> 1`,
          now,
          inspection,
          JSON.stringify(chosen.map(({ partition, shelf }) => [shelf, partition]))
        )
      }))
    return {
      findings: [...misplaced, ...changed, ...contradictory],
      checked: {
        files: chosen.length,
        bytes: chosen.reduce((sum, { bytes }) => sum + bytes, 0),
        of: files.length
      }
    }
  }).pipe(Effect.withSpan("Inspection.inspect"))
