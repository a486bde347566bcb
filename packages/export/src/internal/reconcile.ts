/**
 * Compares what a vendor counts of a list with what is held of it, at the end of a run. Where both differ, the windows that
 * differ are read again, and rows that the vendor no longer returns are marked.
 *
 * Two comparisons are made. All of the list is counted without any filter, since a filter may hide rows and says so to nobody.
 * The settled past is counted with the filter, since what is younger moves.
 */
import { type DatasetError, Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Ended, FilterIgnored } from "../ExportError.js"
import * as Grain from "../Grain.js"
import type * as Planning from "../Planning.js"
import { Progress } from "../Progress.js"
import type { Failure, Filter, Listing, Scope } from "../Source.js"
import * as Apart from "./apart.js"
import * as Certified from "./certified.js"
import * as Counts from "./counts.js"
import * as Gone from "./gone.js"
import type { Met } from "./met.js"
import * as Published from "./published.js"
import * as Quarantine from "./quarantine.js"
import * as Reading from "./reading.js"
import { Run } from "./run.js"
import * as Trust from "./trust.js"
import * as Windows from "./windows.js"

export interface Options extends Windows.Options {
  /** Marks rows as gone however many they are. */
  readonly acceptGone: boolean
}

/** A list with all that is needed to compare it. */
interface Compared {
  readonly scope: Scope
  readonly filter: Filter
  readonly met: Met
  readonly stretch: Stretch
  readonly options: Options
}

/** Where the list is cut for counting: nothing lies before `from` that was asked for, and `edge` is where the settled past ends. */
interface Stretch {
  readonly from: DateTime.Utc
  readonly edge: DateTime.Utc
}

type Error = Failure | Ended | FilterIgnored | DatasetError.WriteError
type Context = Planning.Planning | Run

/** What the dataset holds, and what the vendor counts. */
interface Sides {
  readonly here: number
  readonly there: number
}

interface Found {
  readonly agrees: boolean
  /** The numbers to show: those of the whole list where it could be counted. */
  readonly sides: Sides
  /** Whether all of the list agrees, without a filter. */
  readonly isWhole: boolean
  /** Whether only what is younger than the settled past differs. It may have come, or left, since it was read. */
  readonly moved: boolean
  /** The list without a filter counts less than its parts: its total is cut off, and of no use. */
  readonly capped: boolean
}

/** Tries to find an edge between two seconds that no held row is near to. */
const mostTries = 50

/** A moving list is counted so often. */
const mostCounts = 3

/** Nobody can tell on which side of an edge a row counts that lies next to it. So the edge is moved to where none is. */
const quietEdge = (
  scope: Scope,
  { place }: Filter,
  start: DateTime.Utc,
  towards: "past" | "future"
): Effect.Effect<DateTime.Utc | null, DatasetError.WriteError, Run> =>
  Effect.gen(function*() {
    if (place === null) return start
    const { dataset } = yield* Run
    const around = 2 * place.edge + place.apart
    let edge = start.epochMillis
    for (let tries = 0; tries < mostTries; tries++) {
      const near = Interval.make(DateTime.unsafeMake(edge - around), DateTime.unsafeMake(edge + around + 1))
      if ((yield* dataset.held(inColumn(scope, place.column), [near])) === 0) return DateTime.unsafeMake(edge)
      edge += (towards === "past" ? -1 : 1) * (2 * around + 1000)
    }
    return null
  })

const inColumn = (scope: Scope, column: string) => {
  const list = Published.heldList(scope)
  return { ...list, tables: list.tables.map((table) => ({ ...table, at: column })) }
}

