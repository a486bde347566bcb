/**
 * Takes a person out of a dataset, or knows them again, and records that in the history of runs.
 *
 * @since 0.1.0
 */
import { Dataset, type DatasetError, type Erase } from "@trunkline/dataset"
import * as Run from "@trunkline/dataset/Run"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { randomUUID } from "node:crypto"
import * as ExitCode from "./ExitCode.js"
import { frontier } from "./internal/feeds.js"
import * as RunSummary from "./internal/runSummary.js"
import * as StandingCounts from "./internal/standingCounts.js"
import * as Planning from "./Planning.js"
import * as Problem from "./Problem.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly who: Erase.Who
  /** Names the run in the ledger; a random one when left out. */
  readonly runId?: string | undefined
  /** Of the program that runs it, for the history of runs. */
  readonly version?: string | undefined
}

type Failure = DatasetError.MaskError | DatasetError.LedgerError | DatasetError.QueryError

interface Ended {
  readonly problems: ReadonlyArray<Problem.Problem>
  readonly left?: number | undefined
}

const recorded = <A extends Ended>(options: Options, work: Effect.Effect<A, Failure, Dataset>) =>
  Effect.gen(function*() {
    const dataset = yield* Dataset
    const { runId = randomUUID(), version = null } = options
    yield* dataset.beginRun({ id: runId, at: yield* Planning.now, command: "erase", version })
    const exit = yield* Effect.exit(work)
    const problems = Exit.isSuccess(exit) ? exit.value.problems : []
    const exitCode = Exit.isSuccess(exit)
      ? ExitCode.worst(ExitCode.ofProblems(problems, { heard: true }))
      : 1
    const standing = StandingCounts.of(yield* dataset.standing)
    yield* dataset.endRun({
      id: runId,
      at: yield* Planning.now,
      status: exitCode === 0 ? "certified" : Exit.isSuccess(exit) ? "partial" : "failed",
      summary: {
        ...Run.silent,
        exit_code: exitCode,
        rows_held: RunSummary.tableRows(yield* dataset.rows),
        problems: RunSummary.counted(problems),
        standing_quarantine: standing.quarantine,
        standing_vanished: standing.vanished,
        standing_differences: standing.differences,
        standing_accepted: standing.accepted
      }
    })
    return { ...(yield* exit), runId, exitCode }
  })

/**
 * @since 0.1.0
 * @category models
 */
export interface Report extends Omit<Erase.Report, "damaged" | "done"> {
  readonly runId: string
  readonly exitCode: ExitCode.ExitCode
  /** Files in which the person may still be, and whether a reader keeps old pages of the ledger. */
  readonly problems: ReadonlyArray<Problem.Problem>
}

const held: Problem.Problem = {
  tag: "LedgerHeld",
  source: null,
  scope: null,
  message: "Another program reads the ledger, so that old pages of it stay. End it, and run trunkline erase again",
  requestId: null
}

/**
 * The person leaves every file of the dataset. Null where what is given is no number.
 *
 * @since 0.1.0
 * @category running
 */
export const run = (
  options: Options & {
    /** Whether calls leave as well; otherwise each stays as a bare fact. */
    readonly rows?: boolean | undefined
  }
): Effect.Effect<Report | null, Failure, Dataset> =>
  Effect.gen(function*() {
    const dataset = yield* Dataset
    const { who, rows = false } = options
    const at = yield* Planning.now
    const { erased, ...ended } = yield* recorded(
      options,
      Effect.map(dataset.erase({ who, rows, at }), (erased) => ({
        erased,
        problems: erased === null ? [] : [
          ...erased.damaged.map(({ problem, source }) => Problem.of(problem, { source, scope: null })),
          ...erased.done || erased.damaged.length > 0 ? [] : [held]
        ]
      }))
    )
    if (erased === null) return null
    const { damaged: _, done: __, ...report } = erased
    return { ...report, ...ended }
  }).pipe(Effect.withSpan("Erase.run"))

/**
 * The person is known again, and the next export reads them. False where nobody is remembered so.
 *
 * @since 0.1.0
 * @category running
 */
export const forget = (options: Options): Effect.Effect<boolean, Failure, Dataset> =>
  Effect.gen(function*() {
    const dataset = yield* Dataset
    const { found } = yield* recorded(
      options,
      Effect.map(dataset.forgetErased(options.who, { frontier }), (found) => ({ found, problems: [] }))
    )
    return found
  }).pipe(Effect.withSpan("Erase.forget"))
