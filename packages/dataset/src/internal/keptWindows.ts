/** What the ledger says of time that is no longer kept is taken back. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { LedgerError } from "../DatasetError.js"
import type { Statements } from "../Ledger.js"
import * as Proof from "../Proof.js"
import type { Kept } from "./kept.js"
import * as KeptKeys from "./keptKeys.js"
import * as Remembered from "./remembered.js"
import * as Withdrawing from "./withdrawing.js"

const sinceName = "no window before"

/** No window begins before, in milliseconds; null where any may. */
export const since = (statements: Pick<Statements, "all">): Effect.Effect<number | null, LedgerError> =>
  Effect.map(Remembered.get(statements, sinceName), (text) => text === null ? null : Number(text))

const Row = Schema.Struct({ id: Schema.Number, source: Schema.String, keys: Schema.String })
const Text = Schema.Struct({ text: Schema.parseJson(Schema.Array(Schema.String)) })

/** Those of these keys whose rows have no time of their own, and stay. */
const timeless = (statements: Statements, source: string, keys: ReadonlyArray<string>) =>
  Effect.map(
    statements.all(
      Text,
      `SELECT json_group_array(keys.unit) AS text FROM json_each(?) AS asked
        CROSS JOIN keys ON keys.unit = asked.value AND keys.partition = ''
        JOIN shelves ON shelves.id = keys.shelf AND shelves.source = ?`,
      JSON.stringify(keys),
      source
    ),
    ([found]) => new Set(found?.text ?? [])
  )

/** Rows without times that leave, by source. */
export type Leaving = ReadonlyArray<{ readonly source: string; readonly units: ReadonlyArray<string> }>

/**
 * The window of a list that is read by its newest activity counts what stays of it. Which rows of any other list lie behind an
 * instant only the vendor can say: its window is read again from there.
 */
const shorten = (statements: Statements, { id, keys, source }: typeof Row.Type, from: number, leaving: Leaving) =>
  Effect.gen(function*() {
    const known = keys === "" ? null : Option.getOrNull(KeptKeys.read(keys))
    if (known === null || known.rows.length === 0) return
    const found = yield* timeless(statements, source, known.rows)
    if (found.size === 0) return
    const gone = new Set(leaving.flatMap((one) => one.source === source ? one.units : []))
    const rest = { rows: known.rows.filter((key) => found.has(key) && !gone.has(key)), refused: known.refused }
    const { distinctKeys, keysSha256 } = Proof.count(rest)
    yield* statements.run(
      `UPDATE OR IGNORE windows SET from_at = ?, distinct_keys = ?, keys_sha256 = ?, total_first = NULL, total_last = NULL,
        revision = revision + 1 WHERE id = ?`,
      from,
      distinctKeys,
      keysSha256,
      id
    )
    yield* statements.run("UPDATE window_keys SET keys = ? WHERE \"window\" = ?", KeptKeys.write(rest), id)
  })

const Count = Schema.Struct({ count: Schema.Number })

/** Nothing is certified, asked for or waited for any more from before. */
export const advance = (
  statements: Statements,
  { before, edge, since }: Kept,
  leaving: Leaving
): Effect.Effect<void, LedgerError> =>
  Effect.gen(function*() {
    const at = edge.epochMillis
    const older = yield* statements.all(
      Row,
      `SELECT id, source, coalesce(hex(keys), '') AS keys FROM windows LEFT JOIN window_keys ON "window" = id
        WHERE from_at < ? AND to_at > ?`,
      at,
      at
    )
    for (const window of older) yield* shorten(statements, window, at, leaving)
    const past = "(SELECT id FROM windows WHERE from_at < ?)"
    const [left] = yield* statements.all(Count, `SELECT count(*) AS count FROM ${past}`, at)
    if (left !== undefined && left.count > 0) {
      yield* statements.run(`UPDATE landings SET "window" = NULL WHERE "window" IN ${past}`, at)
      yield* statements.run("DELETE FROM windows WHERE from_at < ?", at)
      yield* Withdrawing.settle(statements)
    }
    yield* statements.run("DELETE FROM certified WHERE to_at <= ?", at)
    yield* statements.run("UPDATE certified SET from_at = ? WHERE from_at < ?", at, at)
    yield* statements.run("UPDATE asked SET since = ? WHERE since < ?", since.epochMillis, since.epochMillis)
    yield* statements.run("DELETE FROM quarantine WHERE to_at <= ? AND to_at > 0", before.epochMillis)
    yield* statements.run("DELETE FROM pending WHERE ended_at < ?", before.epochMillis)
    yield* Remembered.set(statements, sinceName, String(at))
  })

/** What is asked for by id of rows that leave. */
export const forget = (statements: Statements, leaving: Leaving): Effect.Effect<void, LedgerError> =>
  Effect.forEach(
    leaving,
    ({ source, units }) =>
      Effect.forEach(["pending WHERE id", "spellings WHERE key"], (of) =>
        statements.run(
          `DELETE FROM ${of} IN (SELECT value FROM json_each(?)) AND source = ?`,
          JSON.stringify(units),
          source
        ), { discard: true }),
    { discard: true }
  )
