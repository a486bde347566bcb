/** A database file of DuckDB, opened as a reader opens it. */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export const opened = (path: string): Effect.Effect<DuckDBConnection, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(async () => {
        const instance = await DuckDBInstance.create(path, { access_mode: "READ_ONLY" })
        return { instance, connection: await instance.connect() }
      }),
      ({ connection, instance }) =>
        Effect.sync(() => {
          connection.closeSync()
          instance.closeSync()
        })
    ),
    ({ connection }) => connection
  )
