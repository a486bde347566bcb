/** A difference between what a vendor counts and what is held. It stands until both agree, or until somebody accepts its numbers. */
import type { DatasetError } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import * as Planning from "../Planning.js"
import type { Scope } from "../Source.js"
import { Run } from "./run.js"

type Identity = Pick<Scope, "source" | "scope">

export interface Unreconciled {
  /** Names the list in the ledger, without a phone number. */
  readonly name: string
  readonly sides: { readonly here: number; readonly there: number | null }
  /** For people: what is counted. */
  readonly what: string
  /** For people: what was tried. */
  readonly tried: string
}

/** Reports it, unless it was accepted. */
export const stand = (
  { scope, source }: Identity,
  { name, sides: { here, there }, tried, what }: Unreconciled
): Effect.Effect<void, DatasetError.LedgerError, Run> =>
  Effect.gen(function*() {
    const run = yield* Run
    const { accepted, number } = yield* run.dataset.stand({
      kind: "difference",
      source,
      scope,
      name,
      says: `${there} there, ${here} here`,
      at: yield* Planning.now
    })
    if (accepted) return
    yield* run.problem({
      tag: "Unreconciled",
      source,
      scope,
      message: `The API counts ${there} ${what}, and the dataset holds ${here}. ${tried}; the next run compares them ` +
        `again. If both numbers are right, run trunkline accept ${number}`,
      requestId: null
    })
  })

export const resolve = (
  { scope, source }: Identity,
  name: string
): Effect.Effect<void, DatasetError.LedgerError, Run> =>
  Effect.flatMap(Run, ({ dataset }) => dataset.resolve({ kind: "difference", source, scope, name }))

/** Whether a run before this one found it. */
export const stands = (
  { scope, source }: Identity,
  name: string
): Effect.Effect<boolean, DatasetError.LedgerError, Run> =>
  Effect.map(
    Effect.flatMap(Run, ({ dataset }) => dataset.standing),
    (standing) =>
      standing.some((one) =>
        one.kind === "difference" && one.source === source && one.scope === scope && one.name === name
      )
  )
