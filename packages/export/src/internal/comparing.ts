/**
 * Compares what a vendor counts of a list with what is held of it. Writes nothing: runs and comparisons share it.
 *
 * All of the list is counted without any filter, since a filter may hide rows and says so to nobody. Where the numbers differ,
 * ranges are counted: they tell whether what moves differs, or the settled past.
 */
import { type DatasetError, Interval } from "@trunkline/dataset"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Ended, FilterIgnored } from "../ExportError.js"
import * as Grain from "../Grain.js"
import type * as Planning from "../Planning.js"
import type { Failure, Filter, Listing, Place, Scope } from "../Source.js"
import type * as Apart from "./apart.js"
import * as Counts from "./counts.js"
import * as ListedAgain from "./listedAgain.js"
import * as Met from "./met.js"
import * as Published from "./published.js"
import * as Quarantine from "./quarantine.js"
import * as Trust from "./trust.js"
import type * as Windows from "./windows.js"

/** A list, and how it is counted. */
export interface Counted {
  readonly dataset: Readable
  readonly scope: Scope
  readonly filter: Filter
  readonly options: Pick<Windows.Options, "concurrency" | "trust">
}

/** A list with all that is needed to compare it. */
export interface Compared extends Counted {
  readonly stretch: Stretch
  /** What windows showed since this run or comparison began. */
  readonly met: Pick<Met.Met, "shown">
  /** What is younger than the settled past, as it was read last: how many of its rows are held, and what could not be kept. */
  readonly young: () => {
    readonly held: number
    readonly refused: ReadonlySet<string>
    /** How often more than once the list shows rows of it. */
    readonly more: number
  }
  /** Rows that a run would land, less those it would mark. A run itself has none. */
  readonly ahead: { readonly settled: number; readonly young: number }
}

/** Where the list is cut for counting: nothing lies before `from` that was asked for, and `edge` is where the settled past ends. */
export interface Stretch {
  readonly from: DateTime.Utc
  readonly edge: DateTime.Utc
}

export type Error = Failure | Ended | FilterIgnored | DatasetError.WriteError
type Asked<A> = Effect.Effect<A, Error, Planning.Planning>

/** What the dataset holds, and what the vendor counts. */
export interface Sides {
  readonly here: number
  readonly there: number
}

export interface Found {
  readonly agrees: boolean
  /** The numbers to show: those of the whole list where it could be counted. */
  readonly sides: Sides
  /** Whether what is younger than the settled past differs. It may have come, or left, since it was read. */
  readonly moved: boolean
  /** The list without a filter counts less than its parts: its total is cut off, and of no use. */
  readonly capped: boolean
  /** Nobody knew yet that it is cut off. */
  readonly isNews: boolean
  /** What is young has a unit of time whose total is cut off too, so that it may hide rows. */
  readonly isCut: boolean
}

/** Tries to find an edge that no held row is near to. */
const mostTries = 50

/** A moving list is counted so often. */
const mostCounts = 3

/** The smallest total that may be one that is cut off. A smaller one fell because rows went. */
const fewest = 10

type Edged = Pick<Counted, "dataset" | "filter" | "scope">

/** How far from an edge a row may lie and count on either side of it, in milliseconds. */
const reachOf = ({ apart, edge }: Place): number => 2 * edge + apart

/** Whether no row is held that may count on either side of this edge. */
const isQuiet = ({ dataset, filter: { place }, scope }: Edged, edge: DateTime.Utc) => {
  const around = (reach: number) =>
    Interval.make(DateTime.subtract(edge, { millis: reach }), DateTime.add(edge, { millis: reach + 1 }))
  const near = place === null ? Grain.edges(scope.list.grain, edge) : [around(reachOf(place))]
  return Effect.map(dataset.held(Published.inColumn(scope, place), near), (rows) => rows === 0)
}

