/** Cuts what has to be read of a list into windows that are small enough to be proved one by one. */
import { type DatasetError, Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Ended } from "../ExportError.js"
import * as Grain from "../Grain.js"
import * as Planning from "../Planning.js"
import { Progress } from "../Progress.js"
import type { Failure, Filter, Listing, Scope, Slice, WindowedList } from "../Source.js"
import type { AskedRange } from "./askedRange.js"
import * as Clocks from "./clocks.js"
import * as Counts from "./counts.js"
import * as LastRead from "./lastRead.js"
import * as Pass from "./pass.js"
import * as Refresh from "./refresh.js"
import { isApiError, isFinal } from "./run.js"
import type * as Trust from "./trust.js"

export interface Options extends Pick<AskedRange, "since" | "until" | "fullSince"> {
  readonly lookback: Duration.Duration
  /** Reads all again from `fullSince` on. */
  readonly full: boolean
  /** The settled past is read again within so many runs; 0 for never. */
  readonly refresh: number
  /** How far the totals of this list can be trusted, learned in the course of the run. */
  readonly trust: (filter: Filter) => Trust.Trust
  /** Windows that are counted and read side by side. */
  readonly concurrency: number
}

export interface Window {
  readonly range: Interval.Interval
  readonly settled: boolean
  /** Together they are the window. */
  readonly slices: ReadonlyArray<Slice>
  /** As counted before it is read. */
  readonly total: number | null
  /** Where the count was all there is to read. */
  readonly pass: Pass.Pass | null
  /** Why what it shows may not be all there is; null where nothing speaks for that. */
  readonly doubt: string | null
}

export interface Plan {
  readonly filter: Filter
  readonly windows: ReadonlyArray<Window>
}

/** A window of more pages is costly to read again, and its last pages are deep. */
const mostPages = 50

/** Pieces of a snapshot are made a little smaller than one answer, so that a piece is seldom cut again. */
const hoped = 0.8

/** So many rows a piece of a snapshot is hoped to hold. */
export const snapshotRows = ({ pageSize }: Pick<WindowedList, "pageSize">): number => pageSize * hoped

/** About as many requests as it takes to read so many rows. */
export const pagesOf = (
  list: Pick<WindowedList, "pageSize" | "snapshots">,
  { settled, total }: Pick<Window, "settled" | "total">
): number => Math.max(1, Math.ceil((total ?? 0) / (settled || !list.snapshots ? list.pageSize : snapshotRows(list))))

/** How many pieces a range can be cut into. A piece shorter than what is read beyond its end holds hardly less than the whole. */
export const mostPieces = (grain: Grain.Grain, filter: Pick<Filter, "reach">, range: Interval.Interval): number => {
  const units = Grain.count(grain, range)
  return Math.floor(units / Math.max(1, Grain.count(grain, filter.reach(range)) - units))
}

/** What has to be read: what is missing, what may have changed, and a part of the past that was read long ago. */
export const ranges = (
  scope: Planned,
  options: Omit<Options, "trust">
): Effect.Effect<Refresh.Refresh, DatasetError.LedgerError, Planning.Planning> =>
  Effect.gen(function*() {
    const { latest, list: { grain, stream }, now, source } = scope
    const progress = yield* Progress
    const { ledger } = yield* Planning.Planning
    yield* progress.phase(source, "counting")
    const range = Grain.cover(grain, Interval.make(options.since, options.until))
    const last = yield* LastRead.of(scope)
    const planned = Interval.normalise(
      (yield* ledger.plan({
        source,
        scope: scope.scope,
        stream,
        since: range.from,
        until: range.to,
        now: latest,
        lookback: Grain.back(
          grain,
          Clocks.back({ now: last === null ? now : DateTime.min(now, last), latest }, options.lookback)
        )
      })).map((stretch) => Grain.whole(grain, stretch)).concat(
        options.full ? [Grain.cover(grain, Interval.make(options.fullSince, options.until))] : []
      )
    )
    const { done, ranges } = options.refresh === 0
      ? { done: Effect.void, ranges: [] }
      : yield* Refresh.due(scope, { planned, runs: options.refresh })
    return { ranges: Interval.union(planned, Interval.intersect(ranges, [range])), done }
  })

const isEmpty = ({ entries, refused }: Listing) => entries.length + refused.length === 0

type Planned = Pick<Scope, "latest" | "list" | "now" | "scope" | "source">

