/** Rows that could not be kept. Each stands until it is read, or until what showed it is read again without it. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import type { Window } from "../Certificate.js"
import type { LedgerError } from "../DatasetError.js"
import * as Interval from "../Interval.js"
import type { Statements } from "../Ledger.js"
import * as Standing from "./standing.js"

export interface Refused {
  readonly raw: string
  readonly reason: string
  /** Its key, if it can be told; the SHA-256 of its text when left out. */
  readonly key?: string | undefined
}

/** One row in quarantine, without its text. */
export interface Quarantined {
  readonly number: number
  readonly source: string
  readonly scope: string
  readonly stream: string
  readonly key: string
  readonly sha256: string
  readonly reason: string
  /** The run that last met it. */
  readonly runId: string
  readonly firstAt: DateTime.Utc
  readonly lastAt: DateTime.Utc
  readonly acceptedAt: DateTime.Utc | null
}

/** A row that a person accepted is asked for again so long after it was last met. */
const patience = Duration.toMillis("7 days")

/** Rows that are to be asked for again, before or at the instant that `patient` gives. */
const isAsked = "resolved_at IS NULL AND (accepted_at IS NULL OR last_at <= ?)"

const patient = (now: DateTime.Utc): number => now.epochMillis - patience

const Row = Schema.Struct({
  number: Schema.Number,
  source: Schema.String,
  scope: Schema.String,
  stream: Schema.String,
  // The driver ends text at its first NUL, and an id may hold one.
  key: Schema.StringFromHex,
  sha256: Schema.String,
  reason: Schema.String,
  run_id: Schema.String,
  first_at: Schema.Number,
  last_at: Schema.Number,
  accepted_at: Schema.NullOr(Schema.Number)
})

export const all = (statements: Statements): Effect.Effect<ReadonlyArray<Quarantined>, LedgerError> =>
  Effect.map(
    statements.all(
      Row,
      `SELECT number, source, scope, stream, hex(key) AS key, sha256, reason, run_id, first_at, last_at, accepted_at
        FROM quarantine WHERE resolved_at IS NULL ORDER BY number`
    ),
    (rows) =>
      rows.map(({ accepted_at, first_at, last_at, run_id, ...row }) => ({
        ...row,
        runId: run_id,
        firstAt: DateTime.unsafeMake(first_at),
        lastAt: DateTime.unsafeMake(last_at),
        acceptedAt: accepted_at === null ? null : DateTime.unsafeMake(accepted_at)
      }))
  )

const Text = Schema.Struct({ raw: Schema.String })

export const text = (statements: Statements, number: number): Effect.Effect<string | null, LedgerError> =>
  Effect.map(
    statements.all(Text, "SELECT raw FROM quarantine WHERE number = ? AND resolved_at IS NULL", number),
    ([row]) => row?.raw ?? null
  )

type List = Pick<Window, "source" | "scope" | "stream">

/** Whether both ask for the same rows, one of them perhaps with more of each. */
const isRelated = (one: string, other: string): boolean =>
  Interval.satisfies(one, other) || Interval.satisfies(other, one)

const Stretch = Schema.Struct({ stream: Schema.String, from_at: Schema.Number, to_at: Schema.Number })

const interval = ({ from_at, to_at }: typeof Stretch.Type): Interval.Interval =>
  Interval.make(DateTime.unsafeMake(from_at), DateTime.unsafeMake(to_at))

/** The windows whose rows are asked for again now. */
export const again = (
  statements: Statements,
  { scope, source, stream }: List,
  now: DateTime.Utc
): Effect.Effect<Interval.Intervals, LedgerError> =>
  Effect.map(
    statements.all(
      Stretch,
      `SELECT DISTINCT stream, from_at, to_at FROM quarantine WHERE source = ? AND scope = ? AND ${isAsked}`,
      source,
      scope,
      patient(now)
    ),
    (found) => Interval.normalise(found.filter((row) => isRelated(row.stream, stream)).map(interval))
  )

/** A condition on an id: rows that came by their ids, belong to no window, and were not met by the run under way. */
export const isDueById = `id IN (
  SELECT key FROM quarantine WHERE source = ? AND scope = ? AND from_at = to_at AND ${isAsked} AND run_id NOT IN (
    SELECT id FROM runs WHERE ended_at IS NULL AND started_at = (SELECT max(started_at) FROM runs)
  )
)`

/** What the condition takes. */
export const dueById = (source: string, scope: string, now: DateTime.Utc) => [source, scope, patient(now)] as const

/** The text of a row that left quarantine is kept no longer. */
const resolved = "resolved_at = ?, raw = ''"

const Entry = Schema.Struct({
  number: Schema.Number,
  stream: Schema.String,
  resolved_at: Schema.NullOr(Schema.Number)
})

