/**
 * Large values that are handed past what would keep them. A span, a scope and a fiber keep how their effect ended, and with it its
 * value. V8 frees that late, though it is soon garbage: a function that is assigned to a property is
 * made in the part of the heap that only a full collection frees, Effect and Node make some for each request, and all that such a
 * function leads to stays as long.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

/**
 * Runs an effect within something that shall not see its value. `within` runs what it is given, once, before it ends well.
 *
 * @since 0.1.0
 * @category combinators
 */
export const past = <A, E, R, E2, R2>(
  effect: Effect.Effect<A, E, R>,
  within: (effect: Effect.Effect<void, E, R>) => Effect.Effect<void, E2, R2>
): Effect.Effect<A, E2, R2> =>
  Effect.suspend(() => {
    const nothing: Effect.Effect<A> = Effect.dieMessage("Nothing was handed past: the effect did not run")
    let held = nothing
    const without = Effect.map(effect, (value) => {
      held = Effect.succeed(value)
    })
    return Effect.flatMap(within(without), () => {
      const value = held
      held = nothing
      return value
    })
  })
