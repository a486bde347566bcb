/**
 * What a run would cost, from counts alone.
 *
 * @since 0.1.0
 */
import { Interval } from "@trunkline/dataset"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as ExitCode from "./ExitCode.js"
import * as Export from "./Export.js"
import * as AskedRange from "./internal/askedRange.js"
import * as Asking from "./internal/asking.js"
import * as Clocks from "./internal/clocks.js"
import * as Details from "./internal/details.js"
import * as FeedReading from "./internal/feeds.js"
import * as Masked from "./internal/masked.js"
import * as Trust from "./internal/trust.js"
import * as Windows from "./internal/windows.js"
import * as Planning from "./Planning.js"
import * as Problem from "./Problem.js"
import type { Lane } from "./Progress.js"
import type { Scope } from "./Source.js"
import { Sources } from "./Sources.js"

/**
 * What is ahead for one scope of a source.
 *
 * @since 0.1.0
 * @category models
 */
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
/** @since 0.1.0 */
export interface ScopePlan extends Schema.Schema.Type<typeof ScopePlan> {}

/**
 * @since 0.1.0
 * @category models
 */
export const PlanReport = Schema.Struct({
  scopes: Schema.Array(ScopePlan),
  rows: Schema.Number,
  requests: Schema.Number,
  /** Sources are read side by side, so this is less than their sum. */
  minutes: Schema.Number,
  out: Schema.String,
  exitCode: Schema.Literal(...ExitCode.all),
  problems: Schema.Array(Problem.Problem)
})
/** @since 0.1.0 */
export interface PlanReport extends Schema.Schema.Type<typeof PlanReport> {}

/**
 * Over a dataset that may not be there yet. Writes nothing.
 *
 * @since 0.1.0
 * @category running
 */
export const make = (
  options: Export.Options & { readonly out: string; readonly dataset: Option.Option<Readable> }
): Effect.Effect<PlanReport, never, Sources> =>
  Effect.gen(function*() {
    const masked = yield* Effect.either(
      Effect.flatMap(Sources, (all) =>
        Option.match(options.dataset, {
          onNone: () => Effect.succeed(all),
          onSome: (dataset) => Masked.sources(dataset, all)
        }))
    )
    const sources = Either.getOrElse(masked, () => [])
    const asked = { ...Export.defaults(options), dataset: options.dataset }
    const { exitCodes, planning, problems, report, within } = yield* Asking.make(options.dataset)
    if (Either.isLeft(masked)) yield* report(Problem.of(masked.left, { source: null, scope: null }))
    const found = yield* Ref.make<ReadonlyArray<ScopePlan>>([])
    yield* Effect.forEach(
      sources.filter(({ hasHistories }) => hasHistories || asked.contacts.length === 0),
      (source) =>
        Planning.budgeted(source.scopes(asked)).pipe(
          Effect.flatMap((scopes) =>
            Effect.forEach(scopes, (name) =>
              Effect.gen(function*() {
                const plan = yield* planScope(yield* Clocks.connect(name), asked)
                yield* Ref.update(found, (before) => [...before, plan])
              }).pipe(Planning.budgeted, within(source.name, name.scope)), { concurrency: 4, discard: true })
          ),
          within(source.name, null)
        ),
      { concurrency: "unbounded", discard: true }
    ).pipe(Effect.provideService(Planning.Planning, planning))
    const scopes = yield* Ref.get(found)
    const minutes = (source: string) =>
      scopes.reduce((sum, plan) => plan.source === source ? sum + plan.minutes : sum, 0)
    return {
      scopes: scopes.toSorted((left, right) => {
        const [a, b] = [left, right].map(({ scope, source }) => `${source} ${scope}`)
        return a === b ? 0 : (a ?? "") < (b ?? "") ? -1 : 1
      }),
      rows: scopes.reduce((sum, { rows }) => sum + rows, 0),
      requests: scopes.reduce((sum, { requests }) => sum + requests, 0),
      minutes: tenths(Math.max(0, ...sources.map(({ name }) => minutes(name)))),
      out: options.out,
      exitCode: ExitCode.worst(yield* exitCodes),
      problems: yield* problems
    }
  })

