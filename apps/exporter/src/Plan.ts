/** What a run would cost, from counts alone. */
import { type DatasetError, Interval } from "@trunkline/dataset"
import type { Readable } from "@trunkline/dataset/Dataset"
import type { ApiError } from "@trunkline/http"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as ExitCode from "./ExitCode.js"
import type * as Export from "./Export.js"
import * as Problem from "./Problem.js"
import { Progress } from "./Progress.js"
import * as AlloConversations from "./reading/AlloConversations.js"
import * as AlloItems from "./reading/AlloItems.js"
import * as AllomiaCalls from "./reading/AllomiaCalls.js"
import * as AllomiaDetails from "./reading/AllomiaDetails.js"
import type { ClockSkew } from "./reading/Clocks.js"
import * as Range from "./reading/Range.js"
import * as Run from "./reading/Run.js"
import * as Scopes from "./reading/Scopes.js"
import { type AllomiaSource, type AlloSource, type Name, Sources } from "./Sources.js"
import type { Stop } from "./Stop.js"

/** What is ahead for one scope of a source. */
export const ScopePlan = Schema.Struct({
  source: Schema.String,
  scope: Schema.String,
  /** The stretches to be read, as ISO instants. */
  ranges: Schema.Array(Schema.Struct({ from: Schema.String, to: Schema.String })),
  rows: Schema.Number,
  requests: Schema.Number,
  /** At the allowed pace. */
  minutes: Schema.Number
})

export const PlanReport = Schema.Struct({
  scopes: Schema.Array(ScopePlan),
  rows: Schema.Number,
  requests: Schema.Number,
  /** Sources are read side by side, so this is less than their sum. */
  minutes: Schema.Number,
  out: Schema.String,
  exitCode: Schema.Literal(0, 1, 2, 3, 4, 5, 130),
  problems: Schema.Array(Problem.Problem)
})
export interface PlanReport extends Schema.Schema.Type<typeof PlanReport> {}

type ScopePlan = typeof ScopePlan.Type

/** Of a dataset that may not be there yet. Writes nothing. */
export const make = (
  options: Export.Options & { readonly out: string; readonly dataset: Option.Option<Readable> }
): Effect.Effect<PlanReport, never, Sources | Stop | Progress> =>
  Effect.gen(function*() {
    const { allo, allomia } = yield* Sources
    const problems: Array<Problem.Problem> = []
    const scopes: Array<ScopePlan> = []
    let heard = false
    const run = yield* Run.planning({
      dataset: options.dataset,
      progress: yield* Progress,
      heard: Effect.sync(() => {
        heard = true
      }),
      problems
    })
    const within = (source: Name, scope: string | null) => (planning: Planning) =>
      Effect.catchAll(planning, (error) =>
        Effect.sync(() => {
          if (error._tag !== "Stopped") problems.push(Problem.of(error, { source, scope }))
        }))
    const found = (plan: ScopePlan) =>
      Effect.sync(() => {
        scopes.push(plan)
      })
    yield* Effect.all([
      allo === null ? Effect.void : within("allo", null)(Effect.flatMap(planAllo(run, allo, options), found)),
      allomia === null || options.contacts.length > 0
        ? Effect.void
        : within("allomia", null)(
          Effect.flatMap(Scopes.allomia(run, allomia), (ids) =>
            Effect.forEach(
              ids,
              (id) => within("allomia", id)(Effect.flatMap(planAllomia(run, allomia, id, options), found)),
              { concurrency: 4, discard: true }
            ))
        )
    ], { concurrency: "unbounded", discard: true })
    const minutes = (source: Name) => scopes.reduce((sum, plan) => plan.source === source ? sum + plan.minutes : sum, 0)
    return {
      scopes: scopes.toSorted((left, right) =>
        left.source === right.source ? (left.scope < right.scope ? -1 : 1) : left.source < right.source ? -1 : 1
      ),
      rows: scopes.reduce((sum, { rows }) => sum + rows, 0),
      requests: scopes.reduce((sum, { requests }) => sum + requests, 0),
      minutes: tenths(Math.max(minutes("allo"), minutes("allomia"))),
      out: options.out,
      exitCode: ExitCode.worst(ExitCode.ofProblems(problems, { heard })),
      problems
    }
  })

type Planning = Effect.Effect<
  void,
  ApiError.ApiError | Range.EmptyRange | ClockSkew | Run.Ended | DatasetError.WriteError
>

const tenths = (value: number): number => Math.ceil(value * 10) / 10

