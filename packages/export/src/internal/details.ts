/** Details that come late: the calls that lack them are asked for by id, at ever longer intervals. */
import type { DatasetError } from "@trunkline/dataset"
import type { PendingDetails, Readable } from "@trunkline/dataset/DatasetReader"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Ended } from "../ExportError.js"
import * as Planning from "../Planning.js"
import * as Problem from "../Problem.js"
import { Progress } from "../Progress.js"
import type { Failure, Scope } from "../Source.js"
import * as ByIds from "./byIds.js"
import * as DetailAges from "./detailAges.js"
import * as Due from "./due.js"
import * as Harvest from "./harvest.js"
import * as Published from "./published.js"
import { isApiError, isFinal, Run } from "./run.js"
import { together } from "./together.js"
import type { Window } from "./windows.js"

/** Ids that land together. */
const batchSize = 500
/** Enough to keep the pace at any distance. */
const inFlight = 8
const mostFailures = 10

/** About how many requests it will take: for calls that are due, and for those of these windows that are new. */
export const ahead = (
  dataset: Option.Option<Readable>,
  scope: Pick<Scope, "source" | "scope" | "now" | "list" | "details">,
  { full, windows }: { readonly windows: ReadonlyArray<Window>; readonly full: boolean }
): Effect.Effect<number, DatasetError.LedgerError> =>
  Effect.gen(function*() {
    const { details } = scope
    const all = details.listed ? 0 : windows.reduce((sum, { total }) => sum + (total ?? 0), 0)
    if (Option.isNone(dataset)) return all
    const due = yield* dataset.value.pending(scope.source, scope.scope, scope.now)
    if (details.listed) return Math.ceil(due / details.atOnce)
    if (full) return Math.max(all, due)
    if (all === 0) return due
    const known = yield* dataset.value.held(Published.heldList(scope), windows.map(({ range }) => range)).pipe(
      // This is an estimate. Readers that need the rows of a file that is broken or not here report it.
      Effect.catchTags({
        DatasetQueryFailed: () => Effect.succeed(0),
        Damaged: () => Effect.succeed(0),
        FilesElsewhere: () => Effect.succeed(0),
        FetchFailed: () => Effect.succeed(0)
      })
    )
    return due + Math.max(0, all - known)
  })

/** Every call that is due, once. So many requests were announced. Details of calls younger than `young` may still change. */
export const read = (
  scope: Scope,
  { announced, young }: { readonly announced: number; readonly young: Duration.Duration }
): Effect.Effect<void, Failure | Ended | DatasetError.WriteError, Planning.Planning | Run> =>
  Effect.gen(function*() {
    const { details } = scope
    const run = yield* Run
    const progress = yield* Progress
    const failed = new Set<string>()
    let failures = 0
    let unusable = 0
    let expected = announced
    const tooMany = () => failures > mostFailures

    /** Asks for the details of these ids together. Null where it failed, and others may still succeed. */
    const ask = (ids: ReadonlyArray<string>, idOf: ByIds.Received) =>
      Effect.suspend(() => tooMany() ? Effect.succeed(null) : ByIds.read(scope, ids, idOf)).pipe(
        Effect.catchIf(
          (error): error is Failure => isApiError(error) && !isFinal(error),
          (error) =>
            Effect.gen(function*() {
              for (const id of ids) failed.add(id)
              failures += 1
              if (failures === 1 || failures === mostFailures + 1) {
                yield* run.problem({
                  ...Problem.of(error, scope),
                  message: failures === 1
                    ? `The details of a call could not be read, and are asked for again by the next run: ${error.message}`
                    : `The details of more than ${mostFailures} calls could not be read; the rest is left for the next run`
                })
              }
              return null
            })
        )
      )

    const readBatch = (batch: ReadonlyArray<PendingDetails>) =>
      Effect.gen(function*() {
        const harvest = Harvest.make()
        const postponed: Array<{ readonly id: string; readonly dueAt: DateTime.Utc }> = []
        const settled: Array<string> = []
        const idOf = yield* ByIds.received(scope, batch.map(({ id }) => id))
        const readChunk = Effect.fnUntraced(
          function*(chunk: ReadonlyArray<PendingDetails>) {
            const page = yield* ask(chunk.map(({ id }) => id), idOf)
            if (page === null) return
            harvest.add(page, yield* run.dataset.answer)
            unusable += page.unusable.length
            const finished = new Set(
              page.entries.flatMap(({ detail, key }) => detail?.finished === false ? [] : [key])
            )
            const answered = new Set(page.entries.map(({ key }) => key))
            const final = new Set(page.unusable)
            for (const { asked, endedAt, id } of chunk) {
              // A call that is gone may come back, and one that could not be read may be mended: both are asked for again.
              const dueAt = final.has(id)
                ? null
                : finished.has(id)
                ? DetailAges.again(endedAt, scope.now, { isFirst: asked === 0, young })
                : answered.has(id)
                ? DetailAges.next(endedAt, scope.now)
                : DetailAges.unanswered(endedAt, scope.now, asked)
              if (dueAt === null) settled.push(id)
              else postponed.push({ id, dueAt })
            }
          }
        )
        // What was read lands, whatever ended the reading.
        const ended = yield* Effect.exit(
          Planning.many(together(ByIds.chunksOf(batch, details.atOnce), readChunk, { concurrency: inFlight }))
        )
        yield* run.land({
          window: { source: scope.source, scope: scope.scope, stream: "details", from: scope.now, to: scope.now },
          proof: null,
          ...harvest.take(),
          postponed,
          settled
        })
        yield* ended
      })

    const read = (batch: ReadonlyArray<PendingDetails>) =>
      Effect.gen(function*() {
        yield* progress.phase(scope.source, "reading details")
        const requests = Math.ceil(batch.length / details.atOnce)
        yield* progress.expect(details.lane, { requests: Math.max(0, requests - expected), rows: 0 })
        expected = Math.max(0, expected - requests)
        yield* readBatch(batch)
        return !tooMany()
      })
    yield* Due.each(scope, { size: batchSize, read, failed })
    if (unusable > 0) yield* ByIds.report(scope, { calls: unusable, lacking: details.label })
    yield* progress.expect(details.lane, { requests: -expected, rows: 0 })
  })
