/** A clock that is set while requests wait: what is measured is the time that passed, whatever the clock says. */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, it } from "@effect/vitest"
import { ApiClient, ApiError, Pace } from "@trunkline/http"
import * as Testing from "@trunkline/http/testing"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"

const hour = 3_600_000

/** A clock of a machine: what it shows can be set, and what it counts cannot. */
const settable = Effect.map(Effect.clock, (real) => {
  let ahead = 0
  const clock: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => real.unsafeCurrentTimeMillis() + ahead,
    unsafeCurrentTimeNanos: () => real.unsafeCurrentTimeNanos(),
    currentTimeMillis: Effect.map(real.currentTimeMillis, (now) => now + ahead),
    currentTimeNanos: real.currentTimeNanos,
    sleep: (duration) => real.sleep(duration)
  }
  return { clock, set: (by: number) => Effect.sync(() => void (ahead += by)) }
})

/** A call that is refused once and asked to wait, and a second one of the same key after it. */
const refusedOnce = (by: number) =>
  Effect.gen(function*() {
    const { clock, set } = yield* settable
    const script: Testing.Script = (_, index) =>
      index === 0 ? Testing.json({}, { status: 429, headers: { "retry-after": "2" } }) : Testing.json({})
    return yield* Effect.gen(function*() {
      const { call } = yield* ApiClient.make({
        baseUrl: "https://api.example.com",
        authorization: Redacted.make("Api-Key key"),
        refusal: ({ told }) => new ApiError.RateLimited(told)
      })
      const pace = yield* Pace.make({ limit: 10 })
      const request = HttpClientRequest.get("/things")
      const once = call({ operation: "Test.get", request, pace, tells: true, repeatable: true, read: Either.right })
      const fiber = yield* Effect.fork(Effect.exit(Effect.withClock(Effect.zipRight(once, once), clock)))
      yield* TestClock.adjust("1 second")
      yield* set(by)
      yield* TestClock.adjust("4 seconds")
      return yield* Fiber.join(fiber)
    }).pipe(Effect.provide(Testing.layer(script)))
  })

for (const [words, by] of [["back", -hour], ["ahead", hour]] as const) {
  it.effect(`a refused call is made again though the clock is set an hour ${words} while it waits`, () =>
    Effect.gen(function*() {
      assert.isTrue(Exit.isSuccess(yield* refusedOnce(by)))
    }))

  it.effect(`a full pace goes on after its period though the clock is set an hour ${words}`, () =>
    Effect.gen(function*() {
      const { clock, set } = yield* settable
      let started = 0
      const pace = yield* Pace.make({ limit: 20 })
      const turn = Effect.withClock(pace.turn(() => Effect.sync(() => started += 1)), clock)
      yield* Effect.forEach(Array.from({ length: 20 }), () => turn)
      yield* set(by)
      yield* Effect.fork(turn)
      yield* TestClock.adjust("900 millis")
      assert.strictEqual(started, 20)
      yield* TestClock.adjust("200 millis")
      assert.strictEqual(started, 21)
    }))
}

it.effect("a test may stop its clock between two milliseconds", () =>
  Effect.gen(function*() {
    const pace = yield* Pace.make({ limit: 20 })
    yield* TestClock.adjust(1.000001)
    assert.strictEqual(yield* pace.turn(() => Effect.succeed("turn")), "turn")
  }))
