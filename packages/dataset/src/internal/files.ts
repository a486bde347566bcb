/** The published files of a dataset: as the ledger knows them, and as they are. */
import type { DiskError } from "@trunkline/parquet"
import type * as Table from "@trunkline/parquet/Table"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import type { Damaged, LedgerError, QueryError } from "../DatasetError.js"
import * as Elsewhere from "../Elsewhere.js"
import type { Fetching } from "../Elsewhere.js"
import * as Finding from "../Finding.js"
import type * as Ledger from "../Ledger.js"
import * as OwnTables from "../OwnTables.js"
import * as ParquetFiles from "../ParquetFiles.js"
import type { Session } from "../Session.js"
import * as Layout from "./layout.js"
import { contentOf, sizeOf } from "./opened.js"
import * as Places from "./places.js"
import * as Remembered from "./remembered.js"

/** What is inspected. */
export interface Subject {
  readonly out: string
  readonly partition: Layout.Partition
  readonly tables: ReadonlyArray<Table.Any>
  readonly ledger: Ledger.Ledger
  readonly session: Session
  /** Of the one writer. */
  readonly fetching?: Fetching | undefined
}

const Recorded = Schema.Struct({
  shelf: Schema.Number,
  table: Schema.String,
  source: Schema.String,
  partition: Schema.String,
  sha256: Schema.String,
  rows: Schema.Number,
  bytes: Schema.Number
})

/** A published file as the ledger knows it. */
export interface Recorded extends Schema.Schema.Type<typeof Recorded> {
  readonly path: string
}

const Renamed = Recorded.pick("table", "source", "partition", "sha256")

const Place = Schema.parseJson(Schema.Struct({ table: Schema.String, source: Schema.String, partition: Schema.String }))

const dropName = "dropped "

/** Files that are no part of the dataset any more, and may still lie there. */
export const dropped = (statements: Pick<Ledger.Statements, "all">) =>
  Effect.map(
    Remembered.all(statements, dropName),
    (found) =>
      found.flatMap(({ name, value }) =>
        Option.match(Schema.decodeOption(Place)(value), { onNone: () => [], onSome: (place) => [{ name, place }] })
      )
  )

/** A file and its keys are no part of the dataset any more. Its keys are the last of their rows. */
export const drop = (
  statements: Ledger.Statements,
  { partition, shelf, source, table }: Recorded
): Effect.Effect<void, LedgerError> =>
  Effect.gen(function*() {
    const ofPartition = "(SELECT unit FROM keys WHERE shelf = ? AND partition = ?)"
    for (const  of of["pending WHERE id", "spellings WHERE key"]) {
      yield* statements.run(`DELETE FROM ${of} IN ${ofPartition} AND source = ?`, shelf, partition, source)
    }
    yield* statements.run(`DELETE FROM lost WHERE shelf = ? AND unit IN ${ofPartition}`, shelf, shelf, partition)
    for (const  of of["keys", "files"]) {
      yield* statements.run(`DELETE FROM ${of} WHERE shelf = ? AND partition = ?`, shelf, partition)
    }
    const place = { table, source, partition }
    yield* Remembered.set(statements, `${dropName}${table} ${source} ${partition}`, Schema.encodeSync(Place)(place))
  })

/** What the ledger knows of files. */
export interface Known {
  readonly files: ReadonlyArray<Recorded>
  /**
   * Files that a crash left renamed and not yet recorded, each as its path and hash. They belong to the dataset: the next
   * start records them.
   */
  readonly renamed: ReadonlySet<string>
  /** Paths of files that were dropped and may still lie there. */
  readonly dropped: ReadonlySet<string>
  /** Files that are kept elsewhere, each as its path and hash. They need not be here. */
  readonly elsewhere: ReadonlySet<string>
  /** By hash. */
  readonly pathOf: ReadonlyMap<string, string>
}

export const known = (
  { ledger, out, partition }: Pick<Subject, "ledger" | "out" | "partition">
): Effect.Effect<Known, LedgerError | Damaged> =>
  Effect.gen(function*() {
    const pathTo = (file: Pick<typeof Renamed.Type, "table" | "source" | "partition">) =>
      join(out, Layout.published(partition, file.table, file.source, file.partition))
    const recorded = yield* ledger.all(
      Recorded,
      `SELECT shelf, shelves.name AS "table", source, files.partition AS partition, sha256, rows, bytes FROM files
        JOIN shelves ON shelves.id = shelf ORDER BY 2, 3, 4`
    )
    const renamed = yield* ledger.all(
      Renamed,
      `SELECT shelves.name AS "table", source, partition, new_sha256 AS sha256 FROM intent_files
        JOIN shelves ON shelves.id = shelf`
    )
    const files = recorded.map((file) => ({ ...file, path: pathTo(file) }))
    return {
      files,
      renamed: new Set(renamed.map((file) => `${pathTo(file)} ${file.sha256}`)),
      elsewhere: new Set(
        ((yield* Elsewhere.list(out))?.files ?? []).map(({ path, sha256 }) => `${join(out, path)} ${sha256}`)
      ),
      dropped: new Set((yield* dropped(ledger)).map(({ place }) => pathTo(place))),
      pathOf: new Map(files.map((file) => [file.sha256, file.path]))
    }
  })

