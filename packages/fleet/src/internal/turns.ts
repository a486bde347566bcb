/**
 * So many at once, and the others in the order in which they came. With a semaphore of Effect each end would wake all who wait, and
 * each of them would grow by that: of thousands of nights that are due together, a worker would need more memory with every one.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"

export interface Turns {
  /** Runs the work when its turn comes. One that is interrupted before leaves the line. */
  readonly within: <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

export const make = (slots: number): Turns => {
  let free = slots
  const line = new Set<Deferred.Deferred<void>>()

  const leave = Effect.sync(() => {
    const [next] = line
    if (next === undefined) {
      free += 1
      return
    }
    line.delete(next)
    Deferred.unsafeDone(next, Effect.void)
  })

  /** A turn, which is held from here on. Only the wait for it can be interrupted. */
  const enter = (restore: <A>(waiting: Effect.Effect<A>) => Effect.Effect<A>) =>
    Effect.suspend(() => {
      if (free > 0) {
        free -= 1
        return Effect.void
      }
      const turn = Deferred.unsafeMake<void>(FiberId.none)
      line.add(turn)
      // It may have come while this was interrupted. Then it goes to the next.
      return Effect.onInterrupt(
        restore(Deferred.await(turn)),
        () => Effect.suspend(() => line.delete(turn) ? Effect.void : leave)
      )
    })

  return {
    within: (work) =>
      Effect.uninterruptibleMask((restore) => Effect.zipRight(enter(restore), Effect.ensuring(restore(work), leave)))
  }
}
