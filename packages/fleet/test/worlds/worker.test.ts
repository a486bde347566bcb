/** A worker in this process, on a real PostgreSQL. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import { connect, createServer, type Socket } from "node:net"
import type { Outcome } from "../../src/Account.js"
import * as Database from "../../src/Database.js"
import * as Worker from "../../src/Worker.js"
import * as Postgres from "../postgres.js"

const paris = {
  name: "paris",
  schedule: { at: ["02:00"], zone: "UTC" },
  key: Effect.succeed("paris")
}

const done: Outcome = { end: "done", exitCode: 0, says: null, certifiedUntil: null }

/** A worker of one night at once, until it leaves. */
const working = (url: Redacted.Redacted, options: Omit<Worker.Options<never>, "name" | "nights">) =>
  Effect.provide(
    Worker.run({ name: "worker", nights: 1, ...options }),
    Database.layer({ url, name: "a test" })
  )

/** A worker that leaves once its account has run twice. */
const twice = (url: Redacted.Redacted) =>
  Effect.gen(function*() {
    const [first, second] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
    const worker = yield* Effect.fork(working(url, {
      accounts: Effect.succeed([paris]),
      night: () =>
        Effect.as(Effect.unlessEffect(Deferred.succeed(second, undefined), Deferred.succeed(first, undefined)), done),
      leave: Deferred.await(second)
    }))
    return { first: Deferred.await(first), worker }
  })

const until = (holds: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => holds() ? Effect.void : Effect.delay(until(holds), "100 millis"))

/** A network on the way to a port of this machine. What it drops, it drops without a word; it lets new connections through. */
const between = (port: number) =>
  Effect.gen(function*() {
    const pairs = new Set<readonly [Socket, Socket]>()
    const server = createServer((near) => {
      const far = connect(port, "127.0.0.1")
      const pair = [near, far] as const
      pairs.add(pair)
      near.pipe(far).pipe(near)
      for (const socket of pair) {
        socket.on("error", () => pair.forEach((one) => one.destroy()))
        socket.on("close", () => pairs.delete(pair))
      }
    })
    yield* Effect.acquireRelease(
      Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
      () => Effect.sync(() => server.close())
    )
    const address = server.address()
    return {
      port: address === null || typeof address === "string" ? 0 : address.port,
      drop: Effect.sync(() => {
        for (const [near, far] of pairs) {
          near.unpipe(far)
          far.unpipe(near)
          near.resume()
          far.resume()
        }
      })
    }
  })

