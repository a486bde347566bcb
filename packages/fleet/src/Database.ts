/**
 * The connections of a fleet to PostgreSQL, and the tables that it needs there.
 *
 * @since 0.1.0
 */
import * as Snowflake from "@effect/cluster/Snowflake"
import * as SqlMessageStorage from "@effect/cluster/SqlMessageStorage"
import * as SqlRunnerStorage from "@effect/cluster/SqlRunnerStorage"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Socket } from "node:net"
import type { DatabaseFailed } from "./FleetError.js"
import { ofSql, refusing } from "./FleetError.js"
import * as Engine from "./internal/engine.js"
import * as Nights from "./internal/nights.js"

/**
 * What every session is told. Times of the engine have no zone. A worker that is frozen in a transaction, or holds the lock of
 * the tables, keeps nobody waiting.
 */
const session = [
  "TimeZone=UTC",
  "lock_timeout=20s",
  "statement_timeout=25s",
  "idle_in_transaction_session_timeout=5s",
  "idle_session_timeout=60s"
]

/** Longer than any statement. A pool closes what it does not use sooner. */
const silence = 30_000

/** A network that drops a connection may say nothing of it, and the kernel finds out after a quarter of an hour. */
const socket = (): Socket => {
  const made = new Socket()
  made.setTimeout(silence, () => made.destroy(Object.assign(new Error("silent"), { code: "TIMEOUT" })))
  return made
}

const withSession = (url: Redacted.Redacted): Redacted.Redacted => {
  const known = new URL(Redacted.value(url))
  const options = [known.searchParams.get("options"), ...session.map((one) => `-c ${one}`)]
  known.searchParams.set("options", options.filter((one) => one !== null).join(" "))
  return Redacted.make(known.href)
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** `postgres://user:password@host:5432/database`. */
  readonly url: Redacted.Redacted
  /** What PostgreSQL calls the connections. */
  readonly name: string
}

/**
 * Not for a pooler that shares sessions between transactions, such as PgBouncer in its usual mode.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = ({ name, url }: Options): Layer.Layer<SqlClient.SqlClient, DatabaseFailed> =>
  PgClient.layer({
    url: withSession(url),
    applicationName: name.slice(0, 63),
    stream: socket,
    connectTimeout: "10 seconds",
    maxConnections: 6
  }).pipe(Layer.catchAll((error) => Layer.fail(ofSql(error))))

/** Any number that no other program is likely to take. */
const lock = 7_305_198_842

/**
 * Makes the tables where they are missing. Of several workers that begin at once, one makes them and the others wait: what the
 * engine does on an empty database by itself fails in a race.
 *
 * @since 0.1.0
 * @category constructors
 */
export const prepare: Effect.Effect<void, DatabaseFailed, SqlClient.SqlClient> = Effect.scoped(
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const connection = yield* sql.reserve
    yield* Effect.acquireRelease(
      connection.executeUnprepared(`SELECT pg_advisory_lock(${lock})`, [], undefined),
      () => Effect.ignore(connection.executeUnprepared(`SELECT pg_advisory_unlock(${lock})`, [], undefined))
    )
    // First, since its failures have a code: a user that may make no table is told so.
    yield* Nights.make(sql)
    yield* Effect.provide(
      Effect.zipRight(
        SqlMessageStorage.make({ prefix: Nights.prefix }),
        SqlRunnerStorage.make({ prefix: Nights.prefix })
      ),
      [Engine.configuration("preparing"), Snowflake.layerGenerator]
    )
  })
).pipe(refusing)

/**
 * What a database is, to who wants to work on it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Inspection {
  readonly version: string
  /** Whether a worker has made the tables. */
  readonly isPrepared: boolean
  /** And work on those that are there. */
  readonly mayMakeTables: boolean
  /** Whether this connection is. */
  readonly isEncrypted: boolean
}

/**
 * Only reads.
 *
 * @since 0.1.0
 * @category getters
 */
export const inspect: Effect.Effect<Inspection, DatabaseFailed, SqlClient.SqlClient> = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const [found] = yield* sql<Inspection>`
    SELECT current_setting('server_version') AS version, to_regclass('trunkline_accounts') IS NOT NULL AS "isPrepared",
      coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AND coalesce((
        SELECT bool_and(has_table_privilege(oid, word)) FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS word
        WHERE relkind = 'r' AND relname LIKE 'trunkline\\_%' AND relnamespace = current_schema()::regnamespace
      ), true) AS "mayMakeTables",
      coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS "isEncrypted"
  `
  return found ?? (yield* Effect.dieMessage("PostgreSQL gave no row"))
}).pipe(Effect.mapError(ofSql), Effect.withTracerEnabled(false))