/** Null where a part was not read to its end in this run or before it. What keeps it from being compared was reported then. */
const stretchOf = (scope: Scope, filter: Filter, met: Met, options: Options) =>
  Effect.gen(function*() {
    const { dataset } = yield* Run
    const { list: { grain, stream } } = scope
    const earliest = Option.getOrElse(yield* dataset.since(scope.source, scope.scope), () => options.since)
    const { from } = Grain.cover(grain, Interval.make(DateTime.min(earliest, options.since), options.until))
    const { to: end } = Grain.cover(grain, Interval.make(options.until, options.until))
    const unsettled = DateTime.max(from, Grain.unsettled(grain, scope.now, filter.settling))
    if (DateTime.lessThan(end, Grain.cover(grain, Interval.make(scope.latest, scope.latest)).to)) return null
    const certified = yield* dataset.intervals({ source: scope.source, scope: scope.scope, stream })
    if (Interval.subtract([Interval.make(from, unsettled)], certified).length > 0) return null
    // Rows that are too young to be compared are told apart by what was read of them.
    if (Interval.subtract([Interval.make(unsettled, end)], met.ranges()).length > 0) return null
    const edge = yield* quietEdge(scope, filter, unsettled, "past")
    const first = yield* quietEdge(scope, filter, from, "future")
    return edge === null || first === null || DateTime.lessThan(edge, first) ? null : { from: first, edge }
  })

/** How many rows are held of each part. */
const holdings = ({ filter, met, scope, stretch }: Compared, apart: Apart.Apart) =>
  Effect.gen(function*() {
    const { dataset } = yield* Run
    const aside = yield* Quarantine.unresolved(dataset, scope)
    const young = met.since(stretch.edge)
    const list = Published.heldList(scope)
    const all = filter.place === null
      ? yield* dataset.held(list, null)
      : yield* dataset.held(inColumn(scope, filter.place.column), [
        Interval.make(stretch.from, DateTime.add(scope.latest, { days: 366 }))
      ])
    const settled = filter.place === null
      ? all - young.keys.size
      : yield* dataset.held(inColumn(scope, filter.place.column), [Interval.make(stretch.from, stretch.edge)])
    const more = Object.values(apart.repeated).reduce((sum, times) => sum + times, 0) - apart.unlisted.length
    return {
      all: all + aside.length + more,
      settled: settled + aside.filter((key) => !young.refused.has(key)).length + more
    }
  })

const none = { least: 0, most: 0 }

/** What the vendor counts before everything that was asked for: so many at least, and so many at most. */
const before = ({ filter, options, scope, stretch }: Compared, { entries, total }: Listing) =>
  Effect.gen(function*() {
    const oldest = entries[0]?.stamps[0]
    if (oldest === undefined) return total === 0 ? none : null
    const { grain } = scope.list
    const { from } = Grain.cover(grain, Interval.make(oldest, oldest))
    if (DateTime.greaterThanOrEqualTo(from, stretch.from)) return none
    const limits = { ...Counts.unlimited, widest: options.trust(filter).widest() }
    const count = (to: DateTime.Utc) =>
      DateTime.lessThan(from, to)
        ? Counts.ofRange(scope, filter, Interval.make(from, to), limits)
        : Effect.succeed(0)
    const most = yield* count(stretch.from)
    // A range that is not exact may show one unit of time more.
    const least = filter.exact ? most : yield* count(DateTime.unsafeMake(stretch.from.epochMillis - grain.unit))
    return most === null || least === null ? null : { least, most }
  })