/** These stretches in windows with their counts; null where there is none. */
export const planned = (
  scope: Planned,
  ranges: Interval.Intervals,
  options: Pick<Options, "concurrency" | "trust">
): Effect.Effect<Plan | null, Failure | Ended | DatasetError.WriteError, Planning.Planning> =>
  Effect.gen(function*() {
    const { list, now } = scope
    const { grain, lane } = list
    const progress = yield* Progress
    const stretches = Interval.normalise(ranges)
    if (stretches.length === 0) return null
    const filter = yield* list.filter
    const unsettled = Grain.unsettled(grain, now, filter.settling)
    const isOfDays = grain.unit >= Grain.days.unit
    const mostRows = mostPages * list.pageSize
    const trust = options.trust(filter)
    const count = (range: Interval.Interval, slice: Slice) => Planning.onePage(lane, slice.count(filter.reach(range)))
    const explain = (requests: number) =>
      Effect.flatMap(Planning.Planning, ({ budget }) => budget.explain(lane, requests))

    /** Slices a unit of time that holds too many rows, wherever the slices add up to the whole. */
    const cut = (
      range: Interval.Interval,
      slice: Slice,
      total: number | null,
      cuts = slice.cuts
    ): Effect.Effect<ReadonlyArray<Slice>, Failure | Ended, Planning.Planning> =>
      Effect.gen(function*() {
        const [first, ...others] = cuts
        if (total === null || total <= mostRows || first === undefined) return [slice]
        const smaller = first()
        yield* explain(smaller.length)
        const pieces = yield* Effect.forEach(
          smaller,
          (piece) => Effect.map(count(range, piece), ({ total }) => ({ piece, total }))
        )
        if (Counts.sum(pieces.map(({ total }) => total)) !== total) return yield* cut(range, slice, total, others)
        return (yield* Effect.forEach(pieces, ({ piece, total }) => cut(range, piece, total))).flat()
      })

    /** The settled part of a range, and the rest. */
    const halves = (range: Interval.Interval) => {
      const past = Interval.intersect([range], [Interval.make(range.from, unsettled)])
      return { past, rest: Interval.subtract([range], past) }
    }
    const both = (
      range: Interval.Interval,
      window: Omit<Window, "range" | "settled">
    ): ReadonlyArray<Window> => {
      const { past, rest } = halves(range)
      return [
        ...past.map((range) => ({ range, settled: true, ...window })),
        ...rest.map((range) => ({ range, settled: false, ...window }))
      ]
    }
    /** Where counting failed or came to no end. The window is tried once more when it is read, and then fails by itself. */
    const uncounted = (range: Interval.Interval) =>
      both(range, { slices: [filter.all], total: null, pass: null, doubt: null })

    const windows = (
      range: Interval.Interval
    ): Effect.Effect<ReadonlyArray<Window>, Failure | Ended | DatasetError.WriteError, Planning.Planning> => {
      const { past, rest } = halves(range)
      return Effect.gen(function*() {
        const page = yield* count(range, filter.all).pipe(
          Effect.catchIf(
            (error) => isApiError(error) && list.tooWide(error) && Grain.count(grain, range) > 1,
            () => Effect.succeed(null)
          )
        )
        if (page === null) return yield* each(Grain.split(grain, range, 2))
        const { total } = page
        // There are not many days, so an answer explains itself, and the one that led to it.
        if (isOfDays) yield* explain(3)
        const settled = past.length > 0
        const isTooWide = Grain.count(grain, range) > trust.limits().widest
        // There are as many halves as the limit asks for.
        if (isTooWide) yield* explain(2)
        const isDoubtful = !(yield* trust.isTrue(range, total))
        // What is read beyond the end makes a range wider as well, so that too wide ones are cut once more.
        const isCutInHalf = isDoubtful && mostPieces(grain, filter, range) > (isTooWide ? 0 : 1)
        if (isCutInHalf) return yield* each(Grain.split(grain, range, 2))
        // Two answers say that there is nothing: that holds for every part of the range.
        if (total === 0 && isEmpty(page)) {
          const again = yield* count(range, filter.all)
          if (again.total !== 0 || !isEmpty(again)) return uncounted(range)
          const recorder = Pass.recorder()
          recorder.page(page)
          return both(range, { slices: [], total, pass: recorder.pass(), doubt: null })
        }
        if (settled && rest.length > 0) return yield* each([...past, ...rest])
        const isCut = total !== null && total > mostRows && (settled || !list.snapshots)
        const most = mostPieces(grain, filter, range)
        if (isCut && most > 1) {
          return yield* each(Grain.split(grain, range, Math.min(most, Math.ceil(total / (mostRows * 0.9)))))
        }
        if (!isCut) yield* explain(1)
        const slices = yield* cut(range, filter.all, total)
        const doubt = isDoubtful && Grain.count(grain, range) === 1
          ? `the API says ${total} rows, and the parts of them add up to others`
          : null
        yield* progress.expect(lane, { requests: pagesOf(list, { settled, total }), rows: total ?? 0 })
        return [{ range, settled, slices, total, pass: null, doubt }]
      }).pipe(
        Effect.catchIf((error) => isApiError(error) && !isFinal(error), () => Effect.succeed(uncounted(range)))
      )
    }
    const each = (ranges: ReadonlyArray<Interval.Interval>) =>
      Effect.map(Effect.forEach(ranges, windows, options), (found) => found.flat())
    // Counts have a budget of their own: where cutting comes to no end, the stretch is read as it is.
    const stretch = (range: Interval.Interval) =>
      Planning.budgeted(windows(range)).pipe(
        Effect.catchTag("NoProgress", () => Effect.succeed(uncounted(range)))
      )

    return { filter, windows: (yield* Effect.forEach(stretches, stretch, options)).flat() }
  })
