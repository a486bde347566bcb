/** The keys of certified windows, which the ledger keeps so that a certificate can be computed once more. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { deflateSync, inflateSync } from "node:zlib"
import type { Certificate } from "../Certificate.js"
import type { LedgerError } from "../DatasetError.js"
import * as Interval from "../Interval.js"
import type { Ledger, Statements } from "../Ledger.js"
import type { Keys } from "../Proof.js"

const Written = Schema.parseJson(Schema.Tuple(Schema.Array(Schema.String), Schema.Array(Schema.String)))
const readWritten = Schema.decodeOption(Written)

// JSON keeps every text as it is, also text that is not well-formed.
export const write = ({ refused, rows }: Keys): Uint8Array => deflateSync(JSON.stringify([rows, refused]), { level: 1 })

/** None where these bytes are not what `write` makes. */
export const read = (hex: string): Option.Option<Keys> =>
  Option.liftThrowable(() => inflateSync(Buffer.from(hex, "hex")).toString())().pipe(
    Option.flatMap(readWritten),
    Option.map(([rows, refused]) => ({ rows, refused }))
  )

/** In the place of the keys that this window had before. Only a certified window has any. */
export const replace = (
  statements: Statements,
  window: number,
  { certificate, keys, ofRows }: { readonly certificate: Certificate; readonly keys: Keys; readonly ofRows: boolean }
): Effect.Effect<void, LedgerError> =>
  certificate.verdict === "certified"
    ? statements.run(
      "INSERT OR REPLACE INTO window_keys VALUES (?, ?, ?)",
      window,
      ofRows ? "rows" : "counted",
      write(keys)
    )
    : statements.run("DELETE FROM window_keys WHERE window = ?", window)

/** Other keys in the place of those of a window that has some. */
export const change = (statements: Statements, window: number, keys: Keys): Effect.Effect<void, LedgerError> =>
  statements.run("UPDATE window_keys SET keys = ? WHERE \"window\" = ?", write(keys), window)

const Stretch = Schema.Struct({ stream: Schema.String, from_at: Schema.Number, to_at: Schema.Number })
const Older = Schema.Struct({
  ...Stretch.fields,
  id: Schema.Number,
  source: Schema.String,
  scope: Schema.String,
  read_at: Schema.Number,
  running: Schema.Number
})

/** Windows, and whether the run that is running read them: these are the newest, also where a clock was ahead before. */
const dated = `SELECT windows.*, EXISTS (SELECT 1 FROM runs WHERE runs.id = run_id AND status IS NULL) AS running
  FROM windows`

const intervalOf = ({ from_at, to_at }: typeof Stretch.Type): Interval.Interval =>
  Interval.make(DateTime.unsafeMake(from_at), DateTime.unsafeMake(to_at))

/**
 * Forgets the keys of windows that were read again in other windows: every night reads the last days once more, and the ledger
 * would grow by all of their keys.
 */
export const forgetCovered = (ledger: Ledger): Effect.Effect<void, LedgerError> =>
  Effect.gen(function*() {
    const older = yield* ledger.all(
      Older,
      `WITH dated AS (${dated})
        SELECT DISTINCT old.id, old.source, old.scope, old.stream, old.from_at, old.to_at, old.read_at, old.running
        FROM dated AS fresh
        JOIN dated AS old ON old.source = fresh.source AND old.scope = fresh.scope
        JOIN window_keys ON window = old.id
        WHERE fresh.published < fresh.revision AND fresh.verdict = 'certified' AND keys IS NOT NULL
          AND (old.running, old.read_at) < (fresh.running, fresh.read_at)
          AND old.from_at < fresh.to_at AND old.to_at > fresh.from_at`
    )
    const covered: Array<number> = []
    for (const one of older) {
      const newer = yield* ledger.all(
        Stretch,
        `SELECT stream, from_at, to_at FROM (${dated}) JOIN window_keys ON window = id WHERE state <> 'unknown'
          AND source = ? AND scope = ? AND (running, read_at) > (?, ?) AND from_at < ? AND to_at > ?`,
        one.source,
        one.scope,
        one.running,
        one.read_at,
        one.to_at,
        one.from_at
      )
      const again = newer.filter(({ stream }) => Interval.satisfies(stream, one.stream)).map(intervalOf)
      if (Interval.subtract([intervalOf(one)], again).length === 0) covered.push(one.id)
    }
    if (covered.length === 0) return
    yield* ledger.run(
      "UPDATE window_keys SET state = 'covered', keys = NULL WHERE window IN (SELECT value FROM json_each(?))",
      JSON.stringify(covered)
    )
  })

