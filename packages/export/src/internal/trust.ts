/**
 * How far the totals of ranges can be trusted. A vendor may cut a total off, or silently answer for a part of a wide range only.
 * Where all of a list is more than its ranges, or less, these limits are looked for.
 */
import type { DatasetError, Interval } from "@trunkline/dataset"
import * as Arr from "effect/Array"
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
  /** Whether this total, of what is read for a range, can be true: nothing is known to be cut off of it. */
  readonly isTrue: (range: Interval.Interval, total: number | null) => Asked<boolean>
  /** The list without a filter counts so many, and its parts more: no total tells more than this one. Says whether this is news. */
  readonly cutOff: (total: number) => Effect.Effect<boolean, DatasetError.WriteError, Planning.Planning>
  /** Up to where ranges are counted right, as far as it is known. */
  readonly limits: () => Counts.Limits
}

/** Totals that end like this look like a limit. */
const round = 1000

export const looksLikeLimit = (total: number): boolean => total !== 0 && total % round === 0

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

interface Part {
  readonly range: Interval.Interval
  /** Null where the vendor does not say. */
  readonly total: number | null
}

interface Split {
  readonly part: Part
  readonly halves: ReadonlyArray<Part>
}

const sumOf = (parts: ReadonlyArray<Part>): number | null => Counts.sum(parts.map(({ total }) => total))

/** How many rows the halves of a range count beyond this total of it; none where the vendor does not say. */
const beyond = (halves: ReadonlyArray<Part>, total: number | null): number =>
  total === null ? 0 : (sumOf(halves) ?? 0) - total

const make = (scope: Identity, filter: Filter, known: Counts.Limits): Trust => {
  const { grain } = scope.list
  const narrowest = Counts.narrowest(grain)
  let doubted = false
  let { cap, widest } = known

  /** A width that was right may have been so by chance, where few rows lie: half of it is right. */
  const cautious = (found: number, before: number): number =>
    found < before ? Math.max(narrowest, Math.ceil(found / 2)) : found

  const counted = (range: Interval.Interval): Asked<Part> =>
    Effect.map(Counts.ofRange(scope, filter, range), (total) => ({ range, total }))

  /** Whether the halves of this range count rows that it lacks itself, asked once more. */
  const isCut = ({ halves, part: { range, total } }: Split): Asked<boolean> =>
    Effect.gen(function*() {
      const [, second] = halves
      const again = yield* counted(range)
      const more = Math.min(beyond(halves, total), beyond(halves, again.total))
      return second !== undefined && more > (yield* Counts.atEdge(scope, filter, second.range.from, { cap }))
    })

  return {
    doubt: (range, whole) =>
      Effect.gen(function*() {
        if (doubted) return false
        doubted = true
        const before = widest
        const units = Grain.count(grain, range)
        let parts = yield* Effect.forEach(
          units > widest ? Grain.split(grain, range, Math.ceil(units / widest)) : [range],
          counted
        )
        let affordable = Counts.allowance(scope, whole).left
        for (;;) {
          const isWide = ({ range }: Part) => Grain.count(grain, range) > narrowest
          const [narrow, wide] = Arr.partition(parts, isWide)
          affordable -= 2 * wide.length
          if (wide.length === 0 || affordable < 0 || (sumOf(parts) ?? whole) >= whole) break
          const splits = yield* Effect.forEach(wide, (part) =>
            Effect.map(Effect.forEach(Grain.split(grain, part.range, 2), counted), (halves) => ({ part, halves })))
          const more = splits.filter(({ halves, part }) =>
            beyond(halves, part.total) > 0
          )
          affordable -= 4 * more.length
          parts = [...narrow, ...splits.flatMap(({ halves }) => halves)]
          if (affordable >= 0 && (yield* Effect.exists(more, isCut))) {
            widest = Math.max(...parts.map(({ range }) => Grain.count(grain, range)))
          }
        }
        widest = cautious(widest, before)
        if (widest < before) yield* rememberLimit(scope, "widest", widest)
        return widest < before
      }),
    isTrue: (range, total) =>
      Effect.suspend(() => {
        const isFull = total !== null && total >= cap
        const units = Grain.count(grain, range)
        if (units > 1) return Effect.succeed(units <= widest && !isFull)
        // Where a unit has no parts, its rows are all that can be known of it.
        return isFull && filter.all.cuts.length > 0
          ? Counts.addsUp(scope, filter.reach(range), filter.all, total, cap)
          : Effect.succeed(true)
      }),
    cutOff: (total) =>
      Effect.gen(function*() {
        const before = cap
        cap = Math.min(cap, total)
        if (cap < before) yield* rememberLimit(scope, "cap", cap)
        return total !== before
      }),
    limits: () => ({ widest, cap })
  }
}
