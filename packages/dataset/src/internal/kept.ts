/** How long a dataset keeps its rows: chosen once, and remembered. */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { LedgerError } from "../DatasetError.js"
import * as Keep from "../Keep.js"
import type { Ledger, Statements } from "../Ledger.js"
import * as KeptWindows from "./keptWindows.js"
import * as Remembered from "./remembered.js"

/** Nothing is kept from before this instant. */
export interface Kept {
  readonly before: DateTime.Utc
  /** By table without event times, the column that says when a row was last active. */
  readonly activeAt: Readonly<Record<string, string>>
}

const chosenName = "keep"
const beforeName = "nothing kept before"

/** How long this dataset keeps rows, chosen now or before; null where it keeps all. */
export const choose = (
  ledger: Ledger,
  { activeAt, keep }: { readonly keep: Keep.Keep | undefined; readonly activeAt: Kept["activeAt"] }
): Effect.Effect<Kept | null, LedgerError> =>
  Effect.gen(function*() {
    const chosen = keep ?? (yield* Remembered.get(ledger, chosenName)) ?? Keep.forever
    const before = Keep.before(chosen, DateTime.unsafeMake(yield* Clock.currentTimeMillis)) ?? Option.none()
    if (keep === undefined && Option.isNone(before)) return null
    yield* ledger.transaction("state commit", (statements) =>
      Effect.gen(function*() {
        yield* Remembered.set(statements, chosenName, chosen)
        yield* Remembered.set(
          statements,
          beforeName,
          Option.match(before, { onNone: () => "", onSome: DateTime.formatIso })
        )
        if (Option.isSome(before)) yield* KeptWindows.promise(statements, Keep.promised(before.value))
      }))
    return Option.getOrNull(Option.map(before, (before) => ({ before, activeAt })))
  })

/** Before which instant nothing is kept, as the last writer had it. */
export const before = (statements: Pick<Statements, "all">): Effect.Effect<Option.Option<DateTime.Utc>, LedgerError> =>
  Effect.map(
    Remembered.get(statements, beforeName),
    (text) => Option.map(Option.flatMap(Option.fromNullable(text), DateTime.make), DateTime.toUtc)
  )
