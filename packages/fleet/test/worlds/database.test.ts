/** The tables of a fleet on a real PostgreSQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs/promises"
import * as Database from "../../src/Database.js"
import * as Fleet from "../../src/Fleet.js"
import * as Nights from "../../src/internal/nights.js"
import { plan } from "../../src/internal/planning.js"
import * as Schedule from "../../src/Schedule.js"
import * as Postgres from "../postgres.js"

const schedule = { at: ["02:00"], zone: "UTC" }
const account = (name: string) => ({ name, schedule, key: Effect.succeed(name) })
const done = { end: "done", exitCode: 0, says: null, certifiedUntil: null } as const

/** Several fast facts share a server, each with a database of its own. */
const on = <A, E>(
  { ask, url }: Postgres.Postgres,
  database: string,
  work: Effect.Effect<A, E, SqlClient.SqlClient>
) => {
  ask("postgres", `CREATE DATABASE ${database}`)
  return Effect.provide(work, Database.layer({ url: url(database), name: "a test" }))
}

const tables = Effect.gen(function*() {
  yield* Database.prepare
  const sql = yield* SqlClient.SqlClient
  const [a, b] = [Nights.of(sql, "worker-a"), Nights.of(sql, "worker-b")]
  const due = DateTime.unsafeMake("2026-03-10T02:00:00.123Z")
  yield* a.add([account("paris"), account("geneva")], due)
  const row = Effect.map(a.all, (rows) => rows.find(({ account }) => account === "paris"))
  const key = { account: "paris", due, attempt: 1 }
  const silent = sql`UPDATE trunkline_accounts SET seen_at = now() - interval '8 seconds'`
  return { sql, a, b, key, row, silent }
})