/** Compares all of it, and the settled past. Null where the vendor does not say. */
const compare = (compared: Compared, apart: Apart.Apart): Effect.Effect<Found | null, Error, Context> =>
  Effect.gen(function*() {
    const { filter, options, scope, stretch } = compared
    const trust = options.trust(filter)
    const held = yield* holdings(compared, apart)
    const first = yield* Counts.whole(scope, filter)
    if (first.total === null) return null
    const total = first.total
    const past = Interval.make(stretch.from, stretch.edge)
    const hasPast = DateTime.lessThan(stretch.from, stretch.edge) && filter.exact
    const countPast = (cap = Number.POSITIVE_INFINITY) =>
      hasPast
        ? Counts.ofRange(scope, filter, past, { cap, widest: trust.widest() })
        : Effect.succeed(held.settled)
    const settled = yield* countPast()
    const around = yield* before(compared, first)
    if (settled === null || around === null) return null
    const between = total - held.all
    if (around.least < around.most && between >= around.least && between <= around.most) return null
    const earlier = around.most
    const whole: Sides = { here: earlier + held.all, there: total }
    const isSettled = settled === held.settled
    const isWhole = whole.here === whole.there
    const differs = { agrees: false, sides: whole, isWhole, moved: false, capped: false }
    if (isWhole && isSettled) return { ...differs, agrees: true }
    // A range that is counted wrong for its width differs as well.
    const isShort = total > whole.here || (total === whole.here && settled < held.settled)
    const oldest = DateTime.min(first.entries[0]?.stamps[0] ?? stretch.from, stretch.from)
    const long = Grain.whole(scope.list.grain, { from: oldest, to: stretch.edge })
    if (hasPast && isShort && (yield* trust.doubt(long, total))) return yield* compare(compared, apart)
    // The parts of a list cannot be more than all of it, unless its total is cut off.
    const parts = yield* countPast(Math.max(1, total))
    if (parts !== null && total < whole.here && earlier + parts > total) {
      const sides = { here: held.settled, there: parts }
      return { ...differs, agrees: parts === held.settled, sides, capped: true }
    }
    const settledSides = { here: held.settled, there: settled }
    if (isWhole) return { ...differs, sides: settledSides }
    if (!filter.exact) return differs
    // Rows came or went after they were read: what is younger than the settled past is counted before and after all of it.
    const end = DateTime.add(scope.latest, { days: 2 })
    const young = Counts.ofRange(scope, filter, Grain.whole(scope.list.grain, { from: stretch.edge, to: end }))
    let start = yield* young
    for (let count = 0; count < mostCounts; count++) {
      const { total } = yield* Counts.whole(scope, filter)
      const last = yield* young
      if (total === null || start === null || last === null) return null
      if (start === last) {
        const sides = { here: earlier + held.settled, there: total - last }
        if (sides.here !== sides.there) return { ...differs, sides: { here: sides.here + last, there: total } }
        return isSettled ? { ...differs, moved: true } : { ...differs, sides: settledSides }
      }
      start = last
    }
    return null
  })

/** One answer may be wrong: a difference is believed the second time. */
const compareTwice = (compared: Compared, apart: Apart.Apart) =>
  Effect.flatMap(
    compare(compared, apart),
    (first) => first === null || first.agrees ? Effect.succeed(first) : compare(compared, apart)
  )

/** Reads the young windows again that differ from what was read of them, and says whether that brought anything. */
const readYoung = (compared: Compared) =>
  Effect.gen(function*() {
    const { filter, met, options, scope, stretch } = compared
    const run = yield* Run
    const list = Published.heldList(scope)
    const found = yield* Effect.forEach(met.windowsSince(stretch.edge), ({ range, rows }) =>
      Effect.map(
        Counts.ofRange(scope, filter, filter.reach(range)),
        (total) => total === rows ? [] : [range]
      ), { concurrency: options.concurrency })
    const before = yield* run.dataset.held(list, null)
    yield* readAgain(compared, Interval.normalise(found.flat()))
    yield* run.publish
    return (yield* run.dataset.held(list, null)) > before
  })

/** The windows whose count differs from their certificates. */
const differing = ({ filter, options, scope }: Compared) =>
  Effect.gen(function*() {
    const { dataset } = yield* Run
    const limits = { ...Counts.unlimited, widest: options.trust(filter).widest() }
    const certificates = Certified.newest(yield* dataset.certificates, scope)
    const found = yield* Effect.forEach(certificates, (one) => {
      const window = Interval.make(one.from, one.to)
      return Effect.map(
        Counts.ofRange(scope, filter, filter.reach(window), limits),
        (total) => total === (one.totalLast ?? one.distinctKeys + one.quarantined) ? [] : [window]
      )
    }, { concurrency: options.concurrency })
    return Interval.normalise(found.flat())
  })

