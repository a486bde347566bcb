/**
 * Computes every certificate once more from the keys that the ledger kept, and finds each key: in a published row, in a row that
 * waits to be published, or in quarantine.
 *
 * @since 0.1.0
 */
import type * as Table from "@trunkline/parquet/Table"
import * as Array from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Equivalence from "effect/Equivalence"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { LedgerError, QueryError } from "./DatasetError.js"
import * as Certificates from "./internal/certificates.js"
import * as Erased from "./internal/erased.js"
import * as KeptKeys from "./internal/keptKeys.js"
import * as KeptWindows from "./internal/keptWindows.js"
import * as LandedRows from "./internal/landedRows.js"
import * as Sql from "./internal/sql.js"
import * as State from "./internal/state.js"
import type { Ledger } from "./Ledger.js"
import * as ParquetFiles from "./ParquetFiles.js"
import * as Proof from "./Proof.js"
import type { Session } from "./Session.js"

const window = {
  source: Schema.String,
  scope: Schema.String,
  stream: Schema.String,
  from: Schema.DateTimeUtcFromSelf,
  to: Schema.DateTimeUtcFromSelf
}

const nameOf = (
  { from, source, stream, to }: { readonly [name in keyof typeof window]: (typeof window)[name]["Type"] }
): string => `${source} ${stream}, ${DateTime.formatIso(from)} to ${DateTime.formatIso(to)}`

/**
 * A certificate is not the one that was given: its keys make another count or hash, its keys cannot be read, or the published
 * table `certificates` says something else.
 *
 * @since 0.1.0
 * @category problems
 */
export class ChangedCertificate
  extends Schema.TaggedError<ChangedCertificate>("@trunkline/dataset/Recount/ChangedCertificate")(
    "ChangedCertificate",
    { ...window, what: Schema.String }
  )
{
  override get message(): string {
    return `The certificate of ${nameOf(this)} was changed: ${this.what}. Read it again: trunkline repair, or put ` +
      "the whole folder back from a copy"
  }
}

/**
 * Keys of a certified window stand in no published row and are not in quarantine.
 *
 * @since 0.1.0
 * @category problems
 */
export class MissingKeys extends Schema.TaggedError<MissingKeys>("@trunkline/dataset/Recount/MissingKeys")(
  "MissingKeys",
  { ...window, count: Schema.Number }
) {
  override get message(): string {
    return `${this.count} rows that the certificate of ${
      nameOf(this)
    } counts are missing. Read them again: trunkline ` +
      "repair, or put the whole folder back from a copy"
  }
}

/**
 * @since 0.1.0
 * @category problems
 */
export type Problem = ChangedCertificate | MissingKeys

/**
 * @since 0.1.0
 * @category models
 */
export interface Recounted {
  readonly problems: ReadonlyArray<Problem>
  /** Certificates whose keys were not kept, since an earlier version gave them. */
  readonly notRecomputable: number
}

/** Keys that are looked for at a time. */
const some = 250_000

const KeptRow = Schema.Struct({ state: Schema.String, keys: Schema.String })
const Missing = Schema.Struct({ id: Schema.Number, count: Schema.Number })
const Stretch = Schema.Struct({
  scope: Schema.String,
  stream: Schema.String,
  from_at: Schema.Number,
  to_at: Schema.Number
})
const Text = Schema.Struct({ text: Schema.String })

/** Texts that a parameter holds as a JSON array. */
const unnested = "unnest(from_json($1, '[\"VARCHAR\"]'))"

/**
 * A file, and whose rows are in it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Place {
  readonly source: string
  readonly table: string
  readonly path: string
}

/**
 * What is recounted.
 *
 * @since 0.1.0
 * @category models
 */
export interface Subject {
  readonly ledger: Ledger
  readonly session: Session
  readonly tables: ReadonlyArray<Table.Any>
  /** Published files. */
  readonly files: ReadonlyArray<Place>
  /** Landed rows that wait to be published. */
  readonly landings: ReadonlyArray<Place & LandedRows.File>
  /** Sources of which a file is missing or changed: nothing is looked for in the others. */
  readonly damaged: ReadonlySet<string>
}

type Window = Pick<State.WindowRow, "source" | "scope" | "stream" | "from_at" | "to_at">

