/**
 * DuckDB for queries that this project did not write: it opens the files it is given and no others.
 *
 * @since 0.1.0
 */
import {
  DuckDBArrayValue,
  type DuckDBConnection,
  DuckDBDecimalValue,
  DuckDBListValue,
  type DuckDBPreparedStatement,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
  StatementType
} from "@duckdb/node-api"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as DuckDb from "./internal/duckdb.js"
import * as ParquetFiles from "./ParquetFiles.js"
import type { Value } from "./Value.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options<E> {
  /** A folder for what does not fit in memory. */
  readonly temporary: string
  readonly memory: string
  /** As many as there are cores when left out. */
  readonly threads?: number | undefined
  /** Runs once, before files and settings are locked. */
  readonly script: string
  /** The only files that can be opened after the script; null for all that this process may open. */
  readonly files: ReadonlyArray<string> | null
  /** Makes an error of what DuckDB says about a text, which may repeat values of rows. The text is null for a script. */
  readonly failure: (text: string | null) => (cause: unknown) => E
}

/**
 * A few thousand rows, column by column, as DuckDB has them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Columns {
  readonly size: number
  /** In the order of the columns. */
  readonly values: ReadonlyArray<ReadonlyArray<Value>>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Answer<E> {
  readonly columns: ReadonlyArray<{ readonly name: string; readonly type: string }>
  readonly chunks: Stream.Stream<Columns, E>
}

/**
 * A statement that is ready to run. Nothing has been read or written yet.
 *
 * @since 0.1.0
 * @category models
 */
export interface Statement<E> {
  /** DuckDB's word for what it does, such as `SELECT` or `VARIABLE_SET`. */
  readonly type: string
  readonly run: Effect.Effect<void, E>
  readonly answer: Effect.Effect<Answer<E>, E>
}

/**
 * Variables that are set belong to one connection.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connection<E> {
  /** Runs a script of this project. */
  readonly run: (script: string) => Effect.Effect<void, E>
  /** The statements of a text, each one prepared when it is asked for: DuckDB may write one statement as several. */
  readonly statements: (text: string) => Effect.Effect<ReadonlyArray<Effect.Effect<Statement<E>, E>>, E>
}

/**
 * A database in memory, and a way to connect to it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E>(
  options: Options<E>
): Effect.Effect<Effect.Effect<Connection<E>, E, Scope.Scope>, E, Scope.Scope> =>
  Effect.gen(function*() {
    const failure = options.failure(null)
    const instance = yield* DuckDb.open({
      memory_limit: options.memory,
      temp_directory: options.temporary,
      ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
      // The user's own DuckDB is not looked at.
      allow_persistent_secrets: "false"
    }, failure)
    const connect = Effect.map(
      DuckDb.connect(instance, failure),
      (opened) => connection(opened, options.failure)
    )
    const script = [
      options.script,
      "SET GLOBAL TimeZone = 'UTC';",
      ...(options.files === null ? [] : sealed(options.files)),
      "SET lock_configuration = true;"
    ]
    yield* Effect.scoped(Effect.flatMap(connect, ({ run }) => run(script.join("\n"))))
    return connect
  })

/** Names of files, not of folders: DuckDB also writes in a folder that is allowed. */
const sealed = (files: ReadonlyArray<string>): ReadonlyArray<string> => [
  `SET allowed_paths = [${files.flatMap(ParquetFiles.spellings).map(ParquetFiles.quoted).join(", ")}];`,
  "SET enable_external_access = false;"
]

const connection = <E>(open: DuckDBConnection, failure: Options<E>["failure"]): Connection<E> => {
  const working = <A>(text: string | null, work: () => Promise<A>): Effect.Effect<A, E> =>
    DuckDb.work(open, work, failure(text))

  const answer = (text: string, prepared: DuckDBPreparedStatement): Effect.Effect<Answer<E>, E> =>
    Effect.map(working(text, () => prepared.stream()), (result) => ({
      columns: result.columnNames().map((name, index) => ({ name, type: String(result.columnType(index)) })),
      chunks: Stream.repeatEffectOption(
        Effect.flatMap(
          Effect.mapError(working(text, () => result.fetchChunk()), Option.some),
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

  return {
    run: (script) => Effect.asVoid(working(null, () => open.run(script))),
    statements: (text) =>
      Effect.map(
        working(text, () => open.extractStatements(text)),
        (extracted) =>
          Array.from({ length: extracted.count }, (_, index) =>
            Effect.map(
              working(text, () => extracted.prepare(index)),
              (prepared) => ({
                type: StatementType[prepared.statementType] ?? "This statement",
                run: Effect.asVoid(working(text, () => prepared.run())),
                answer: answer(text, prepared)
              })
            ))
      )
  }
}

const value = (raw: DuckDBValue): Value => {
  if (raw === null || typeof raw === "boolean" || typeof raw === "number" || typeof raw === "string") return raw
  if (typeof raw === "bigint") {
    const number = Number(raw)
    return Number.isSafeInteger(number) ? number : raw
  }
  // Dates of DuckDB reach further than those of JavaScript, and to both infinities.
  if (raw instanceof DuckDBTimestampTZValue) {
    // The driver writes instants in the zone of the process.
    const text = String(new DuckDBTimestampValue(raw.micros)).replace(/^(\S+) (.*)$/, "$1T$2Z")
    return raw.micros % 1000n === 0n ? Option.getOrElse(DateTime.make(Number(raw.micros / 1000n)), () => text) : text
  }
  if (raw instanceof DuckDBListValue || raw instanceof DuckDBArrayValue) return raw.items.map(value)
  if (raw instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(raw.entries).map(([name, inner]) => [name, value(inner)]))
  }
  if (raw instanceof DuckDBDecimalValue) {
    const [number, text] = [raw.toDouble(), raw.toString()]
    // More digits than a number holds stay text.
    return number.toFixed(raw.scale) === text ? number : text
  }
  return String(raw)
}
