/**
 * How far the totals of ranges can be trusted. A vendor may cut a total off, or silently answer for a part of a wide range only.
 * Then the total of a range is not the sum of its halves.
 */
import type { DatasetError, Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Ended, NoProgress } from "../ExportError.js"
import * as Grain from "../Grain.js"
import * as Planning from "../Planning.js"
import type { Failure, Filter, Scope } from "../Source.js"
import * as Counts from "./counts.js"

type Asked<A, E = never> = Effect.Effect<A, Failure | Ended | E, Planning.Planning>

export interface Trust {
  /** Tries ranges as wide as this one out, once for a list, and again where a total is as round as a limit. */
  readonly learn: (range: Interval.Interval, total: number | null) => Asked<void, DatasetError.WriteError>
  /**
   * The whole list has so many rows, and this range and what else is known of it do not make as many. Counts it in ever narrower
   * parts, and says whether they make more.
   */
  readonly doubt: (range: Interval.Interval, whole: number) => Asked<boolean, DatasetError.WriteError>
  /** Whether this total is true, as far as its parts tell. */
  readonly isTrue: (range: Interval.Interval, total: number | null) => Asked<boolean>
  /** The list without a filter counts so many, and its parts more: no total tells more than this one. */
  readonly cutOff: (total: number) => Effect.Effect<void, DatasetError.WriteError, Planning.Planning>
  /** Up to where ranges are counted right, as far as it is known. */
  readonly limits: () => Counts.Limits
}

/** Totals that end like this look like a limit. */
const round = 1000

export const looksLikeLimit = (total: number): boolean => total > 0 && total % round === 0

/** Where one half is empty the other is halved, so often at most: by then a year of seconds is one second. */
const mostHalvings = 25

const hour = 60 * 60 * 1000

/** Counts that a doubt is always worth. */
const spare = 400

const factName = "totals add up"

type Identity = Pick<Scope, "source" | "scope" | "list">

/** What was seen before is forgotten: the list did not add up. */
export const forget = (scope: Identity): Effect.Effect<void, DatasetError.WriteError, Planning.Planning> =>
  Effect.flatMap(Planning.Planning, ({ remember }) => remember(scope, factName, "0"))

/** A limit that was found is tried again so much later. Until then, smaller numbers are never wrong. */
const patience = Duration.days(30)

const limitNames = { widest: "widest range", cap: "largest total" } as const

const Found = Schema.parseJson(Schema.Struct({ limit: Schema.Number, at: Schema.DateTimeUtc }))

const rememberLimit = (scope: Identity, name: keyof Counts.Limits, limit: number) =>
  Effect.gen(function*() {
    const { remember } = yield* Planning.Planning
    yield* remember(scope, limitNames[name], Schema.encodeSync(Found)({ limit, at: yield* Planning.now }))
  })

const knownLimit = (scope: Identity, name: keyof Counts.Limits) =>
  Effect.gen(function*() {
    const { ledger } = yield* Planning.Planning
    const known = yield* ledger.fact(scope.source, scope.scope, limitNames[name])
    const now = yield* Planning.now
    return Option.match(Option.flatMap(known, Schema.decodeOption(Found)), {
      onNone: () => Counts.unlimited[name],
      onSome: ({ at, limit }) =>
        DateTime.lessThan(DateTime.addDuration(at, patience), now) ? Counts.unlimited[name] : limit
    })
  })

/** One for the whole run, begun with the first filter. */
export const of = (
  scope: Identity
): Effect.Effect<(filter: Filter) => Trust, DatasetError.LedgerError, Planning.Planning> =>
  Effect.gen(function*() {
    const known = { widest: yield* knownLimit(scope, "widest"), cap: yield* knownLimit(scope, "cap") }
    let trust: Trust | null = null
    return (filter) => trust ??= make(scope, filter, known)
  })

