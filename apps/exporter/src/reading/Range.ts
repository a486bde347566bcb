/** From when until when a scope is read, where the user does not say. */
import type { DatasetError } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Planning, Scope } from "./Run.js"

/** How far back a first run reads. */
const history = { days: 90 }

export interface Range {
  readonly since: DateTime.Utc
  readonly until: DateTime.Utc
  /** From when on it was ever asked for before this run. */
  readonly earliest: Option.Option<DateTime.Utc>
}

export const of = (
  run: Planning,
  scope: Scope & { readonly now: DateTime.Utc },
  asked: { readonly since: Option.Option<DateTime.Utc>; readonly until: Option.Option<DateTime.Utc> }
): Effect.Effect<Range, DatasetError.LedgerFailed> =>
  Effect.map(run.ledger.since(scope.source, scope.scope), (earliest) => ({
    since: Option.getOrElse(
      Option.orElse(asked.since, () => earliest),
      () => DateTime.subtract(scope.now, history)
    ),
    until: Option.getOrElse(asked.until, () => scope.now),
    earliest
  }))