describe.skipIf(Postgres.missing)(`a worker on ${Postgres.where}`, () => {
  it.scopedLive(
    "says once that the schedule cannot be looked at, and goes on when it can",
    () =>
      Effect.gen(function*() {
        const said: Array<string> = []
        const logger = Logger.make(({ message }) => {
          said.push(String(message))
        })
        const postgres = yield* Postgres.started
        postgres.ask("postgres", "CREATE DATABASE looks")
        const night = yield* Deferred.make<void>()
        let looks = 0
        yield* working(postgres.url("looks"), {
          accounts: Effect.suspend(() =>
            ++looks < 3 ? Effect.die(new Error("a disk is gone")) : Effect.succeed([paris])
          ),
          night: () => Effect.as(Deferred.succeed(night, undefined), done),
          leave: Deferred.await(night)
        }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
        assert.isAtLeast(looks, 3)
        assert.deepStrictEqual(said, ["The schedule could not be looked at. Nights at work go on"])
      }),
    60_000
  )

  it.scopedLive(
    "says that PostgreSQL answers, and refuses what the schedule asks of it",
    () =>
      Effect.gen(function*() {
        const said = yield* Deferred.make<string>()
        const logger = Logger.make(({ cause, message }) => {
          Effect.runSync(Deferred.succeed(said, `${String(message)}: ${Cause.pretty(cause)}`))
        })
        const postgres = yield* Postgres.started
        postgres.ask("postgres", "CREATE DATABASE refuses")
        const begun = yield* Deferred.make<void>()
        yield* working(postgres.url("refuses"), {
          accounts: Effect.as(Deferred.succeed(begun, undefined), []),
          night: () => Effect.never,
          leave: Deferred.await(begun).pipe(
            Effect.zipRight(
              Effect.sync(() => postgres.ask("refuses", "ALTER TABLE trunkline_accounts DROP COLUMN says"))
            ),
            Effect.zipRight(Deferred.await(said))
          )
        }).pipe(
          Effect.provide(Logger.replace(Logger.defaultLogger, logger))
        )
        const text = yield* Deferred.await(said)
        assert.include(text, "The schedule could not be looked at. Nights at work go on")
        assert.include(text, "PostgreSQL: failed (42703)")
      }),
    60_000
  )

  it.scopedLive(
    "says that PostgreSQL does not answer, and that it does again, while no night is at work",
    () =>
      Effect.gen(function*() {
        const said: Array<string> = []
        const logger = Logger.make(({ message }) => {
          said.push(String(message))
        })
        const spans: Array<string> = []
        const tracer = yield* Effect.tracer
        const counting = Tracer.make({
          context: tracer.context,
          span: (name, ...facts) => {
            spans.push(name)
            return tracer.span(name, ...facts)
          }
        })
        const postgres = yield* Postgres.started
        postgres.ask("postgres", "CREATE DATABASE idle")
        const leave = yield* Deferred.make<void>()
        const worker = yield* working(postgres.url("idle"), {
          accounts: Effect.succeed([]),
          night: () => Effect.never,
          leave: Deferred.await(leave)
        }).pipe(
          Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
          Effect.withTracer(counting),
          Effect.fork
        )
        const runners = "trunkline_cluster_runners"
        yield* until(() => postgres.ask("idle", `SELECT to_regclass('${runners}')`) !== "")
        yield* until(() => postgres.ask("idle", `SELECT count(*) FROM ${runners}`) === "1")
        yield* postgres.restart("SIGQUIT", until(() => said.length > 0))
        yield* until(() => said.length > 1)
        yield* Deferred.succeed(leave, undefined)
        yield* Fiber.join(worker)
        assert.deepStrictEqual(spans, [])
        assert.deepStrictEqual(said, [
          "PostgreSQL does not answer. Nights at work go on, and no other begins",
          "PostgreSQL answers again"
        ])
      }),
    60_000
  )

  it.scopedLive(
    "goes on with an empty database where the old one is lost: every account runs once",
    () =>
      Effect.gen(function*() {
        const postgres = yield* Postgres.started
        postgres.ask("postgres", "CREATE DATABASE lost")
        const { first, worker } = yield* twice(postgres.url("lost"))
        yield* first
        postgres.ask("lost", "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        yield* Fiber.join(worker)
      }),
    60_000
  )

  it.scopedLive(
    "goes on where a network dropped its connections and said nothing of it",
    () =>
      Effect.gen(function*() {
        const postgres = yield* Postgres.started
        postgres.ask("postgres", "CREATE DATABASE dropped")
        const url = new URL(Redacted.value(postgres.url("dropped")))
        const network = yield* between(Number(url.port))
        url.port = String(network.port)
        const { first, worker } = yield* twice(Redacted.make(url.href))
        yield* first
        const ended = "SELECT count(ended_at) FROM trunkline_accounts"
        yield* until(() => postgres.ask("dropped", ended) === "1")
        yield* network.drop
        postgres.ask("dropped", "UPDATE trunkline_accounts SET due = now()")
        yield* Fiber.join(worker)
      }),
    120_000
  )

  it.scopedLive(
    "leaves while PostgreSQL is away, once its night has ended",
    () =>
      Effect.gen(function*() {
        const postgres = yield* Postgres.started
        postgres.ask("postgres", "CREATE DATABASE leaving")
        const [begun, leave] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        let isLeft = false
        const worker = yield* working(postgres.url("leaving"), {
          accounts: Effect.succeed([paris]),
          night: (night) =>
            Effect.gen(function*() {
              yield* Deferred.succeed(begun, undefined)
              yield* night.leave.wait
              yield* Effect.sleep("2 seconds")
              isLeft = true
              return { end: "left", exitCode: 130, says: null, certifiedUntil: null }
            }),
          leave: Deferred.await(leave)
        }).pipe(Effect.fork)
        yield* Deferred.await(begun)
        yield* postgres.restart(
          "SIGQUIT",
          Effect.gen(function*() {
            // The engine notices within its deadlines.
            yield* Effect.sleep("5 seconds")
            yield* Deferred.succeed(leave, undefined)
            const left = yield* Effect.timeoutOption(Fiber.await(worker), "20 seconds")
            assert.deepStrictEqual([isLeft, Option.map(left, Exit.isSuccess)], [true, Option.some(true)])
          })
        )
      }),
    60_000
  )
})