/** It cannot be told on which side of an edge a row counts that lies next to it. So the edge is moved to where none is. */
const quietEdge = (
  edged: Edged,
  start: DateTime.Utc,
  towards: "past" | "future"
): Effect.Effect<DateTime.Utc | null, DatasetError.WriteError> =>
  Effect.gen(function*() {
    const { filter: { place }, scope: { list: { grain: { unit } } } } = edged
    if (place === null) return start
    // The vendor is asked for whole units of time.
    const step = Math.ceil((2 * reachOf(place) + 1000) / unit) * unit
    for (let tries = 0; tries < mostTries; tries++) {
      const edge = DateTime.add(start, { millis: towards === "past" ? -step * tries : step * tries })
      if (yield* isQuiet(edged, edge)) return edge
    }
    return null
  })

/** The past as far as it is certified: what is not yet certified is young. Null where a part before that is not. */
export const settledPast = (certified: Interval.Intervals, past: Interval.Interval): Interval.Interval | null => {
  const end = Interval.intersect(certified, [past]).at(-1)?.to ?? past.from
  const found = Interval.make(past.from, end)
  return Interval.subtract([found], certified).length > 0 ? null : found
}

/** The settled past between edges that no held row is near to; null where there are none. */
export const cut = (
  counted: Pick<Counted, "dataset" | "filter" | "scope">,
  { from, to }: Interval.Interval
): Effect.Effect<Stretch | null, DatasetError.WriteError> =>
  Effect.gen(function*() {
    const edge = yield* quietEdge(counted, to, "past")
    const first = yield* quietEdge(counted, from, "future")
    return edge === null || first === null || DateTime.lessThan(edge, first) ? null : { from: first, edge }
  })

/** Rows that count otherwise than one by one: what was known of them, and what was read since. */
export const apart = (known: Apart.Apart, met: Met.Met, unlisted: ReadonlyArray<string>) =>
  Effect.map(met.shown([...unlisted, ...Object.keys(known.repeated)]), (shown): Apart.Apart => ({
    unlisted: unlisted.filter((id) => !shown.has(id)),
    repeated: {
      ...Object.fromEntries(Object.entries(known.repeated).filter(([key]) => !shown.has(key))),
      ...Object.fromEntries(met.repeated())
    }
  }))

/**
 * How many held rows lie before everything that was asked for, by vendors that do not say where a unit of time begins: they got
 * another time, and are counted with what is not held.
 */
const heldBefore = ({ dataset, met, scope, stretch: { from } }: Compared) =>
  Effect.gen(function*() {
    const { list: { grain, stream }, source } = scope
    const list = Published.heldList(scope)
    const edge = Grain.around(grain, Interval.make(from, from))
    const surely = yield* dataset.held(list, [Interval.make(DateTime.unsafeMake(0), edge.from)])
    const near = (yield* dataset.heldIds(list, [edge])).flatMap(({ gone, id }) => gone ? [] : [id])
    if (near.length === 0) return surely
    const units = (number: number) => Interval.make(from, DateTime.add(from, { millis: number * grain.unit }))
    // Where units begin early, the edge reaches into the second one.
    const { keys, windows } = yield* dataset.counted({ source, scope: scope.scope, stream }, units(2))
    if (Interval.subtract([units(1)], windows).length > 0) return surely
    // What is young was counted in no certificate.
    const shown = yield* met.shown(near)
    return surely + near.filter((id) => !keys.has(id) && !shown.has(id)).length
  })

/** How many rows are held of each part. */
const holdings = (compared: Compared, apart: Apart.Apart) =>
  Effect.gen(function*() {
    const { ahead, dataset, filter, scope, stretch, young } = compared
    const aside = yield* Quarantine.unresolved(dataset, scope)
    const { held, more: ofYoung, refused } = young()
    const list = Published.heldList(scope)
    const all = filter.place === null
      ? (yield* dataset.held(list, null)) - (yield* heldBefore(compared))
      : yield* dataset.held(Published.inColumn(scope, filter.place), [
        Interval.make(stretch.from, DateTime.add(scope.latest, { days: 366 }))
      ])
    const settled = filter.place === null
      ? all - held
      : yield* dataset.held(Published.inColumn(scope, filter.place), [Interval.make(stretch.from, stretch.edge)])
    const more = Object.values(apart.repeated).reduce((sum, times) => sum + times, 0) - apart.unlisted.length
    return {
      all: all + aside.length + more + ahead.settled + ahead.young,
      settled: settled + aside.filter((key) => !refused.has(key)).length + more - ofYoung + ahead.settled
    }
  })

