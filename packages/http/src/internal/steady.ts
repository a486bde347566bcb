/** The time that waits are measured by. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/**
 * Milliseconds that only pass: setting the machine's clock changes nothing about them. They tell no date. Not
 * `currentTimeNanos`, which `TestClock` fails at between two milliseconds.
 */
export const steadyOf = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos() / 1_000_000n)

/** The same by the clock at hand. */
export const steady: Effect.Effect<number> = Effect.clockWith((clock) => Effect.succeed(steadyOf(clock)))
