/** Intents, summaries and outcomes, which only a call's own answer holds: each asked for once, and again while unfinished. */
import type { AllomiaError, CallDetails } from "@trunkline/allomia"
import { FromAllomia } from "@trunkline/calls"
import type { DatasetError } from "@trunkline/dataset"
import type { PendingDetails, Readable } from "@trunkline/dataset/Dataset"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Problem from "../Problem.js"
import type { Window } from "./AllomiaCalls.js"
import { type AllomiaScope, heard, lane } from "./AllomiaScope.js"
import * as Due from "./Due.js"
import * as Harvest from "./Harvest.js"
import * as Pending from "./Pending.js"
import { type Ended, isApiError, isFinal, type Run } from "./Run.js"
import { together } from "./together.js"
import * as UnusableId from "./UnusableId.js"

const batchSize = 500
/** Enough to keep the pace at any distance. */
const inFlight = 8
const mostFailures = 10

/** Whether nothing more is expected of it. */
const isFinished = ({ callSummary, userPrimaryIntent }: CallDetails): boolean =>
  callSummary !== null && userPrimaryIntent !== null

const Count = Schema.Struct({ count: Schema.Number })

/** About how many calls will be asked for by their ids: those that are due, and those of these windows that are new. */
export const ahead = (
  dataset: Option.Option<Readable>,
  { now, scope, source }: Pick<AllomiaScope, "source" | "scope" | "now">,
  { full, windows }: { readonly windows: ReadonlyArray<Window>; readonly full: boolean }
): Effect.Effect<number, DatasetError.LedgerError> =>
  Effect.gen(function*() {
    const all = windows.reduce((sum, { total }) => sum + (total ?? 0), 0)
    if (Option.isNone(dataset)) return all
    const due = yield* dataset.value.pending(source, scope, now)
    if (full) return Math.max(all, due)
    const published = yield* dataset.value.published("calls", source)
    if (all === 0 || Option.isNone(published)) return all + due
    const within = windows.map(({ stretch: { from, to } }) =>
      `started_at >= make_timestamptz(${from.epochMillis * 1000}) AND started_at < make_timestamptz(${
        to.epochMillis * 1000
      })`
    )
    const known = yield* dataset.value.session.all(
      Count,
      `SELECT count(*)::DOUBLE AS count FROM ${published.value}
        WHERE organization_id = $1 AND (${within.join(" OR ")})`,
      [scope]
    ).pipe(
      Effect.map(([row]) => row?.count ?? 0),
      // It is an estimate: a file that cannot be read is for those to tell who need its rows.
      Effect.orElseSucceed(() => 0)
    )
    return due + Math.max(0, all - known)
  })

/** Every call that is due, once. So many were told to be ahead. */
export const read = (
  run: Run,
  scope: AllomiaScope,
  told: number
): Effect.Effect<void, AllomiaError | Ended | DatasetError.WriteError> =>
  Effect.gen(function*() {
    let expected = told
    const failed = new Set<string>()
    const unusable = new Set<string>()
    const read = (batch: ReadonlyArray<PendingDetails>) =>
      Effect.gen(function*() {
        yield* run.progress.phase("allomia", "reading details")
        yield* run.progress.expect(lane, { requests: Math.max(0, batch.length - expected), rows: 0 })
        yield* scope.budget.explain(lane, batch.length)
        expected = Math.max(0, expected - batch.length)
        yield* readBatch(run, scope, batch, { failed, unusable })
        return failed.size <= mostFailures
      })
    yield* Due.each(run, scope, { size: batchSize, read, failed })
    if (unusable.size > 0) {
      yield* UnusableId.report(run, scope, { calls: unusable.size, lacking: "intent, summary and outcome" })
    }
    if (failed.size <= mostFailures) yield* run.progress.expect(lane, { requests: -expected, rows: 0 })
  })

const readBatch = (
  run: Run,
  scope: AllomiaScope,
  batch: ReadonlyArray<PendingDetails>,
  { failed, unusable }: { readonly failed: Set<string>; readonly unusable: Set<string> }
): Effect.Effect<void, AllomiaError | Ended | DatasetError.WriteError> =>
  Effect.gen(function*() {
    const harvest = Harvest.make()
    const postponed: Array<{ readonly id: string; readonly dueAt: DateTime.Utc }> = []
    const settled: Array<string> = []
    const later = ({ endedAt, id }: PendingDetails) => {
      const dueAt = Pending.next(endedAt, scope.now)
      if (dueAt === null) settled.push(id)
      else postponed.push({ id, dueAt })
    }
    const readOne = (pending: PendingDetails) =>
      Effect.gen(function*() {
        if (failed.size > mostFailures) return
        const { id } = pending
        const details = yield* heard(
          run,
          scope,
          scope.services.calls.get(id, { organizationId: scope.scope }),
          () => 0
        )
        const mapped = FromAllomia.details(details, { readAt: yield* run.now, organizationId: scope.scope })
        if (Either.isLeft(mapped)) harvest.refuse(mapped.left)
        else harvest.add(id, yield* run.dataset.answer, mapped.right)
        if (isFinished(details)) settled.push(id)
        else later(pending)
      }).pipe(
        Effect.catchTag("NotFound", () => Effect.sync(() => later(pending))),
        Effect.catchIf(UnusableId.isRefusedHere, () =>
          Effect.sync(() => {
            unusable.add(pending.id)
            settled.push(pending.id)
          })),
        Effect.catchAll((error) =>
          !isApiError(error) || isFinal(error)
            ? Effect.fail(error)
            : Effect.suspend(() => {
              failed.add(pending.id)
              return failed.size === 1 || failed.size === mostFailures + 1
                ? run.problem({
                  ...Problem.of(error, scope),
                  message: failed.size === 1
                    ? `The details of a call could not be read, and are asked for again by the next run: ${error.message}`
                    : `The details of more than ${mostFailures} calls could not be read; the rest is left for the next run`
                })
                : Effect.void
            })
        )
      )
    const reading = together(batch, readOne, { concurrency: inFlight })
    // What was read lands, whatever ended the reading.
    const ended = yield* Effect.exit(reading)
    yield* run.land({
      window: { source: scope.source, scope: scope.scope, stream: "details", from: scope.now, to: scope.now },
      proof: null,
      ...harvest.take(),
      postponed,
      settled
    })
    yield* ended
  })
