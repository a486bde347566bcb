import { assert, describe, it } from "@effect/vitest"
import { ApiError, Retry } from "@trunkline/http"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as TestClock from "effect/TestClock"

const operation = "Test.call"
const limited = (seconds?: number) =>
  new ApiError.RateLimited({ operation, retryAfter: seconds === undefined ? undefined : Duration.seconds(seconds) })
const fault = (seconds?: number) =>
  new ApiError.ServerFault({ operation, retryAfter: seconds === undefined ? undefined : Duration.seconds(seconds) })

describe("seconds as an API wrote them", () => {
  it.each<readonly [number | undefined, number | undefined]>([
    [undefined, undefined],
    [Number.NaN, undefined],
    [-1, 0],
    [0, 0],
    [1.5, 1.5],
    [365 * 86_400, 365 * 86_400],
    [365 * 86_400 + 1, 365 * 86_400],
    [Number.POSITIVE_INFINITY, 365 * 86_400]
  ])("%d is %d", (written, expected) => {
    const read = Retry.seconds(written)
    assert.strictEqual(read && Duration.toSeconds(read), expected)
  })
})

describe("the wait that is kept", () => {
  it.each<readonly [string, ApiError.ApiError, number]>([
    ["none where none was asked for", limited(), 0],
    ["the one that was asked for", limited(59), 59],
    ["a minute at most", limited(61), 60],
    ["none after an answer that cannot be read", new ApiError.Undecodable({ operation, reason: "empty" }), 0]
  ])("is %s", (_, error, expected) => assert.strictEqual(Duration.toSeconds(Retry.asked(error)), expected))
})

describe("less patience", () => {
  const usual = { tries: 6, wait: 60, time: Number.POSITIVE_INFINITY }
  it.effect.each<readonly [string, ReadonlyArray<Partial<Retry.Limits>>, typeof usual]>([
    ["is as usual where nothing is said", [{}], usual],
    ["is fewer tries", [{ tries: 2 }], { ...usual, tries: 2 }],
    ["is one try at least", [{ tries: 0 }], { ...usual, tries: 1 }],
    ["is never more", [{ tries: 9, wait: Duration.seconds(90) }], usual],
    ["is the least of all", [{ tries: 2 }, { tries: 3, wait: Duration.seconds(5) }], { ...usual, tries: 2, wait: 5 }],
    ["stays within", [{ time: Duration.seconds(9) }, { time: Duration.seconds(10) }], { ...usual, time: 9 }]
  ])("%s", ([, all, expected]) =>
    Effect.gen(function*() {
      const { time, tries, wait } = yield* all.reduceRight(
        (effect, some) => Retry.atMost(some)(effect),
        FiberRef.get(Retry.limits)
      )
      assert.deepStrictEqual({ tries, wait: Duration.toSeconds(wait), time: Duration.toSeconds(time) }, expected)
    }))
})

/** When each try began, in seconds. */
const tried = (error: ApiError.ApiError) =>
  Effect.gen(function*() {
    const began: Array<number> = []
    const fiber = yield* Clock.currentTimeMillis.pipe(
      Effect.tap((now) => Effect.sync(() => began.push(now / 1000))),
      Effect.zipRight(Effect.fail(error)),
      Effect.retry(Retry.polite),
      Effect.exit,
      Effect.fork
    )
    yield* TestClock.adjust("10 minutes")
    yield* Fiber.join(fiber)
    return began
  })

describe("the polite schedule", () => {
  it.effect.each<readonly [string, ApiError.ApiError, ReadonlyArray<number>]>([
    ["waits as long as asked, six tries in all", fault(10), [0, 10, 20, 30, 40, 50]],
    ["begins no try two minutes after the first failure", fault(60), [0, 60]],
    ["begins one just before", fault(59), [0, 59, 118]],
    ["does not repeat what cannot pass", new ApiError.NotFound({ operation, retryAfter: Duration.seconds(1) }), [0]],
    ["does not repeat a spent quota", new ApiError.QuotaExceeded({ operation, retryable: true }), [0]]
  ])("%s", ([, error, expected]) => Effect.map(tried(error), (began) => assert.deepStrictEqual(began, expected)))

  it.effect("doubles its waits from a quarter of a second, give or take a fifth", () =>
    Effect.gen(function*() {
      const began = yield* tried(fault())
      const waits = began.slice(1).map((at, index) => (at - (began[index] ?? 0)) / (0.25 * 2 ** index))
      assert.strictEqual(waits.length, 5)
      assert.isTrue(waits.every((wait) => wait > 0.79 && wait < 1.21), waits.join(" "))
    }))
})

describe("a retry budget of two", () => {
  type Step = "retry" | "no retry" | "free retry" | "ten answers" | "nine answers"
  it.effect.each<readonly [string, ReadonlyArray<Step>]>([
    ["pays two retries", ["retry", "retry", "no retry"]],
    ["pays one for ten answers", ["retry", "retry", "ten answers", "retry", "no retry"]],
    ["pays none for nine", ["retry", "retry", "nine answers", "no retry"]],
    ["is never more than two", ["ten answers", "ten answers", "retry", "retry", "no retry"]],
    ["pays nothing for being told to wait", ["free retry", "free retry", "free retry", "retry", "retry", "free retry"]]
  ])("%s", ([, steps]) =>
    Effect.gen(function*() {
      const { earn, spend } = yield* Retry.budget(2)
      const step = (name: Step): Effect.Effect<unknown> => {
        switch (name) {
          case "ten answers":
            return Effect.replicateEffect(earn, 10)
          case "nine answers":
            return Effect.replicateEffect(earn, 9)
          case "free retry":
            return Effect.map(spend(limited(1)), assert.isTrue)
          default:
            return Effect.map(spend(fault()), (may) => assert.strictEqual(may, name === "retry"))
        }
      }
      yield* Effect.forEach(steps, step)
    }))
})
