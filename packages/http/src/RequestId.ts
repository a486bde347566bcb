/**
 * Names for requests and writes, so that a vendor's support can find one and a retry can be recognised.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** Six letters or digits. */
const six = Effect.map(Random.nextIntBetween(0, 36 ** 6), (number) => number.toString(36).padStart(6, "0"))

/**
 * `req_` and twelve letters or digits. Repeats with the seed of `Random`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<string> = Effect.flatMap(
  six,
  // `Effect.zipWith` costs more than both together.
  (first) => Effect.map(six, (second) => `req_${first}${second}`)
)

/**
 * A key for one write, to be made once and sent with each try of it. Not from `Random`: two processes must never make
 * the same one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const idempotencyKey: Effect.Effect<string> = Effect.sync(() => globalThis.crypto.randomUUID())
