/**
 * Reads the settled past again, little by little: each run the windows that were read longest ago, so that all of it comes round
 * within so many runs. It finds what changes no count, such as a summary that was edited by hand.
 */
import { type DatasetError, Interval } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Planning from "../Planning.js"
import type { Scope } from "../Source.js"
import * as Certified from "./certified.js"

const factName = "refresh allowance"

export interface Refresh {
  readonly ranges: Interval.Intervals
  /** To be done once they were read: what is not used up is left for the next run. */
  readonly done: Effect.Effect<void, DatasetError.WriteError, Planning.Planning>
}

/** In pages, a run may read again a share of what is not read anyway. A window that is larger waits until enough has gathered. */
export const due = (
  scope: Pick<Scope, "source" | "scope" | "list">,
  { planned, runs }: { readonly planned: Interval.Intervals; readonly runs: number }
): Effect.Effect<Refresh, DatasetError.LedgerError, Planning.Planning> =>
  Effect.gen(function*() {
    const { ledger, remember } = yield* Planning.Planning
    const windows = Certified.newest(yield* ledger.certificates, scope).flatMap((one) => {
      const range = Interval.make(one.from, one.to)
      const isPlanned = Interval.subtract([range], planned).length === 0
      const pages = Math.max(1, Math.ceil((one.distinctKeys + one.quarantined) / scope.list.pageSize))
      return isPlanned ? [] : [{ range, pages, readAt: one.readAt.epochMillis }]
    })
    const known = yield* ledger.fact(scope.source, scope.scope, factName)
    const before = Option.match(known, { onNone: () => 0, onSome: Number })
    const pages = windows.reduce((sum, one) => sum + one.pages, 0)
    // One run less than promised, since a window may lie just behind what a run can afford.
    let allowance = before + pages / Math.max(1, runs - 1)
    const ranges: Array<Interval.Interval> = []
    for (const window of windows.toSorted((left, right) => left.readAt - right.readAt)) {
      if (window.pages > allowance + 1e-6) break
      allowance -= window.pages
      ranges.push(window.range)
    }
    return {
      ranges: Interval.normalise(ranges),
      done: remember(scope, factName, String(Math.min(allowance, pages)))
    }
  })
