/**
 * Takes what is damaged out of a dataset, so that the next run reads it again. Nothing is deleted: files that are no part of
 * the dataset are set aside, and one that was only moved is put back.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { basename, dirname, join } from "node:path"
import type { Damaged, LedgerError, QueryError } from "./DatasetError.js"
import * as Finding from "./Finding.js"
import { miscounted } from "./internal/contradictions.js"
import * as Files from "./internal/files.js"
import * as Layout from "./internal/layout.js"
import * as Modes from "./internal/modes.js"
import { contentOf, makeFolder, type Opened, ownPath } from "./internal/opened.js"
import * as Places from "./internal/places.js"
import { setAside } from "./internal/settingAside.js"
import * as Withdrawing from "./internal/withdrawing.js"
import type { Statements } from "./Ledger.js"
import * as OwnTables from "./OwnTables.js"
import * as Verify from "./Verify.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * Facts whose names begin so say how far a table without event times was read. They are forgotten where its file is lost.
   */
  readonly frontier: string
}

/**
 * What was done about a problem: a file was put where it belongs, or out of the way; a table was written again from the ledger;
 * or rows are to be read again from the API.
 *
 * @since 0.1.0
 * @category models
 */
export interface Step {
  readonly done: "put back" | "set aside" | "written again" | "to be read again"
  /** The file, or the window as its source and stream. */
  readonly what: string
  /** Where it is now, of a file that was set aside; null of all else. */
  readonly to: string | null
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Report {
  /** What was found at first. */
  readonly found: ReadonlyArray<Verify.Problem>
  readonly steps: ReadonlyArray<Step>
  /** What is still wrong, and cannot be mended by reading again. */
  readonly beyond: ReadonlyArray<Verify.Problem>
}

/**
 * Rows of a table that stood in a damaged file and have not been read again.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lost {
  readonly source: string
  readonly table: string
  readonly count: number
  /** The first of them. Keys may hold phone numbers, as those of conversations do. */
  readonly keys: ReadonlyArray<string>
}

type Failure = Damaged | LedgerError | QueryError

/** A repair may uncover what damage has hidden. */
const mostRounds = 5

/** Keys that are named of a table. */
const mostNamed = 100

const Unit = Schema.Struct({ unit: Schema.String })
const Count = Schema.Struct({ count: Schema.Number })

interface Place {
  readonly shelf: number
  readonly table: string
  readonly source: string
  readonly partition: string
}

/** What lies in `_trunkline` is mended by the ledger, or not at all. */
const isPublic = (opened: Opened, path: string): boolean => !path.startsWith(ownPath(opened))

const outOfTheWay = (opened: Opened, path: string) =>
  Effect.map(
    setAside(opened, path),
    (to): ReadonlyArray<Step> => to === null ? [] : [{ done: "set aside", what: path, to }]
  )

/** Whether the content of a missing file was set aside, and is where it belongs now. */
const putBack = (opened: Opened, { path, sha256 }: Files.Recorded) =>
  Effect.gen(function*() {
    const from = ownPath(opened, Layout.aside, `${sha256}.parquet`)
    if ((yield* Places.kindOf(from)) !== "file" || (yield* contentOf(from)) !== sha256) return false
    yield* makeFolder(opened.disk, opened.out, dirname(path), opened.modes.folder)
    yield* Modes.set(from, opened.modes.file)
    yield* opened.disk.rename(from, path)
    yield* opened.disk.syncDirectory(dirname(path))
    return true
  })

/** Details of these calls are asked for by the next run, as if they were new. */
const askAgain = (
  statements: Statements,
  source: string,
  where: string,
  ...parameters: ReadonlyArray<string | number>
) => statements.run(`UPDATE pending SET due_at = 0, asked = 0 WHERE source = ? AND ${where}`, source, ...parameters)

/** A partition is no longer known. What the ledger holds of it is written again; all else is read again, and is lost until then. */
const forget = (opened: Opened, place: Place, { frontier }: Options): Effect.Effect<Step["done"], LedgerError> =>
  opened.ledger.transaction("state commit", (statements) =>
    Effect.gen(function*() {
      const { partition, shelf, source, table } = place
      yield* statements.run("DELETE FROM files WHERE shelf = ? AND partition = ?", shelf, partition)
      if (OwnTables.tables.some(({ name }) => name === table)) {
        yield* statements.run("UPDATE windows SET published = 0 WHERE source = ?", source)
        yield* statements.run("UPDATE run_reports SET changed = changed + 1")
        return "written again"
      }
      const [seen] = yield* statements.all(Count, "SELECT count(*) AS count FROM sightings WHERE shelf = ?", shelf)
      if (seen !== undefined && seen.count > 0) {
        yield* statements.run("DELETE FROM keys WHERE shelf = ?", shelf)
        yield* statements.run("UPDATE sightings SET changed = changed + 1 WHERE shelf = ?", shelf)
        return "written again"
      }
      const units = (yield* statements.all(
        Unit,
        "SELECT unit FROM keys WHERE shelf = ? AND partition = ?",
        shelf,
        partition
      )).map(({ unit }) => unit)
      yield* statements.run(
        "INSERT OR IGNORE INTO lost SELECT shelf, unit FROM keys WHERE shelf = ? AND partition = ?",
        shelf,
        partition
      )
      yield* statements.run("DELETE FROM keys WHERE shelf = ? AND partition = ?", shelf, partition)
      yield* askAgain(statements, source, "id IN (SELECT unit FROM lost WHERE shelf = ?)", shelf)
      yield* Withdrawing.withdraw(
        statements,
        yield* Withdrawing.counting(statements, { source, keys: new Set(units), range: Finding.rangeOf(partition) })
      )
      if (partition === "") {
        yield* statements.run(
          "DELETE FROM facts WHERE source = ? AND substr(name, 1, ?) = ?",
          source,
          frontier.length,
          frontier
        )
      }
      return "to be read again"
    }))