const make = (scope: Identity, filter: Filter, known: Counts.Limits): Trust => {
  const { grain } = scope.list
  const narrowest = Math.max(1, hour / grain.unit)
  let tried = 0
  let doubted = false
  let { cap, widest } = known
  let asked = 0
  let most = 0
  /** Where no total is the sum of its parts, looking for those that are comes to no end by itself. */
  const count = (range: Interval.Interval): Asked<number | null> =>
    Effect.suspend(() => {
      asked += 1
      const pages = most / scope.list.pageSize
      return asked > spare + pages
        ? new NoProgress({ reason: `${asked} counts were made to find totals that add up` })
        : Effect.tap(Counts.ofRange(scope, filter, range), (total) =>
          Effect.sync(() => {
            most = Math.max(most, total ?? 0)
          }))
    })

  /** Neighbours may both show what lies at their common edge. */
  const atEdge = ({ to }: Interval.Interval): Asked<number> =>
    filter.place === null
      ? Effect.succeed(0)
      : Effect.map(count({ from: to, to: DateTime.add(to, { millis: 1 }) }), (total) => total ?? 0)

  /** Of one unit of time, the parts that another filter selects. */
  const addsOtherwise = (range: Interval.Interval, total: number): Asked<boolean> =>
    Effect.gen(function*() {
      const pieces = filter.all.cuts[0]?.() ?? []
      if (pieces.length === 0) return true
      const totals = yield* Effect.forEach(pieces, (piece) => Counts.ask(scope, piece.count(range)))
      return totals.reduce((sum, { total }) => sum + (total ?? Number.NaN), 0) === total
    })

  const adds = (range: Interval.Interval, total: number, halvings = mostHalvings): Asked<boolean> =>
    Effect.gen(function*() {
      if (total === 0 || halvings === 0) return true
      const [left, right] = Grain.count(grain, range) > 1 ? Grain.split(grain, range, 2) : []
      if (left === undefined || right === undefined) return yield* addsOtherwise(range, total)
      const [a, b] = yield* Effect.all([count(left), count(right)])
      if (a === null || b === null) return true
      const more = a + b - total
      if (more < 0 || (more > 0 && more > (yield* atEdge(left)))) return false
      // An empty half shows nothing of a limit.
      return a === 0 ? yield* adds(right, b, halvings - 1) : b === 0 ? yield* adds(left, a, halvings - 1) : true
    })

  /** A width that was right may have been so by chance, where few rows lie: half of it is right. */
  const cautious = (found: number, before: number): number =>
    found < before ? Math.max(narrowest, Math.ceil(found / 2)) : found

  /** Halves a range, towards the half with more rows, until it adds up. */
  const narrow = (range: Interval.Interval, total: number): Asked<void> =>
    Effect.gen(function*() {
      if (yield* adds(range, total)) return
      // One answer may have been wrong.
      const again = yield* count(range)
      if (again === null || (yield* adds(range, again))) return
      widest = Math.min(widest, Math.max(1, Math.ceil(Grain.count(grain, range) / 2)))
      const [left, right] = Grain.count(grain, range) > 1 ? Grain.split(grain, range, 2) : []
      if (left === undefined || right === undefined) return
      const [a, b] = yield* Effect.all([count(left), count(right)])
      if (a !== null && b !== null) yield* a > b ? narrow(left, a) : narrow(right, b)
    })

  return {
    learn: (range, total) =>
      Effect.gen(function*() {
        if (!filter.exact || total === null || total === 0) return
        const { ledger, remember } = yield* Planning.Planning
        const units = Grain.count(grain, range)
        const fact = yield* ledger.fact(scope.source, scope.scope, factName)
        const isKnown = units <= Math.max(tried, Option.match(fact, { onNone: () => 0, onSome: Number }))
        if (isKnown && !looksLikeLimit(total)) return
        tried = Math.max(tried, units)
        // The range that was counted may reach further than the halves do.
        const whole = Grain.count(grain, filter.reach(range)) === units ? total : yield* count(range)
        const before = widest
        if (whole !== null) yield* narrow(range, whole)
        widest = cautious(widest, before)
        if (widest < known.widest) yield* rememberLimit(scope, "widest", widest)
        else if (!isKnown) yield* remember(scope, factName, String(units))
      }),
    doubt: (range, whole) =>
      Effect.gen(function*() {
        if (!filter.exact || doubted) return false
        doubted = true
        const before = widest
        let width = Math.min(widest, Grain.count(grain, range))
        let most = yield* Counts.ofRange(scope, filter, range, { ...Counts.unlimited, widest: width })
        let requests = 0
        // It never costs more than reading the list.
        const affordable = whole / scope.list.pageSize + spare
        while (most !== null && most < whole && width > narrowest) {
          width = Math.max(narrowest, Math.ceil(width / 2))
          requests += Grain.count(grain, range) / width
          if (requests > affordable) break
          const found = yield* Counts.ofRange(scope, filter, range, { ...Counts.unlimited, widest: width })
          if (found !== null && found > most) {
            widest = width
            most = found
          }
        }
        widest = cautious(widest, before)
        if (widest < before) yield* rememberLimit(scope, "widest", widest)
        return widest < before
      }),
    isTrue: (range, total) =>
      Effect.suspend(() => {
        const units = Grain.count(grain, range)
        if (total === null || (widest === Number.POSITIVE_INFINITY && total < cap)) return Effect.succeed(true)
        if (units > widest || (units > 1 && total >= cap)) return Effect.succeed(false)
        // Each window is a question of its own, and there may be many.
        asked = 0
        return Grain.count(grain, filter.reach(range)) > units ? Effect.succeed(true) : adds(range, total, 1)
      }),
    cutOff: (total) =>
      Effect.suspend(() => {
        const isNews = total < cap
        cap = Math.min(cap, Math.max(1, total))
        return isNews ? rememberLimit(scope, "cap", cap) : Effect.void
      }),
    limits: () => ({ widest, cap })
  }
}
