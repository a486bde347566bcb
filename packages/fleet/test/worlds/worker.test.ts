/** A worker in this process, on a real PostgreSQL. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Database from "../../src/Database.js"
import * as Worker from "../../src/Worker.js"
import * as Postgres from "../postgres.js"

const paris = {
  name: "paris",
  schedule: { at: ["02:00"], zone: "UTC" },
  key: Effect.succeed("paris")
}

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
        yield* Worker.run({
          name: "worker",
          nights: 1,
          accounts: Effect.suspend(() =>
            ++looks < 3 ? Effect.die(new Error("a disk is gone")) : Effect.succeed([paris])
          ),
          night: () =>
            Effect.as(Deferred.succeed(night, undefined), {
              end: "done",
              exitCode: 0,
              says: null,
              certifiedUntil: null
            }),
          leave: Deferred.await(night)
        }).pipe(
          Effect.provide(Database.layer({ url: postgres.url("looks"), name: "a test" })),
          Effect.provide(Logger.replace(Logger.defaultLogger, logger))
        )
        assert.isAtLeast(looks, 3)
        assert.deepStrictEqual(said, ["The schedule could not be looked at. Nights at work go on"])
      }),
    60_000
  )
})
