/** How often the profiles disturb a request, over hundreds of requests. */
import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { search, type Service } from "../client.js"

const still = {
  size: 600,
  movement: false,
  rateLimit: false,
  dailyQuota: false,
  startsAt: Date.UTC(2026, 10, 20, 12)
} as const

const outcomes = (sandbox: Service, count: number) =>
  Effect.gen(function*() {
    for (let turn = 0; turn < count; turn++) {
      const ended = yield* Effect.exit(search(sandbox, { size: 5 })).pipe(Effect.fork)
      const before = yield* sandbox.history.total
      while ((yield* sandbox.history.total) === before) yield* Effect.yieldNow()
      yield* TestClock.adjust("1 minute")
      yield* Fiber.interrupt(ended).pipe(Effect.fork)
    }
    return (yield* sandbox.history.requests).map((_) => _.fault)
  })

it.effect(
  "flaky disturbs one request in ten, twice in a row at most, the same way for one seed",
  () =>
    Effect.gen(function*() {
      const run = Effect.flatMap(Sandbox, (sandbox) => outcomes(sandbox, 200)).pipe(
        Effect.provide(Sandbox.layer({ ...still, profile: "flaky" }))
      )
      const faults = yield* run
      const share = faults.filter((_) => _ !== null).length / faults.length
      assert.isAbove(share, 0.04)
      assert.isBelow(share, 0.15)
      assert.isFalse(
        faults.some((_, turn) => _ !== null && faults[turn + 1] !== null && faults[turn + 2] !== null && turn < 198)
      )
      assert.deepStrictEqual(yield* run, faults)
    }),
  20_000
)

it.effect("storm disturbs one in three, in every way there is", () =>
  Effect.gen(function*() {
    const faults = yield* outcomes(yield* Sandbox, 200)
    const share = faults.filter((_) => _ !== null).length / faults.length
    assert.isAbove(share, 0.2)
    assert.isBelow(share, 0.45)
    assert.isAbove(new Set(faults).size, 10)
  }).pipe(Effect.provide(Sandbox.layer({ ...still, profile: "storm" }))), 20_000)
