/**
 * DuckDB as this project uses it: little memory, one thread, spilling into the dataset's own folder, everything in UTC.
 *
 * @since 0.1.0
 */
import {
  type DuckDBConnection,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValueConverter,
  type Json,
  JsonDuckDBValueConverter
} from "@duckdb/node-api"
import { DiskError } from "@trunkline/parquet"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { DatasetQueryFailed, type QueryError } from "./DatasetError.js"
import { decoded } from "./internal/decoded.js"
import * as DuckDb from "./internal/duckdb.js"
import * as Room from "./internal/room.js"

/**
 * @since 0.1.0
 * @category models
 */
export type Parameter = string | number | boolean | null

/**
 * A row as JSON has it: numbers beyond 2^53 and instants are text, lists and structs are arrays and objects.
 *
 * @since 0.1.0
 * @category models
 */
export type Row = Readonly<Record<string, Json>>

/**
 * One connection. Its temporary tables are its own. Of several statements in one text, each is run, and the rows are those of the
 * last; parameters are for the last.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connection {
  readonly run: (sql: string, parameters?: ReadonlyArray<Parameter>) => Effect.Effect<void, QueryError>
  readonly rows: (
    sql: string,
    parameters?: ReadonlyArray<Parameter>
  ) => Effect.Effect<ReadonlyArray<Row>, QueryError>
  /** Rows of a known shape. */
  readonly all: <A, I>(
    row: Schema.Schema<A, I>,
    sql: string,
    parameters?: ReadonlyArray<Parameter>
  ) => Effect.Effect<ReadonlyArray<A>, QueryError>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Session extends Connection {
  readonly connect: Effect.Effect<Connection, QueryError, Scope.Scope>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** A folder for what does not fit in memory; made when needed. */
  readonly temporary: string
  readonly memory?: string | undefined
  /** The file of the database; in memory when left out. */
  readonly file?: string | undefined
}

/**
 * What a session may use unless told otherwise.
 *
 * @since 0.1.0
 * @category models
 */
export const memory = "256MB"

/**
 * What several datasets at work in one process may use together. Without `sharing` each has all of `memory`.
 *
 * @since 0.1.0
 * @category services
 */
export class Budget extends Context.Reference<Budget>()<"@trunkline/dataset/Session/Budget", {
  /** Waits for a share of the memory: the part that a publish takes, or all of it. */
  readonly within: (share: "part" | "all") => <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}>("@trunkline/dataset/Session/Budget", {
  defaultValue: () => ({ within: () => (work) => work })
}) {}

/** A publish takes 64 MB of 256. */
const parts = 4

/**
 * Datasets that are opened over this layer wait for each other, so that together they use no more than one alone.
 *
 * @since 0.1.0
 * @category layers
 */
export const sharing: Layer.Layer<never> = Layer.effect(
  Budget,
  Effect.map(Effect.makeSemaphore(parts), (semaphore) => ({
    within: (share) => semaphore.withPermits(share === "part" ? 1 : parts)
  }))
)

// The order of rows is nobody's to keep, and not keeping it lets a file be written as it comes.
const settings = `SET TimeZone = 'UTC';
  SET preserve_insertion_order = false`

// What DuckDB says of a query's text is of use and holds no values; of anything else it may repeat them.
const speakable = new Set(["Parser Error", "Binder Error", "Catalog Error"])

const failureOf = (temporary: string) => (cause: unknown): QueryError => {
  // Not by its class: a native module may have an Error of its own.
  const text = Predicate.hasProperty(cause, "message") && Predicate.isString(cause.message) ? cause.message : ""
  const [, kind = "Unknown Error", reason = ""] =
    /^(?:Failed to extract statements: )?([A-Z][A-Za-z ]* Error): ([\s\S]*)/.exec(text) ?? []
  // Only these two speak of the system; others may quote a value that says the same.
  const code = kind === "IO Error" || kind === "Out of Memory Error" ? Room.codeIn(reason) : undefined
  return code === undefined
    ? new DatasetQueryFailed({ kind, reason: speakable.has(kind) ? reason : null })
    : new DiskError({ step: "write", path: /file "([^"]+)"/.exec(reason)?.[1] ?? temporary, code })
}

/** The driver writes instants in the zone of the process, whatever the session says. */
const inUtc: DuckDBValueConverter<Json> = (value, type, convert) =>
  value instanceof DuckDBTimestampTZValue
    ? `${new DuckDBTimestampValue(value.micros)}+00`
    : JsonDuckDBValueConverter(value, type, convert)

/** With values, the driver has each statement parsed, prepared and run in turns of another thread; without, it is one turn for all. */
const run = (open: DuckDBConnection, sql: string, parameters: ReadonlyArray<Parameter>) =>
  parameters.length === 0 ? open.run(sql) : open.run(sql, [...parameters])

const connection = (open: DuckDBConnection, failure: DuckDb.Failure<QueryError>) =>
  Effect.map(Effect.makeSemaphore(1), (semaphore): Connection => {
    // One at a time: a query that was interrupted has stopped when the next one starts.
    const query = <A>(run: () => Promise<A>): Effect.Effect<A, QueryError> =>
      semaphore.withPermits(1)(DuckDb.work(open, run, failure))
    const rows = (sql: string, parameters: ReadonlyArray<Parameter> = []) =>
      query(async () => {
        const result = await run(open, sql, parameters)
        const found: ReadonlyArray<Row> = await result.convertRowObjects(inUtc)
        return found
      })
    return {
      run: (sql, parameters = []) => Effect.asVoid(query(() => run(open, sql, parameters))),
      rows,
      all: (row, sql, parameters) =>
        Effect.flatMap(
          rows(sql, parameters),
          (found) =>
            Effect.mapError(
              decoded(row, found),
              () => new DatasetQueryFailed({ kind: "Unexpected Result", reason: null })
            )
        )
    }
  })

/**
 * A database, and a connection to it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: (options: Options) => Effect.Effect<Session, QueryError, Scope.Scope> = Effect.fnUntraced(
  function*(options) {
    const failure = failureOf(options.temporary)
    const instance = yield* DuckDb.open(
      {
        memory_limit: options.memory ?? memory,
        threads: "1",
        temp_directory: options.temporary,
        // Files are read once, and what is kept of them would fill all of the memory.
        enable_external_file_cache: "false"
      },
      failure,
      options.file
    )
    const connect = DuckDb.connect(instance, failure).pipe(
      Effect.tap((opened) => DuckDb.work(opened, () => opened.run(settings), failure)),
      Effect.flatMap((opened) => connection(opened, failure))
    )
    return { ...(yield* connect), connect }
  }
)
