/** What the ledger says of time that is no longer kept: it is taken back, and what reaches beyond it is made shorter. */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { LedgerError } from "../DatasetError.js"
import type { Statements } from "../Ledger.js"
import * as Proof from "../Proof.js"
import * as KeptKeys from "./keptKeys.js"

/** A file that is dropped as a whole. */
interface Dropped {
  readonly shelf: number
  readonly source: string
  readonly partition: string
}

/** Nothing is certified or asked for from before this instant. */
export const promise = (statements: Statements, since: DateTime.Utc): Effect.Effect<void, LedgerError> =>
  Effect.gen(function*() {
    const at = since.epochMillis
    yield* statements.run("DELETE FROM certified WHERE to_at <= ?", at)
    yield* statements.run("UPDATE certified SET from_at = ? WHERE from_at < ?", at, at)
    yield* statements.run("UPDATE asked SET since = ? WHERE since < ?", at, at)
  })

const Row = Schema.Struct({
  id: Schema.Number,
  source: Schema.String,
  from_at: Schema.Number,
  total_first: Schema.NullOr(Schema.Number),
  total_last: Schema.NullOr(Schema.Number),
  state: Schema.NullOr(Schema.String),
  keys: Schema.String
})

/** A list that is read by days of another zone shows rows of the day before it begins. */
const edge = 3 * 86_400_000

const Text = Schema.Struct({ text: Schema.parseJson(Schema.Array(Schema.String)) })

/** Those of these keys that stand in files that are dropped. */
const among = (statements: Statements, source: string, over: ReadonlyArray<Dropped>, keys: ReadonlyArray<string>) =>
  Effect.map(
    statements.all(
      Text,
      `SELECT json_group_array(keys.unit) AS text FROM json_each(?) AS asked
        CROSS JOIN keys ON keys.unit = asked.value
        JOIN json_each(?) AS place ON keys.shelf = place.value ->> 0 AND keys.partition = place.value ->> 1`,
      JSON.stringify(keys),
      JSON.stringify(over.filter((file) => file.source === source).map(({ partition, shelf }) => [shelf, partition]))
    ),
    ([found]) => found?.text ?? []
  )

/** The keys that stay, and how many do not; null where the window loses none. */
const remaining = (
  statements: Statements,
  { keys, source, state }: typeof Row.Type,
  { leaving, over }: Pick<Shortened, "leaving" | "over">
) =>
  Effect.gen(function*() {
    const known = keys === "" ? null : Option.getOrNull(KeptKeys.read(keys))
    if (known === null || state !== "rows") return null
    const gone = new Set(yield* among(statements, source, over, known.rows))
    for (const one of leaving) if (one.source === source) { for (const unit of one.units) gone.add(unit) }
    const rows = known.rows.filter((key) => !gone.has(key))
    return rows.length === known.rows.length
      ? null
      : { rows, refused: known.refused, lost: known.rows.length - rows.length }
  })

export interface Shortened {
  readonly before: DateTime.Utc
  /** Files that are dropped as a whole. */
  readonly over: ReadonlyArray<Dropped>
  /** Rows that leave files which stay. */
  readonly leaving: ReadonlyArray<{ readonly source: string; readonly units: ReadonlyArray<string> }>
}

/** Certificates count what stays. What is over is forgotten. */
export const shorten = (statements: Statements, shortened: Shortened): Effect.Effect<void, LedgerError> =>
  Effect.gen(function*() {
    const at = shortened.before.epochMillis
    yield* statements.run(
      `UPDATE landings SET "window" = NULL WHERE "window" IN (SELECT id FROM windows WHERE to_at <= ?)`,
      at
    )
    yield* statements.run("DELETE FROM windows WHERE to_at <= ?", at)
    const windows = yield* statements.all(
      Row,
      `SELECT id, source, from_at, total_first, total_last, state, coalesce(hex(keys), '') AS keys FROM windows
        LEFT JOIN window_keys ON "window" = id WHERE from_at < ?`,
      at + edge
    )
    for (const window of windows) {
      const rest = yield* remaining(statements, window, shortened)
      const from = Math.max(window.from_at, at)
      if (rest === null && from === window.from_at) continue
      const less = (total: number | null) => total === null ? null : Math.max(0, total - (rest?.lost ?? 0))
      yield* statements.run(
        "UPDATE OR IGNORE windows SET from_at = ?, total_first = ?, total_last = ?, revision = revision + 1 WHERE id = ?",
        from,
        less(window.total_first),
        less(window.total_last),
        window.id
      )
      if (rest === null) continue
      const { distinctKeys, keysSha256 } = Proof.count(rest)
      yield* statements.run(
        "UPDATE windows SET distinct_keys = ?, keys_sha256 = ? WHERE id = ?",
        distinctKeys,
        keysSha256,
        window.id
      )
      yield* statements.run("UPDATE window_keys SET keys = ? WHERE \"window\" = ?", KeptKeys.write(rest), window.id)
    }
    // Another window has the same stretch by now.
    yield* statements.run(
      `UPDATE landings SET "window" = NULL WHERE "window" IN (SELECT id FROM windows WHERE from_at < ?)`,
      at
    )
    yield* statements.run("DELETE FROM windows WHERE from_at < ?", at)
    yield* statements.run("DELETE FROM quarantine WHERE to_at <= ? AND to_at > 0", at)
    yield* statements.run("DELETE FROM pending WHERE ended_at < ?", at)
    for (const { source, units } of shortened.leaving) {
      for (const table of ["pending WHERE id", "spellings WHERE key"]) {
        yield* statements.run(
          `DELETE FROM ${table} IN (SELECT value FROM json_each(?)) AND source = ?`,
          JSON.stringify(units),
          source
        )
      }
    }
  })
