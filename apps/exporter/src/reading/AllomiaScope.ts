/** One organisation of Allomia, as a run reads it. */
import type { AllomiaError, Call } from "@trunkline/allomia"
import type { CallsQuery } from "@trunkline/allomia/Calls"
import type { Page } from "@trunkline/http"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { AllomiaSource } from "../Sources.js"
import type { Budget } from "./Budget.js"
import type { Clocks } from "./Clocks.js"
import type { Ended, Planning, Scope } from "./Run.js"

export interface AllomiaScope extends Scope, Clocks {
  readonly source: "allomia"
  readonly services: AllomiaSource
  /** What was asked of this scope, against what explains it. */
  readonly budget: Budget
  /** Rows of a page, until the API refuses so many. */
  readonly size: Ref.Ref<number>
}

export const lane = "allomia"

/** Older documents allow 20 rows a page, newer ones 50. */
export const sizes = { most: 50, least: 20 } as const

/** One answer, told to whoever watches. */
export const heard = <A, E>(
  run: Planning,
  { budget }: Pick<AllomiaScope, "budget">,
  request: Effect.Effect<A, E>,
  rows: (answer: A) => number
): Effect.Effect<A, E | Ended> =>
  Effect.zipRight(budget.spend(lane), run.ask(request)).pipe(
    Effect.tap((answer) => Effect.zipRight(run.heard, run.progress.answered(lane, rows(answer))))
  )

/** One page of calls, as large as the API allows. */
export const list = (
  run: Planning,
  { budget, scope, services, size }: AllomiaScope,
  query: Omit<CallsQuery, "organizationId">
): Effect.Effect<Page.Page<Call>, AllomiaError | Ended> =>
  heard(
    run,
    { budget },
    Effect.flatMap(Ref.get(size), (most) => {
      const calls = (limit: number) => services.calls.list({ ...query, organizationId: scope, limit })
      return query.limit !== undefined ? calls(query.limit) : calls(most).pipe(
        Effect.catchIf(
          (error): error is Extract<AllomiaError, { _tag: "Invalid" }> =>
            error._tag === "Invalid" && error.status === 400 && most > sizes.least,
          (error) => {
            if (error.fieldErrors.some(({ field }) => field === "limit")) {
              return Effect.zipRight(Ref.set(size, sizes.least), calls(sizes.least))
            }
            // A refusal that was cut on its way names no field.
            return error.fieldErrors.length === 0 ? calls(sizes.least) : error
          }
        )
      )
    }),
    ({ rows }) => rows.length
  )
