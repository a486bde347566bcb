/** The table of a fleet: of each account, the night that comes next or is at work, and how the last one ended. */
import type * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Account, Outcome } from "../Account.js"
import * as Schedule from "../Schedule.js"
import * as Timing from "./timing.js"

/** What the tables of the engine begin with. */
export const prefix = "trunkline_cluster"

/** A night by its names. */
export interface Key {
  readonly account: string
  readonly due: DateTime.Utc
  readonly attempt: number
}

/** Times come as PostgreSQL's client reads them. */
export interface Row {
  readonly account: string
  /** As `Schedule.written` has it. */
  readonly schedule: string
  readonly due: Date
  readonly attempt: number
  /** When its message was handed to the engine; null where it was not yet. */
  readonly sent_at: Date | null
  /** Not before, after a failure. */
  readonly retry_at: Date | null
  /** Tries of this night that failed. */
  readonly failures: number
  /** Who is at it. */
  readonly worker: string | null
  readonly started_at: Date | null
  /** For how many seconds the worker was silent. */
  readonly silent: number | null
  readonly ended_at: Date | null
  readonly ended_worker: string | null
  readonly seconds: number | null
  readonly exit_code: number | null
  readonly says: string | null
  readonly certified_until: Date | null
}

export const make = (sql: SqlClient.SqlClient): Effect.Effect<void, SqlError> =>
  Effect.asVoid(sql`
    CREATE TABLE IF NOT EXISTS trunkline_accounts (
      account TEXT PRIMARY KEY,
      schedule TEXT NOT NULL,
      due TIMESTAMPTZ(3) NOT NULL,
      attempt INTEGER NOT NULL DEFAULT 1,
      sent_at TIMESTAMPTZ,
      retry_at TIMESTAMPTZ,
      failures INTEGER NOT NULL DEFAULT 0,
      worker TEXT,
      started_at TIMESTAMPTZ,
      seen_at TIMESTAMPTZ,
      ended_at TIMESTAMPTZ,
      ended_worker TEXT,
      seconds DOUBLE PRECISION,
      exit_code INTEGER,
      says TEXT,
      certified_until TIMESTAMPTZ
    )
  `)

const iso = (at: DateTime.Utc): string => DateTime.formatIso(at)

/** What `Schedule.written` wrote. */
const scheduleOf = (text: string): Schedule.Schedule => {
  const words = text.split(" ")
  return { at: words.slice(0, -1), zone: words.at(-1) ?? "UTC" }
}

/** Whether a statement changed a row. */
const changed = (rows: Effect.Effect<ReadonlyArray<unknown>, SqlError>) => Effect.map(rows, ({ length }) => length > 0)

/** Whether a night is this worker's now; `over` where it has ended, or was sent again. */
export type Claim = "ours" | "another's" | "over"

