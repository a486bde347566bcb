/** One organisation of Allomia, as a run reads it. */
import type { AllomiaError, Call } from "@trunkline/allomia"
import type { CallsQuery } from "@trunkline/allomia/Calls"
import type { Page } from "@trunkline/http"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { AllomiaSource } from "../Sources.js"
import type { Planning, Scope, Stopped } from "./Run.js"

export interface AllomiaScope extends Scope {
  readonly source: "allomia"
  readonly services: AllomiaSource
  /** By the server's clock, when the run began. */
  readonly now: DateTime.Utc
}

export const lane = "allomia"

/** Older documents allow 20 rows a page, newer ones 50. */
export const sizes = { most: 50, least: 20 } as const

/** One answer, told to whoever watches. */
export const heard = <A, E>(
  run: Planning,
  request: Effect.Effect<A, E>,
  rows: (answer: A) => number
): Effect.Effect<A, E | Stopped> =>
  run.ask(request).pipe(
    Effect.tap((answer) => Effect.zipRight(run.heard, run.progress.answered(lane, rows(answer))))
  )

/** One page of calls, as large as the API allows. */
export const list = (
  run: Planning,
  { scope, services }: AllomiaScope,
  query: Omit<CallsQuery, "organizationId">
): Effect.Effect<Page.Page<Call>, AllomiaError | Stopped> =>
  heard(
    run,
    services.calls.list({ ...query, organizationId: scope, limit: query.limit ?? sizes.most }).pipe(
      Effect.catchIf(
        (error) =>
          error._tag === "Invalid" && error.status === 400 && query.limit === undefined &&
          // A refusal that was cut on its way names no field.
          (error.fieldErrors.length === 0 || error.fieldErrors.some(({ field }) => field === "limit")),
        () => services.calls.list({ ...query, organizationId: scope, limit: sizes.least })
      )
    ),
    ({ rows }) => rows.length
  )
