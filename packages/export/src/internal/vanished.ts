/**
 * What was known and is not listed any more: an organisation, or a line. It stands until it is listed again, or until somebody
 * accepts that it is gone.
 */
import type { DatasetError } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import * as Planning from "../Planning.js"
import { Run } from "./run.js"

export interface Missing {
  readonly source: string
  readonly scope: string
  /** Names it in the ledger; for people as well, where it has no label. */
  readonly name: string
  /** For people: `The organisation 123`. It holds no phone number. */
  readonly what: string
}

/** Whether somebody accepted it. If not, it is a problem of this run. */
export const stand = (
  { name, scope, source, what }: Missing
): Effect.Effect<boolean, DatasetError.LedgerError, Run> =>
  Effect.gen(function*() {
    const run = yield* Run
    const { accepted, number } = yield* run.dataset.stand({
      kind: "vanished",
      source,
      scope,
      name,
      says: "not listed",
      at: yield* Planning.now
    })
    if (!accepted) {
      yield* run.problem({
        tag: "Vanished",
        source,
        scope,
        message: `${what} was read before and is not listed any more. It is asked for all the same. ` +
          `If it is gone for good, run trunkline accept ${number}`,
        requestId: null
      })
    }
    return accepted
  })

export const resolve = (
  { name, scope, source }: Pick<Missing, "source" | "scope" | "name">
): Effect.Effect<void, DatasetError.LedgerError, Run> =>
  Effect.flatMap(Run, ({ dataset }) => dataset.resolve({ kind: "vanished", source, scope, name }))
