/** How long a dataset keeps its rows: chosen once, and remembered. */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { LedgerError } from "../DatasetError.js"
import * as Keep from "../Keep.js"
import type { Ledger, Statements } from "../Ledger.js"
import * as Remembered from "./remembered.js"

export interface Kept {
  /** Nothing is kept from before this instant. */
  readonly before: DateTime.Utc
  /** From when on all is promised to be there. */
  readonly since: DateTime.Utc
  /** No window begins before: one that is read by days of another zone begins on the day before what is promised. */
  readonly edge: DateTime.Utc
}

const chosenName = "keep"

/** Null where all is kept. */
export const of = (statements: Pick<Statements, "all">): Effect.Effect<Kept | null, LedgerError> =>
  Effect.gen(function*() {
    const chosen = (yield* Remembered.get(statements, chosenName)) ?? Keep.forever
    const before = Keep.before(chosen, DateTime.unsafeMake(yield* Clock.currentTimeMillis))
    return Option.getOrNull(Option.map(before, (before) => {
      const since = Keep.promised(before)
      return { before, since, edge: DateTime.subtract(since, { days: 1 }) }
    }))
  })

/** What was chosen, now or before. */
export const choose = (ledger: Ledger, keep: Keep.Keep | undefined): Effect.Effect<Kept | null, LedgerError> =>
  Effect.zipRight(keep === undefined ? Effect.void : Remembered.set(ledger, chosenName, keep), of(ledger))
