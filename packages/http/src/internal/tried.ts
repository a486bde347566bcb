/** One call, tried as often as its errors, the caller's limits and the client's budget allow. */
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import type * as Tracer from "effect/Tracer"
import * as ApiError from "../ApiError.js"
import * as Retry from "../Retry.js"
import { again } from "./again.js"
import { ended } from "./spans.js"
import { steady } from "./steady.js"

export const tried = Effect.fnUntraced(
  function*<A, E extends ApiError.ApiError>(
    attempt: Effect.Effect<A, E>,
    options: {
      readonly operation: string
      /** Counts a try after the first. */
      readonly retried: Effect.Effect<void>
      readonly repeatable: boolean
      readonly budget: Retry.Budget
      readonly span: Tracer.Span
      /** What the span shall tell of a success. */
      readonly end: (value: A) => { readonly status: number; readonly requestId: string | undefined }
    }
  ) {
    const { budget, end, span } = options
    const limits = yield* FiberRef.get(Retry.limits)
    const began = yield* steady
    let tries = 0
    const once = Effect.suspend(() => {
      tries++
      return attempt
    }).pipe(
      Effect.tapBoth({
        onSuccess: () => budget.earn,
        // A refusal is an answer, too.
        onFailure: (error) => ApiError.isTransient(error) ? Effect.void : budget.earn
      })
    )
    // Most calls succeed at once, and need no schedule: it begins with the error of the first try.
    return yield* Effect.catchAll(once, (error) => {
      let first = true
      const next = Effect.suspend(() => {
        if (!first) return once
        first = false
        return Effect.fail(error)
      })
      return Effect.retry(next, again({ ...options, limits, began }))
    }).pipe(Effect.mapBoth({
      onSuccess: (value) => {
        ended(span, end(value), tries)
        return value
      },
      onFailure: (error) => {
        ended(span, error, tries, error)
        return error
      }
    }))
  }
)
