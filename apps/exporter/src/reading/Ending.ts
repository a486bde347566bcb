/** How the reading of one window ends: with its proof, or with what is known of it; what was read is kept either way. */
import type { Certificate, DatasetError } from "@trunkline/dataset"
import type { ApiError } from "@trunkline/http"
import * as Effect from "effect/Effect"
import * as Problem from "../Problem.js"
import { isApiError, type Run, type Scope } from "./Run.js"
import * as Walk from "./Walk.js"

export interface Reading {
  readonly run: Run
  readonly scope: Scope
  /** For people: which stretch of time it is. */
  readonly name: string
  /** Lands what has gathered, with the proof of the window if there is one. */
  readonly land: (proof: Certificate.Proof | null) => Effect.Effect<void, DatasetError.WriteError>
}

/** It was read to its end: certified, open, or uncertified for this doubt. */
export const finish = (
  { land, name, run, scope }: Reading,
  outcomes: ReadonlyArray<Walk.Outcome>,
  { doubt, settled }: { readonly settled: boolean; readonly doubt: string | null }
): Effect.Effect<boolean, DatasetError.WriteError> =>
  Effect.gen(function*() {
    const verdict = doubt !== null ? "uncertified" : settled ? "certified" : "open"
    yield* land(Walk.proof(outcomes, { verdict, readAt: yield* run.now, runId: run.id }))
    yield* run.verdict(verdict)
    if (doubt !== null) {
      yield* run.problem({
        tag: "Uncertified",
        source: scope.source,
        scope: scope.scope,
        message: `${name} could not be proved complete: ${doubt}. Its rows are kept, and the next run reads it again`,
        requestId: outcomes.flatMap(({ passes }) => passes).at(-1)?.requestIds.at(-1) ?? null
      })
    }
    return true
  })

/** What failed ends more than this window, of which nobody has heard: what was known of it before still holds. */
export const leave = <E extends { readonly _tag: string }>(
  { land }: Reading,
  error: E
): Effect.Effect<never, E | DatasetError.WriteError> =>
  Effect.zipRight(
    error._tag === "Stopped" || error._tag === "NoProgress" || isApiError(error) ? land(null) : Effect.void,
    Effect.fail(error)
  )

/** It could not be read to its end, and the others go on. */
export const fail = (
  { land, name, run, scope }: Reading,
  error: ApiError.ApiError,
  { keys, pages }: { readonly keys: number; readonly pages: number }
): Effect.Effect<boolean, DatasetError.WriteError> =>
  Effect.gen(function*() {
    yield* land({
      verdict: "uncertified",
      totalFirst: null,
      totalLast: null,
      distinctKeys: keys,
      quarantined: 0,
      pages,
      passes: 0,
      keysSha256: null,
      requestIds: [],
      readAt: yield* run.now,
      runId: run.id
    })
    yield* run.verdict("uncertified")
    yield* run.problem({
      ...Problem.of(error, scope),
      message: `${name} could not be read to its end: ${error.message}`
    })
    return false
  })
