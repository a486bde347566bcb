/** When one call is tried again: by the polite schedule, within the caller's limits and the client's budget. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Decision from "effect/ScheduleDecision"
import * as Intervals from "effect/ScheduleIntervals"
import type * as Tracer from "effect/Tracer"
import type * as ApiError from "../ApiError.js"
import * as Retry from "../Retry.js"
import { event } from "./spans.js"
import { steady } from "./steady.js"

/** A person at a terminal notices a wait of so many milliseconds. */
const noticeable = 5000

/** Logs, traces and counts every further try. `began` is the steady time of the first one. */
export const again = ({ began, budget, limits, operation, repeatable, retried, span }: {
  readonly operation: string
  readonly retried: Effect.Effect<void>
  readonly repeatable: boolean
  readonly budget: Retry.Budget
  readonly limits: Retry.Limits
  readonly began: number
  readonly span: Tracer.Span
}) =>
  Retry.polite.pipe(
    Schedule.intersect(Schedule.recurs(limits.tries - 1)),
    Schedule.passthrough,
    Schedule.whileInput((error: ApiError.ApiError) => Duration.lessThanOrEqualTo(Retry.asked(error), limits.wait)),
    Schedule.whileInputEffect((error: ApiError.ApiError) =>
      Effect.map(
        steady,
        (now) => now - began + Duration.toMillis(Retry.asked(error)) < Duration.toMillis(limits.time)
      )
    ),
    Schedule.whileInputEffect((error: ApiError.ApiError) => repeatable ? budget.spend(error) : Effect.succeed(false)),
    Schedule.onDecision((error, decision) =>
      Decision.isContinue(decision)
        ? Effect.flatMap(Effect.zipRight(retried, Clock.currentTimeMillis), (now) => {
          const wait = Math.max(0, Math.round(Intervals.start(decision.intervals) - now))
          const told = {
            after: error._tag,
            status: error.status,
            requestId: error.requestId,
            waitMilliseconds: wait
          }
          return (wait < noticeable ? Effect.logDebug("trying again") : Effect.logInfo("trying again")).pipe(
            Effect.annotateLogs({ operation, ...told }),
            Effect.zipRight(event(span, "retry", told))
          )
        })
        : Effect.void
    )
  )
