/**
 * What a fleet is at: its accounts, who works on what, and the workers that live.
 *
 * @since 0.1.0
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type DatabaseFailed, ofSql } from "./FleetError.js"
import * as Nights from "./internal/nights.js"
import * as Timing from "./internal/timing.js"

/**
 * `waiting` for its time, `queued` for a worker, `at work`, `silent` where its worker says nothing more, or `failed` and tried
 * again later.
 *
 * @since 0.1.0
 * @category models
 */
export type State = "waiting" | "queued" | "at work" | "silent" | "failed"

/**
 * @since 0.1.0
 * @category models
 */
export interface OfAccount {
  readonly account: string
  readonly state: State
  /** Who is at it, and since when. */
  readonly worker: string | null
  readonly since: Date | null
  /** When the next night begins; in the past where it is queued, at work or tried again. */
  readonly due: Date
  /** Tries of this night that failed. */
  readonly failures: number
  readonly certifiedUntil: Date | null
  /** How the last try ended; null where there was none. */
  readonly last: {
    readonly endedAt: Date
    readonly worker: string
    readonly seconds: number
    readonly exitCode: number
    readonly says: string | null
  } | null
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Status {
  readonly accounts: ReadonlyArray<OfAccount>
  /** Those that live. */
  readonly workers: ReadonlyArray<{ readonly name: string; readonly nights: number }>
}

const stateOf = ({ due, retry_at, sent_at, silent, worker }: Nights.Row, now: number): State =>
  worker !== null
    ? (silent ?? 0) > Timing.silent ? "silent" : "at work"
    : sent_at !== null
    ? "queued"
    : retry_at !== null
    ? "failed"
    : due.getTime() > now
    ? "waiting"
    : "queued"

const accountOf = (now: number) => (row: Nights.Row): OfAccount => ({
  account: row.account,
  state: stateOf(row, now),
  worker: row.worker,
  since: row.started_at,
  due: row.retry_at ?? row.due,
  failures: row.failures,
  certifiedUntil: row.certified_until,
  last: row.ended_at === null || row.ended_worker === null || row.exit_code === null ? null : {
    endedAt: row.ended_at,
    worker: row.ended_worker,
    seconds: row.seconds ?? 0,
    exitCode: row.exit_code,
    says: row.says
  }
})

/**
 * Only reads. A database that no worker has used is an empty fleet.
 *
 * @since 0.1.0
 * @category getters
 */
export const status: Effect.Effect<Status, DatabaseFailed, SqlClient.SqlClient> = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const [database] = yield* sql<{ readonly there: boolean; readonly now: Date }>`
    SELECT to_regclass('trunkline_accounts') IS NOT NULL AS there, now() AS now
  `
  if (database === undefined || !database.there) return { accounts: [], workers: [] }
  const accounts = (yield* Nights.of(sql, "").all).map(accountOf(database.now.getTime()))
  const alive = yield* sql<{ readonly name: string }>`
    SELECT regexp_replace(address, ':1$', '') AS name FROM ${sql(`${Nights.prefix}_runners`)}
    WHERE last_heartbeat > now() - ${`${Duration.toSeconds(Timing.expiration)} seconds`}::interval ORDER BY name
  `
  return {
    accounts,
    workers: alive.map(({ name }) => ({
      name,
      nights: accounts.filter(({ state, worker }) => state === "at work" && worker === name).length
    }))
  }
}).pipe(Effect.mapError(ofSql), Effect.withTracerEnabled(false))