export const of = (sql: SqlClient.SqlClient, worker: string) => {
  /** The row of this try. */
  const is = ({ account, attempt, due }: Key) =>
    sql`account = ${account} AND due = ${iso(due)}::timestamptz AND attempt = ${attempt}`
  const silent = sql`${`${Timing.silent} seconds`}::interval`
  const lost = sql`${`${Timing.lost} seconds`}::interval`
  /** No other worker that lives is at it. */
  const free = sql`(worker IS NULL OR worker = ${worker} OR seen_at < now() - ${silent})`
  const again = sql.literal(
    "attempt = attempt + 1, sent_at = NULL, retry_at = NULL, worker = NULL, started_at = NULL, seen_at = NULL"
  )
  const claimed = (key: Key, update: Effect.Effect<ReadonlyArray<unknown>, SqlError>): Effect.Effect<Claim, SqlError> =>
    Effect.gen(function*() {
      if (yield* changed(update)) return "ours"
      return (yield* changed(sql`SELECT account FROM trunkline_accounts WHERE ${is(key)}`)) ? "another's" : "over"
    })

  return {
    /** By the one clock that all workers share. */
    now: Effect.flatMap(
      sql<{ readonly now: Date }>`SELECT now() AS now`,
      ([row]) => row === undefined ? DateTime.now : Effect.succeed(DateTime.unsafeMake(row.now))
    ),

    all: sql<Row>`
      SELECT account, schedule, due, attempt, sent_at, retry_at, failures, worker, started_at,
        extract(epoch FROM now() - seen_at)::double precision AS silent,
        ended_at, ended_worker, seconds, exit_code, says, certified_until
      FROM trunkline_accounts ORDER BY account
    `,

    add: (accounts: ReadonlyArray<Account>, due: DateTime.Utc) =>
      sql`
        INSERT INTO trunkline_accounts ${
        sql.insert(accounts.map(({ name, schedule }) => ({
          account: name,
          schedule: Schedule.written(schedule),
          due: iso(due)
        })))
      } ON CONFLICT (account) DO NOTHING
      `,

    /** A night at work ends first. */
    remove: (accounts: ReadonlyArray<string>) =>
      sql`DELETE FROM trunkline_accounts WHERE ${sql.in("account", accounts)} AND worker IS NULL`,

    /** Only while nothing was sent. */
    move: ({ account, due, schedule }: Pick<Row, "account" | "schedule"> & { readonly due: DateTime.Utc }) =>
      sql`
        UPDATE trunkline_accounts SET schedule = ${schedule}, due = ${iso(due)}::timestamptz
        WHERE account = ${account} AND sent_at IS NULL
      `,

    sent: (key: Key) => sql`UPDATE trunkline_accounts SET sent_at = now() WHERE ${is(key)}`,

    /** Makes this worker the one that is at it, unless another one that lives is. */
    begin: (key: Key): Effect.Effect<Claim, SqlError> =>
      claimed(
        key,
        sql`
          UPDATE trunkline_accounts SET worker = ${worker}, started_at = now(), seen_at = now()
          WHERE ${is(key)} AND ${free}
          RETURNING account
        `
      ),

    /** Says that this worker is still at these accounts; gives those that are still its own. Asks where there are none as well. */
    beat: (accounts: ReadonlyArray<string>) =>
      Effect.map(
        sql<{ readonly account: string }>`
          UPDATE trunkline_accounts SET seen_at = now()
          WHERE worker = ${worker} AND ${sql.in("account", accounts)} RETURNING account
        `,
        (rows) => rows.map(({ account }) => account)
      ),

    /** The end of a try; false where another worker has taken it over. */
    end: (key: Key, outcome: Outcome): Effect.Effect<boolean, SqlError> =>
      Effect.gen(function*() {
        const [row] = yield* sql<Pick<Row, "schedule" | "failures"> & { readonly now: Date }>`
          SELECT schedule, failures, now() AS now FROM trunkline_accounts WHERE ${is(key)} AND worker = ${worker}
        `
        if (row === undefined) return false
        const now = DateTime.unsafeMake(row.now)
        const isDone = outcome.end === "done"
        const failures = isDone ? 0 : row.failures + 1
        // A night never follows itself, whatever a clock says.
        const due = isDone ? Schedule.next(scheduleOf(row.schedule), DateTime.max(now, key.due)) : key.due
        return yield* changed(sql`
          UPDATE trunkline_accounts SET
            due = ${iso(due)}::timestamptz,
            attempt = ${isDone ? 1 : key.attempt + 1},
            failures = ${failures},
            retry_at = ${isDone ? null : iso(DateTime.add(now, { seconds: Timing.backOff(failures) }))}::timestamptz,
            sent_at = NULL, worker = NULL, seen_at = NULL,
            seconds = extract(epoch FROM now() - started_at), started_at = NULL,
            ended_at = now(), ended_worker = ${worker},
            exit_code = ${outcome.exitCode}, says = ${outcome.says},
            certified_until = COALESCE(${
          outcome.certifiedUntil === null ? null : iso(outcome.certifiedUntil)
        }::timestamptz, certified_until)
          WHERE ${is(key)} AND worker = ${worker}
          RETURNING account
        `)
      }),

    /** The night is sent again, and the next worker that it reaches goes on. */
    giveBack: (key: Key): Effect.Effect<Claim, SqlError> =>
      claimed(
        key,
        sql`UPDATE trunkline_accounts SET ${again} WHERE ${is(key)} AND ${free} RETURNING account`
      ),

    /**
     * Sends tries again that are lost, whatever lost them: they were sent, no worker is at them, and the engine has no message that
     * waits. A message of an earlier try does not count: it may stay without an answer.
     */
    lost: Effect.map(
      sql<{ readonly account: string }>`
        UPDATE trunkline_accounts SET ${again}
        WHERE sent_at < now() - ${lost} AND (worker IS NULL OR seen_at < now() - ${lost}) AND NOT EXISTS (
          SELECT FROM ${sql(`${prefix}_messages`)} AS message
          WHERE NOT message.processed AND message.payload::json ->> 'account' = trunkline_accounts.account
            AND message.payload::json ->> 'attempt' = trunkline_accounts.attempt::text
            AND (message.payload::json ->> 'due')::timestamptz = trunkline_accounts.due
        )
        RETURNING account
      `,
      (rows) => rows.map(({ account }) => account)
    )
  }
}

export type Nights = ReturnType<typeof of>
