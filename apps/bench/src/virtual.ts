/**
 * Runs a program in a time of its own: whenever nothing is left to do, the clock jumps to whoever wakes next. A minute of
 * waiting takes milliseconds, and the same seed gives the same run. Nothing in the program may wait for the real world.
 */
import { Clock, Duration, Effect, type Exit, Scheduler } from "effect"

interface Sleeper {
  readonly at: number
  readonly wake: (effect: Effect.Effect<void>) => void
}

export const run = <A, E>(program: Effect.Effect<A, E>): Exit.Exit<A, E> => {
  const scheduler = new Scheduler.ControlledScheduler()
  /** The next one to wake is the last. */
  const sleepers: Array<Sleeper> = []
  let now = 0
  const clock: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => now,
    unsafeCurrentTimeNanos: () => BigInt(Math.round(now * 1e6)),
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanos: Effect.sync(() => BigInt(Math.round(now * 1e6))),
    sleep: (duration) =>
      Effect.async<void>((wake) => {
        const sleeper = { at: now + Duration.toMillis(duration), wake }
        const before = sleepers.findLastIndex(({ at }) => at > sleeper.at)
        sleepers.splice(before + 1, 0, sleeper)
        return Effect.sync(() => {
          const index = sleepers.indexOf(sleeper)
          if (index >= 0) sleepers.splice(index, 1)
        })
      })
  }
  const fiber = Effect.runFork(Effect.withClock(program, clock), { scheduler })
  for (;;) {
    while (scheduler.tasks.buckets.length > 0) scheduler.step()
    const exit = fiber.unsafePoll()
    if (exit !== null) return exit
    const next = sleepers.pop()
    if (next === undefined) return Effect.runSyncExit(Effect.dieMessage("everybody waits, and nobody sleeps"))
    now = next.at
    next.wake(Effect.void)
  }
}
