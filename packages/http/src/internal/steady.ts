/** The time that waits are measured by. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Milliseconds that only pass: setting the machine's clock changes nothing about them. They tell no date. */
export const steady: Effect.Effect<number> = Effect.map(
  Clock.currentTimeNanos,
  (nanoseconds) => Number(nanoseconds / 1_000_000n)
)
