/**
 * The time limit of a client's tries, and the scope of each. A try runs in a fiber of its own, with the services of the one
 * that asks. One more fiber watches all that are under way: a timer for each would cost as much as the request.
 */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import { steady, steadyOf } from "./steady.js"

interface Timed {
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  readonly until: number
  isLate: boolean
}

/** Those of one clock, the earliest first, since all have the same time. */
interface Watched {
  readonly timed: Set<Timed>
  watcher: Fiber.RuntimeFiber<void> | undefined
}

export type Deadline = <A, E, E2>(
  effect: Effect.Effect<A, E, Scope.Scope>,
  late: () => E2
) => Effect.Effect<A, E | E2>

/** Interrupts those whose time is over. */
const watch = (watched: Watched): Effect.Effect<void> =>
  Effect.gen(function*() {
    while (true) {
      const [first] = watched.timed
      if (first === undefined) break
      const left = first.until - (yield* steady)
      if (left > 0) yield* Effect.sleep(Math.ceil(left))
      else {
        watched.timed.delete(first)
        first.isLate = true
        first.fiber.unsafeInterruptAsFork(FiberId.none)
      }
    }
    // What was interrupted may take its time to end, and others begin meanwhile.
    watched.watcher = undefined
  })

/**
 * What takes longer than that is interrupted, and fails once it has ended. The scope of what fails or is interrupted is
 * closed, which frees its connection. An answer that was read whole holds none.
 */
export const make = (limit: Duration.DurationInput): Deadline => {
  const most = Duration.toMillis(limit)
  const clocks = new WeakMap<Clock.Clock, Watched>()

  const ofClock = (clock: Clock.Clock): Watched => {
    const watched = clocks.get(clock) ?? { timed: new Set(), watcher: undefined }
    clocks.set(clock, watched)
    return watched
  }

  /** From now on it is watched, until it ends. */
  const begin = (
    clock: Clock.Clock,
    fiber: Fiber.RuntimeFiber<unknown, unknown>,
    runtime: Runtime.Runtime<never>
  ): Timed => {
    const watched = ofClock(clock)
    const timed: Timed = { fiber, until: steadyOf(clock) + most, isLate: false }
    watched.timed.add(timed)
    watched.watcher ??= Runtime.runFork(runtime, Effect.interruptible(watch(watched)), { immediate: false })
    fiber.addObserver(() => {
      watched.timed.delete(timed)
      // A watcher with nothing to watch would keep a program from its end.
      if (watched.timed.size > 0) return
      watched.watcher?.unsafeInterruptAsFork(FiberId.none)
      watched.watcher = undefined
    })
    return timed
  }

  return <A, E, E2>(effect: Effect.Effect<A, E, Scope.Scope>, late: () => E2) =>
    Effect.flatMap(
      Effect.runtime<never>(),
      (runtime) =>
        Effect.flatMap(Scope.make(), (scope) =>
          Effect.clockWith((clock) =>
            Effect.async<A, E | E2>((resume) => {
              const own = Runtime.provideService(runtime, Scope.Scope, scope)
              // Not at once: those that ask together are sent together, however fast the first answer is.
              const fiber = Runtime.runFork(own, Effect.interruptible(effect), { immediate: false })
              const timed = begin(clock, fiber, runtime)
              fiber.addObserver((exit) => {
                if (Exit.isSuccess(exit)) return resume(exit)
                const isLate = timed.isLate && Cause.isInterruptedOnly(exit.cause)
                const ended: Effect.Effect<A, E | E2> = isLate ? Effect.fail(late()) : exit
                resume(Effect.zipRight(Scope.close(scope, exit), ended))
              })
              return Effect.flatMap(Fiber.interrupt(fiber), (exit) => Scope.close(scope, exit))
            })
          ))
    )
}
