/** What a vendor counts of a list: of all of it, or of a stretch of time. */
import { Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Ended } from "../ExportError.js"
import * as Grain from "../Grain.js"
import * as Planning from "../Planning.js"
import type { Failure, Filter, Listing, Scope, Slice } from "../Source.js"
import { isApiError } from "./run.js"

type Asked<A, E = never> = Effect.Effect<A, Failure | Ended | E, Planning.Planning>

type Counted = Pick<Scope, "list">

/** One more request, which nothing but itself explains. */
export const ask = ({ list: { lane } }: Counted, request: Effect.Effect<Listing, Failure>): Asked<Listing> =>
  Effect.flatMap(
    Planning.Planning,
    ({ budget }) => Effect.zipRight(budget.explain(lane, 1), Planning.onePage(lane, request))
  )

/** Null where one of them is not known. */
export const sum = (totals: ReadonlyArray<number | null>): number | null =>
  totals.reduce((sum, total) => sum === null || total === null ? null : sum + total, 0)

/** The whole list, asked without a filter: its total, and its oldest record. */
export const whole = (scope: Counted, filter: Filter): Asked<Listing> => ask(scope, filter.all.count(null))

export interface Limits {
  /** Wider ranges are counted in parts. */
  readonly widest: number
  /** A total that reaches this may hide more, so that its range is counted in parts. */
  readonly cap: number
}

/** What a count may cost, and what came of it. */
export interface Allowance {
  /** Requests that may still be made: without any left, nothing is known. */
  left: number
  /** Whether a unit of time, which cannot be cut any more, has a total that may hide more. */
  isCut: boolean
}

/** Whether the parts of a range, which other filters select, make as many, with no part that may hide more. */
export const addsUp = (
  scope: Counted,
  range: Interval.Interval,
  { cuts }: Slice,
  total: number,
  cap: number
): Asked<boolean> =>
  Effect.gen(function*() {
    const parts = yield* Effect.forEach(
      cuts[0]?.() ?? [],
      (part) => Effect.map(ask(scope, part.count(range)), ({ total }) => ({ part, total }))
    )
    if (sum(parts.map(({ total }) => total)) !== total) return false
    return yield* Effect.every(parts, ({ part, total }) =>
      total === null || total < cap ? Effect.succeed(true) : addsUp(scope, range, part, total, cap))
  })

/** A count never costs more than reading so many rows, and a few requests more. */
export const allowance = ({ list }: Counted, rows: number): Allowance => ({
  left: rows / list.pageSize + 400,
  isCut: false
})

/** For a count that may cost what it takes. */
export const noLimit = (): Allowance => ({ left: Number.POSITIVE_INFINITY, isCut: false })

export const unlimited: Limits = { widest: Number.POSITIVE_INFINITY, cap: Number.POSITIVE_INFINITY }

/**
 * A stretch of time, in as many parts as it takes. Null where the vendor does not say, or parts come to no end. `twice` tells
 * how many rows two parts both count at the edge between them.
 */
export const ofRange = <E = never>(
  scope: Counted,
  filter: Filter,
  range: Interval.Interval,
  limits: Limits = unlimited,
  twice: (edge: DateTime.Utc) => Asked<number, E> = () => Effect.succeed(0),
  affordable: Allowance = noLimit()
): Asked<number | null, E> =>
  Effect.gen(function*() {
    const { grain } = scope.list
    affordable.left -= 1
    if (affordable.left < 0) return null
    const units = Grain.count(grain, range)
    const page = units > limits.widest ? null : yield* ask(scope, filter.all.count(range)).pipe(
      Effect.catchIf(
        (error) => units > 1 && isApiError(error) && scope.list.tooWide(error),
        () => Effect.succeed(null)
      )
    )
    if (page !== null) {
      const { total } = page
      if (total === null || total < limits.cap) return total
      if (units <= 1) {
        affordable.isCut ||= !(yield* addsUp(scope, range, filter.all, total, limits.cap))
        return total
      }
    }
    const halves = Grain.split(grain, range, 2)
    const both = sum(yield* Effect.forEach(halves, (half) => ofRange(scope, filter, half, limits, twice, affordable)))
    const edge = halves[1]?.from
    return both === null || both === 0 || edge === undefined ? both : both - (yield* twice(edge))
  })

const hour = 60 * 60 * 1000

/** Units that a range of an hour has, and one at least. */
export const narrowest = ({ unit }: Grain.Grain): number => Math.max(1, hour / unit)

/**
 * How many rows both neighbours of this edge count. One answer may be wrong: so many are believed the second time. A total that
 * reaches the cap may hide more, and tells of none.
 */
export const atEdge = (
  scope: Counted,
  filter: Filter,
  edge: DateTime.Utc,
  { cap }: Pick<Limits, "cap">
): Asked<number> =>
  Effect.gen(function*() {
    const { grain } = scope.list
    const millis = narrowest(grain) * grain.unit
    const [start, end] = [DateTime.subtract(edge, { millis }), DateTime.add(edge, { millis })]
    const count = (from: DateTime.Utc, to: DateTime.Utc) =>
      Effect.map(ofRange(scope, filter, Interval.make(from, to)), (total) => total ?? 0)
    const once = Effect.gen(function*() {
      const sum = (yield* count(start, edge)) + (yield* count(edge, end))
      const together = yield* count(start, end)
      return together >= cap ? 0 : sum - together
    })
    const first = yield* once
    return first <= 0 ? 0 : Math.max(0, Math.min(first, yield* once))
  })
