/** What ends the reading of a scope or of a source is a problem of it, and stops no other. A disk that fails stops all. */
import type { DatasetError } from "@trunkline/dataset"
import type { ApiError } from "@trunkline/http"
import * as Effect from "effect/Effect"
import type { ClockSkew, EmptyRange, Ended, FilterIgnored, OtherAccount } from "../ExportError.js"
import * as Problem from "../Problem.js"
import type { Source } from "../Source.js"
import * as Runs from "./run.js"

type Failure =
  | ApiError.ApiError
  | FilterIgnored
  | EmptyRange
  | ClockSkew
  | OtherAccount
  | Ended
  | DatasetError.WriteError

export const within =
  (where: { readonly source: string; readonly scope: string | null }) =>
  <R>(reading: Effect.Effect<void, Failure, R>): Effect.Effect<void, DatasetError.WriteError, R | Runs.Run> =>
    Effect.catchAll(reading, (error) =>
      Effect.gen(function*() {
        const run = yield* Runs.Run
        if (error._tag === "Stopped") return
        const isOfScope = error._tag === "FilterIgnored" || error._tag === "EmptyRange" ||
          error._tag === "ClockSkew" || error._tag === "OtherAccount" || error._tag === "NoProgress" ||
          Runs.isApiError(error)
        return yield* isOfScope ? run.ended(Problem.of(error, where)) : Effect.fail(error)
      }))

/** `within` for all scopes of a source, where the adapter may know what the user can do. */
export const withinSource =
  (source: Source) =>
  <R>(reading: Effect.Effect<void, Failure, R>): Effect.Effect<void, DatasetError.WriteError, R | Runs.Run> =>
    reading.pipe(
      Effect.catchIf(
        (error): error is ApiError.ApiError => Runs.isApiError(error) && source.advice(error) !== null,
        (error) =>
          Effect.flatMap(Runs.Run, ({ problem }) =>
            problem({
              ...Problem.of(error, { source: source.name, scope: null }),
              message: `${error.message}. ${source.advice(error)}`
            }))
      ),
      within({ source: source.name, scope: null })
    )