const fieldsOf = ({ from_at, scope, source, stream, to_at }: Window) => ({
  source,
  scope,
  stream,
  from: DateTime.unsafeMake(from_at),
  to: DateTime.unsafeMake(to_at)
})

const sameWindow = Equivalence.mapInput(Equivalence.string, (problem: Problem) => `${problem.scope} ${nameOf(problem)}`)

const pathsOf = ({ files }: Subject, source: string, table: string) =>
  files.filter((file) => file.source === source && file.table === table).map(({ path }) => path)

/** Certificates of a source that differ between the ledger and the published table. */
const differing = (subject: Subject, source: string, windows: ReadonlyArray<State.WindowRow>) =>
  Effect.gen(function*() {
    const { session } = subject
    const paths = pathsOf(subject, source, Certificates.table)
    const columns = Sql.list(Certificates.columns.map(({ name }) => name))
    const published = Array.isNonEmptyReadonlyArray(paths)
      ? `SELECT ${columns} FROM ${ParquetFiles.rows(paths)}`
      : `FROM (${Certificates.current}) LIMIT 0`
    const given = (rows: ReadonlyArray<State.WindowRow>) =>
      session.run("SET VARIABLE trunkline_certificates = $1", [JSON.stringify(rows)])
    const stretches = (query: string) =>
      Effect.map(
        session.all(
          Stretch,
          `SELECT DISTINCT scope, stream, epoch_ms(from_at)::DOUBLE AS from_at, epoch_ms(to_at)::DOUBLE AS to_at
            FROM (${query}) ORDER BY ALL`
        ),
        (found) => found.map((stretch): Window => ({ source, ...stretch }))
      )
    // Of a window that waits to be published, the file holds the certificate before, or none.
    yield* given(windows.filter((one) => one.published === one.revision))
    const changed = yield* stretches(`SELECT ${columns} FROM (${Certificates.current}) EXCEPT (${published})`)
    yield* given(windows)
    const promised = (yield* KeptWindows.since(subject.ledger)) ?? 0
    const withdrawn = yield* stretches(
      `SELECT file.* FROM (${published}) AS file ANTI JOIN (${Certificates.current}) AS given
        ON ${Sql.same(Certificates.key, "file", "given")} WHERE epoch_ms(file.from_at) >= ${promised}`
    )
    return [...changed, ...withdrawn]
  })

/** A query of every key of a source that stands in a row or in quarantine. */
const found = (subject: Subject, source: string) =>
  Effect.gen(function*() {
    const { ledger, session, tables } = subject
    const [aside] = yield* ledger.all(
      Text,
      "SELECT json_group_array(key) AS text FROM quarantine WHERE source = ?",
      source
    )
    yield* session.run("CREATE OR REPLACE TEMP TABLE trunkline_aside (unit VARCHAR)")
    yield* session.run(`INSERT INTO trunkline_aside SELECT ${unnested}`, [aside?.text ?? "[]"])
    const [left] = yield* ledger.all(
      Text,
      `SELECT json_group_array(unit) AS text FROM ${yield* Erased.relation(ledger)} JOIN shelves ON shelves.id = shelf
        WHERE source = ?`,
      source
    )
    yield* session.run(`INSERT INTO trunkline_aside SELECT ${unnested}`, [left?.text ?? "[]"])
    const units = tables.flatMap(({ key, name }) => {
      const paths = pathsOf(subject, source, name)
      return [
        ...Array.isNonEmptyReadonlyArray(paths) ? [ParquetFiles.rows(paths)] : [],
        ...subject.landings.filter((one) => one.source === source && one.table === name).map(LandedRows.relation)
      ].map((relation) => `SELECT ${Sql.unit(key, "rows")} AS unit FROM ${relation} AS rows`)
    })
    return [...units, "SELECT unit FROM trunkline_aside"].join(" UNION ALL ")
  })

interface KeptWindow {
  readonly window: State.WindowRow
  readonly keys: ReadonlyArray<string>
}