/** Reads these stretches again, in windows that are cut and proved as in any reading. */
const readAgain = ({ filter, met, options, scope }: Compared, ranges: Interval.Intervals) =>
  Effect.gen(function*() {
    const again = { ...scope, list: { ...scope.list, filter: Effect.succeed(filter) } }
    const plan = yield* Windows.planned(again, ranges, options)
    met.forget(ranges)
    if (plan !== null) yield* Reading.read(again, plan, options, met)
  })

/**
 * Whether the vendor counts what is held; null where this cannot be told. A difference that stays is reported with both
 * numbers.
 */
export const reconcile = (
  scope: Scope,
  probe: Scope["list"]["filter"],
  met: Met,
  options: Options
): Effect.Effect<boolean | null, Error, Context> =>
  Effect.gen(function*() {
    if (scope.list.published.tables.length === 0) return null
    const run = yield* Run
    const progress = yield* Progress
    yield* progress.phase(scope.source, "comparing")
    yield* run.publish
    const prepare = (filter: Filter) =>
      Effect.map(
        stretchOf(scope, filter, met, options),
        (stretch): Compared | null => stretch === null ? null : { scope, filter, met, stretch, options }
      )
    const before = yield* scope.list.filter
    let compared = yield* prepare(before.exact ? before : yield* probe)
    if (compared === null) return null
    const known = yield* Apart.known(scope)
    const apart = (unlisted: ReadonlyArray<string>): Apart.Apart => ({
      unlisted: unlisted.filter((id) => !met.has(id)),
      repeated: {
        ...Object.fromEntries(Object.entries(known.repeated).filter(([key]) => !met.has(key))),
        ...Object.fromEntries(met.repeated())
      }
    })
    const agreed = (found: Found, remembered: Apart.Apart) =>
      Effect.gen(function*() {
        yield* Apart.remember(scope, remembered)
        if (!found.capped) return true
        yield* run.notice({
          source: scope.source,
          scope: scope.scope,
          message: "The API cuts its total of the whole account off, so that it could not be compared. " +
            "Windows that are small enough were compared instead"
        })
        return null
      })

    let first = yield* compareTwice(compared, apart(known.unlisted))
    if (first?.moved === true) {
      // Rows that arrive all the while are read by the next run. What no reading brings is hidden.
      if (yield* readYoung(compared)) return true
      first = yield* compareTwice(compared, apart(known.unlisted))
    }
    if (first === null) return null
    if (first.agrees) return yield* agreed(first, apart(known.unlisted))
    // What was found out of ranges may have been a wrong answer, or hold no more.
    compared = yield* prepare(yield* probe)
    if (compared === null) return null
    yield* readAgain(compared, yield* differing(compared))
    yield* run.publish
    const unlisted = yield* Gone.find(scope, compared.filter, met, options)
    // A row that is held and no longer listed may count at the vendor or not.
    let last: Found | null = null
    for (const one of [apart([]), apart([...new Set([...known.unlisted, ...unlisted])])]) {
      last = yield* compareTwice(compared, one)
      if (last === null) return null
      // Where no window differs any more, it is the range that counts a row at its edge twice, or not at all.
      if (last.agrees || last.isWhole) return yield* agreed(last, one)
      if (last.moved && (yield* readYoung(compared))) return true
    }
    if (last === null) return null
    yield* Trust.forget(scope)
    yield* run.problem({
      tag: "Unreconciled",
      source: scope.source,
      scope: scope.scope,
      message: `The API counts ${last.sides.there} rows, and the dataset holds ${last.sides.here}. ` +
        "Windows that differ were read again; the next run compares them again",
      requestId: null
    })
    return false
  }).pipe(Effect.withSpan("Reconcile"))