/** How many rows at an edge are counted on both sides of it. Asked only where a row is held that may lie there. */
export const onBothSides = (counted: Counted, edge: DateTime.Utc) =>
  Effect.gen(function*() {
    const { filter, options, scope } = counted
    return (yield* isQuiet(counted, edge))
      ? 0
      : yield* Counts.atEdge(scope, filter, edge, options.trust(filter).limits())
  })

/** What the vendor counts of the settled past, in as many parts as it takes. A row at its end counts as young. */
const settledParts = (compared: Compared, limits: Counts.Limits, affordable: Counts.Allowance) =>
  Effect.gen(function*() {
    const { filter, scope, stretch } = compared
    const past = Interval.make(stretch.from, stretch.edge)
    const counted = yield* Counts.ofRange(
      scope,
      filter,
      past,
      limits,
      (edge) => onBothSides(compared, edge),
      affordable
    )
    return counted === null ? null : counted - (yield* onBothSides(compared, stretch.edge))
  })

/**
 * How many rows are shown by both parts that meet at an edge, where a part may show one unit of time more than its own. Counts tell that
 * only where one answer may span both parts; elsewhere the rows do.
 */
const shownByBoth = (counted: Counted, edge: DateTime.Utc) =>
  Effect.gen(function*() {
    const { filter, options, scope } = counted
    const { unit } = scope.list.grain
    const told = yield* Counts.atEdge(scope, filter, edge, options.trust(filter).limits())
    if (told > 0) return told
    const list = (from: DateTime.Utc) =>
      ListedAgain.list(counted, Interval.make(from, DateTime.add(from, { millis: unit })), Met.make())
    const before = yield* list(DateTime.subtract(edge, { millis: unit }))
    if (before.keys.size === 0) return 0
    const after = yield* list(edge)
    return [...before.keys].filter((key) => after.keys.has(key)).length
  })

/** What the vendor counts before everything that was asked for. Null where it does not say. */
const before = (compared: Compared, { entries, total }: Listing) =>
  Effect.gen(function*() {
    const { filter, options, scope, stretch } = compared
    const oldest = entries[0]?.stamps[0]
    if (oldest === undefined) return total === 0 ? 0 : null
    const { grain } = scope.list
    const { from } = Grain.cover(grain, Interval.make(oldest, oldest))
    if (DateTime.greaterThanOrEqualTo(from, stretch.from)) return 0
    const limits = options.trust(filter).limits()
    // Nothing is held that could tell where rows lie at an edge, and parts that are not exact show more than their own rows.
    const twice = (edge: DateTime.Utc) =>
      filter.exact ? Counts.atEdge(scope, filter, edge, limits) : shownByBoth(compared, edge)
    const count = (from: DateTime.Utc, to: DateTime.Utc) =>
      Counts.ofRange(scope, filter, Interval.make(from, to), limits, twice)
    if (filter.exact) {
      const counted = yield* count(from, stretch.from)
      return counted === null || counted === 0 ? counted : counted - (yield* onBothSides(compared, stretch.from))
    }
    // Ranges that are not exact show more than their own rows: the same ones where they end together.
    const end = DateTime.add(stretch.from, { millis: 2 * grain.unit })
    const asked = yield* count(stretch.from, end)
    const all = yield* count(from, end)
    return all === null || asked === null ? null : all - asked
  })

/** The whole list. One answer may be wrong: less than is held is believed the second time. */
const wholeAtLeast = ({ filter, scope }: Counted, held: number): Asked<Listing> =>
  Effect.gen(function*() {
    const first = yield* Counts.whole(scope, filter)
    if (first.total === null || first.total >= held) return first
    const again = yield* Counts.whole(scope, filter)
    return again.total !== null && again.total > first.total ? again : first
  })