const texts = (stretches: Iterable<Interval.Interval>) =>
  Interval.normalise(stretches).map(({ from, to }) => ({
    from: DateTime.formatIso(from),
    to: DateTime.formatIso(to)
  }))

const pagesOf = (total: number | null): number => Math.max(1, Math.ceil((total ?? 0) / 100))

const planAllo = (
  run: Run.Planning,
  source: AlloSource,
  options: Export.Options & { readonly dataset: Option.Option<Readable> }
) =>
  Effect.gen(function*() {
    const scope = yield* Scopes.allo(run, source)
    if (options.contacts.length > 0) return yield* planHistories(run, source, scope, options)
    const range = yield* Range.of(run, scope, options)
    const { windows } = yield* AlloItems.plan(run, scope, { ...options, ...range })
    const pages = windows.reduce((sum, { settled, total }) =>
      // What still grows is read until nothing new is met, which takes a second look at least.
      sum + pagesOf(total) * (!settled && pagesOf(total) > 1 ? 2 : 1), 0)
    const pending = yield* Option.match(options.dataset, {
      onNone: () => Effect.succeed(0),
      onSome: (dataset) => dataset.pending(scope.source, scope.scope, scope.now)
    })
    const full = options.full || Option.exists(range.earliest, (before) => DateTime.lessThan(range.since, before))
    const conversations = yield* Effect.forEach(
      scope.lines ?? [],
      (line) =>
        Effect.gen(function*() {
          const lastActivitySince = yield* AlloConversations.begin(run, scope, { since: range.since, full }, line)
          const { total } = yield* run.ask(
            source.conversations.list({ alloNumber: line.number, lastActivitySince, size: 1 })
          )
          // The head of a list that took several answers is read once more.
          return pagesOf(total) + (pagesOf(total) > 1 ? 1 : 0)
        }),
      { concurrency: options.concurrency }
    )
    const reads = conversations.reduce((sum, one) => sum + one, 0)
    const searches = pages + Math.ceil(options.details ? pending / 100 : 0)
    return {
      source: scope.source,
      scope: scope.scope,
      ranges: texts(windows.map(({ days }) => days)),
      rows: windows.reduce((sum, { total }) => sum + (total ?? 0), 0),
      requests: searches + reads,
      // The two have a pace of their own, and run side by side.
      minutes: tenths(
        Math.max(
          searches / (yield* source.client.writesPerSecond),
          reads / (yield* source.client.readsPerSecond)
        ) / 60
      )
    }
  })

/** Each is read to one page beyond its end, and once more where that was not a single answer. */
const planHistories = (run: Run.Planning, source: AlloSource, scope: Run.Scope, options: Export.Options) =>
  Effect.gen(function*() {
    const totals = yield* Effect.forEach(options.contacts, (contactId) =>
      Effect.map(
        run.ask(source.conversations.contactHistoryPage({ contactId, page: 0, size: 1 })),
        // In pages of one, which it counts, there are as many as rows, which it does not.
        ({ total, totalPages }) => total ?? totalPages ?? 0
      ))
    const requests = totals.reduce((sum, total) => sum + (total > 100 ? 2 * (pagesOf(total) + 1) : 2), 0)
    return {
      source: scope.source,
      scope: scope.scope,
      ranges: [],
      rows: totals.reduce((sum, total) => sum + total, 0),
      requests,
      minutes: tenths(requests / (yield* source.client.readsPerSecond) / 60)
    }
  })

const planAllomia = (
  run: Run.Planning,
  source: AllomiaSource,
  id: string,
  options: Export.Options & { readonly dataset: Option.Option<Readable> }
) =>
  Effect.gen(function*() {
    const scope = yield* Scopes.organization(run, source, id)
    const range = yield* Range.of(run, scope, options)
    const { windows } = yield* AllomiaCalls.plan(run, scope, { ...options, ...range })
    const rows = windows.reduce((sum, { total }) => sum + (total ?? 0), 0)
    const pages = windows.reduce((sum, window) => sum + AllomiaCalls.pagesOf(window), 0)
    const details = options.details
      ? yield* AllomiaDetails.ahead(options.dataset, scope, { windows, full: options.full })
      : 0
    return {
      source: scope.source,
      scope: scope.scope,
      ranges: texts(windows.map(({ stretch }) => stretch)),
      rows,
      requests: pages + details,
      minutes: tenths((pages + details) / (yield* source.client.requestsPerSecond) / 60)
    }
  })
