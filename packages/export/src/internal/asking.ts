/** What plans and comparisons share: they ask without writing, and gather the problems that end a part of it. */
import type { DatasetError } from "@trunkline/dataset"
import type { ApiError } from "@trunkline/http"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as ExitCode from "../ExitCode.js"
import type { ClockSkew, EmptyRange, Ended, FilterIgnored, OtherAccount } from "../ExportError.js"
import * as Planning from "../Planning.js"
import * as Problem from "../Problem.js"

type Failure =
  | ApiError.ApiError
  | EmptyRange
  | ClockSkew
  | FilterIgnored
  | OtherAccount
  | Ended
  | DatasetError.WriteError

type Services = Context.Tag.Service<Planning.Planning>

export interface Asking {
  readonly planning: Services
  /** What ends the asking of a scope is a problem of this scope, and stops no other. */
  readonly within: (
    source: string | null,
    scope: string | null
  ) => <R>(asking: Effect.Effect<void, Failure, R>) => Effect.Effect<void, never, R>
  readonly report: (problem: Problem.Problem) => Effect.Effect<void>
  readonly problems: Effect.Effect<ReadonlyArray<Problem.Problem>>
  readonly exitCodes: Effect.Effect<ReadonlyArray<ExitCode.ExitCode>>
}

export const make = (ledger: Option.Option<Services["ledger"]>): Effect.Effect<Asking> =>
  Effect.gen(function*() {
    const problems = yield* Ref.make<ReadonlyArray<Problem.Problem>>([])
    const planning = yield* Planning.make({
      ledger,
      remember: () => Effect.void,
      once: (problem) => Ref.update(problems, (before) => Problem.once(before, problem))
    })
    return {
      planning,
      within: (source, scope) => (asking) =>
        Effect.catchAll(asking, (error) =>
          error._tag === "Stopped"
            ? Effect.void
            : Ref.update(problems, (before) => [...before, Problem.of(error, { source, scope })])),
      report: (problem) => Ref.update(problems, (before) => [...before, problem]),
      problems: Ref.get(problems),
      exitCodes: Effect.zipWith(
        Ref.get(problems),
        planning.anyHeard,
        (reported, heard) => ExitCode.ofProblems(reported, { heard })
      )
    }
  })
