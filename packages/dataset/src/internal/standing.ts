/** What stands and no run can mend, until a person accepts it: each under a number of its own. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { LedgerError } from "../DatasetError.js"
import type { Ledger, Statements } from "../Ledger.js"

/** `vanished`: what was known is no longer listed. `difference`: two counts differ, and no reading makes them agree. */
export type Kind = "vanished" | "difference"

export interface Subject {
  readonly kind: Kind
  readonly source: string
  readonly scope: string
  /** Tells it from others of its kind in this scope. */
  readonly name: string
}

export interface Standing extends Omit<Subject, "kind"> {
  readonly number: number
  /** A row in quarantine is named by its stream. */
  readonly kind: Kind | "quarantine"
  /** Its state, such as both counts; of a row in quarantine, why it could not be read. */
  readonly says: string
  readonly firstAt: DateTime.Utc
  readonly lastAt: DateTime.Utc
  readonly acceptedAt: DateTime.Utc | null
}

/** Whether it is accepted: a run that finds it again is not partial because of it. */
export interface Stood {
  readonly number: number
  readonly accepted: boolean
}

const Counter = Schema.Struct({ value: Schema.Number })

/** A number that nothing had before. */
export const nextNumber = (statements: Statements): Effect.Effect<number, LedgerError> =>
  Effect.map(
    statements.all(
      Counter,
      "INSERT INTO counters VALUES ('standing', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
    ),
    ([row]) => row?.value ?? 1
  )

const Known = Schema.Struct({ number: Schema.Number, accepted_at: Schema.NullOr(Schema.Number) })

/** Records that it stands. What was accepted stays so for as long as it says the same. */
export const stand = (
  ledger: Ledger,
  { at, kind, name, says, scope, source }: Subject & { readonly says: string; readonly at: DateTime.Utc }
): Effect.Effect<Stood, LedgerError> =>
  ledger.transaction("state commit", (statements) =>
    Effect.gen(function*() {
      const [known] = yield* statements.all(
        Known,
        `UPDATE standing SET accepted_at = CASE WHEN says = ? THEN accepted_at END, says = ?, last_at = ?
          WHERE kind = ? AND source = ? AND scope = ? AND name = ? RETURNING number, accepted_at`,
        says,
        says,
        at.epochMillis,
        kind,
        source,
        scope,
        name
      )
      if (known !== undefined) return { number: known.number, accepted: known.accepted_at !== null }
      const number = yield* nextNumber(statements)
      yield* statements.run(
        "INSERT INTO standing VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        number,
        kind,
        source,
        scope,
        name,
        says,
        at.epochMillis,
        at.epochMillis
      )
      return { number, accepted: false }
    }))

/** It no longer stands. Should it come back, it is a new one. */
export const resolve = (
  statements: Statements,
  { kind, name, scope, source }: Subject
): Effect.Effect<void, LedgerError> =>
  statements.run(
    "DELETE FROM standing WHERE kind = ? AND source = ? AND scope = ? AND name = ?",
    kind,
    source,
    scope,
    name
  )

const Numbered = Schema.Struct({ number: Schema.Number })

/** Accepts what stands under this number, and returns whether anything does. */
export const accept = (ledger: Ledger, number: number, at: DateTime.Utc): Effect.Effect<boolean, LedgerError> =>
  ledger.transaction("state commit", (statements) =>
    Effect.gen(function*() {
      const found = yield* statements.all(
        Numbered,
        "UPDATE standing SET accepted_at = coalesce(accepted_at, ?) WHERE number = ? RETURNING number",
        at.epochMillis,
        number
      )
      const rows = yield* statements.all(
        Numbered,
        `UPDATE quarantine SET accepted_at = coalesce(accepted_at, ?) WHERE number = ? AND resolved_at IS NULL
          RETURNING number`,
        at.epochMillis,
        number
      )
      return found.length + rows.length > 0
    }))

const Row = Schema.Struct({
  number: Schema.Number,
  kind: Schema.Literal("quarantine", "vanished", "difference"),
  source: Schema.String,
  scope: Schema.String,
  name: Schema.String,
  says: Schema.String,
  first_at: Schema.Number,
  last_at: Schema.Number,
  accepted_at: Schema.NullOr(Schema.Number)
})

/** All that stands, by number. */
export const all = (statements: Statements): Effect.Effect<ReadonlyArray<Standing>, LedgerError> =>
  Effect.map(
    statements.all(
      Row,
      `SELECT number, kind, source, scope, name, says, first_at, last_at, accepted_at FROM standing
        UNION ALL
        SELECT number, 'quarantine', source, scope, stream, reason, first_at, last_at, accepted_at FROM quarantine
        WHERE resolved_at IS NULL
        ORDER BY number`
    ),
    (rows) =>
      rows.map(({ accepted_at, first_at, last_at, ...row }) => ({
        ...row,
        firstAt: DateTime.unsafeMake(first_at),
        lastAt: DateTime.unsafeMake(last_at),
        acceptedAt: accepted_at === null ? null : DateTime.unsafeMake(accepted_at)
      }))
  )