describe.skipIf(Postgres.missing)(`the tables of a fleet on ${Postgres.where}`, () => {
  it.scopedLive("are made once, however many workers begin at once", () =>
    Effect.gen(function*() {
      const postgres = yield* Postgres.started
      for (let turn = 0; turn < 5; turn++) {
        postgres.ask("postgres", `CREATE DATABASE many${turn}`)
        yield* Effect.forEach([1, 2, 3, 4, 5, 6], (number) =>
          Effect.provide(Database.prepare, Database.layer({ url: postgres.url(`many${turn}`), name: `${number}` })), {
          concurrency: "unbounded"
        })
      }
      const empty = yield* on(postgres, "unused", Effect.all([Fleet.status, Database.inspect]))
      assert.deepStrictEqual(empty[0], { accounts: [], workers: [] })
      assert.deepInclude(empty[1], { isPrepared: false, mayMakeTables: true, isEncrypted: false })
      const layer = Database.layer({ url: postgres.url("many0"), name: "a test" })
      const { isPrepared, version } = yield* Effect.provide(Database.inspect, layer)
      assert.isTrue(isPrepared)
      assert.include(postgres.ask("many0", "SELECT version()"), `PostgreSQL ${version}`)
    }))

  it.scopedLive("name one worker of a night, whom another follows who was silent", () =>
    Effect.gen(function*() {
      yield* on(
        yield* Postgres.started,
        "claims",
        Effect.gen(function*() {
          const { a, b, key, row, silent } = yield* tables
          assert.deepStrictEqual([yield* a.begin(key), yield* b.begin(key)], ["ours", "another's"])
          assert.deepStrictEqual([yield* a.beat(["paris"]), yield* b.beat(["paris"])], [["paris"], []])
          yield* silent
          assert.strictEqual(yield* b.begin(key), "ours")
          assert.deepStrictEqual([yield* a.beat(["paris"]), yield* b.beat(["paris"])], [[], ["paris"]])
          // The worker that woke up says nothing of the night any more.
          assert.isFalse(yield* a.end(key, done))
          assert.strictEqual(yield* a.giveBack(key), "another's")
          assert.strictEqual((yield* row)?.worker, "worker-b")
          assert.isTrue(yield* b.end(key, { ...done, certifiedUntil: DateTime.unsafeMake("2026-03-09T00:00:00Z") }))
          assert.strictEqual(yield* b.begin(key), "over")
          const [paris] = (yield* Fleet.status).accounts.filter(({ account }) => account === "paris")
          assert.deepInclude(paris, { state: "waiting", worker: null, failures: 0 })
          assert.deepInclude(paris?.last, { worker: "worker-b", exitCode: 0 })
          assert.strictEqual(paris?.certifiedUntil?.toISOString(), "2026-03-09T00:00:00.000Z")
        })
      )
    }))

  it.scopedLive("count the tries of a night, and wait after a failure alone", () =>
    Effect.gen(function*() {
      yield* on(
        yield* Postgres.started,
        "tries",
        Effect.gen(function*() {
          const { a, key, row, sql } = yield* tables
          yield* a.sent(key)
          yield* a.begin(key)
          assert.strictEqual(yield* a.giveBack(key), "ours")
          assert.deepInclude(yield* row, { attempt: 2, failures: 0, retry_at: null, sent_at: null, worker: null })
          const second = { ...key, attempt: 2 }
          yield* a.begin(second)
          assert.isTrue(yield* a.end(second, { ...done, end: "again", exitCode: 2, says: "no" }))
          const failed = yield* row
          assert.deepInclude(failed, { attempt: 3, failures: 1, exit_code: 2, says: "no", worker: null })
          assert.strictEqual(failed?.due.getTime(), key.due.epochMillis)
          assert.isAbove(failed?.retry_at?.getTime() ?? 0, Date.now() + 20_000)
          // What the documentation tells an operator who does not want to wait.
          const page = yield* Effect.promise(() =>
            fs.readFile(new URL("../../../../docs/fleet.md", import.meta.url), "utf8")
          )
          yield* sql.unsafe(/To run an account now: `([^`]+)`/.exec(page)?.[1] ?? "")
          const asked = yield* row
          const now = yield* a.now
          const { send } = plan({ accounts: [account("paris")], rows: yield* a.all, now })
          assert.deepStrictEqual(send.map(({ account, attempt }) => `${account} ${attempt}`), ["paris 3"])
          const third = { ...key, due: DateTime.unsafeMake(asked?.due ?? 0), attempt: 3 }
          yield* a.begin(third)
          assert.isTrue(yield* a.end(third, done))
          const ended = yield* row
          assert.deepInclude(ended, { attempt: 1, failures: 0, retry_at: null, exit_code: 0, says: null })
          assert.isAbove(ended?.due.getTime() ?? 0, Date.now())
          // A night that an operator asks for by hand may have any time.
          yield* sql`UPDATE trunkline_accounts SET due = now()`
          const again = yield* row
          assert.strictEqual(
            yield* a.begin({ account: "paris", attempt: 1, due: DateTime.unsafeMake(again?.due ?? 0) }),
            "ours"
          )
        })
      )
    }))

  it.scopedLive("never give a night the time of the night that ended, whatever the clocks of the workers say", () =>
    Effect.gen(function*() {
      yield* on(
        yield* Postgres.started,
        "clocks",
        Effect.gen(function*() {
          const { a, key, row, sql } = yield* tables
          // The worker that sent it is ahead by hours.
          const due = Schedule.next(schedule, yield* a.now)
          yield* sql`UPDATE trunkline_accounts SET due = ${DateTime.formatIso(due)}::timestamptz`
          const early = { ...key, due }
          yield* a.begin(early)
          assert.isTrue(yield* a.end(early, done))
          assert.strictEqual((yield* row)?.due.getTime(), due.epochMillis + 86_400_000)
        })
      )
    }))

  it.scopedLive("send a night again that neither a worker nor the engine knows of", () =>
    Effect.gen(function*() {
      yield* on(
        yield* Postgres.started,
        "lost",
        Effect.gen(function*() {
          const { a, key, row, sql } = yield* tables
          const ago = (column: "sent_at" | "seen_at") =>
            sql`UPDATE trunkline_accounts SET ${sql(column)} = now() - interval '61 seconds' WHERE account = 'paris'`
          yield* a.sent(key)
          assert.deepStrictEqual(yield* a.lost, [])
          yield* ago("sent_at")
          const message = (id: number, attempt: number, due: string) =>
            sql`
              INSERT INTO trunkline_cluster_messages (id, request_id, message_id, shard_id, entity_type, entity_id, kind, payload)
              VALUES (${id}, ${id}, ${`m${id}`}, 'default:1', 'Key', 'paris', 0, ${
              JSON.stringify({ account: "paris", due, attempt })
            })
            `
          yield* message(1, 1, DateTime.formatIso(key.due))
          assert.deepStrictEqual(yield* a.lost, [])
          yield* sql`UPDATE trunkline_cluster_messages SET processed = TRUE`
          // Without an answer, and of another try and another night.
          yield* message(2, 7, DateTime.formatIso(key.due))
          yield* message(3, 1, "2026-03-09T02:00:00.123Z")
          yield* a.begin(key)
          assert.deepStrictEqual(yield* a.lost, [])
          yield* ago("seen_at")
          assert.deepStrictEqual(yield* a.lost, ["paris"])
          assert.deepInclude(yield* row, { attempt: 2, sent_at: null, worker: null })
        })
      )
    }))

  it.scopedLive("a database that refuses says why, and never how it was reached", () =>
    Effect.gen(function*() {
      const postgres = yield* Postgres.started
      const { ask, url } = postgres
      const wrong = new URL(Redacted.value(url("postgres")))
      wrong.password = "not-the-password"
      const refusals: ReadonlyArray<readonly [url: Redacted.Redacted, code: string]> = [
        [Redacted.make(wrong.href), "28P01"],
        [url("nowhere"), "3D000"],
        [Redacted.make("postgres://trunkline:not-the-password@127.0.0.1:1/a"), "ECONNREFUSED"]
      ]
      for (const [url, code] of refusals) {
        const error = yield* Effect.flip(Effect.provide(Fleet.status, Database.layer({ url, name: "a test" })))
        assert.strictEqual(error.code, code)
        assert.notInclude(`${error.message} ${JSON.stringify(error)} ${error.stack}`, "not-the-password")
      }
      ask("postgres", "CREATE ROLE guest LOGIN PASSWORD 'welcome'")
      const guest = new URL(Redacted.value(url("postgres")))
      guest.username = "guest"
      guest.password = "welcome"
      const layer = Database.layer({ url: Redacted.make(guest.href), name: "a test" })
      assert.deepInclude(yield* Effect.provide(Database.inspect, layer), { isPrepared: false, mayMakeTables: false })
      const error = yield* Effect.flip(Effect.provide(Database.prepare, layer))
      assert.strictEqual(error.message, "PostgreSQL: the user may not make tables in this database (42501)")
      // The tables of another user.
      yield* on(postgres, "owned", Database.prepare)
      ask("owned", "GRANT CREATE ON SCHEMA public TO guest")
      guest.pathname = "/owned"
      const owned = Database.layer({ url: Redacted.make(guest.href), name: "a test" })
      assert.strictEqual((yield* Effect.flip(Effect.provide(Database.prepare, owned))).code, "42501")
      assert.deepInclude(yield* Effect.provide(Database.inspect, owned), { isPrepared: true, mayMakeTables: false })
      ask(
        "owned",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO guest; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO guest"
      )
      yield* Effect.provide(Database.prepare, owned)
      assert.deepInclude(yield* Effect.provide(Database.inspect, owned), { isPrepared: true, mayMakeTables: true })
    }))
})
