/** DuckDB, as Effects. The one place that knows its driver, so that a session of somebody else can take its place. */
import {
  DuckDBArrayValue,
  type DuckDBConnection,
  DuckDBDecimalValue,
  type DuckDBExtractedStatements,
  DuckDBInstance,
  DuckDBListValue,
  type DuckDBPreparedStatement,
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
import * as said from "./said.js"

export type { DuckDBConnection, DuckDBInstance }

/** `text` is what a user asked, and may be repeated; null for a text of this project. */
const failure = (text: string | null) => (cause: unknown): QueryRefused | QueryFailed => {
  const message = Predicate.hasProperty(cause, "message") && Predicate.isString(cause.message) ? cause.message : ""
  const words = message.replace(/^Failed to extract statements: /, "")
  if (words.startsWith("Permission Error: ")) {
    const reason = "SQL sees the dataset and no other file"
    return new QueryRefused({ reason: [reason, ...said.location(words, text ?? "")].join("\n"), needs: "files" })
  }
  const [, setting] = /^Invalid Input Error: Cannot change configuration option "(\w+)"/.exec(words) ?? []
  const reason = setting === undefined
    ? text === null ? said.ofOwn(words) : said.ofStatement(words, text) ?? said.ofFile(words, text)
    : `${setting} cannot be set: settings are fixed before a query runs`
  return reason === null
    ? new QueryFailed({
      kind: /^([A-Z][A-Za-z /-]+ (?:Error|Exception)):/.exec(words)?.[1] ?? "DuckDB failed",
      columns: []
    })
    : new QueryRefused({ reason })
}

/** An interrupted query is told to stop and waited for: a connection must not be closed under a running one. */
const working = <A>(
  connection: DuckDBConnection,
  text: string | null,
  work: () => Promise<A>
): Effect.Effect<A, QueryRefused | QueryFailed> =>
  Effect.async((resume) => {
    const promise = work().then(
      (value) => resume(Effect.succeed(value)),
      (cause: unknown) => resume(Effect.fail(failure(text)(cause)))
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
    Effect.tryPromise({ try: () => DuckDBInstance.create(":memory:", settings), catch: failure(null) }),
    (instance) => Effect.sync(() => instance.closeSync())
  )

export const connection = (
  instance: DuckDBInstance
): Effect.Effect<DuckDBConnection, QueryRefused | QueryFailed, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({ try: () => instance.connect(), catch: failure(null) }),
    (connection) => Effect.sync(() => connection.closeSync())
  )

/** Runs a text of this project. */
export const run = (
  connection: DuckDBConnection,
  text: string
): Effect.Effect<void, QueryRefused | QueryFailed> =>
  Effect.asVoid(working(connection, null, () => connection.run(text)))

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

/** What DuckDB makes of a text: as many statements as stand in it, or more where it writes one as several. */
export const extract = (
  connection: DuckDBConnection,
  text: string
): Effect.Effect<DuckDBExtractedStatements, QueryRefused | QueryFailed> =>
  working(connection, text, () => connection.extractStatements(text))

export interface Prepared {
  readonly statement: DuckDBPreparedStatement
  /** What it was made from. */
  readonly text: string
}

/** Ready to run. Nothing has been read or written yet. */
export const prepare = (
  connection: DuckDBConnection,
  { extracted, index, text }: {
    readonly extracted: DuckDBExtractedStatements
    readonly index: number
    readonly text: string
  }
): Effect.Effect<Prepared, QueryRefused | QueryFailed> =>
  Effect.map(working(connection, text, () => extracted.prepare(index)), (statement) => ({ statement, text }))

/** Runs a statement whose answer nobody reads. */
export const carryOut = (
  connection: DuckDBConnection,
  { statement, text }: Prepared
): Effect.Effect<void, QueryRefused | QueryFailed> => Effect.asVoid(working(connection, text, () => statement.run()))

/** The answer of a statement. */
export const stream = (
  connection: DuckDBConnection,
  { statement, text }: Prepared
): Effect.Effect<Running, QueryRefused | QueryFailed> =>
  Effect.map(working(connection, text, () => statement.stream()), (result) => ({
    columns: result.columnNames().map((name, index) => ({ name, type: String(result.columnType(index)) })),
    chunks: Stream.repeatEffectOption(
      Effect.flatMap(
        Effect.mapError(working(connection, text, () => result.fetchChunk()), Option.some),
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