/**
 * Reads one file and compares it: null if it is what was published, `renamed` if a crash left it so, `elsewhere` if it is kept
 * elsewhere and not here.
 */
export const content = (
  { out, session }: Pick<Subject, "out" | "session">,
  { elsewhere, pathOf, renamed }: Known,
  file: Recorded
): Effect.Effect<
  Finding.MissingFile | Finding.ChangedFile | Finding.SwappedFile | Damaged | "renamed" | "elsewhere" | null,
  QueryError
> =>
  Effect.gen(function*() {
    const { path } = file
    yield* Places.demandWithin(out, path)
    const found = yield* contentOf(path)
    if (found === file.sha256) return null
    if (renamed.has(`${path} ${found}`)) return "renamed"
    if (found === null && elsewhere.has(`${path} ${file.sha256}`)) return "elsewhere"
    if (found === null) return new Finding.MissingFile({ path })
    const belongsTo = pathOf.get(found)
    if (belongsTo !== undefined) return new Finding.SwappedFile({ path, belongsTo })
    const readable = yield* Effect.isSuccess(session.run(`SELECT count(COLUMNS(*)) FROM ${ParquetFiles.rows([path])}`))
    return new Finding.ChangedFile({ path, readable })
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
 */
export const unknown = (
  { out, tables }: Pick<Subject, "out" | "tables">,
  { dropped, files, renamed }: Known,
  { misplaced, where }: {
    /** Paths that are reported already. */
    readonly misplaced: ReadonlySet<string>
    readonly where: "readers" | "anywhere"
  }
): Effect.Effect<ReadonlyArray<Finding.Finding>, QueryError> =>
  Effect.gen(function*() {
    const expected = new Set([...files.map(({ path }) => path), ...dropped, ...misplaced])
    const owned = new Set([...files, ...tables.map(({ name }) => ({ table: name }))].map(({ table }) => table))
    const names = where === "readers"
      ? [...new Set([...owned, ...OwnTables.tables.map(({ name }) => name)])]
      : (yield* Places.entriesOf(out)).map(({ name }) => name).filter((name) =>
        name !== Layout.own && !name.startsWith(".")
      )
    const found: Array<string> = []
    for (const name of names) {
      const within = yield* filesUnder(join(out, name))
      found.push(
        ...within.filter((path) => !expected.has(path)).filter((path) =>
          isParquet(path) || (where === "anywhere" && owned.has(name))
        )
      )
      const path = join(out, name)
      const isFile = where === "anywhere" && (yield* Places.kindOf(path)) !== "folder"
      if (isFile && !expected.has(path) && (isParquet(name) || owned.has(name))) found.push(path)
    }
    const strange: Array<Finding.Finding> = []
    for (const path of found) {
      const hash = renamed.size === 0
        ? null
        : yield* Effect.catchTag(contentOf(path), "Damaged", () => Effect.succeed(null))
      if (!renamed.has(`${path} ${hash}`)) strange.push(Finding.ofPath(new Finding.UnknownFile({ path }), out))
    }
    return strange
  })

/** Names and sizes of all files. A file of another size is read, to say what has become of it. */
export const places = (
  subject: Subject,
  known: Known
): Effect.Effect<ReadonlyArray<Finding.Finding>, LedgerError | QueryError> =>
  Effect.gen(function*() {
    const findings: Array<Finding.Finding> = []
    const seen = new Set<string>()
    for (const file of known.files) {
      const size = yield* Effect.catchTag(sizeOf(subject.out, file.path, seen), "Damaged", () => Effect.succeed(null))
      if (size === file.bytes) continue
      const problem = yield* content(subject, known, file)
      if (problem === null || problem === "renamed" || problem === "elsewhere") continue
      // A link may stand for many files, and is named once.
      const isNamed = problem._tag === "Damaged" && findings.some(({ problem: other }) => other.path === problem.path)
      if (!isNamed) findings.push(Finding.ofPartition(problem, file))
    }
    const misplaced = new Set(findings.flatMap(({ problem }) => problem._tag === "Damaged" ? [problem.path] : []))
    return [
      ...findings,
      ...(yield* unknown(subject, known, { misplaced, where: "readers" }))
    ]
  })

/** Files that are kept elsewhere and not here. */
export const absent = (
  { elsewhere, files }: Known
): Effect.Effect<ReadonlyArray<Recorded>, DiskError> =>
  Effect.filter(
    files.filter(({ path, sha256 }) => elsewhere.has(`${path} ${sha256}`)),
    ({ path }) => Effect.map(Places.kindOf(path), (kind) => kind === "missing")
  )
