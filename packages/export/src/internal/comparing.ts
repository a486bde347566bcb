/**
 * Compares what a vendor counts of a list with what is held of it. Writes nothing: runs and comparisons share it.
 *
 * Two comparisons are made. All of the list is counted without any filter, since a filter may hide rows and says so to nobody.
 * The settled past is counted with the filter, since what is younger moves.
 */
import { type DatasetError, Interval } from "@trunkline/dataset"
import type { HeldList, Readable } from "@trunkline/dataset/DatasetReader"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Ended } from "../ExportError.js"
import * as Grain from "../Grain.js"
import type * as Planning from "../Planning.js"
import type { Failure, Filter, Listing, Place, Scope } from "../Source.js"
import type * as Apart from "./apart.js"
import * as Certified from "./certified.js"
import * as Counts from "./counts.js"
import type { Met } from "./met.js"
import * as Published from "./published.js"
import * as Quarantine from "./quarantine.js"
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
  /** What is younger than the settled past, as it was read last: how many of its rows are held, and what could not be kept. */
  readonly young: () => { readonly held: number; readonly refused: ReadonlySet<string> }
  /** Rows that a run would land, less those it would mark. A run itself has none. */
  readonly ahead: { readonly settled: number; readonly young: number }
}

/** Where the list is cut for counting: nothing lies before `from` that was asked for, and `edge` is where the settled past ends. */
export interface Stretch {
  readonly from: DateTime.Utc
  readonly edge: DateTime.Utc
}

export type Error = Failure | Ended | DatasetError.WriteError
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
  { dataset, filter: { place }, scope }: Pick<Counted, "dataset" | "filter" | "scope">,
  start: DateTime.Utc,
  towards: "past" | "future"
): Effect.Effect<DateTime.Utc | null, DatasetError.WriteError> =>
  Effect.gen(function*() {
    if (place === null) return start
    const around = 2 * place.edge + place.apart
    let edge = start.epochMillis
    for (let tries = 0; tries < mostTries; tries++) {
      const near = Interval.make(DateTime.unsafeMake(edge - around), DateTime.unsafeMake(edge + around + 1))
      if ((yield* dataset.held(inColumn(scope, place), [near])) === 0) return DateTime.unsafeMake(edge)
      edge += (towards === "past" ? -1 : 1) * (2 * around + 1000)
    }
    return null
  })

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

/** The rows of a list by the column that the vendor filters by, where it is known. */
export const inColumn = (scope: Scope, place: Pick<Place, "column"> | null): HeldList => {
  const list = Published.heldList(scope)
  return place === null ? list : { ...list, tables: list.tables.map((table) => ({ ...table, at: place.column })) }
}

/** Rows that count otherwise than one by one: what was known of them, and what was read since. */
export const apart = (known: Apart.Apart, met: Met, unlisted: ReadonlyArray<string>): Apart.Apart => ({
  unlisted: unlisted.filter((id) => !met.has(id)),
  repeated: {
    ...Object.fromEntries(Object.entries(known.repeated).filter(([key]) => !met.has(key))),
    ...Object.fromEntries(met.repeated())
  }
})

/** How many rows are held of each part. */
const holdings = ({ ahead, dataset, filter, scope, stretch, young }: Compared, apart: Apart.Apart) =>
  Effect.gen(function*() {
    const aside = yield* Quarantine.unresolved(dataset, scope)
    const { held, refused } = young()
    const list = Published.heldList(scope)
    const all = filter.place === null
      ? yield* dataset.held(list, null)
      : yield* dataset.held(inColumn(scope, filter.place), [
        Interval.make(stretch.from, DateTime.add(scope.latest, { days: 366 }))
      ])
    const settled = filter.place === null
      ? all - held
      : yield* dataset.held(inColumn(scope, filter.place), [Interval.make(stretch.from, stretch.edge)])
    const more = Object.values(apart.repeated).reduce((sum, times) => sum + times, 0) - apart.unlisted.length
    return {
      all: all + aside.length + more + ahead.settled + ahead.young,
      settled: settled + aside.filter((key) => !refused.has(key)).length + more + ahead.settled
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
const compare = (compared: Compared, apart: Apart.Apart): Asked<Found | null> =>
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
    const end = DateTime.add(scope.latest, { days: 2 })
    const heldYoung = held.all - held.settled
    const countYoung = (cap = Number.POSITIVE_INFINITY) =>
      filter.exact
        ? Counts.ofRange(scope, filter, Grain.whole(scope.list.grain, { from: stretch.edge, to: end }), {
          cap,
          widest: Number.POSITIVE_INFINITY
        })
        : Effect.succeed(heldYoung)
    const young = countYoung()
    let start = yield* young
    if (start === null) return null
    const differs = { agrees: false, sides: whole, isWhole, moved: false, capped: false }
    if (isWhole && isSettled) return start <= heldYoung ? { ...differs, agrees: true } : { ...differs, moved: true }
    // A range that is counted wrong for its width differs as well.
    const isShort = total > whole.here || (total === whole.here && settled < held.settled)
    const oldest = DateTime.min(first.entries[0]?.stamps[0] ?? stretch.from, stretch.from)
    const long = Grain.whole(scope.list.grain, { from: oldest, to: stretch.edge })
    if (hasPast && isShort && (yield* trust.doubt(long, total))) return yield* compare(compared, apart)
    // The parts of a list cannot be more than all of it, unless its total is cut off.
    const parts = yield* countPast(Math.max(1, total))
    const isCapped = parts !== null && total < whole.here &&
      (earlier + parts > total || (start === heldYoung && earlier + parts + start > total))
    if (isCapped) {
      const sides = { here: held.settled, there: parts }
      const isMore = ((yield* countYoung(Math.max(1, total))) ?? 0) > heldYoung
      const isSame = parts === held.settled
      return { ...differs, sides, capped: true, agrees: isSame && !isMore, moved: isSame && isMore }
    }
    const settledSides = { here: held.settled, there: settled }
    if (isWhole) return { ...differs, sides: settledSides }
    if (!filter.exact) return differs
    // Rows came or went after they were read: what is younger than the settled past is counted before and after all of it.
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
export const compareTwice = (compared: Compared, apart: Apart.Apart): Asked<Found | null> =>
  Effect.flatMap(
    compare(compared, apart),
    (first) => first === null || first.agrees ? Effect.succeed(first) : compare(compared, apart)
  )
/** A window whose count differs from its certificate. */
export interface Differing {
  readonly window: Interval.Interval
  /** What the vendor counts of it now. */
  readonly total: number | null
}

export const differing = ({ dataset, filter, options, scope }: Counted): Asked<ReadonlyArray<Differing>> =>
  Effect.gen(function*() {
    const limits = { ...Counts.unlimited, widest: options.trust(filter).widest() }
    const certificates = Certified.newest(yield* dataset.certificates, scope)
    const found = yield* Effect.forEach(certificates, (one) => {
      const window = Interval.make(one.from, one.to)
      return Effect.map(
        Counts.ofRange(scope, filter, filter.reach(window), limits),
        (total) => total === (one.totalLast ?? one.distinctKeys + one.quarantined) ? [] : [{ window, total }]
      )
    }, { concurrency: options.concurrency })
    return found.flat()
  })