/** Counts all of it without a filter. Null where the vendor does not say. */
export const compare = (compared: Compared, apart: Apart.Apart): Asked<Found | null> =>
  Effect.gen(function*() {
    const { filter, options, scope, stretch } = compared
    const trust = options.trust(filter)
    const held = yield* holdings(compared, apart)
    const first = yield* wholeAtLeast(compared, held.all)
    const { total } = first
    const earlier = yield* before(compared, first)
    if (total === null || earlier === null) return null
    const sides: Sides = { here: earlier + held.all, there: total }
    const isSame = sides.here === total
    const differs = { agrees: false, sides, moved: false, capped: false, isNews: false, isCut: false }
    const hasPast = DateTime.lessThan(stretch.from, stretch.edge)
    const oldest = DateTime.min(first.entries[0]?.stamps[0] ?? stretch.from, stretch.from)
    const heldYoung = held.all - held.settled
    const end = DateTime.add(scope.latest, { days: 2 })
    const long = Grain.whole(scope.list.grain, { from: oldest, to: end })
    const young = Grain.whole(scope.list.grain, { from: stretch.edge, to: end })
    const twice = (edge: DateTime.Utc) => onBothSides(compared, edge)
    const countYoung = (limits: Counts.Limits, count = Counts.noLimit()) =>
      filter.exact ? Counts.ofRange(scope, filter, young, limits, twice, count) : Effect.succeed(heldYoung)
    // Written after this run began, which the next one reads.
    const later = Grain.whole(scope.list.grain, {
      from: Grain.cover(scope.list.grain, Interval.make(scope.latest, scope.latest)).to,
      to: end
    })
    /** Whether more is counted than was read, beside what no window could hold yet. */
    const isMoreThanRead = (counted: number | null, limits: Counts.Limits) =>
      counted === null || counted <= heldYoung
        ? Effect.succeed(false)
        : Effect.map(Counts.ofRange(scope, filter, later, limits, twice), (rows) => counted - heldYoung > (rows ?? 0))
    // No total of them is near the number that totals may be cut off at.
    const uncapped = { ...Counts.unlimited, widest: trust.limits().widest }
    let start = yield* countYoung(uncapped)
    // What came since it was read is no reason to doubt the past.
    const isLacking = total > sides.here + Math.max(0, (start ?? heldYoung) - heldYoung)
    if (isLacking && (yield* trust.doubt(long, total))) return yield* compare(compared, apart)
    // What came since it was read may hide that something left the settled past.
    if (isSame && start !== null && start > heldYoung) return { ...differs, moved: true }
    const isLimit = Trust.looksLikeLimit(total) || total >= trust.limits().cap
    if (isSame && !isLimit) return { ...differs, agrees: true }
    // The parts of a list cannot be more than all of it, unless its total is cut off. No total is cut off at so few.
    if (total >= fewest && total <= sides.here) {
      const limits = { ...trust.limits(), cap: total }
      const affordable = Counts.allowance(scope, held.settled)
      const parts = hasPast && filter.exact ? yield* settledParts(compared, limits, affordable) : held.settled
      const stillYoung = start !== null && start >= heldYoung ? heldYoung : 0
      const isLess = parts !== null && earlier + parts + stillYoung > total
      // A total that is cut off stays as it is. One that moved tells that rows went meanwhile.
      const stays = isLess && (total >= trust.limits().cap || (yield* Counts.whole(scope, filter)).total === total)
      if (stays) {
        const isNews = yield* trust.cutOff(total)
        const count = Counts.noLimit()
        const isMore = yield* isMoreThanRead(yield* countYoung(limits, count), limits)
        // Parts that are not exact, or cut off themselves, do not add up: windows alone tell whether they differ.
        const agrees = parts === held.settled && filter.exact && !affordable.isCut
        const sides = { here: held.settled, there: parts }
        return { sides, capped: true, isNews, agrees: agrees && !isMore, moved: isMore, isCut: count.isCut }
      }
    }
    if (isSame || !filter.exact) return { ...differs, agrees: isSame }
    // Rows came or went after they were read: what is younger than the settled past is counted before and after all of it.
    for (let count = 0; count < mostCounts; count++) {
      const { total } = yield* Counts.whole(scope, filter)
      const last = yield* countYoung(uncapped)
      if (total === null || start === null || last === null) return null
      if (start === last) {
        const here = earlier + held.settled + last
        if (here !== total) return { ...differs, sides: { here, there: total } }
        const moved = last < heldYoung || (yield* isMoreThanRead(last, uncapped))
        return { ...differs, moved, agrees: !moved }
      }
      start = last
    }
    return null
  })
