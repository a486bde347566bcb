/** From when until when a scope is read, where the user does not say. */
import type { DatasetError } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Clocks } from "./Clocks.js"
import type { Planning, Scope } from "./Run.js"

/** Its end lies before its beginning, which nobody said: to read nothing would look as if all of it were there. */
export class EmptyRange extends Schema.TaggedError<EmptyRange>("@trunkline/exporter/reading/Range/EmptyRange")(
  "EmptyRange",
  { since: Schema.String, until: Schema.String }
) {
  override get message(): string {
    return `Nothing lies before --until ${this.until}, since reading begins at ${this.since}. ` +
      "Say from when on with --since"
  }
}

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
  scope: Scope & Clocks,
  asked: { readonly since: Option.Option<DateTime.Utc>; readonly until: Option.Option<DateTime.Utc> }
): Effect.Effect<Range, EmptyRange | DatasetError.LedgerError> =>
  Effect.gen(function*() {
    const earliest = yield* run.ledger.since(scope.source, scope.scope)
    const since = Option.getOrElse(
      Option.orElse(asked.since, () => earliest),
      () => DateTime.subtract(scope.now, history)
    )
    const until = Option.getOrElse(asked.until, () => scope.latest)
    if (DateTime.greaterThanOrEqualTo(since, until)) {
      return yield* new EmptyRange({ since: DateTime.formatIso(since), until: DateTime.formatIso(until) })
    }
    return { since, until, earliest }
  })
