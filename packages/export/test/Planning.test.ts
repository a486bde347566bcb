/** Requests of a run that is asked to stop: what is in hand gets a while to arrive, and nothing more is sent. */
import { assert, describe, it } from "@effect/vitest"
import { Stopped } from "@trunkline/export/ExportError"
import * as Planning from "@trunkline/export/Planning"
import { Stop } from "@trunkline/export/Stop"
import { Effect, Exit, Fiber, TestClock } from "effect"
import * as Scope from "./fixtures/scope.js"

/** What a request ended with, in the order of their ends. */
const watched = () => {
  const sent: Array<string> = []
  const ended: Array<string> = []
  const request = (name: string, answer: Effect.Effect<unknown>) =>
    Effect.suspend(() => {
      sent.push(name)
      return Effect.onExit(answer, (exit) => Effect.sync(() => ended.push(`${name} ${exit._tag}`)))
    })
  return { sent, ended, request }
}

const planned = <A, E>(asking: Effect.Effect<A, E, Planning.Planning | Stop>) =>
  asking.pipe(Scope.planning(), Effect.provide(Stop.layer))

const ways = {
  "one by one": <A, E, R>(requests: Effect.Effect<A, E, R>) => requests,
  "as many together": Planning.many
}

describe.each(Object.entries(ways))("requests that are sent %s", (_, way) => {
  it.effect("arrive within five seconds of the wish to stop, or not at all", () =>
    planned(Effect.gen(function*() {
      const { request: stop } = yield* Stop
      const { ended, request, sent } = watched()
      const ask = (name: string, answer: Effect.Effect<unknown>) =>
        Effect.exit(Effect.flatMap(Planning.Planning, ({ ask }) => ask(request(name, answer))))
      const outcomes: Array<Exit.Exit<unknown, Stopped>> = []
      const kept = (name: string, answer: Effect.Effect<unknown>) =>
        Effect.map(ask(name, answer), (exit) => outcomes.push(exit))
      const running = yield* Effect.fork(Effect.exit(way(Effect.all([
        kept("quick", Effect.delay(Effect.succeed(1), "1 second")),
        kept("slow", Effect.delay(Effect.succeed(2), "6 seconds")),
        kept("endless", Effect.never),
        Effect.zipRight(Effect.sleep("3 seconds"), kept("late", Effect.succeed(4)))
      ], { concurrency: "unbounded", discard: true }))))
      yield* TestClock.adjust("2 seconds")
      yield* stop
      yield* TestClock.adjust("4999 millis")
      assert.deepStrictEqual(sent, ["quick", "slow", "endless"])
      assert.deepStrictEqual(ended, ["quick Success", "slow Success"])
      assert.isNull(running.unsafePoll())
      yield* TestClock.adjust("1 milli")
      yield* Fiber.join(running)
      assert.deepStrictEqual(ended, ["quick Success", "slow Success", "endless Failure"])
      assert.deepStrictEqual(outcomes.slice(0, 3), [Exit.succeed(1), Exit.fail(new Stopped()), Exit.succeed(2)])
    })))
})

it.effect("requests that are sent as many together end with the wish to stop", () =>
  planned(Effect.gen(function*() {
    const { request: stop } = yield* Stop
    const ended = yield* Effect.fork(Effect.exit(Planning.many(Effect.never)))
    yield* TestClock.adjust("1 hour")
    assert.isNull(ended.unsafePoll())
    yield* stop
    yield* TestClock.adjust("5 seconds")
    assert.deepStrictEqual(yield* Fiber.join(ended), Exit.fail(new Stopped()))
  })))