/** The windows of which a key is found nowhere. */
const missing = (subject: Subject, source: string, kept: ReadonlyArray<KeptWindow>) =>
  Effect.gen(function*() {
    const { session } = subject
    const places = yield* found(subject, source)
    yield* session.run("CREATE OR REPLACE TEMP TABLE trunkline_kept (id BIGINT, unit VARCHAR)")
    for (const { keys, window } of kept) {
      const texts = keys.map(Sql.wellFormed)
      yield* session.run(`INSERT INTO trunkline_kept SELECT ${window.id}, ${unnested}`, [JSON.stringify(texts)])
    }
    const counts = yield* session.all(
      Missing,
      `SELECT CAST(id AS DOUBLE) AS id, CAST(count(*) AS DOUBLE) AS count FROM trunkline_kept AS kept
        ANTI JOIN (${places}) AS found ON kept.unit = found.unit GROUP BY 1 ORDER BY 1`
    )
    return counts.flatMap(({ count, id }) =>
      kept.filter(({ window }) => window.id === id).map(({ window }) => new MissingKeys({ ...fieldsOf(window), count }))
    )
  })

/** How a certificate differs from what its keys make; null where it does not. */
const doubt = (window: State.WindowRow, keys: Proof.Keys): string | null => {
  const { distinctKeys, keysSha256, quarantined } = Proof.count(keys)
  return distinctKeys !== window.distinct_keys || quarantined !== window.quarantined
    ? `it counts ${window.distinct_keys} rows and ${window.quarantined} in quarantine, and has ${distinctKeys} and ` +
      `${quarantined} keys`
    : keysSha256 === window.keys_sha256
    ? null
    : "its hash is not that of its keys"
}

const recountSource = (subject: Subject, source: string, windows: ReadonlyArray<State.WindowRow>) =>
  Effect.gen(function*() {
    const { damaged, ledger } = subject
    const problems: Array<Problem> = []
    const changed = (window: Window, what: string) =>
      problems.push(new ChangedCertificate({ ...fieldsOf(window), what }))
    let notRecomputable = 0
    let kept: Array<KeptWindow> = []
    const lookUp = Effect.suspend(() =>
      damaged.has(source) || kept.length === 0 ? Effect.succeed([]) : missing(subject, source, kept)
    ).pipe(
      Effect.map((found) => {
        problems.push(...found)
        kept = []
      })
    )
    const relation = yield* KeptKeys.relation(ledger)
    for (const window of windows) {
      if (window.verdict !== "certified") continue
      const [row] = yield* ledger.all(
        KeptRow,
        `SELECT state, hex(keys) AS keys FROM ${relation} WHERE "window" = ?`,
        window.id
      )
      if (row?.state === "unknown") notRecomputable += 1
      // A row that is not there contradicts the ledger, which is checked with every run.
      if (row === undefined || row.keys === "") continue
      const keys = Option.getOrNull(KeptKeys.read(row.keys))
      const what = keys === null ? "its keys cannot be read" : doubt(window, keys)
      if (what !== null) changed(window, what)
      else if (keys !== null && row.state === "rows") {
        kept.push({ window, keys: [...keys.rows, ...keys.refused] })
        if (kept.reduce((sum, { keys }) => sum + keys.length, 0) >= some) yield* lookUp
      }
    }
    yield* lookUp
    for (const window of damaged.has(source) ? [] : yield* differing(subject, source, windows)) {
      changed(window, "the ledger and the published table do not say the same of it")
    }
    return { problems, notRecomputable }
  })

/**
 * Recounts all certificates. For whoever holds the lock.
 *
 * @since 0.1.0
 * @category verifying
 */
export const recount = (subject: Subject): Effect.Effect<Recounted, LedgerError | QueryError> =>
  Effect.gen(function*() {
    const windows = yield* subject.ledger.all(
      State.WindowRow,
      "SELECT * FROM windows ORDER BY source, scope, stream, from_at, to_at"
    )
    const sources = new Set([...windows, ...subject.files, ...subject.landings].map(({ source }) => source))
    const recounted = yield* Effect.forEach(
      sources,
      (source) => recountSource(subject, source, windows.filter((window) => window.source === source))
    )
    return {
      // What is found first of a window says the most.
      problems: Array.dedupeWith(recounted.flatMap(({ problems }) => problems), sameWindow),
      notRecomputable: recounted.reduce((sum, { notRecomputable }) => sum + notRecomputable, 0)
    }
  })
