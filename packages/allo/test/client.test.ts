/** What a caller can set: of one client, and of the requests of one effect. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { Account, AlloClient, type AlloOptions, Conversations } from "@trunkline/allo"
import { ApiClient } from "@trunkline/http"
import * as Testing from "@trunkline/http/testing"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"
import { readFileSync } from "node:fs"
import { item } from "./fixtures/item.js"

const services = (script: Testing.Script, options: Partial<AlloOptions> = {}) =>
  Layer.mergeAll(Conversations.layer, Account.layer).pipe(
    Layer.provide(AlloClient.layer({ apiKey: Redacted.make("ak_live_test"), ...options })),
    Layer.provideMerge(Testing.layer(script))
  )

const good: Testing.Script = () =>
  Testing.json(item, { headers: { "x-request-id": "req_from_allo", "x-cell": "eu-1" } })

/** One refusal, then answers. */
const bumpy: Testing.Script = (received, index) =>
  index === 0 ? Testing.json({}, { status: 503, headers: { "x-request-id": "req_of_refusal" } }) : good(received, index)

const ask = Effect.flatMap(Conversations, (_) => _.item("cll-abc123"))

/** Drives the clock until the effect ends. */
const driven = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("5 minutes")
    return yield* Fiber.join(fiber)
  })

const headers = (name: string) =>
  Effect.flatMap(
    Testing.Requests,
    (requests) => Effect.map(Ref.get(requests), (all) => all.map((received) => received.headers[name]))
  )

describe("pace", () => {
  it.effect("unlimited asks for nothing but answers: 60 requests take no time", () =>
    Effect.gen(function*() {
      const { item, search } = yield* Conversations
      yield* Effect.forEach(Array.from({ length: 30 }), () => Effect.zipRight(item("cll-abc123"), search()))
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
      assert.strictEqual((yield* headers("authorization")).length, 60)
    }).pipe(Effect.provide(services(
      (received, index) => received.method === "GET" ? good(received, index) : Testing.json({ data: [] }),
      { pace: "unlimited" }
    ))))
})

describe("User-Agent", () => {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))

  it.effect("names the package and its version", () =>
    Effect.gen(function*() {
      yield* ask
      assert.deepStrictEqual(yield* headers("user-agent"), [`trunkline-allo/${version}`])
    }).pipe(Effect.provide(services(good))))
})

const tell = (name: string, value: string) => HttpClient.mapRequest(HttpClientRequest.setHeader(name, value))

describe("transformClient", () => {
  it.effect("changes each try of each request", () =>
    Effect.gen(function*() {
      yield* driven(ask)
      assert.deepStrictEqual(yield* headers("x-team"), ["sales", "sales"])
    }).pipe(Effect.provide(services(bumpy, { transformClient: tell("x-team", "sales") }))))

  it.effect("may fail for a status itself, and the refusal is the same", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(ask)
      assert.strictEqual(error._tag, "NotFound")
    }).pipe(Effect.provide(services(() => Testing.json({}, { status: 404 }), {
      transformClient: HttpClient.filterStatusOk
    }))))
})

describe("withClientTransform", () => {
  it.effect("changes the requests of one effect, on top of the client's own and of those around it", () =>
    Effect.gen(function*() {
      yield* ask
      yield* ask.pipe(
        ApiClient.withClientTransform(tell("x-team", "support")),
        Effect.zipLeft(ask),
        ApiClient.withClientTransform(tell("x-job", "nightly"))
      )
      yield* ask
      assert.deepStrictEqual(yield* headers("x-team"), ["sales", "support", "sales", "sales"])
      assert.deepStrictEqual(yield* headers("x-job"), [undefined, "nightly", "nightly", undefined])
    }).pipe(Effect.provide(services(good, { transformClient: tell("x-team", "sales") }))))
})

describe("withResponse", () => {
  it.effect("hands on the request id and the headers of a success", () =>
    Effect.gen(function*() {
      const [call, responses] = yield* ApiClient.withResponse(ask)
      assert.strictEqual(call.id, "cll-abc123")
      assert.deepStrictEqual(
        responses.map(({ headers, operation, requestId, status }) => [operation, status, requestId, headers["x-cell"]]),
        [["Conversations.item", 200, "req_from_allo", "eu-1"]]
      )
    }).pipe(Effect.provide(services(good))))

  it.effect("and of the refusals before it", () =>
    Effect.gen(function*() {
      const [, responses] = yield* driven(ApiClient.withResponse(ask))
      assert.deepStrictEqual(responses.map(({ requestId, status }) => [status, requestId]), [
        [503, "req_of_refusal"],
        [200, "req_from_allo"]
      ])
    }).pipe(Effect.provide(services(bumpy))))

  it.effect("sees the requests of its own effect only", () =>
    Effect.gen(function*() {
      const [[[, inner]], outer] = yield* ApiClient.withResponse(
        Effect.all([ApiClient.withResponse(ask), ask], { concurrency: 2 })
      )
      assert.deepStrictEqual([inner.length, outer.length], [1, 2])
    }).pipe(Effect.provide(services(good))))
})

describe("trace propagation", () => {
  const traced = Effect.gen(function*() {
    const span = yield* Effect.currentSpan
    yield* ask
    const [traceparent] = yield* headers("traceparent")
    return { traceparent, traceId: span.traceId }
  }).pipe(Effect.withSpan("job"))

  it.effect("is off: no request tells who asked", () =>
    Effect.gen(function*() {
      yield* traced
      assert.deepStrictEqual([yield* headers("traceparent"), yield* headers("b3")], [[undefined], [undefined]])
    }).pipe(Effect.provide(services(good))))

  it.effect("can be switched on for a client", () =>
    Effect.gen(function*() {
      const { traceId, traceparent = "" } = yield* traced
      assert.include(traceparent, traceId)
    }).pipe(Effect.provide(services(good, { tracePropagation: true }))))

  it.effect("and for an effect, either way", () =>
    Effect.gen(function*() {
      const { traceId, traceparent = "" } = yield* ApiClient.withTracePropagation(traced, true)
      assert.include(traceparent, traceId)
    }).pipe(Effect.provide(services(good))))
})
