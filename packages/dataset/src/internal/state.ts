/** What the ledger says of what was read. */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Certificate, Verdict, type Window } from "../Certificate.js"
import type { LedgerError } from "../DatasetError.js"
import * as Interval from "../Interval.js"
import type { Statements } from "../Ledger.js"
import * as OwnTables from "../OwnTables.js"
import * as Quarantine from "./quarantine.js"

const Stretch = Schema.Struct({ stream: Schema.String, from_at: Schema.Number, to_at: Schema.Number })

const at = (epochMillis: number): DateTime.Utc => DateTime.unsafeMake(epochMillis)

const certifiedOf = (statements: Statements, source: string, scope: string) =>
  Effect.map(
    statements.all(
      Stretch,
      "SELECT stream, from_at, to_at FROM certified WHERE source = ? AND scope = ?",
      source,
      scope
    ),
    (rows) => rows.map((row) => ({ stream: row.stream, interval: Interval.make(at(row.from_at), at(row.to_at)) }))
  )

/** What is certified for a stream, by itself or by a richer one. */
export const certified = (
  statements: Statements,
  window: Pick<Window, "source" | "scope" | "stream">
): Effect.Effect<Interval.Intervals, LedgerError> =>
  Effect.map(certifiedOf(statements, window.source, window.scope), (rows) =>
    Interval.normalise(
      rows.filter(({ stream }) => Interval.satisfies(stream, window.stream)).map(({ interval }) => interval)
    ))

const Id = Schema.Struct({ id: Schema.Number })

/**
 * Records a certificate. A reading that is not certified takes the verdict from all that was certified there,
 * richer or poorer: what it read was in all of them.
 */
export const certify = Effect.fnUntraced(function*(statements: Statements, given: Certificate) {
  const { scope, source, stream } = given
  const key = { source, scope, stream, from_at: given.from.epochMillis, to_at: given.to.epochMillis }
  const said = {
    verdict: given.verdict,
    total_first: given.totalFirst,
    total_last: given.totalLast,
    distinct_keys: given.distinctKeys,
    quarantined: given.quarantined,
    pages: given.pages,
    passes: given.passes,
    keys_sha256: given.keysSha256,
    request_ids: JSON.stringify(given.requestIds),
    read_at: given.readAt.epochMillis,
    run_id: given.runId
  }
  const columns = [...Object.entries(key), ...Object.entries(said)]
  const [written] = yield* statements.all(
    Id,
    `INSERT INTO windows (${columns.map(([name]) => name).join(", ")}, revision, published)
      VALUES (${columns.map(() => "?").join(", ")}, 1, 0)
      ON CONFLICT (${Object.keys(key).join(", ")}) DO UPDATE SET revision = revision + 1, ${
      Object.keys(said).map((name) => `${name} = excluded.${name}`).join(", ")
    }
      RETURNING id`,
    ...columns.map(([, value]) => value)
  )
  const read = [Interval.make(given.from, given.to)]
  const known = yield* certifiedOf(statements, source, scope)
  const concerned = new Set(
    given.verdict === "certified"
      ? [stream]
      : known.map((row) => row.stream).filter((other) =>
        Interval.satisfies(other, stream) || Interval.satisfies(stream, other)
      )
  )
  for (const one of concerned) {
    const before = known.filter((row) => row.stream === one).map(({ interval }) => interval)
    const after = given.verdict === "certified" ? Interval.union(before, read) : Interval.subtract(before, read)
    yield* statements.run("DELETE FROM certified WHERE source = ? AND scope = ? AND stream = ?", source, scope, one)
    for (const { from, to } of after) {
      yield* statements.run(
        "INSERT INTO certified VALUES (?, ?, ?, ?, ?)",
        source,
        scope,
        one,
        from.epochMillis,
        to.epochMillis
      )
    }
  }
  return written?.id ?? 0
})

