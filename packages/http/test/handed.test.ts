/** Large values are handed past what would keep them. */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { ApiClient, ApiError, Handed, Pace } from "@trunkline/http"
import * as Testing from "@trunkline/http/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import { watched } from "./fixtures/endings.js"

describe("what is handed past a span", () => {
  it.effect("is the value of each run, and the span ends without it", () =>
    Effect.gen(function*() {
      const { layer, spans } = watched()
      let runs = 0
      const page = Handed.past(Effect.sync(() => ({ rows: ++runs })), Effect.withSpan("a page"))
      const found = yield* Effect.provide(Effect.all([page, page]), layer)
      assert.deepStrictEqual(found, [{ rows: 1 }, { rows: 2 }])
      assert.deepStrictEqual(spans, [undefined, undefined])
    }))

  it.effect("may fail, and be interrupted", () =>
    Effect.gen(function*() {
      const failed = yield* Effect.exit(Handed.past(Effect.fail("why"), Effect.withSpan("a page")))
      assert.deepStrictEqual(failed, Exit.fail("why"))
      const interrupted = yield* Effect.exit(Handed.past(Effect.interrupt, Effect.withSpan("a page")))
      assert.isTrue(Exit.isFailure(interrupted) && Cause.isInterruptedOnly(interrupted.cause))
    }))

  it.effect("cannot be what never ran", () =>
    Effect.gen(function*() {
      const ended = yield* Effect.exit(Handed.past(Effect.succeed(1), () => Effect.void))
      assert.isTrue(Exit.isFailure(ended) && Cause.isDie(ended.cause))
    }))
})

const answer = { rows: ["a name"] }

it.effect("of a call no span and no fiber keeps the answer", () =>
  Effect.gen(function*() {
    const { fibers, layer, spans } = watched()
    const { call } = yield* ApiClient.make({
      baseUrl: "https://api.example.com",
      authorization: Redacted.make("Api-Key key"),
      refusal: ({ told }) => new ApiError.Invalid(told)
    })
    const found = yield* call({
      operation: "Test.list",
      request: HttpClientRequest.get("/rows"),
      pace: yield* Pace.make({ limit: 10 }),
      tells: true,
      repeatable: true,
      read: Either.right
    }).pipe(Effect.provide(layer))
    assert.deepStrictEqual(found, answer)
    assert.deepStrictEqual(spans, [undefined])
    // Those of the time limit at least.
    assert.isAtLeast(fibers.length, 2)
    assert.notInclude(JSON.stringify(fibers), "a name")
  }).pipe(Effect.provide(Testing.layer(() => Testing.json(answer)))))
