/** DuckDB, as Effects. The one place that knows its driver, so that a session of somebody else can take its place. */
import {
  DuckDBArrayValue,
  type DuckDBConnection,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue
} from "@duckdb/node-api"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { QueryFailed, QueryRefused } from "../AnalyticsError.js"
import type { Value } from "../Value.js"

export type { DuckDBConnection, DuckDBInstance }

/** Before a row is read DuckDB can only speak of the text; later it quotes what it found. */
const ofTheText = /^(Parser|Binder|Catalog|Syntax|Permission) Error: /

const failure = (cause: unknown): QueryRefused | QueryFailed => {
  const said = Predicate.hasProperty(cause, "message") && Predicate.isString(cause.message) ? cause.message : ""
  const [line = ""] = said.replace(/^Failed to extract statements: /, "").split("\n")
  return ofTheText.test(line)
    ? new QueryRefused({ reason: line.replace(/[.!]+$/, "") })
    : new QueryFailed({
      kind: /^([A-Z][A-Za-z /-]+ (?:Error|Exception)):/.exec(line)?.[1] ?? "DuckDB failed",
      columns: []
    })
}

/** An interrupted query is told to stop and waited for: a connection must not be closed under a running one. */
const working = <A>(
  connection: DuckDBConnection,
  work: () => Promise<A>
): Effect.Effect<A, QueryRefused | QueryFailed> =>
  Effect.async((resume) => {
    const promise = work().then(
      (value) => resume(Effect.succeed(value)),
      (cause: unknown) => resume(Effect.fail(failure(cause)))
    )
    return Effect.promise(() => {
      connection.interrupt()
      return promise
    })
  })

export const instance = (
  settings: Record<string, string>
): Effect.Effect<DuckDBInstance, QueryRefused | QueryFailed, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({ try: () => DuckDBInstance.create(":memory:", settings), catch: failure }),
    (instance) => Effect.sync(() => instance.closeSync())
  )

export const connection = (
  instance: DuckDBInstance
): Effect.Effect<DuckDBConnection, QueryRefused | QueryFailed, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({ try: () => instance.connect(), catch: failure }),
    (connection) => Effect.sync(() => connection.closeSync())
  )

export const run = (
  connection: DuckDBConnection,
  text: string
): Effect.Effect<void, QueryRefused | QueryFailed> => Effect.asVoid(working(connection, () => connection.run(text)))

/** Whether a query has a row. */
export const any = (
  connection: DuckDBConnection,
  text: string
): Effect.Effect<boolean, QueryRefused | QueryFailed> =>
  Effect.map(
    working(connection, () => connection.runAndReadUntil(text, 1)),
    ({ currentRowCount }) => currentRowCount > 0
  )

export interface Running {
  readonly columns: ReadonlyArray<{ readonly name: string; readonly type: string }>
  /** A few thousand rows at a time, column by column, which is how DuckDB has them. */
  readonly chunks: Stream.Stream<Columns, QueryRefused | QueryFailed>
}

export interface Columns {
  readonly size: number
  /** In the order of the columns. */
  readonly values: ReadonlyArray<ReadonlyArray<Value>>
}

/** The answer of the last statement. */
export const stream = (
  connection: DuckDBConnection,
  text: string
): Effect.Effect<Running, QueryRefused | QueryFailed> =>
  Effect.map(working(connection, () => connection.stream(text)), (result) => ({
    columns: result.columnNames().map((name, index) => ({ name, type: String(result.columnType(index)) })),
    chunks: Stream.repeatEffectOption(
      Effect.flatMap(
        Effect.mapError(working(connection, () => result.fetchChunk()), Option.some),
        (chunk) =>
          chunk === null || chunk.rowCount === 0
            ? Effect.fail(Option.none())
            : Effect.succeed({
              size: chunk.rowCount,
              values: Array.from({ length: chunk.columnCount }, (_, index) => chunk.getColumnValues(index).map(value))
            })
      )
    )
  }))

const value = (raw: DuckDBValue): Value => {
  if (raw === null || typeof raw === "boolean" || typeof raw === "number" || typeof raw === "string") return raw
  if (typeof raw === "bigint") {
    const number = Number(raw)
    return Number.isSafeInteger(number) ? number : raw
  }
  // Dates of DuckDB reach further than those of JavaScript, and to both infinities.
  if (raw instanceof DuckDBTimestampTZValue) {
    // A driver that writes text does so in the zone of the process.
    const text = String(new DuckDBTimestampValue(raw.micros)).replace(/^(\S+) (.*)$/, "$1T$2Z")
    return raw.micros % 1000n === 0n ? Option.getOrElse(DateTime.make(Number(raw.micros / 1000n)), () => text) : text
  }
  if (raw instanceof DuckDBListValue || raw instanceof DuckDBArrayValue) return raw.items.map(value)
  if (raw instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(raw.entries).map(([name, inner]) => [name, value(inner)]))
  }
  if (raw instanceof DuckDBDecimalValue) {
    const [number, text] = [raw.toDouble(), raw.toString()]
    // More digits than a number holds.
    return number.toFixed(raw.scale) === text ? number : text
  }
  return String(raw)
}
