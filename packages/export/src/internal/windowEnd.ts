/** How the reading of one window ends: with its proof, or with what is known of it. What was read is kept either way. */
import { type Certificate, type DatasetError, Interval, Proof } from "@trunkline/dataset"
import type { ApiError } from "@trunkline/http"
import * as Effect from "effect/Effect"
import * as Problem from "../Problem.js"
import type { Scope } from "../Source.js"
import type { Ending } from "./outage.js"
import { isApiError, Run } from "./run.js"
import * as Walk from "./walk.js"

export interface Reading<R> {
  readonly scope: Pick<Scope, "source" | "scope" | "list">
  readonly range: Interval.Interval
  /** For people: which stretch of time it is. */
  readonly name: string
  /** Lands what has gathered, with the proof of the window if there is one. */
  readonly land: (proof: Proof.Proof | null) => Effect.Effect<Certificate.Verdict | null, DatasetError.WriteError, R>
}

/** Whether any of it was certified before. A reading that proves nothing takes nothing back. */
const hasCertificate = <R>({ range, scope: { list, scope, source } }: Reading<R>) =>
  Effect.gen(function*() {
    const { dataset } = yield* Run
    const certified = yield* dataset.intervals({ source, scope, stream: list.stream })
    return Interval.intersect([range], certified).length > 0
  })

/** The window was read to its end: certified, open, or uncertified for this doubt. */
export const finish = <R>(
  reading: Reading<R>,
  outcomes: ReadonlyArray<Walk.Outcome>,
  { doubt: found, settled }: { readonly settled: boolean; readonly doubt: string | null }
): Effect.Effect<
  { readonly ending: Ending; readonly landed: Certificate.Verdict | null },
  DatasetError.WriteError,
  R | Run
> =>
  Effect.gen(function*() {
    const { land, name, scope } = reading
    const run = yield* Run
    // What the parts prove by themselves may not hold of all of them together.
    const isContradictory = settled && Proof.contradiction(Walk.proof(outcomes, "certified")) !== null
    const doubt = found ?? (isContradictory ? "its parts contradict each other" : null)
    const verdict = doubt !== null ? "uncertified" : settled ? "certified" : "open"
    const takesBack = verdict !== "certified" && (yield* hasCertificate(reading))
    const landed = yield* land(takesBack ? null : Walk.proof(outcomes, verdict))
    if (doubt !== null) {
      yield* run.problem({
        tag: "Uncertified",
        source: scope.source,
        scope: scope.scope,
        message: `${name} could not be proved complete: ${doubt}. Its rows are kept, and the next run reads it again`,
        requestId: outcomes.flatMap(({ passes }) => passes).at(-1)?.requestIds.at(-1) ?? null
      })
    }
    return { ending: doubt === null ? "whole" : "doubtful", landed }
  })

/**
 * The failure ends the whole scope. Lands the rows without a proof, so that the window keeps its earlier certificate.
 */
export const leave = <E extends { readonly _tag: string }, R>(
  { land }: Reading<R>,
  error: E
): Effect.Effect<never, E | DatasetError.WriteError, R> =>
  Effect.zipRight(
    Effect.when(land(null), () => error._tag === "Stopped" || error._tag === "NoProgress" || isApiError(error)),
    Effect.fail(error)
  )

/** The window could not be read to its end. Other windows go on. */
export const fail = <R>(
  reading: Reading<R>,
  error: ApiError.ApiError,
  { keys, pages }: { readonly keys: ReadonlySet<string>; readonly pages: number }
): Effect.Effect<Ending, DatasetError.WriteError, R | Run> =>
  Effect.gen(function*() {
    const { land, name, scope } = reading
    const run = yield* Run
    const totals = Array.from({ length: pages }, () => null)
    const walk = { totals, keys, refused: new Set<string>(), requestIds: [], unfinished: true }
    yield* land(
      (yield* hasCertificate(reading)) ? null : { verdict: "uncertified", lists: [{ kind: "window", walks: [walk] }] }
    )
    yield* run.problem({
      ...Problem.of(error, scope),
      message: `${name} could not be read to its end: ${error.message}`
    })
    return "failed" as const
  })
