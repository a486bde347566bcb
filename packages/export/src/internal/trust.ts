/**
 * How far the totals of ranges can be trusted. A vendor may cut a total off, or silently answer for a part of a wide range only.
 * Then the total of a range is not the sum of its halves.
 */
import type { DatasetError, Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Ended } from "../ExportError.js"
import * as Grain from "../Grain.js"
import * as Planning from "../Planning.js"
import type { Failure, Filter, Scope } from "../Source.js"
import * as Counts from "./counts.js"

type Asked<A> = Effect.Effect<A, Failure | Ended, Planning.Planning>

export interface Trust {
  /** Tries a range out, once for a list, and again where a total is as round as a limit. */
  readonly learn: (
    range: Interval.Interval,
    total: number | null
  ) => Effect.Effect<void, Failure | Ended | DatasetError.WriteError, Planning.Planning>
  /** Whether this range is wider, or its total larger, than what was seen to be true. */
  readonly isDoubtful: (range: Interval.Interval, total: number | null) => boolean
  /** The total that the vendor does not go beyond, as far as it is known. */
  readonly cap: () => number
}

/** Totals that end like this look like a limit. */
const round = 1000

/** A range of one unit has no halves. Of three halvings one is enough to see a limit, unless rows lie in few of the units. */
const mostHalvings = 12

const factName = "totals add up"

type Identity = Pick<Scope, "source" | "scope" | "list">

/** What was seen before is forgotten: the list did not add up. */
export const forget = (scope: Identity): Effect.Effect<void, DatasetError.WriteError, Planning.Planning> =>
  Effect.flatMap(Planning.Planning, ({ remember }) => remember(scope, factName, "0"))

export const make = (scope: Identity, filter: Filter): Trust => {
  const { grain } = scope.list
  let tried = 0
  let widest = Number.POSITIVE_INFINITY
  let cap = Number.POSITIVE_INFINITY
  const count = (range: Interval.Interval) => Counts.ofRange(scope, filter, range)

  /** Neighbours may both show what lies at their common edge. */
  const atEdge = ({ to }: Interval.Interval): Asked<number> =>
    filter.place === null
      ? Effect.succeed(0)
      : Effect.map(count({ from: to, to: DateTime.add(to, { millis: 1 }) }), (total) => total ?? 0)

  /** Looks whether it is the sum of its halves. Where one of them is empty, nothing is seen yet. */
  const adds = (range: Interval.Interval, total: number, halvings: number): Asked<void> =>
    Effect.gen(function*() {
      if (Grain.count(grain, range) <= 1 || halvings === 0 || total === 0) return
      const [left, right] = Grain.split(grain, range, 2)
      if (left === undefined || right === undefined) return
      const [a, b] = yield* Effect.all([count(left), count(right)])
      if (a === null || b === null) return
      const more = a + b - total
      if (more < 0 || (more > 0 && more > (yield* atEdge(left)))) {
        widest = Math.min(widest, Math.max(1, Math.ceil(Grain.count(grain, range) / 2)))
        if (more > 0) cap = Math.min(cap, total)
        return yield* a > b ? adds(left, a, halvings - 1) : adds(right, b, halvings - 1)
      }
      if (a > 0 && b > 0) return
      return yield* a === 0 ? adds(right, b, halvings - 1) : adds(left, a, halvings - 1)
    })

  return {
    learn: (range, total) =>
      Effect.gen(function*() {
        if (!filter.exact || total === null || total === 0) return
        const { ledger, remember } = yield* Planning.Planning
        const units = Grain.count(grain, range)
        const known = yield* ledger.fact(scope.source, scope.scope, factName)
        const isKnown = units <= Math.max(tried, Option.match(known, { onNone: () => 0, onSome: Number }))
        if (isKnown && total % round !== 0) return
        tried = Math.max(tried, units)
        // The range that was counted may reach further than the halves do.
        const whole = Grain.count(grain, filter.reach(range)) === units ? total : yield* count(range)
        if (whole !== null) yield* adds(range, whole, mostHalvings)
        if (!isKnown && widest === Number.POSITIVE_INFINITY) yield* remember(scope, factName, String(units))
      }),
    isDoubtful: (range, total) => Grain.count(grain, range) > widest || (total !== null && total >= cap),
    cap: () => cap
  }
}
