/** Takes certificates back whose rows are not there, so that the next run reads their time again. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { LedgerError } from "../DatasetError.js"
import * as Interval from "../Interval.js"
import type { Statements } from "../Ledger.js"
import * as KeptKeys from "./keptKeys.js"

const Row = Schema.Struct({
  id: Schema.Number,
  source: Schema.String,
  scope: Schema.String,
  stream: Schema.String,
  from_at: Schema.Number,
  to_at: Schema.Number
})
type Row = typeof Row.Type

const Kept = Schema.Struct({ ...Row.fields, keys: Schema.NullOr(Schema.String) })

const intervalOf = ({ from_at, to_at }: Pick<Row, "from_at" | "to_at">): Interval.Interval =>
  Interval.make(DateTime.unsafeMake(from_at), DateTime.unsafeMake(to_at))

const columns = "id, source, scope, stream, from_at, to_at"

/** Certified windows that meet a condition. */
export const certified = (
  statements: Statements,
  where: string,
  ...parameters: ReadonlyArray<string | number>
): Effect.Effect<ReadonlyArray<Row>, LedgerError> =>
  statements.all(Row, `SELECT ${columns} FROM windows WHERE verdict = 'certified' AND ${where}`, ...parameters)

/** Certified windows of a source that count one of these keys. Of those whose keys are not kept, all that touch the range. */
export const counting = (
  statements: Statements,
  { keys, range, source }: {
    readonly source: string
    readonly keys: ReadonlySet<string>
    /** Null where rows have no time of their own. */
    readonly range: Interval.Interval | null
  }
): Effect.Effect<ReadonlyArray<Row>, LedgerError> =>
  Effect.map(
    statements.all(
      Kept,
      `SELECT ${columns}, hex(keys) AS keys FROM windows LEFT JOIN window_keys ON "window" = id
        WHERE verdict = 'certified' AND source = ?`,
      source
    ),
    (windows) =>
      windows.filter((window) =>
        Option.match(Option.flatMap(Option.fromNullable(window.keys), KeptKeys.read), {
          onNone: () => range === null || Interval.intersect([intervalOf(window)], [range]).length > 0,
          onSome: ({ refused, rows }) => [...rows, ...refused].some((key) => keys.has(key))
        })
      )
  )

/** These windows are read again: what they certified no longer is, whatever else was certified there. */
export const withdraw = (statements: Statements, windows: ReadonlyArray<Row>): Effect.Effect<void, LedgerError> =>
  Effect.gen(function*() {
    const ids = JSON.stringify(windows.map(({ id }) => id))
    yield* statements.run(
      "UPDATE windows SET verdict = 'uncertified', revision = revision + 1 WHERE id IN (SELECT value FROM json_each(?))",
      ids
    )
    yield* statements.run("DELETE FROM window_keys WHERE \"window\" IN (SELECT value FROM json_each(?))", ids)
    yield* settle(statements, windows)
  })

/** Certified is what windows certify, without these stretches. */
export const settle = (statements: Statements, taken: ReadonlyArray<Row> = []): Effect.Effect<void, LedgerError> =>
  Effect.gen(function*() {
    const claimed = yield* statements.all(Row.omit("id"), "SELECT * FROM certified")
    const proved = yield* certified(statements, "true")
    const listOf = ({ scope, source, stream }: Omit<Row, "id">) => JSON.stringify([source, scope, stream])
    yield* statements.run("DELETE FROM certified")
    for (const list of new Set(claimed.map(listOf))) {
      const of = (rows: ReadonlyArray<Omit<Row, "id">>) => rows.filter((row) => listOf(row) === list)
      const [first] = of(claimed)
      const left = Interval.subtract(
        Interval.intersect(of(claimed).map(intervalOf), Interval.normalise(of(proved).map(intervalOf))),
        of(taken).map(intervalOf)
      )
      for (const { from, to } of first === undefined ? [] : left) {
        yield* statements.run(
          "INSERT INTO certified VALUES (?, ?, ?, ?, ?)",
          first?.source ?? "",
          first?.scope ?? "",
          first?.stream ?? "",
          from.epochMillis,
          to.epochMillis
        )
      }
    }
  })