export interface Question {
  readonly source: string
  readonly scope: string
  readonly stream: string
  readonly since: DateTime.Utc
  readonly until: DateTime.Utc
  readonly now: DateTime.Utc
  readonly lookback: Duration.DurationInput
  /** Subtract nothing. */
  readonly full?: boolean | undefined
}

/**
 * The range without what is certified, and again what of it lies within the look-back of now, or in a window with rows in
 * quarantine.
 */
export const plan = (statements: Statements, question: Question): Effect.Effect<Interval.Intervals, LedgerError> =>
  Effect.gen(function*() {
    const range = [Interval.make(question.since, question.until)]
    if (question.full === true) return Interval.normalise(range)
    const known = yield* certified(statements, question)
    const recent = Interval.make(DateTime.subtractDuration(question.now, question.lookback), question.now)
    const again = Interval.union([recent], yield* Quarantine.again(statements, question, question.now))
    return Interval.union(Interval.subtract(range, known), Interval.intersect(range, again))
  })

const Since = Schema.Struct({ since: Schema.NullOr(Schema.Number) })

export const earliest = (statements: Statements, source: string, scope?: string) =>
  Effect.map(
    statements.all(
      Since,
      `SELECT min(since) AS since FROM asked WHERE source = ?1 AND scope = coalesce(?2, scope)`,
      source,
      scope ?? null
    ),
    ([row]) => Option.map(Option.fromNullable(row?.since), at)
  )

/** Stands for a whole source, which may have listed nothing yet. */
const anyScope = ""

const Scope = Schema.Struct({ scope: Schema.String })

export const scopes = (statements: Statements, source: string) =>
  Effect.map(
    statements.all(Scope, "SELECT scope FROM asked WHERE source = ? AND scope <> ? ORDER BY scope", source, anyScope),
    (rows) => rows.map(({ scope }) => scope)
  )

const Source = Schema.Struct({ source: Schema.String })

export const sources = (statements: Statements) =>
  Effect.map(
    statements.all(
      Source,
      "SELECT source FROM asked UNION SELECT source FROM shelves WHERE source <> ? ORDER BY source",
      OwnTables.source
    ),
    (rows) => rows.map(({ source }) => source)
  )

export const ask = (statements: Statements, source: string, scope: string | null, since: DateTime.Utc) =>
  statements.run(
    `INSERT INTO asked VALUES (?, ?, ?)
      ON CONFLICT (source, scope) DO UPDATE SET since = min(since, excluded.since)`,
    source,
    scope ?? anyScope,
    since.epochMillis
  )

export const WindowRow = Schema.Struct({
  id: Schema.Number,
  source: Schema.String,
  scope: Schema.String,
  stream: Schema.String,
  from_at: Schema.Number,
  to_at: Schema.Number,
  verdict: Verdict,
  total_first: Schema.NullOr(Schema.Number),
  total_last: Schema.NullOr(Schema.Number),
  distinct_keys: Schema.Number,
  quarantined: Schema.Number,
  pages: Schema.Number,
  passes: Schema.Number,
  keys_sha256: Schema.NullOr(Schema.String),
  request_ids: Schema.parseJson(Schema.Array(Schema.String)),
  read_at: Schema.Number,
  run_id: Schema.String,
  revision: Schema.Number,
  published: Schema.Number
})
export interface WindowRow extends Schema.Schema.Type<typeof WindowRow> {}

export const certificates = (statements: Statements) =>
  Effect.map(
    statements.all(WindowRow, "SELECT * FROM windows ORDER BY source, scope, stream, from_at, to_at"),
    (rows) =>
      rows.map((row) =>
        Certificate.make({
          source: row.source,
          scope: row.scope,
          stream: row.stream,
          from: at(row.from_at),
          to: at(row.to_at),
          verdict: row.verdict,
          totalFirst: row.total_first,
          totalLast: row.total_last,
          distinctKeys: row.distinct_keys,
          quarantined: row.quarantined,
          pages: row.pages,
          passes: row.passes,
          keysSha256: row.keys_sha256,
          requestIds: row.request_ids,
          readAt: at(row.read_at),
          runId: row.run_id
        })
      )
  )
