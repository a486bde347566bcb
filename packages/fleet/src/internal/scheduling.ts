/** Looks at what is due, and hands it to the engine. One worker of a fleet does at a time. */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Account } from "../Account.js"
import { ofSql } from "../FleetError.js"
import * as Engine from "./engine.js"
import * as Nights from "./nights.js"
import { plan } from "./planning.js"
import * as Timing from "./timing.js"

const batch = 500

/** Answers are kept for a while: the same night is not sent twice. */
const sweep = (sql: SqlClient.SqlClient) => {
  const [messages, replies] = [sql(`${Nights.prefix}_messages`), sql(`${Nights.prefix}_replies`)]
  const old = sql`processed AND last_read < now() - ${`${Timing.kept} days`}::interval`
  return Effect.zipRight(
    sql`DELETE FROM ${replies} WHERE request_id IN (SELECT request_id FROM ${messages} WHERE ${old})`,
    sql`DELETE FROM ${messages} WHERE ${old}`
  )
}

interface Asked {
  readonly accounts: Effect.Effect<ReadonlyArray<Account>>
  readonly nights: Nights.Nights
  readonly sql: SqlClient.SqlClient
}

const turn = ({ accounts, nights, sql }: Asked) =>
  Effect.gen(function*() {
    const now = yield* nights.now
    const asked = plan({ accounts: yield* accounts, rows: yield* nights.all, now })
    for (const some of Arr.chunksOf(asked.add, batch)) yield* nights.add(some, now)
    for (const some of Arr.chunksOf(asked.remove, batch)) yield* nights.remove(some)
    for (const one of asked.move) yield* nights.move(one)
    const lost = yield* nights.lost
    if (lost.length > 0) {
      yield* Effect.logWarning("Nights were lost, and are sent again").pipe(
        Effect.annotateLogs({ accounts: lost.length })
      )
    }
    const client = yield* Engine.Key.client
    yield* Effect.forEach(asked.send, ({ account, attempt, due, key }) =>
      Effect.gen(function*() {
        yield* client(yield* key).Night({ account, attempt, due }, { discard: true })
        yield* nights.sent({ account, attempt, due })
      }), { concurrency: 4, discard: true })
    // Some turns of an hour, and not each: it reads the whole table.
    if (Math.floor((yield* Clock.currentTimeMillis) / 1000) % 3600 < 10) yield* sweep(sql)
  })

/** PostgreSQL may refuse for a moment; a worker that cannot reach it holds the schedule no longer than that. */
const patience = 3

/** One look, to be repeated. What goes wrong is said once, until a look succeeds; that PostgreSQL is away, the desk says. */
export const looked = (asked: Asked) => {
  let failures = 0
  let isSaid = false
  const say = (cause: Cause.Cause<unknown>) =>
    Effect.suspend(() => {
      if (isSaid) return Effect.void
      isSaid = true
      return Effect.logWarning("The schedule could not be looked at. Nights at work go on", cause)
    })
  return turn(asked).pipe(
    Effect.zipRight(Effect.sync(() => {
      failures = 0
      isSaid = false
    })),
    Effect.catchTag(
      "SqlError",
      "PersistenceError",
      (error) => ++failures < patience ? Effect.logDebug("PostgreSQL failed", error) : say(Cause.fail(ofSql(error)))
    ),
    Effect.catchAllCause((cause) => Cause.isInterruptedOnly(cause) ? Effect.interrupt : say(cause))
  )
}
