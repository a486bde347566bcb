/** Stops a scope whose windows fail one after the other: what is left is for the next run, when the API is back. */
import * as Effect from "effect/Effect"
import type { Run, Scope, State } from "./Run.js"

const mostInARow = 3

export interface Outage {
  /** Reads, unless too many before it failed. */
  readonly guard: <E, R>(read: Effect.Effect<boolean, E, R>) => Effect.Effect<void, E, R>
  readonly report: Effect.Effect<void>
}

interface Told extends Pick<Run, "problem"> {
  readonly state: Pick<State, "problems">
}

export const make = (run: Told, scope: Scope): Outage => {
  let inARow = 0
  let left = 0
  return {
    guard: (read) =>
      Effect.suspend(() => {
        if (inARow >= mostInARow) {
          left += 1
          return Effect.void
        }
        return Effect.map(read, (whole) => {
          inARow = whole ? 0 : inARow + 1
        })
      }),
    report: Effect.suspend(() =>
      left === 0
        ? Effect.void
        : run.problem({
          // What ended the last window most likely ends the others as well.
          tag: run.state.problems.findLast((one) => one.source === scope.source && one.scope === scope.scope)?.tag ??
            "Unreachable",
          source: scope.source,
          scope: scope.scope,
          message: `${mostInARow} windows in a row could not be read, so ${left} more were left for the next run`,
          requestId: null
        })
    )
  }
}
