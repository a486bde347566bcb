/**
 * How far the totals of ranges can be trusted. A vendor may cut a total off, or silently answer for a part of a wide range only.
 * Where all of a list is more than its ranges, or less, these limits are looked for.
 */
import type { DatasetError, Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Ended } from "../ExportError.js"
import * as Grain from "../Grain.js"
import * as Planning from "../Planning.js"
import type { Failure, Filter, Scope } from "../Source.js"
import * as Counts from "./counts.js"

type Asked<A, E = never> = Effect.Effect<A, Failure | Ended | E, Planning.Planning>

export interface Trust {
  /**
   * The whole list has so many rows, and this range and what else is known of it do not make as many. Counts it in ever narrower
   * parts, and says whether they make more.
   */
  readonly doubt: (range: Interval.Interval, whole: number) => Asked<boolean, DatasetError.WriteError>
  /** Whether this total can be true: nothing is known to be cut off of it. */
  readonly isTrue: (range: Interval.Interval, total: number | null) => Asked<boolean>
  /** The list without a filter counts so many, and its parts more: no total tells more than this one. */
  readonly cutOff: (total: number) => Effect.Effect<void, DatasetError.WriteError, Planning.Planning>
  /** Up to where ranges are counted right, as far as it is known. */
  readonly limits: () => Counts.Limits
}

/** Totals that end like this look like a limit. */
const round = 1000

export const looksLikeLimit = (total: number): boolean => total > 0 && total % round === 0

const hour = 60 * 60 * 1000

/** A sum of counts is believed where it is the same in so many parts as well. */
const otherPieces = [3, 5, 7]

/** Counts that a doubt is always worth. */
const spare = 400

type Identity = Pick<Scope, "source" | "scope" | "list">

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
  let doubted = false
  let { cap, widest } = known

  /** Whether the parts of a unit of time, which another filter selects, make as many. */
  const addsUp = (range: Interval.Interval, total: number): Asked<boolean> =>
    Effect.gen(function*() {
      const pieces = filter.all.cuts[0]?.() ?? []
      if (pieces.length === 0) return true
      const totals = yield* Effect.forEach(pieces, (piece) => Counts.ask(scope, piece.count(range)))
      return totals.reduce((sum, { total }) => sum + (total ?? Number.NaN), 0) === total
    })

  /** A width that was right may have been so by chance, where few rows lie: half of it is right. */
  const cautious = (found: number, before: number): number =>
    found < before ? Math.max(narrowest, Math.ceil(found / 2)) : found

  return {
    doubt: (range, whole) =>
      Effect.gen(function*() {
        if (!filter.exact || doubted) return false
        doubted = true
        const before = widest
        let width = Math.min(widest, Grain.count(grain, range))
        const countIn = (pieces: number, width: number) =>
          Effect.map(
            Effect.forEach(
              pieces === 1 ? [range] : Grain.split(grain, range, pieces),
              (part) => Counts.ofRange(scope, filter, part, { ...Counts.unlimited, widest: width })
            ),
            (totals) => totals.reduce<number | null>((sum, one) => sum === null || one === null ? null : sum + one, 0)
          )
        let most = yield* countIn(1, width)
        let requests = 0
        // It never costs more than reading the list.
        const affordable = whole / scope.list.pageSize + spare
        while (most !== null && most < whole && width > narrowest) {
          width = Math.max(narrowest, Math.ceil(width / 2))
          requests += Grain.count(grain, range) / width
          if (requests > affordable) break
          const found = yield* countIn(1, width)
          if (found === null || found <= most) continue
          // Neighbours that both count a row at their edge make more as well, but not as many wherever the edges are.
          const others = yield* Effect.forEach(otherPieces, (pieces) => countIn(pieces, width))
          if (others.some((other) => other !== found)) continue
          widest = width
          most = found
        }
        widest = cautious(widest, before)
        if (widest < before) yield* rememberLimit(scope, "widest", widest)
        return widest < before
      }),
    isTrue: (range, total) =>
      Effect.suspend(() => {
        const units = Grain.count(grain, range)
        if (units > 1) return Effect.succeed(units <= widest && (total ?? 0) < cap)
        return total === null || total < cap ? Effect.succeed(true) : addsUp(range, total)
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
