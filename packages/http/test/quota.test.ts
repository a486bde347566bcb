/** A spent quota: who wants to know nothing more of the API is not asking it in vain. */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, it } from "@effect/vitest"
import { ApiClient, ApiError, Pace } from "@trunkline/http"
import * as Testing from "@trunkline/http/testing"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"

/** What five calls end with, and how many were sent: the first spends the quota, two share its pace and wait for a turn. */
const calls = (inQuota: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    let sent = 0
    const script: Testing.Script = () => (sent++ === 0 ? Testing.json({}, { status: 429 }) : Testing.json({}))
    return yield* Effect.gen(function*() {
      const { call } = yield* ApiClient.make({
        baseUrl: "https://api.example.com",
        authorization: Redacted.make("Api-Key key"),
        refusal: ({ told }) => new ApiError.QuotaExceeded(told)
      })
      const [reads, writes] = [yield* Pace.make({ limit: 1 }), yield* Pace.make({ limit: 1 })]
      const get = (pace: Pace.Pace) =>
        call({
          operation: "Test.get",
          request: HttpClientRequest.get("/things"),
          pace,
          tells: true,
          repeatable: true,
          read: Either.right
        })
      const ended = yield* inQuota(Effect.gen(function*() {
        const first = yield* Effect.all([get(reads), get(reads), get(reads)].map(Effect.either), {
          concurrency: "unbounded"
        })
        const later = yield* Effect.all([get(writes), get(writes)].map(Effect.either))
        return [...first, ...later]
      })).pipe(Effect.fork)
      yield* TestClock.adjust("1 minute")
      const tags = (yield* Fiber.join(ended)).map((one) => Either.isRight(one) ? "answered" : one.left._tag)
      const afterwards = yield* Effect.fork(Effect.either(get(writes)))
      yield* TestClock.adjust("1 minute")
      return { sent, tags, afterwards: Either.isRight(yield* Fiber.join(afterwards)) }
    }).pipe(Effect.provide(Testing.layer(script)))
  })

it.effect("within a quota, nothing more is sent once it is spent, whatever its pace and whoever waits for a turn", () =>
  Effect.gen(function*() {
    const { afterwards, sent, tags } = yield* calls(ApiClient.withinQuota)
    assert.deepStrictEqual(tags, ["QuotaExceeded", "QuotaExceeded", "QuotaExceeded", "QuotaExceeded", "QuotaExceeded"])
    // The other one was sent afterwards, outside.
    assert.deepStrictEqual([sent, afterwards], [2, true])
  }))

it.effect("elsewhere each request finds out for itself: not all count against the same quota", () =>
  Effect.gen(function*() {
    const { sent, tags } = yield* calls(identity)
    assert.deepStrictEqual(tags, ["QuotaExceeded", "answered", "answered", "answered", "answered"])
    assert.strictEqual(sent, 6)
  }))
