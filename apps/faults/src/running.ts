/** Runs cases one after the other, and makes what a row shares between them once. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { caseOf, type Check, type Row, Skipped, type Wrong, wrongOf } from "./Row.js"

export interface Job {
  readonly row: string
  readonly seed: number
  readonly number: number
}

export interface Done extends Job {
  readonly wrong: ReadonlyArray<Wrong>
  /** Why the case could not be made here. */
  readonly skipped: string | null
  readonly seconds: number
}

const reasonOf = (cause: Cause.Cause<unknown>): Option.Option<string> =>
  Option.flatMap(
    Cause.failureOption(cause),
    (error) => error instanceof Skipped ? Option.some(error.reason) : Option.none()
  )

export const make = (rows: ReadonlyArray<Row>) => {
  let made: { readonly row: Row; readonly check: Check; readonly scope: Scope.CloseableScope } | null = null

  const checkOf = (row: Row) =>
    Effect.gen(function*() {
      if (made !== null && made.row === row) return made.check
      if (made !== null) yield* Scope.close(made.scope, Exit.void)
      made = null
      const scope = yield* Scope.make()
      const check = yield* Scope.extend(row.make, scope)
      made = { row, check, scope }
      return check
    })

  /** Removes what the last row shared. */
  const close = Effect.suspend(() => made === null ? Effect.void : Scope.close(made.scope, Exit.void))

  const run = (job: Job): Effect.Effect<Done> =>
    Effect.gen(function*() {
      const row = rows.find(({ name }) => name === job.row)
      if (row === undefined) {
        return { ...job, wrong: [wrongOf(`no row is called ${job.row}`)], skipped: null, seconds: 0 }
      }
      const began = performance.now()
      const ended = yield* Effect.exit(
        Effect.flatMap(checkOf(row), (check) => Effect.scoped(check(caseOf(job.seed, job.number))))
      )
      const seconds = (performance.now() - began) / 1000
      if (Exit.isSuccess(ended)) return { ...job, wrong: ended.value, skipped: null, seconds }
      const reason = reasonOf(ended.cause)
      return Option.isSome(reason)
        ? { ...job, wrong: [], skipped: reason.value, seconds }
        : { ...job, wrong: [wrongOf(Cause.pretty(ended.cause))], skipped: null, seconds }
    })

  return { run, close }
}
