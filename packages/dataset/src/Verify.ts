/**
 * Whether a dataset is what its ledger says: every file there and unchanged, no key twice, nothing unknown.
 *
 * @since 0.1.0
 */
import type { DiskError } from "@trunkline/parquet"
import type * as Table from "@trunkline/parquet/Table"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { join, relative, resolve, sep } from "node:path"
import {
  type Damaged,
  type DatasetLocked,
  type LedgerError,
  type NewerLedger,
  NoDataset,
  OtherLedger
} from "./DatasetError.js"
import * as Certificates from "./internal/certificates.js"
import { identityOf } from "./internal/folder.js"
import * as Layout from "./internal/layout.js"
import { hashOf } from "./internal/opened.js"
import * as Places from "./internal/places.js"
import * as Sql from "./internal/sql.js"
import * as Ledger from "./Ledger.js"
import * as Lock from "./Lock.js"
import * as ParquetFiles from "./ParquetFiles.js"
import * as Session from "./Session.js"

const at = { path: Schema.String }

/**
 * A published file is gone. Put it back from a copy, or export its partition's time again into a new folder.
 *
 * @since 0.1.0
 * @category problems
 */
export class MissingFile extends Schema.TaggedError<MissingFile>("@trunkline/dataset/Verify/MissingFile")(
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
export class ChangedFile extends Schema.TaggedError<ChangedFile>("@trunkline/dataset/Verify/ChangedFile")(
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
export class SwappedFile extends Schema.TaggedError<SwappedFile>("@trunkline/dataset/Verify/SwappedFile")(
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
export class UnknownFile extends Schema.TaggedError<UnknownFile>("@trunkline/dataset/Verify/UnknownFile")(
  "UnknownFile",
  at
) {
  override get message(): string {
    return `${this.path} was not written by this dataset, and readers may take its rows for yours. Move it elsewhere`
  }
}

/**
 * A key stands in a table more than once.
 *
 * @since 0.1.0
 * @category problems
 */
export class DuplicateKeys extends Schema.TaggedError<DuplicateKeys>("@trunkline/dataset/Verify/DuplicateKeys")(
  "DuplicateKeys",
  { table: Schema.String, source: Schema.String, count: Schema.Number, paths: Schema.Array(Schema.String) }
) {
  override get message(): string {
    return `${this.count} keys of ${this.table} (${this.source}) stand more than once, in ${this.paths.join(", ")}. ` +
      "Export into a new folder, and report this"
  }
}

/**
 * A file holds another number of rows than the ledger has.
 *
 * @since 0.1.0
 * @category problems
 */
export class OtherRows extends Schema.TaggedError<OtherRows>("@trunkline/dataset/Verify/OtherRows")("OtherRows", {
  path: Schema.String,
  recorded: Schema.Number,
  found: Schema.Number
}) {
  override get message(): string {
    return `${this.path} has ${this.found} rows, and the ledger says ${this.recorded}. ` +
      "Export into a new folder, and report this"
  }
}

/**
 * A landed file that waits to be published is gone or changed.
 *
 * @since 0.1.0
 * @category problems
 */
export class ChangedLanding extends Schema.TaggedError<ChangedLanding>("@trunkline/dataset/Verify/ChangedLanding")(
  "ChangedLanding",
  at
) {
  override get message(): string {
    return `${this.path} waits to be published and is missing or changed. Put it back from a copy, or export into a ` +
      "new folder"
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
  | DuplicateKeys
  | OtherRows
  | ChangedLanding
  | Damaged
  | OtherLedger
  | NewerLedger

/**
 * @since 0.1.0
 * @category models
 */
export interface Report {
  readonly problems: ReadonlyArray<Problem>
  readonly files: number
  /** Rows per table, as recorded. */
  readonly rows: Readonly<Record<string, number>>
  /** Landings that wait to be published, which is no problem. */
  readonly waiting: number
  readonly quarantined: number
}

const FileRow = Schema.Struct({
  table: Schema.String,
  source: Schema.String,
  partition: Schema.String,
  sha256: Schema.String,
  rows: Schema.Number
})
const Identity = Schema.Struct({ id: Schema.String, partition: Schema.Literal("month", "day") })
const LandingRow = Schema.Struct({ file: Schema.String, sha256: Schema.String })
const Announced = Schema.Struct({
  table: Schema.String,
  source: Schema.String,
  partition: Schema.String,
  new_sha256: Schema.String
})
const Count = Schema.Struct({ count: Schema.Number })
const Place = Schema.Struct({ path: Schema.String })
const Footer = Schema.Struct({ rows: Schema.Number })

interface Found {
  readonly path: string
  readonly kind: Places.Kind
}

/** Everything below a folder that is not a folder itself. Links are not followed. */
const foundUnder = (folder: string, skip: (name: string) => boolean): Effect.Effect<ReadonlyArray<Found>, DiskError> =>
  Effect.gen(function*() {
    const nested = yield* Effect.forEach(
      (yield* Places.entriesOf(folder)).filter(({ name }) => !skip(name)),
      ({ kind, name }) =>
        kind === "folder"
          ? foundUnder(join(folder, name), () => false)
          : Effect.succeed([{ path: join(folder, name), kind }])
    )
    return nested.flat()
  })

const nothing: Report = { problems: [], files: 0, rows: {}, waiting: 0, quarantined: 0 }

/**
 * Looks at everything and changes nothing. For whoever holds the lock; `folder` takes it first.
 *
 * @since 0.1.0
 * @category verifying
 */
export const inspect = Effect.fnUntraced(function*(options: {
  readonly out: string
  readonly tables: ReadonlyArray<Table.Any>
  readonly ledger: Ledger.Ledger
  readonly session: Session.Session
}) {
  const { ledger, out, session, tables } = options
  const problems: Array<Problem> = []
  const [identity] = yield* ledger.all(Identity, "SELECT id, partition FROM dataset")
  const folderId = yield* identityOf(join(out, Layout.own, Layout.identity))
  if (identity === undefined || !Option.contains(folderId, identity.id)) {
    const problem = new OtherLedger({
      out,
      folder: Option.getOrElse(folderId, () => "none"),
      ledger: identity?.id ?? "none"
    })
    return { ...nothing, problems: [problem] }
  }
  const recorded = (yield* ledger.all(
    FileRow,
    `SELECT shelves.name AS "table", source, files.partition AS partition, sha256, rows FROM files
      JOIN shelves ON shelves.id = shelf ORDER BY 1, 2, 3`
  )).map((file) => ({
    ...file,
    path: join(out, Layout.published(identity.partition, file.table, file.source, file.partition))
  }))
  // Renamed, and not yet marked: what a crash left there is the dataset's own, and the next start finishes it.
  const renamed = new Set(
    (yield* ledger.all(
      Announced,
      `SELECT shelves.name AS "table", source, partition, new_sha256 FROM intent_files
        JOIN shelves ON shelves.id = shelf`
    )).map((file) =>
      `${join(out, Layout.published(identity.partition, file.table, file.source, file.partition))} ${file.new_sha256}`
    )
  )
  const pathOf = new Map(recorded.map((file) => [file.sha256, file.path]))
  const sound: Array<(typeof recorded)[number]> = []
  // A link stands for many files at times, and is named once.
  const misplaced = new Map<string, Damaged>()
  for (const file of recorded) {
    const broken = yield* Effect.flip(Places.demandWithin(out, file.path)).pipe(Effect.option)
    if (Option.isSome(broken)) {
      if (broken.value._tag === "DiskError") return yield* broken.value
      misplaced.set(broken.value.path, broken.value)
      continue
    }
    const found = yield* hashOf(file.path)
    const footer = session.all(
      Footer,
      `SELECT CAST(num_rows AS DOUBLE) AS rows FROM ${ParquetFiles.footers([file.path])}`
    )
    if (found !== null && renamed.has(`${file.path} ${found}`)) continue
    if (found === null) {
      problems.push(new MissingFile({ path: file.path }))
    } else if (found !== file.sha256) {
      const belongsTo = pathOf.get(found)
      problems.push(
        belongsTo === undefined
          ? new ChangedFile({
            path: file.path,
            readable: yield* Effect.isSuccess(
              session.run(`SELECT count(COLUMNS(*)) FROM ${ParquetFiles.rows([file.path])}`)
            )
          })
          : new SwappedFile({ path: file.path, belongsTo })
      )
    } else {
      const rows = (yield* footer)[0]?.rows ?? 0
      if (rows !== file.rows) problems.push(new OtherRows({ path: file.path, recorded: file.rows, found: rows }))
      sound.push(file)
    }
  }

  problems.push(...misplaced.values())

  const known = new Set(recorded.map(({ path }) => path))
  const names = new Set([...recorded, ...tables.map(({ name }) => ({ table: name }))].map(({ table }) => table))
  const ours = (path: string) => names.has(relative(out, path).split(sep)[0] ?? "")
  for (const { kind, path } of yield* foundUnder(out, (name) => name === Layout.own || name.startsWith("."))) {
    if (known.has(path) || misplaced.has(path) || !(path.toLowerCase().endsWith(".parquet") || ours(path))) continue
    if (kind === "file" && renamed.size > 0 && renamed.has(`${path} ${yield* hashOf(path)}`)) continue
    problems.push(new UnknownFile({ path }))
  }

  const keys = new Map([
    ...tables.map((table) => [table.name, table.key] as const),
    [Certificates.table, Certificates.key] as const
  ])
  for (const files of Object.values(Array.groupBy(sound, ({ source, table }) => `${table}/${source}`))) {
    const [first] = files
    const key = keys.get(first.table)
    if (key === undefined) continue
    const all = ParquetFiles.rows(Array.map(files, ({ path }) => path), { file: "trunkline_file" })
    const unit = Sql.unit(key, "rows")
    // So many keys at a time as fit in memory whatever they are.
    const of = Math.max(1, Math.ceil(files.reduce((sum, file) => sum + file.rows, 0) / 250_000))
    let count = 0
    const paths = new Set<string>()
    for (let index = 0; index < of; index++) {
      yield* session.run(
        `CREATE OR REPLACE TEMP TABLE trunkline_twice AS SELECT ${unit} AS unit FROM ${all} AS rows
          WHERE hash(${unit}) % ${of} = ${index} GROUP BY 1 HAVING count(*) > 1`
      )
      const [found] = yield* session.all(Count, "SELECT CAST(count(*) AS DOUBLE) AS count FROM trunkline_twice")
      if (found === undefined || found.count === 0) continue
      count += found.count
      const places = yield* session.all(
        Place,
        `SELECT DISTINCT trunkline_file AS path FROM ${all} AS rows
          WHERE ${unit} IN (SELECT unit FROM trunkline_twice) ORDER BY 1 LIMIT 10`
      )
      for (const { path } of places) paths.add(path)
    }
    if (count > 0) {
      problems.push(
        new DuplicateKeys({ table: first.table, source: first.source, count, paths: [...paths].slice(0, 10) })
      )
    }
  }

  const landings = yield* ledger.all(LandingRow, "SELECT file, sha256 FROM landings WHERE published = 0")
  for (const { file, sha256 } of landings) {
    const path = join(out, Layout.own, Layout.landing, file)
    const hash = yield* Effect.catchTag(hashOf(path), "Damaged", () => Effect.succeed(null))
    if (hash !== sha256) problems.push(new ChangedLanding({ path }))
  }
  const [quarantined] = yield* ledger.all(Count, "SELECT count(*) AS count FROM quarantine")
  const rows: Record<string, number> = {}
  for (const file of recorded) rows[file.table] = (rows[file.table] ?? 0) + file.rows
  const report: Report = {
    problems,
    files: recorded.length,
    rows,
    waiting: landings.length,
    quarantined: quarantined?.count ?? 0
  }
  return report
})

/**
 * Verifies a dataset that is not open. It takes the lock, so that nothing is published meanwhile, and leaves everything
 * as it is, also what a crash left behind.
 *
 * @since 0.1.0
 * @category verifying
 */
export const folder = Effect.fn("Verify.folder")(function*(options: {
  readonly out: string
  readonly tables: ReadonlyArray<Table.Any>
}) {
  const { tables } = options
  const out = resolve(options.out)
  const path = join(out, Layout.own, Layout.ledger)
  yield* Places.checkOwn(out)
  if (!(yield* Places.demand("file", path))) return yield* new NoDataset({ out })
  yield* Lock.acquire(out)
  const session = yield* Session.make({ temporary: join(out, Layout.own, Layout.temporary) })
  const ledger = yield* Ledger.openReader(path)
  return yield* inspect({ out, tables, ledger, session })
}, (effect) =>
  Effect.scoped(effect).pipe(
    Effect.catchTag("NewerLedger", (problem): Effect.Effect<Report> =>
      Effect.succeed({ ...nothing, problems: [problem] }))
  ))

/**
 * Why a dataset cannot even be looked at.
 *
 * @since 0.1.0
 * @category errors
 */
export type VerifyError = Effect.Effect.Error<ReturnType<typeof folder>> | DatasetLocked | LedgerError
