/** A time in which nothing is waited for. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Scheduler from "effect/Scheduler"

interface Sleeper {
  readonly at: number
  readonly wake: (effect: Effect.Effect<void>) => void
}

export const inVirtualTime = <A, E>(program: Effect.Effect<A, E>): Exit.Exit<A, E> => {
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