const Kept = Schema.Struct({ ...Stretch.fields, keys: Schema.String })

const KeptRow = Schema.Struct({ keys: Schema.String })

/** The keys of the rows that these windows of a stream counted, of those whose keys are kept. */
export const ofWindows = (
  ledger: Statements,
  { scope, source, stream }: { readonly source: string; readonly scope: string; readonly stream: string },
  windows: ReadonlyArray<Interval.Interval>
): Effect.Effect<ReadonlySet<string>, LedgerError> =>
  Effect.map(
    ledger.all(
      KeptRow,
      `SELECT hex(keys) AS keys FROM json_each(?)
        CROSS JOIN windows ON source = ? AND scope = ? AND stream = ? AND from_at = value ->> 0 AND to_at = value ->> 1
        JOIN window_keys ON "window" = windows.id
        WHERE keys IS NOT NULL AND verdict = 'certified'`,
      JSON.stringify(windows.map(({ from, to }) => [from.epochMillis, to.epochMillis])),
      source,
      scope,
      stream
    ),
    (found) => {
      const keys = new Set<string>()
      for (const row of found) {
        for (const key of Option.match(read(row.keys), { onNone: () => [], onSome: ({ rows }) => rows })) keys.add(key)
      }
      return keys
    }
  )

/** What certified windows counted. */
export interface Counted {
  readonly keys: ReadonlySet<string>
  /** The stretches of time whose windows kept their keys. */
  readonly windows: Interval.Intervals
}

/** What the certified windows of a list counted that touch this range. */
export const counted = (
  ledger: Statements,
  { scope, source, stream }: { readonly source: string; readonly scope: string; readonly stream: string },
  range: Interval.Interval
): Effect.Effect<Counted, LedgerError> =>
  Effect.gen(function*() {
    const found = (yield* ledger.all(
      Kept,
      `SELECT stream, from_at, to_at, hex(keys) AS keys FROM windows JOIN ${yield* relation(ledger)} ON "window" = id
        WHERE source = ? AND scope = ? AND from_at < ? AND to_at > ? AND keys IS NOT NULL AND verdict = 'certified'`,
      source,
      scope,
      range.to.epochMillis,
      range.from.epochMillis
    )).flatMap((row) =>
      Interval.satisfies(row.stream, stream)
        ? Option.match(read(row.keys), {
          onNone: () => [],
          onSome: ({ rows }) => [{ rows, window: intervalOf(row) }]
        })
        : []
    )
    return {
      keys: new Set(found.flatMap(({ rows }) => rows)),
      windows: Interval.normalise(found.map(({ window }) => window))
    }
  })

const Count = Schema.Struct({ count: Schema.Number })

/** Where keys stand. A ledger of an earlier version, which a reader leaves as it is, keeps none. */
export const relation = (ledger: Statements): Effect.Effect<string, LedgerError> =>
  Effect.map(
    ledger.all(Count, "SELECT count(*) AS count FROM sqlite_master WHERE name = 'window_keys'"),
    ([found]) =>
      found?.count === 1
        ? "window_keys"
        : "(SELECT id AS \"window\", 'unknown' AS state, NULL AS keys FROM windows WHERE verdict = 'certified')"
  )
