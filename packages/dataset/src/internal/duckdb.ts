/** The driver of DuckDB as Effects: databases, connections, and queries that stop when they are interrupted. */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Makes an error of what the driver throws. */
export type Failure<E> = (cause: unknown) => E

/** A database in memory, or in a file. */
export const open = <E>(
  settings: Readonly<Record<string, string>>,
  failure: Failure<E>,
  file = ":memory:"
): Effect.Effect<DuckDBInstance, E, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () =>
        DuckDBInstance.create(file, {
          // All that is needed is built in; nothing is fetched while running.
          autoinstall_known_extensions: "false",
          autoload_known_extensions: "false",
          // What is freed goes back to the system at once, or a process looks twice as large as DuckDB is.
          allocator_flush_threshold: "1MB",
          allocator_background_threads: "true",
          allocator_bulk_deallocation_flush_threshold: "8MB",
          ...settings
        }),
      catch: failure
    }),
    (instance) => Effect.sync(() => instance.closeSync())
  )

export const connect = <E>(
  instance: DuckDBInstance,
  failure: Failure<E>
): Effect.Effect<DuckDBConnection, E, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({ try: () => instance.connect(), catch: failure }),
    (connection) => Effect.sync(() => connection.closeSync())
  )

/** An interrupted query is stopped and waited for: a connection must not be closed under a running query. */
export const work = <A, E>(
  connection: DuckDBConnection,
  run: () => Promise<A>,
  failure: Failure<E>
): Effect.Effect<A, E> =>
  Effect.async((resume) => {
    const ended = run().then(
      (value) => resume(Effect.succeed(value)),
      (cause: unknown) => resume(Effect.fail(failure(cause)))
    )
    return Effect.suspend(() => {
      connection.interrupt()
      return Effect.promise(() => ended)
    })
  })
