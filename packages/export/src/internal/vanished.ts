/**
 * What was known and is not listed any more: an organisation, or a line. It stands until it is listed again, or until somebody
 * accepts that it is gone.
 */
import type { DatasetError } from "@trunkline/dataset"
import type { Readable, Standing } from "@trunkline/dataset/DatasetReader"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Planning from "../Planning.js"
import type { Problem } from "../Problem.js"
import { Run } from "./run.js"

export interface Missing {
  readonly source: string
  readonly scope: string
  /** Names it in the ledger; for people as well, where it has no label. */
  readonly name: string
  /** For people: `The organisation 123`. It holds no phone number. */
  readonly what: string
}

const problem = (
  { scope, source, what }: Pick<Missing, "source" | "scope" | "what">,
  number: number | null
): Problem => ({
  tag: "Vanished",
  source,
  scope,
  message: `${what} was read before and is not listed any more. It is asked for all the same. ` +
    (number === null
      ? "The next export names the number by which it can be accepted"
      : `If it is gone for good, run trunkline accept ${number}`),
  requestId: null
})

/** The problem of one that nobody accepted; null where somebody did. Writes nothing. */
export const unaccepted = (standing: ReadonlyArray<Standing>, missing: Missing): Problem | null => {
  const stands = standing.find(({ kind, name, scope, source }) =>
    kind === "vanished" && name === missing.name && scope === missing.scope && source === missing.source
  )
  return stands !== undefined && stands.acceptedAt !== null ? null : problem(missing, stands?.number ?? null)
}

/** Whether somebody accepted that this scope is listed no more. */
export const isAccepted = (
  standing: ReadonlyArray<Standing>,
  { scope, source }: Pick<Missing, "source" | "scope">
): boolean =>
  standing.some((one) =>
    one.kind === "vanished" && one.source === source && one.scope === scope && one.name === scope &&
    one.acceptedAt !== null
  )

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
      yield* run.problem(problem({ source, scope, what }, number))
    }
    return accepted
  })

export const resolve = (
  { name, scope, source }: Pick<Missing, "source" | "scope" | "name">
): Effect.Effect<void, DatasetError.LedgerError, Run> =>
  Effect.flatMap(Run, ({ dataset }) => dataset.resolve({ kind: "vanished", source, scope, name }))

const deletedFact = "deleted"

type Name = Pick<Missing, "source" | "scope">

/** Whether the vendor said, when it listed it last, that it was deleted. Then nobody has to accept that it is listed no more. */
export const isDeleted = ({ fact }: Pick<Readable, "fact">, { scope, source }: Name) =>
  Effect.map(fact(source, scope, deletedFact), Option.contains("yes"))

export const wasDeleted = (name: Name) => Effect.flatMap(Planning.Planning, ({ ledger }) => isDeleted(ledger, name))

export const rememberDeleted = (name: Name, deleted: boolean) =>
  Effect.gen(function*() {
    const { remember } = yield* Planning.Planning
    if (deleted !== (yield* wasDeleted(name))) yield* remember(name, deletedFact, deleted ? "yes" : "")
  })
