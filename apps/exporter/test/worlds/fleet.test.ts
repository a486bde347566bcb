/**
 * A fleet of real processes on a real PostgreSQL: workers that begin at once, that are killed, and that are frozen. By hand, as
 * long as one likes: FLEET_STARTS=30, FLEET_FREEZES=20, FLEET_FROZEN_SECONDS=60, FLEET_ACCOUNTS=200, FLEET_KILL_SECONDS=300;
 * FLEET_COST_ACCOUNTS=200 and FLEET_COST_WORKERS=1,2,3 measure what docs/fleet.md says.
 */
import { assert, describe, it } from "@effect/vitest"
import { Fault, Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { readdirSync } from "node:fs"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { dice } from "../../../../packages/export/test/fixtures/dice.js"
import * as Postgres from "../../../../packages/fleet/test/postgres.js"
import { installed, type Started, trunkline } from "../commandline.js"
import * as Cpu from "../cpu.js"
import * as Fleet from "../fleet.js"

const size = (name: string, usual: number): number => Number(process.env[name] ?? usual)
const seed = size("FLEET_SEED", 7)
const days = 86_400_000

const command = installed()

/** What a person reads who runs it by hand. */
const tell = (facts: Readonly<Record<string, unknown>>) =>
  Effect.sync(() => process.stderr.write(`${JSON.stringify(facts)}\n`))

/** Ended with the test. */
const ending = (workers: ReadonlyArray<Started>) =>
  Effect.addFinalizer(() => Effect.sync(() => workers.forEach(({ child }) => child.kill("SIGKILL"))))

const until = (holds: () => boolean, pause = 100): Effect.Effect<void> =>
  Effect.suspend(() => holds() ? Effect.void : Effect.delay(until(holds, pause), pause))

/** A worker that is asked to leave ends with 0, and no line of it holds a secret. */
const leaves = (worker: Started, signal: NodeJS.Signals = "SIGTERM") =>
  Effect.gen(function*() {
    worker.child.kill(signal)
    const { code, stderr, stdout } = yield* worker.ended
    assert.strictEqual(code, 0, stderr)
    for (const word of ["unexpected", "Warning"]) assert.notInclude(stderr, word)
    for (const secret of [Postgres.password, encodeURIComponent(Postgres.password)]) {
      assert.notInclude(`${stderr}${stdout}`, secret)
    }
    return stderr
  })

const number = ({ ask }: Postgres.Postgres, database: string, statement: string) => Number(ask(database, statement))

const scratchOf = (folder: string): string => join(folder, "scratch", `trunkline-scratch-${process.getuid?.()}`)

const alive = "SELECT count(*) FROM trunkline_cluster_runners WHERE last_heartbeat > now() - interval '5 seconds'"
const holding = "SELECT count(DISTINCT address) FROM trunkline_cluster_locks"
const ended = "SELECT count(*) FROM trunkline_accounts WHERE due > now() AND ended_at IS NOT NULL"

/** Waits until no night is due, and says for how many seconds. Each look is a process, which costs something itself. */
const settling = (postgres: Postgres.Postgres, database: string, accounts: number) =>
  Effect.gen(function*() {
    const at = performance.now()
    yield* until(() => postgres.ask(database, "SELECT to_regclass('trunkline_accounts')") !== "", 500)
    yield* until(() => number(postgres, database, ended) === accounts, accounts < 100 ? 500 : 2000)
    return (performance.now() - at) / 1000
  })

describe.skipIf(Postgres.missing)(`a fleet on ${Postgres.where}`, () => {
  it.scopedLive("the doctor says whether the database can be worked on", () =>
    Effect.gen(function*() {
      const fleet = yield* Fleet.fleet(command(), 1)
      const { cwd, env } = fleet.options("postgres")
      const doctor = (words: ReadonlyArray<string>, variables: Readonly<Record<string, string>>) =>
        trunkline(command(), ["doctor", "--config", "trunkline.toml", ...words], { cwd, env: variables })
      const without = yield* doctor([], {})
      assert.strictEqual(without.code, 0, without.stdout)
      assert.notInclude(without.stdout, "database")
      const well = yield* doctor([], env)
      assert.strictEqual(well.code, 0, well.stdout)
      assert.match(
        well.stdout,
        /ok +database +PostgreSQL \d+.* at 127\.0\.0\.1:\d+\/postgres answers; the first worker/
      )
      assert.notInclude(well.stdout, "not encrypted")
      const refused = yield* doctor(["--json"], { ...env, PGPASSWORD: "a-wrong-word" })
      assert.strictEqual(refused.code, 2)
      assert.include(refused.stdout, "PostgreSQL: refuses the password (28P01)")
      for (const { stderr, stdout } of [well, refused]) {
        for (const secret of [Postgres.password, "a-wrong-word"]) assert.notInclude(`${stdout}${stderr}`, secret)
      }
    }).pipe(Effect.provide(Fleet.clinics(1))))

  it.scopedLive("three workers that begin at once on an empty database all live", () =>
    Effect.gen(function*() {
      const fleet = yield* Fleet.fleet(command(), 1)
      for (let turn = 0; turn < size("FLEET_STARTS", 1); turn++) {
        const database = `empty${turn}`
        fleet.postgres.ask("postgres", `CREATE DATABASE ${database}`)
        const workers = yield* Effect.all([1, 2, 3].map(() => fleet.worker(database)))
        yield* ending(workers)
        yield* until(() =>
          workers.some(({ child }) => child.exitCode !== null) || (
            fleet.postgres.ask(database, "SELECT to_regclass('trunkline_cluster_runners')") !== "" &&
            number(fleet.postgres, database, alive) === 3
          )
        )
        yield* Effect.forEach(workers, (worker) => leaves(worker), { concurrency: 3 })
      }
    }).pipe(Effect.provide(Fleet.clinics(1))), 20 * 60_000)

  it.scopedLive("a frozen worker loses its night, and says so when it wakes: one commit", () =>
    Effect.gen(function*() {
      const fleet = yield* Fleet.fleet(command(), 1)
      const { postgres } = fleet
      postgres.ask("postgres", "CREATE DATABASE frozen")
      const workers = yield* Effect.all([fleet.worker("frozen"), fleet.worker("frozen")])
      yield* ending(workers)
      const of = (column: string) => postgres.ask("frozen", `SELECT ${column} FROM trunkline_accounts`)
      yield* until(() => workers.every(({ stderr }) => stderr().includes("nights at once")))
      yield* until(() => postgres.ask("frozen", "SELECT to_regclass('trunkline_accounts')") !== "")
      yield* until(() => of("ended_at") !== "")
      const takeovers: Array<number> = []
      for (let turn = 0; turn < size("FLEET_FREEZES", 1); turn++) {
        const before = (yield* fleet.pushes(Fleet.nameOf(0))).length
        const ended = of("ended_at")
        yield* until(() => number(postgres, "frozen", alive) === 2)
        postgres.ask("frozen", "UPDATE trunkline_accounts SET due = now()")
        yield* until(() => of("worker") !== "", 20)
        const owner = of("worker")
        const frozen = workers.find(({ child }) => owner.includes(`-${child.pid}-`))
        assert.isDefined(frozen)
        frozen?.child.kill("SIGSTOP")
        const [heard, at] = [frozen?.stderr().length ?? 0, performance.now()]
        yield* until(() => of("worker") !== owner)
        takeovers.push((performance.now() - at) / 1000)
        assert.notStrictEqual(of("worker"), "")
        yield* until(() => of("ended_at") !== ended)
        yield* until(() => performance.now() - at > 1000 * size("FLEET_FROZEN_SECONDS", 10))
        frozen?.child.kill("SIGCONT")
        yield* until(() => /Another worker took this night over/.test(frozen?.stderr().slice(heard) ?? ""))
        // What it had read is gone; the folder of the worker itself stays.
        const entries = readdirSync(join(fleet.here, "scratch"), { recursive: true, encoding: "utf8" })
        assert.deepStrictEqual(entries.filter((entry) => entry.includes("night-")), [])
        assert.strictEqual(of("exit_code"), "0")
        assert.strictEqual((yield* fleet.pushes(Fleet.nameOf(0))).length, before + 1)
      }
      yield* tell({ freezes: takeovers.length, slowestTakeover: Math.max(...takeovers), takeovers })
      // On a quiet machine 15 holds.
      assert.isBelow(Math.max(...takeovers), size("FLEET_TAKEOVER_SECONDS", 60))
      yield* Effect.forEach(workers, (worker) => leaves(worker), { concurrency: 2 })
    }).pipe(Effect.provide(Fleet.clinics(1, "300 millis"))), 60 * 60_000)

  it.scopedLive(
    "a worker that leaves pushes what it has, and another goes on; a second signal ends it at once",
    () =>
      Effect.gen(function*() {
        const { faults, history } = yield* Sandbox
        const fleet = yield* Fleet.fleet(command(), 1)
        fleet.postgres.ask("postgres", "CREATE DATABASE leaving")
        const of = (column: string) => fleet.postgres.ask("leaving", `SELECT ${column} FROM trunkline_accounts`)
        const begun = Effect.gen(function*() {
          const worker = yield* fleet.worker("leaving")
          yield* ending([worker])
          yield* until(() => fleet.postgres.ask("leaving", "SELECT to_regclass('trunkline_accounts')") !== "")
          yield* until(() => of("worker").includes(`-${worker.child.pid}-`), 20)
          return worker
        })
        const asked = (more: number) =>
          Effect.gen(function*() {
            const before = yield* history.total
            while ((yield* history.total) < before + more) yield* Effect.sleep("50 millis")
          })
        const first = yield* begun
        yield* asked(3)
        const said = yield* leaves(first)
        assert.include(said, "Interrupted: ")
        assert.deepStrictEqual([of("worker"), of("attempt"), of("ended_at"), of("failures")], ["", "2", "", "0"])
        assert.deepStrictEqual(yield* Effect.promise(() => fs.readdir(scratchOf(fleet.here))), [])
        const second = yield* begun
        yield* asked(3)
        // From now on half of every answer comes, and the rest never: the night has something to wait for.
        yield* faults.push({ fault: Fault.Stalled(), times: 1_000_000 })
        yield* asked(1)
        second.child.kill("SIGTERM")
        yield* until(() => second.stderr().includes("Once more"))
        yield* Effect.sleep("400 millis")
        second.child.kill("SIGTERM")
        assert.strictEqual((yield* second.ended).code, 130)
        yield* faults.clear
        const third = yield* begun
        yield* until(() => of("ended_at") !== "")
        assert.deepStrictEqual([of("exit_code"), of("attempt")], ["0", "1"])
        yield* leaves(third)
      }).pipe(Effect.provide(Fleet.clinics(1, "300 millis"))),
    20 * 60_000
  )

  const accounts = size("FLEET_ACCOUNTS", 6)
  it.scopedLive("workers that are killed again and again lose no account and no call", () =>
    Effect.gen(function*() {
      const random = dice(seed)
      const sandbox = yield* Sandbox
      const fleet = yield* Fleet.fleet(command(), accounts)
      const { postgres } = fleet
      postgres.ask("postgres", "CREATE DATABASE killed")
      const workers = yield* Effect.all([1, 2, 3].map(() => fleet.worker("killed")))
      yield* ending(workers)
      const settled = settling(postgres, "killed", accounts)
      const first = yield* settled
      const longest =
        "SELECT max(extract(epoch FROM ended_at - due0)) FROM (SELECT ended_at, (SELECT min(at) FROM begun) AS due0 FROM trunkline_accounts) AS all_of_them"
      postgres.ask("killed", "CREATE TABLE begun (at TIMESTAMPTZ)")
      const night = Effect.sync(() => {
        postgres.ask("killed", "DELETE FROM begun; INSERT INTO begun VALUES (now())")
        postgres.ask("killed", "UPDATE trunkline_accounts SET due = now() WHERE sent_at IS NULL")
      })
      yield* night
      yield* settled
      const calm = number(postgres, "killed", longest)

      yield* night
      const [began, seconds] = [performance.now(), size("FLEET_KILL_SECONDS", 10)]
      let [kills, isRestarted] = [0, false]
      while (performance.now() - began < seconds * 1000) {
        yield* Effect.sleep(`${3 + random.below(4)} seconds`)
        const victim = random.below(workers.length)
        workers[victim]?.child.kill("SIGKILL")
        yield* Effect.sync(() => kills++)
        workers[victim] = yield* fleet.worker("killed")
        if (!isRestarted && performance.now() - began > seconds * 500) {
          isRestarted = true
          yield* postgres.restart(random.below(2) === 0 ? "SIGINT" : "SIGQUIT")
        }
      }
      yield* settled
      const stormy = number(postgres, "killed", longest)
      const { accounts: shown } = yield* fleet.status("killed")
      for (const { account, certifiedUntil, last } of shown) {
        assert.strictEqual(last?.exitCode, 0, `${account}: ${last?.says}`)
        assert.isNotNull(certifiedUntil, account)
        assert.isBelow(Date.now() - Date.parse(certifiedUntil ?? ""), 3 * days, account)
      }
      assert.strictEqual(shown.length, accounts)

      yield* tell({ seed, accounts, first, calm, stormy, seconds, kills })

      // Every push follows the one before, and what they hold together is every call once.
      let pushes = 0
      for (const { account } of shown) {
        const numbers = (yield* fleet.pushes(account)).map((name) => Number(name.slice(0, 20)))
        assert.strictEqual(new Set(numbers).size, numbers.length)
        pushes = pushes + numbers.length
      }
      const on = fleet.options("killed")
      const restored = yield* trunkline(command(), ["restore", "--all", "--out", "data", "--log-level", "error"], on)
      assert.strictEqual(restored.code, 0, restored.stderr)
      const verified = yield* trunkline(command(), ["verify", "--lake", "--out", "data", "--log-level", "error"], on)
      assert.strictEqual(verified.code, 0, verified.stderr)
      const counted = yield* trunkline(command(), [
        "sql",
        "--out",
        "data",
        "--format",
        "json",
        "SELECT count(*)::INT AS calls, count(DISTINCT call_id)::INT AS ids FROM calls"
      ], on)
      assert.strictEqual(counted.code, 0, counted.stderr)
      const served = yield* sandbox.history.served("allomia")
      assert.deepStrictEqual(JSON.parse(counted.stdout), [{ calls: served.size, ids: served.size }])
      assert.isAbove(served.size, 0)

      const requests = yield* sandbox.history.requests
      const refused = requests.filter(({ status }) => status === 429).length
      yield* tell({ pushes, requests: requests.length, refused })
      assert.isAtMost(refused, Math.ceil(requests.length * 5 / 10_000))
      for (const stderr of yield* Effect.forEach(workers, (worker) => leaves(worker), { concurrency: 3 })) {
        assert.notInclude(stderr, "something unexpected")
      }
      // A folder that a worker left is removed by one that begins a minute later.
      assert.isAtMost(readdirSync(scratchOf(fleet.here)).length, kills)
    }).pipe(Effect.provide(Fleet.clinics(accounts))), 60 * 60_000)

  const costing = size("FLEET_COST_ACCOUNTS", 3)
  it.scopedLive("a quiet night asks the API little, and the database less than that", () =>
    Effect.gen(function*() {
      const { history } = yield* Sandbox
      const fleet = yield* Fleet.fleet(command(), costing)
      const { postgres } = fleet
      const database = "cost"
      postgres.ask("postgres", `CREATE DATABASE ${database}`)
      const workers: Array<Started> = []
      yield* ending(workers)
      // First nights wait for the pace of their keys, so many are at work at once.
      for (const nights of ["8", "8"]) workers.push(yield* fleet.worker(database, ["--nights", nights]))
      const first = yield* settling(postgres, database, costing)
      for (const worker of workers.splice(0)) yield* leaves(worker)
      for (const count of (process.env["FLEET_COST_WORKERS"] ?? "1").split(",").map(Number)) {
        while (workers.length < count) workers.push(yield* fleet.worker(database))
        for (const worker of workers.splice(count)) yield* leaves(worker)
        yield* until(() => number(postgres, database, alive) === count && number(postgres, database, holding) === count)
        // Keys that move are where they belong.
        yield* Effect.sleep("5 seconds")
        const statements = `SELECT xact_commit FROM pg_stat_database WHERE datname = '${database}'`
        const measured = () => ({
          at: performance.now(),
          statements: number(postgres, database, statements),
          workers: workers.reduce((sum, { child }) => sum + Cpu.seconds(child.pid ?? 0), 0),
          database: Cpu.below(postgres.pid())
        })
        const [before, asked] = [measured(), yield* history.total]
        postgres.ask(database, "UPDATE trunkline_accounts SET due = now()")
        yield* settling(postgres, database, costing)
        const [after, requests] = [measured(), (yield* history.total) - asked]
        const seconds = (after.at - before.at) / 1000
        const memory = Math.max(...workers.map(({ child }) => Cpu.memory(child.pid ?? 0)))
        yield* tell({
          accounts: costing,
          workers: count,
          first,
          seconds,
          requests,
          statements: after.statements - before.statements,
          cpuOfWorkers: after.workers - before.workers,
          cpuOfDatabase: after.database - before.database,
          memory
        })
        assert.isAtMost(requests, 12 * costing)
        // What a night needs, and what each worker says every second.
        assert.isAtMost(after.statements - before.statements, 40 * costing + 15 * count * (seconds + 10))
      }
      yield* Effect.forEach(workers, (worker) => leaves(worker), { concurrency: 3 })
    }).pipe(Effect.provide(Fleet.clinics(costing))), 4 * 60 * 60_000)
})
