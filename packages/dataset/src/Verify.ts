/**
 * Whether a dataset is what its ledger says: every file there and unchanged, no key twice, nothing unknown.
 *
 * @since 0.1.0
 */
import type * as Table from "@trunkline/parquet/Table"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { randomUUID } from "node:crypto"
import { join, resolve } from "node:path"
import { type DamagedLedger, type NewerLedger, NoDataset, type OtherLedger } from "./DatasetError.js"
import * as Elsewhere from "./Elsewhere.js"
import type { Fetching } from "./Elsewhere.js"
import * as Finding from "./Finding.js"
import { identityOf } from "./Folder.js"
import { contradictions } from "./internal/contradictions.js"
import * as Files from "./internal/files.js"
import * as FoundFiles from "./internal/foundFiles.js"
import * as LandedRows from "./internal/landedRows.js"
import * as Layout from "./internal/layout.js"
import * as LedgerFault from "./internal/ledgerFault.js"
import * as Looking from "./internal/looking.js"
import { contentOf, identityIn, otherLedger, sizeOf } from "./internal/opened.js"
import * as Places from "./internal/places.js"
import * as Sql from "./internal/sql.js"
import * as Ledger from "./Ledger.js"
import * as OwnTables from "./OwnTables.js"
import * as ParquetFiles from "./ParquetFiles.js"
import * as Recount from "./Recount.js"
import * as Session from "./Session.js"

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
      "Run trunkline repair, and report this"
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
      "Run trunkline repair, and report this"
  }
}

/**
 * @since 0.1.0
 * @category problems
 */
export type Problem =
  | Finding.Problem
  | Recount.Problem
  | DuplicateKeys
  | OtherRows
  | OtherLedger
  | NewerLedger
  | DamagedLedger

/**
 * Every tag a problem can have, for tables that must name all of them.
 *
 * @since 0.1.0
 * @category problems
 */
export type Tag = Problem["_tag"]

/**
 * The command that mends a problem, which its message names too; null where none does.
 *
 * @since 0.1.0
 * @category problems
 */
export const mendedBy: Readonly<Record<Tag, string | null>> = {
  MissingFile: "trunkline repair",
  ChangedFile: "trunkline repair",
  SwappedFile: "trunkline repair",
  UnknownFile: "trunkline repair",
  DuplicateKeys: "trunkline repair",
  OtherRows: "trunkline repair",
  ChangedCertificate: "trunkline repair",
  MissingKeys: "trunkline repair",
  ChangedLanding: "trunkline repair",
  Damaged: "trunkline repair",
  LedgerContradiction: "trunkline repair",
  DamagedLedger: "trunkline repair",
  OtherLedger: "trunkline repair",
  NewerLedger: null
}

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
  /** Certified windows whose keys were not kept, since an earlier version certified them: no problem. */
  readonly notRecomputable: number
}

const Count = Schema.Struct({ count: Schema.Number })
const Place = Schema.Struct({ path: Schema.String })
const Footer = Schema.Struct({ rows: Schema.Number })

const nothing: Report = { problems: [], files: 0, rows: {}, waiting: 0, quarantined: 0, notRecomputable: 0 }

/**
 * Looks at everything and changes nothing, while nothing is published.
 *
 * @since 0.1.0
 * @category verifying
 */