type Asked = ReturnType<typeof Export.defaults> & { readonly dataset: Option.Option<Readable> }

const tenths = (value: number): number => Math.ceil(value * 10) / 10

const texts = (stretches: Iterable<Interval.Interval>) =>
  Interval.normalise(stretches).map(({ from, to }) => ({
    from: DateTime.formatIso(from),
    to: DateTime.formatIso(to)
  }))

const pagesOf = (total: number | null, pageSize: number): number => Math.max(1, Math.ceil((total ?? 0) / pageSize))

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((sum, one) => sum + one, 0)

/** How long the slowest lane takes: lanes run side by side. */
const minutesOf = (work: ReadonlyArray<{ readonly lane: Lane; readonly requests: number }>) =>
  Effect.map(
    Effect.forEach(work, ({ lane, requests }) => Effect.map(lane.perSecond, (perSecond) => requests / perSecond / 60)),
    (minutes) => tenths(Math.max(0, ...minutes))
  )

/** A list that agrees with what is held is counted twice at the end of a run. */
const comparing = 2

const planScope = (scope: Scope, asked: Asked) =>
  Effect.gen(function*() {
    if (asked.contacts.length > 0) return yield* planHistories(scope, asked.contacts)
    const { details, list } = scope
    const range = yield* AskedRange.of(scope, asked)
    const options = { ...asked, ...range, trust: yield* Trust.of(scope) }
    const { ranges } = yield* Windows.ranges(scope, options)
    const windows = (yield* Windows.planned(scope, ranges, options))?.windows ?? []
    const pages = windows.map((window) => {
      const pages = Windows.pagesOf(list, window)
      // A recent window of several pages is walked until nothing new comes, twice at least.
      return !window.settled && !list.snapshots && pages > 1 ? pages * 2 : pages
    })
    const late = asked.details ? yield* Details.ahead(asked.dataset, scope, { windows, full: asked.full }) : 0
    const feeds = yield* planFeeds(scope, {
      ...AskedRange.ofFeeds(range, asked),
      refresh: asked.refresh,
      concurrency: asked.concurrency
    })
    const listed = sum(pages) + comparing + (details.lane === list.lane ? late : 0)
    return {
      source: scope.source,
      scope: scope.scope,
      ranges: texts(windows.map(({ range }) => range)),
      rows: sum(windows.map(({ total }) => total ?? 0)),
      requests: sum(pages) + comparing + late + feeds,
      minutes: yield* minutesOf([
        { lane: list.lane, requests: listed },
        ...scope.feeds === null ? [] : [{ lane: scope.feeds.lane, requests: feeds }]
      ])
    }
  })

const planFeeds = (scope: Scope, options: FeedReading.Options) =>
  Effect.gen(function*() {
    const { feeds } = scope
    if (feeds === null) return 0
    const { ask } = yield* Planning.Planning
    const requests = yield* Effect.forEach(feeds.all ?? [], (feed) =>
      Effect.gen(function*() {
        const { total } = yield* ask(feed.count(yield* FeedReading.begin(scope, feeds, feed, options)))
        const pages = pagesOf(total, feeds.pageSize)
        // The head of a list that took several answers is read once more.
        return pages + (pages > 1 ? 1 : 0) + comparing
      }), { concurrency: options.concurrency })
    return sum(requests)
  })

/** Each is read to one page beyond its end, and once more where that was not a single answer. */
const planHistories = (scope: Scope, contacts: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const { histories } = scope
    const { ask } = yield* Planning.Planning
    const totals = histories === null
      ? []
      : yield* Effect.forEach(contacts, (contact) => ask(histories.count(contact)))
    const pageSize = histories?.pageSize ?? 1
    const requests = sum(totals.map((total) => total > pageSize ? 2 * (pagesOf(total, pageSize) + 1) : 2))
    return {
      source: scope.source,
      scope: scope.scope,
      ranges: [],
      rows: sum(totals),
      requests,
      minutes: histories === null ? 0 : yield* minutesOf([{ lane: histories.lane, requests }])
    }
  })
