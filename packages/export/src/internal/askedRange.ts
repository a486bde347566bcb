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
  /** What is missing is read from here. */
  readonly since: DateTime.Utc
  readonly until: DateTime.Utc
  /** Where all is to be read again, it is read from here. */
  readonly fullSince: DateTime.Utc
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
    const within = (at: DateTime.Utc) => kept === null ? at : DateTime.max(at, kept.since)
    const fullSince = within(wanted)
    const until = asked.until ?? scope.latest
    if (DateTime.greaterThanOrEqualTo(fullSince, until)) {
      return yield* new EmptyRange({ since: DateTime.formatIso(fullSince), until: DateTime.formatIso(until) })
    }
    // A range that ends in the past is meant as it is said. Any other leaves no hole before its beginning.
    const isPast = DateTime.lessThan(until, scope.latest)
    const before = isPast ? fullSince : Option.getOrElse(ofSource, () => fullSince)
    return { since: DateTime.min(fullSince, within(before)), until, fullSince, earliest }
  })

/** From when on feeds are read. A frontier says nothing of what lies before everything that was asked for. */
export const ofFeeds = ({ earliest, fullSince, since }: AskedRange, { full }: { readonly full: boolean }) => ({
  since: full ? fullSince : since,
  full: full || Option.exists(earliest, (before) => DateTime.lessThan(since, before))
})