export const inspect = Effect.fnUntraced(function*(options: {
  readonly out: string
  readonly tables: ReadonlyArray<Table.Any>
  readonly ledger: Ledger.Ledger
  readonly session: Session.Session
  readonly fetching?: Fetching | undefined
}) {
  const { fetching, ledger, out, session, tables } = options
  const problems: Array<Problem> = []
  const path = join(out, Layout.own, Layout.ledger)
  const damaged = yield* Ledger.damage(ledger, path, "indices")
  if (damaged !== null) return { ...nothing, problems: [damaged] }
  const identity = Option.getOrUndefined(yield* identityIn(ledger))
  const folderId = yield* identityOf(join(out, Layout.own, Layout.identity))
  if (identity === undefined || !Option.contains(folderId, identity.id)) {
    return { ...nothing, problems: [otherLedger(out, folderId, identity?.id)] }
  }
  // Keys are counted over all rows.
  yield* fetching === undefined ? Elsewhere.refuse(out, ledger) : fetching.bringAll
  const subject: Files.Subject = { ...options, partition: identity.partition }
  const known = yield* Files.known(subject)
  const { files: recorded } = known
  const sound: Array<Files.Recorded> = []
  // A link may stand for many files, and is named once.
  const misplaced = new Set<string>()
  for (const file of recorded) {
    const problem = yield* Files.content(subject, known, file)
    if (problem === "renamed" || problem === "elsewhere") continue
    if (problem !== null) {
      if (!misplaced.has(problem.path)) problems.push(problem)
      if (problem._tag === "Damaged") misplaced.add(problem.path)
      continue
    }
    const [footer] = yield* session.all(
      Footer,
      `SELECT CAST(num_rows AS DOUBLE) AS rows FROM ${ParquetFiles.footers([file.path])}`
    )
    const rows = footer?.rows ?? 0
    if (rows !== file.rows) problems.push(new OtherRows({ path: file.path, recorded: file.rows, found: rows }))
    sound.push(file)
  }
  const unknown = yield* Files.unknown(subject, known, { misplaced, where: "anywhere" })
  problems.push(...unknown.map(({ problem }) => problem))

  const keys = new Map([...tables, ...OwnTables.tables].map((table) => [table.name, table.key] as const))
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

  const landings = (yield* LandedRows.waiting(ledger)).map((landing) => ({
    ...landing,
    path: join(out, Layout.own, Layout.landing, landing.file)
  }))
  const damagedSources = new Set(recorded.filter((file) => !sound.includes(file)).map(({ source }) => source))
  for (const { path, sha256, source } of landings) {
    const hash = yield* Effect.catchTag(contentOf(path), "Damaged", () => Effect.succeed(null))
    if (hash === sha256) continue
    problems.push(new Finding.ChangedLanding({ path }))
    damagedSources.add(source)
  }
  const recounted = yield* Recount.recount({
    ledger,
    session,
    tables,
    files: sound,
    landings: landings.filter(({ rows }) => rows > 0),
    damaged: damagedSources
  })
  problems.push(...recounted.problems)
  problems.push(...(yield* contradictions(subject, { keys: true })).map(({ problem }) => problem))
  const [quarantined] = yield* ledger.all(
    Count,
    // A ledger of an earlier version has no such column, and the name then means the one outside.
    `SELECT (SELECT count(*) FROM quarantine WHERE resolved_at IS NULL) AS count FROM (SELECT NULL AS resolved_at)`
  )
  const rows: Record<string, number> = {}
  for (const file of recorded) rows[file.table] = (rows[file.table] ?? 0) + file.rows
  const report: Report = {
    problems,
    files: recorded.length,
    rows,
    waiting: landings.length,
    quarantined: quarantined?.count ?? 0,
    notRecomputable: recounted.notRecomputable
  }
  return report
})

/** Whether a writer that changed these files may have made it look like this. */
const isOfChange = (problem: Problem, changed: ReadonlySet<string>): boolean => {
  switch (problem._tag) {
    case "DamagedLedger":
    case "OtherLedger":
    case "NewerLedger":
      return false
    // Several files together tell these.
    case "DuplicateKeys":
    case "ChangedCertificate":
    case "MissingKeys":
      return changed.size > 0
    case "OtherRows":
      return changed.has(problem.path)
    default:
      return Looking.isOfChange(problem, changed)
  }
}

/**
 * Verifies a dataset, also while another process writes to it. It takes no lock, waits for nobody, and leaves everything as it
 * is, also what a crash left behind.
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
  const isThere = (yield* Places.demand("file", path)) && (yield* sizeOf(out, path)) !== 0
  if (!isThere) {
    const { files } = yield* FoundFiles.of({ out, tables })
    if (files.length === 0) return yield* new NoDataset({ out })
    return { ...nothing, problems: [otherLedger(out, yield* identityOf(join(out, Layout.own, Layout.identity)))] }
  }
  const session = yield* Session.make({ temporary: join(out, Layout.own, Layout.temporary, `reader-${randomUUID()}`) })
  const ledger = yield* Ledger.openReader(path)
  return yield* Looking.at({ ledger, out }, {
    look: inspect({ out, tables, ledger, session }),
    isSound: ({ problems }) => problems.length === 0,
    without: (report, changed) => ({
      ...report,
      problems: report.problems.filter((problem) => !isOfChange(problem, changed))
    })
  })
}, (effect, { out }) =>
  Effect.scoped(effect).pipe(
    Effect.catchTag("NewerLedger", (problem): Effect.Effect<Report> =>
      Effect.succeed({ ...nothing, problems: [problem] })),
    Effect.catchIf(LedgerFault.isDamage, (error): Effect.Effect<Report> =>
      Effect.succeed({ ...nothing, problems: [LedgerFault.damage(resolve(out), error)] }))
  ))

/**
 * Why a dataset cannot even be looked at.
 *
 * @since 0.1.0
 * @category errors
 */
export type VerifyError = Effect.Effect.Error<ReturnType<typeof folder>>