const giveUp = (opened: Opened, place: Place, options: Options): Effect.Effect<Step, LedgerError> =>
  Effect.map(forget(opened, place, options), (done) => ({
    done,
    what: join(opened.out, Layout.published(opened.partition, place.table, place.source, place.partition)),
    to: null
  }))

const Landing = Schema.Struct({
  id: Schema.Number,
  shelf: Schema.Number,
  source: Schema.String,
  groups: Schema.parseJson(Schema.Array(Schema.String))
})

/** No call that is older than this is asked for details again of its own accord. */
const oldest = 40 * 86_400_000

/**
 * A landing whose file is gone. Which rows it held nobody knows: all that was certified and not published yet is read again, and
 * details are asked for again of calls that have none, and of those whose details may still change.
 */
const forgetLanding = (opened: Opened, path: string): Effect.Effect<ReadonlyArray<Step>, LedgerError> =>
  opened.ledger.transaction("state commit", (statements) =>
    Effect.gen(function*() {
      const [landing] = yield* statements.all(
        Landing,
        `SELECT landings.id AS id, shelf, source, groups FROM landings JOIN shelves ON shelves.id = shelf WHERE file = ?`,
        basename(path)
      )
      if (landing === undefined) return []
      const { groups, id, shelf, source } = landing
      yield* statements.run("DELETE FROM landings WHERE id = ?", id)
      yield* Withdrawing.withdraw(
        statements,
        yield* Withdrawing.certified(statements, "source = ? AND published < revision", source)
      )
      for (const group of groups) {
        yield* askAgain(
          statements,
          source,
          // A group that was never read has the number 0, and one that is as new as the row has none.
          `(ended_at > (SELECT max(ended_at) FROM pending) - ? OR id NOT IN (
            SELECT unit FROM keys WHERE shelf = ? AND coalesce(json_extract(numbers, ?), 1) > 0))`,
          oldest,
          shelf,
          `$."${group}"`
        )
      }
      return [{ done: "to be read again", what: path, to: null }]
    }))

/** A certificate that does not hold is withdrawn. One that the ledger does not know stands in the published table alone. */
const withdrawWindow = (
  opened: Opened,
  known: Files.Known,
  window: {
    readonly source: string
    readonly scope: string
    readonly stream: string
    readonly from: DateTime.Utc
    readonly to: DateTime.Utc
  },
  options: Options
): Effect.Effect<ReadonlyArray<Step>, LedgerError> =>
  Effect.gen(function*() {
    const { from, scope, source, stream, to } = window
    const what = `${source} ${stream}, ${DateTime.formatIso(from)} to ${DateTime.formatIso(to)}`
    const found = yield* opened.ledger.transaction("state commit", (statements) =>
      Effect.gen(function*() {
        const windows = yield* Withdrawing.certified(
          statements,
          "source = ? AND scope = ? AND stream = ? AND from_at = ? AND to_at = ?",
          source,
          scope,
          stream,
          from.epochMillis,
          to.epochMillis
        )
        yield* Withdrawing.withdraw(statements, windows)
        return windows.length > 0
      }))
    if (found) return [{ done: "to be read again", what, to: null }]
    const partition = Layout.partitionOf(opened.partition, from.epochMillis)
    const file = known.files.find((file) =>
      OwnTables.tables.some(({ name }) => name === file.table) && file.source === source && file.partition === partition
    )
    return file === undefined ? [] : [yield* giveUp(opened, file, options)]
  })

/** Keys that do not agree with the rows of their partition, and certificates that do not agree with their windows. */
const mendLedger = (opened: Opened, options: Options): Effect.Effect<ReadonlyArray<Step>, LedgerError> =>
  Effect.gen(function*() {
    const steps = yield* Effect.forEach(
      yield* miscounted(opened.ledger, [...opened.tables.values()]),
      (place) => giveUp(opened, place, options)
    )
    yield* opened.ledger.transaction("state commit", (statements) =>
      Effect.gen(function*() {
        yield* statements.run("DELETE FROM keys WHERE shelf NOT IN (SELECT id FROM shelves)")
        yield* statements.run(
          "DELETE FROM window_keys WHERE \"window\" NOT IN (SELECT id FROM windows WHERE verdict = 'certified')"
        )
        yield* Withdrawing.withdraw(
          statements,
          yield* Withdrawing.certified(
            statements,
            `(id NOT IN (SELECT "window" FROM window_keys)
              OR id IN (SELECT "window" FROM window_keys WHERE (keys IS NULL) <> (state IN ('covered', 'unknown'))))`
          )
        )
      }))
    return steps
  })

