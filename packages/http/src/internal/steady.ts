/** The time that waits are measured by. */
import * as Effect from "effect/Effect"

/** Milliseconds that only pass: setting the machine's clock changes nothing about them. They tell no date. */
export const steady: Effect.Effect<number> = Effect.clockWith((clock) =>
  // Not `currentTimeNanos`, which `TestClock` fails at between two milliseconds.
  Effect.sync(() => Number(clock.unsafeCurrentTimeNanos() / 1_000_000n))
)
