/**
 * Whether the files and the ledger of a dataset are what was published. Every run inspects what it can afford; `Verify`
 * inspects all.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Damaged, LedgerError, QueryError } from "./DatasetError.js"
import * as Finding from "./Finding.js"
import { contradictions } from "./internal/contradictions.js"
import * as Files from "./internal/files.js"

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
  /** Files there are, those included that are kept elsewhere. */
  readonly of: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Report {
  readonly findings: ReadonlyArray<Finding.Finding>
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

/** Keys are counted by every inspection while the files are together smaller than this share of it. */
const keysShare = 0.01

/** A file is read again after so many inspections, or so long, whichever comes first. */
const atLeast = { inspections: 7, milliseconds: 7 * 86_400_000 }

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

type InTurn = Files.Recorded & { readonly checkedAt: number; readonly checkedRun: number }

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
  subject: Files.Subject,
  options: { readonly readAllBelow: number }
): Effect.Effect<Report, Damaged | LedgerError | QueryError> =>
  Effect.gen(function*() {
    const { ledger } = subject
    const known = yield* Files.known(subject)
    const { files } = known
    const misplaced = yield* Files.places(subject, known)
    const concerned = new Set(misplaced.map(({ problem }) => problem.path))
    for (const { path } of yield* Files.absent(known)) concerned.add(path)

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
    const changed: Array<Finding.Finding> = []
    for (const file of chosen) {
      const problem = yield* Files.content(subject, known, file)
      if (problem !== null && problem !== "renamed" && problem !== "elsewhere") {
        changed.push(Finding.ofPartition(problem, file))
      }
    }
    const bytes = files.reduce((sum, { bytes }) => sum + bytes, 0)
    const contradictory = yield* contradictions(subject, {
      keys: bytes < options.readAllBelow * keysShare || inspection % atLeast.inspections === 0
    })
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
