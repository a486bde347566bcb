/** When a list was last read to its end. The look-back begins there: a run may come a week after the one before. */
import type { DatasetError } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Planning from "../Planning.js"
import type { Scope } from "../Source.js"

const factName = "last read"

/** Null where it never was. */
export const of = (
  { scope, source }: Pick<Scope, "source" | "scope">
): Effect.Effect<DateTime.Utc | null, DatasetError.LedgerError, Planning.Planning> =>
  Effect.gen(function*() {
    const { ledger } = yield* Planning.Planning
    const known = yield* ledger.fact(source, scope, factName)
    return Option.getOrNull(Option.map(Option.flatMap(known, DateTime.make), DateTime.toUtc))
  })

/** It was read just now. */
export const remember = (
  scope: Pick<Scope, "source" | "scope" | "now">
): Effect.Effect<void, DatasetError.WriteError, Planning.Planning> =>
  Effect.flatMap(Planning.Planning, ({ remember }) => remember(scope, factName, DateTime.formatIso(scope.now)))
