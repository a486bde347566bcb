/** From when until when a scope is read, where the user does not say. */
import type { DatasetError } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { EmptyRange } from "../ExportError.js"
import { Planning } from "../Planning.js"
import type { Scope } from "../Source.js"

/** How far back a first run reads. */
const history = { days: 90 }

export interface AskedRange {
  readonly since: DateTime.Utc
  readonly until: DateTime.Utc
  /** From when on this scope was ever asked for before this run. */
  readonly earliest: Option.Option<DateTime.Utc>
}

export const of = (
  scope: Pick<Scope, "source" | "scope" | "now" | "latest">,
  asked: { readonly since?: DateTime.Utc | undefined; readonly until?: DateTime.Utc | undefined }
): Effect.Effect<AskedRange, EmptyRange | DatasetError.LedgerError, Planning> =>
  Effect.gen(function*() {
    const { ledger } = yield* Planning
    const earliest = yield* ledger.since(scope.source, scope.scope)
    // A scope that comes later is read as far back as the others were.
    const ofSource = yield* ledger.since(scope.source)
    const wanted = asked.since ?? Option.getOrElse(ofSource, () => DateTime.subtract(scope.now, history))
    // What is no longer kept is not read back.
    const kept = yield* ledger.kept
    const since = kept === null ? wanted : DateTime.max(wanted, kept.since)
    const until = asked.until ?? scope.latest
    if (DateTime.greaterThanOrEqualTo(since, until)) {
      return yield* new EmptyRange({ since: DateTime.formatIso(since), until: DateTime.formatIso(until) })
    }
    return { since, until, earliest }
  })