const mend = (
  opened: Opened,
  subject: Files.Subject,
  problems: ReadonlyArray<Verify.Problem>,
  options: Options
): Effect.Effect<ReadonlyArray<Step>, Failure> =>
  Effect.gen(function*() {
    const steps: Array<Step> = []
    const before = yield* Files.known(subject)
    const recorded = (path: string) => before.files.find((file) => file.path === path)
    for (const problem of problems) {
      switch (problem._tag) {
        case "ChangedFile":
        case "SwappedFile":
        case "UnknownFile":
        case "Damaged":
          if (isPublic(opened, problem.path)) steps.push(...yield* outOfTheWay(opened, problem.path))
          break
        case "ChangedLanding":
          steps.push(...yield* forgetLanding(opened, problem.path))
          break
        case "ChangedCertificate":
        case "MissingKeys":
          steps.push(...yield* withdrawWindow(opened, before, problem, options))
          break
        case "OtherRows":
        case "DuplicateKeys":
          for (const path of problem._tag === "OtherRows" ? [problem.path] : problem.paths) {
            const file = recorded(path)
            if (file === undefined) continue
            steps.push(yield* giveUp(opened, file, options), ...yield* outOfTheWay(opened, path))
          }
          break
        case "LedgerContradiction":
        case "MissingFile":
        case "OtherLedger":
        case "NewerLedger":
        case "DamagedLedger":
          break
      }
    }
    if (problems.some(({ _tag }) => _tag === "LedgerContradiction")) steps.push(...yield* mendLedger(opened, options))
    for (const file of (yield* Files.known(subject)).files) {
      if ((yield* Places.kindOf(file.path)) !== "missing") continue
      yield* opened.fetching.bring([file])
      if ((yield* Places.kindOf(file.path)) === "file") steps.push({ done: "put back", what: file.path, to: null })
      if ((yield* Places.kindOf(file.path)) !== "missing") continue
      if (yield* putBack(opened, file)) steps.push({ done: "put back", what: file.path, to: null })
      else steps.push(yield* giveUp(opened, file, options))
    }
    return steps
  })

/**
 * Mends what can be, in as many rounds as it takes: whatever ends it in between, the next one goes on.
 *
 * @internal
 */
export const repair = (opened: Opened, options: Options): Effect.Effect<Report, Failure> =>
  Effect.gen(function*() {
    const subject = { ...opened, tables: [...opened.tables.values()] }
    const { rebuilt } = opened
    let beyond = (yield* Verify.inspect(subject)).problems
    const found = [...rebuilt === null ? [] : [rebuilt.fault], ...beyond]
    const steps: Array<Step> = rebuilt === null ? [] : [
      ...rebuilt.aside === null ? [] : [{ done: "set aside", what: rebuilt.path, to: rebuilt.aside } as const],
      { done: "written again", what: rebuilt.path, to: null }
    ]
    for (let round = 0; round < mostRounds && beyond.length > 0; round++) {
      const done = yield* mend(opened, subject, beyond, options)
      steps.push(...done)
      beyond = (yield* Verify.inspect(subject)).problems
      if (done.length === 0 && round > 0) break
    }
    return { found, steps, beyond }
  })

const LostRow = Schema.Struct({
  source: Schema.String,
  table: Schema.String,
  count: Schema.Number,
  units: Schema.parseJson(Schema.Array(Schema.String))
})

const missing = `lost WHERE NOT EXISTS (SELECT 1 FROM keys WHERE keys.shelf = lost.shelf AND keys.unit = lost.unit)`

/**
 * Rows of damaged files that no run has read since, by table.
 *
 * @internal
 */
export const lost = (statements: Statements): Effect.Effect<ReadonlyArray<Lost>, LedgerError> =>
  Effect.map(
    statements.all(
      LostRow,
      `SELECT source, name AS "table", count(*) AS count, json_group_array(unit) FILTER (WHERE place <= ?) AS units
        FROM (SELECT shelf, unit, row_number() OVER (PARTITION BY shelf ORDER BY unit) AS place FROM ${missing}) AS gone
        JOIN shelves ON shelves.id = gone.shelf GROUP BY source, name ORDER BY source, name`,
      mostNamed
    ),
    (rows) => rows.map(({ units, ...row }) => ({ ...row, keys: units }))
  )

/**
 * They were named, and are looked for no longer.
 *
 * @internal
 */
export const forgetLost = (statements: Statements, source: string): Effect.Effect<void, LedgerError> =>
  statements.run("DELETE FROM lost WHERE shelf IN (SELECT id FROM shelves WHERE source = ?)", source)
