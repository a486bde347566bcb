/** What a vendor counts of a list: of all of it, or of a stretch of time. */
import type { Interval } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import type { Ended } from "../ExportError.js"
import * as Grain from "../Grain.js"
import * as Planning from "../Planning.js"
import type { Failure, Filter, Listing, Scope } from "../Source.js"
import { isApiError } from "./run.js"

type Asked<A> = Effect.Effect<A, Failure | Ended, Planning.Planning>

type Counted = Pick<Scope, "list">

const ask = ({ list: { lane } }: Counted, request: Effect.Effect<Listing, Failure>): Asked<Listing> =>
  Effect.flatMap(
    Planning.Planning,
    ({ budget }) => Effect.zipRight(budget.explain(lane, 1), Planning.onePage(lane, request))
  )

/** The whole list, asked without a filter: its total, and its oldest record. */
export const whole = (scope: Counted, filter: Filter): Asked<Listing> => ask(scope, filter.all.count(null))

/**
 * A stretch of time, in as many parts as it takes: a range may be too wide, and a total that reaches `cap` may hide more. Null
 * where the vendor does not say.
 */
export const ofRange = (
  scope: Counted,
  filter: Filter,
  range: Interval.Interval,
  cap = Number.POSITIVE_INFINITY
): Asked<number | null> =>
  Effect.gen(function*() {
    const { grain } = scope.list
    const isSmall = Grain.count(grain, range) <= 1
    const page = yield* ask(scope, filter.all.count(range)).pipe(
      Effect.catchIf((error) => !isSmall && isApiError(error) && scope.list.tooWide(error), () => Effect.succeed(null))
    )
    if (page !== null && (isSmall || page.total === null || page.total < cap)) return page.total
    const halves = yield* Effect.forEach(
      Grain.split(grain, range, 2),
      (half) => ofRange(scope, filter, half, cap)
    )
    return halves.reduce((sum, total) => sum === null || total === null ? null : sum + total, 0)
  })
