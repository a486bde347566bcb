/** Stops a scope whose windows fail one after the other: the rest is left for the next run, when the API is back. */
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { Scope } from "../Source.js"
import { Run } from "./run.js"

const mostInARow = 3

/** How the reading of a window ended: proved, to its end and in doubt, broken off, or never begun. */
export type Ending = "whole" | "doubtful" | "failed" | "left"

export interface Outage {
  /** Reads a window, unless too many before it failed. */
  readonly guard: <E, R>(read: Effect.Effect<Ending, E, R>) => Effect.Effect<Ending, E, R>
  readonly report: Effect.Effect<void, never, Run>
}

export const make = (scope: Pick<Scope, "source" | "scope">): Effect.Effect<Outage> =>
  Effect.map(Effect.all([Ref.make(0), Ref.make(0)]), ([inARow, left]) => ({
    guard: (read) =>
      Effect.flatMap(Ref.get(inARow), (failed) =>
        failed >= mostInARow
          ? Effect.as(Ref.update(left, (windows) => windows + 1), "left")
          : Effect.tap(read, (ending) => Ref.update(inARow, (failed) => ending === "failed" ? failed + 1 : 0))),
    report: Effect.gen(function*() {
      const { problem, state } = yield* Run
      const windows = yield* Ref.get(left)
      if (windows === 0) return
      const { problems } = yield* state
      yield* problem({
        // What ended the last window most likely ends the others as well.
        tag: problems.findLast((one) => one.source === scope.source && one.scope === scope.scope)?.tag ?? "Unreachable",
        source: scope.source,
        scope: scope.scope,
        message: `${mostInARow} windows in a row could not be read, so ${windows} more were left for the next run`,
        requestId: null
      })
    })
  }))