export interface Reading {
  readonly window: Window
  readonly runId: string
  readonly readAt: DateTime.Utc
  readonly refused: ReadonlyArray<Refused>
  /** Keys of rows that came whole, or that were asked for. */
  readonly shown: ReadonlyArray<string>
  /** Whether the window was read to its end, and its certificate is recorded. */
  readonly finished: boolean
}

/** Puts rows into quarantine, and returns how many were not there before. A row that is there keeps its number. */
const put = (
  statements: Statements,
  { readAt, runId, window }: Reading,
  refused: ReadonlyArray<Refused & { readonly key: string }>
) =>
  Effect.map(
    Effect.forEach(refused, ({ key, raw, reason }) =>
      Effect.gen(function*() {
        const { from, scope, source, stream, to } = window
        const sha256 = createHash("sha256").update(raw).digest("hex")
        const said = [sha256, raw, reason, runId, from.epochMillis, to.epochMillis, readAt.epochMillis]
        const entries = yield* statements.all(
          Entry,
          "SELECT number, stream, resolved_at FROM quarantine WHERE source = ? AND scope = ? AND key = ? ORDER BY number",
          source,
          scope,
          key
        )
        const known = entries.find((entry) => isRelated(entry.stream, stream))
        if (known === undefined) {
          yield* statements.run(
            `INSERT INTO quarantine (
              number, source, scope, stream, key, first_at, sha256, raw, reason, run_id, from_at, to_at, last_at
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
            yield* Standing.nextNumber(statements),
            source,
            scope,
            stream,
            key,
            readAt.epochMillis,
            ...said
          )
          return true
        }
        // What was accepted was this row as it stood, not one that comes back.
        yield* statements.run(
          `UPDATE quarantine SET sha256 = ?, raw = ?, reason = ?, run_id = ?, from_at = ?, to_at = ?, last_at = ?,
            accepted_at = CASE WHEN resolved_at IS NULL THEN accepted_at END, resolved_at = NULL
            WHERE number = ?`,
          ...said,
          known.number
        )
        return known.resolved_at !== null
      })),
    (fresh) => fresh.filter(Boolean).length
  )

const Unresolved = Schema.Struct({
  number: Schema.Number,
  run_id: Schema.String,
  last_at: Schema.Number,
  ...Stretch.fields
})

/** Rows that this window showed before, and whose windows other runs have read to their ends since. */
const resolveUnlisted = (statements: Statements, { readAt, runId, window }: Reading) =>
  Effect.gen(function*() {
    const { from, scope, source, stream, to } = window
    const before = yield* statements.all(
      Unresolved,
      `SELECT number, run_id, last_at, stream, from_at, to_at FROM quarantine
        WHERE source = ? AND scope = ? AND resolved_at IS NULL AND run_id <> ?
        AND from_at < to_at AND from_at < ? AND to_at > ?`,
      source,
      scope,
      runId,
      to.epochMillis,
      from.epochMillis
    )
    for (const row of before.filter((row) => isRelated(row.stream, stream))) {
      const since = yield* statements.all(
        Stretch,
        `SELECT stream, from_at, to_at FROM windows WHERE source = ? AND scope = ? AND verdict <> 'uncertified'
          AND run_id <> ? AND read_at >= ?`,
        source,
        scope,
        row.run_id,
        row.last_at
      )
      const read = since.filter((one) => isRelated(one.stream, stream)).map(interval)
      if (Interval.subtract([interval(row)], read).length > 0) continue
      yield* statements.run(`UPDATE quarantine SET ${resolved} WHERE number = ?`, readAt.epochMillis, row.number)
    }
  })

const Stream = Schema.Struct({ stream: Schema.String })

/** Records what a reading says of rows in quarantine, and returns how many were not there before. */
export const record = (statements: Statements, reading: Reading): Effect.Effect<number, LedgerError> =>
  Effect.gen(function*() {
    const { finished, readAt, shown, window: { scope, source, stream } } = reading
    const refused = reading.refused.map((row) => ({
      ...row,
      key: row.key ?? createHash("sha256").update(row.raw).digest("hex")
    }))
    const standing = yield* statements.all(
      Stream,
      "SELECT DISTINCT stream FROM quarantine WHERE source = ? AND scope = ? AND resolved_at IS NULL",
      source,
      scope
    )
    const streams = standing.flatMap((row) => isRelated(row.stream, stream) ? [row.stream] : [])
    if (streams.length > 0) {
      const stillRefused = new Set(refused.map(({ key }) => key))
      yield* statements.run(
        `UPDATE quarantine SET ${resolved} WHERE source = ? AND scope = ? AND resolved_at IS NULL
          AND stream IN (SELECT value FROM json_each(?)) AND key IN (SELECT value FROM json_each(?))`,
        readAt.epochMillis,
        source,
        scope,
        JSON.stringify(streams),
        JSON.stringify(shown.filter((key) => !stillRefused.has(key)))
      )
    }
    const fresh = yield* put(statements, reading, refused)
    if (finished && streams.length > 0) yield* resolveUnlisted(statements, reading)
    return fresh
  })
