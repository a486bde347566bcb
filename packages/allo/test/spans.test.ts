/** What a span tells of a call: how it ended, how often it was tried, and what it waited for. */
import { assert, describe, it } from "@effect/vitest"
import { AlloClient, type AlloOptions, Conversations } from "@trunkline/allo"
import { ApiClient } from "@trunkline/http"
import * as Testing from "@trunkline/http/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { tracer } from "../../http/test/fixtures/spans.js"
import { item } from "./fixtures/item.js"

const services = (script: Testing.Script, options: Partial<AlloOptions> = {}) =>
  Conversations.layer.pipe(
    Layer.provide(AlloClient.layer({ apiKey: Redacted.make("ak_live_test"), ...options })),
    Layer.provide(Testing.layer(script))
  )

interface Seen {
  readonly name: string
  readonly attributes: Map<string, unknown>
  readonly events: Array<readonly [name: string, attributes: Record<string, unknown>]>
}

/** Runs an effect with a clock that moves, and hands over its spans. */
const spans = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const seen: Array<Seen> = []
    const seeing = tracer((name) => {
      const own: Seen = { name, attributes: new Map(), events: [] }
      seen.push(own)
      return {
        attributes: own.attributes,
        attribute: (key, value) => own.attributes.set(key, value),
        event: (name, _, attributes = {}) => own.events.push([name, attributes])
      }
    })
    const fiber = yield* Effect.fork(Effect.exit(Effect.withTracer(effect, seeing)))
    yield* TestClock.adjust("5 minutes")
    yield* Fiber.join(fiber)
    return seen
  })

const told = (span: Seen | undefined) => Object.fromEntries(span?.attributes ?? [])

const ask = Effect.flatMap(Conversations, (_) => _.item("cll-abc123"))

describe("the span of a call", () => {
  it.effect("that succeeds at once has its status and its request id, and no event", () =>
    Effect.gen(function*() {
      const [span] = yield* spans(ask)
      assert.strictEqual(span?.name, "Conversations.item")
      assert.deepStrictEqual(told(span), {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "trunkline.request_id": "req_answered",
        "trunkline.vendor": "allo"
      })
      assert.deepStrictEqual(span?.events, [])
    }).pipe(Effect.provide(services(() => Testing.json(item, { headers: { "x-request-id": "req_answered" } })))))

  it.effect("that is tried again has one event per retry", () =>
    Effect.gen(function*() {
      const [span, ...others] = yield* spans(ask)
      assert.deepStrictEqual(others, [])
      assert.deepInclude(told(span), { "http.response.status_code": 200, "http.request.resend_count": 2 })
      const retries = span?.events.filter(([name]) => name === "retry") ?? []
      assert.deepStrictEqual(
        retries.map(([name, { after, status, requestId, waitMilliseconds }]) => [
          name,
          after,
          status,
          requestId,
          typeof waitMilliseconds
        ]),
        [
          ["retry", "ServerFault", 503, "req_0", "number"],
          ["retry", "RateLimited", 429, "req_1", "number"]
        ]
      )
      assert.isAtLeast(Number(retries[1]?.[1]["waitMilliseconds"]), 7000)
    }).pipe(Effect.provide(services((_, index) =>
      Testing.json(index < 2 ? {} : item, {
        status: [503, 429][index] ?? 200,
        headers: { "x-request-id": `req_${index}`, ...(index === 1 ? { "retry-after": "7" } : {}) }
      })
    ))))

  it.effect("that fails has the status and the tag of its error", () =>
    Effect.gen(function*() {
      const [span] = yield* spans(ask)
      assert.deepInclude(told(span), { "http.response.status_code": 404, "error.type": "NotFound" })
      assert.notProperty(told(span), "http.request.resend_count")
    }).pipe(Effect.provide(services(() => Testing.json({}, { status: 404 })))))

  it.effect("that waits for its turn says for how long", () =>
    Effect.gen(function*() {
      const all = yield* spans(Effect.forEach([1, 2, 3], () => ask))
      assert.deepStrictEqual(
        all.map(({ events }) => events.map(([name, { milliseconds }]) => [name, Number(milliseconds) > 0])),
        [[], [["wait", true]], [["wait", true]]]
      )
    }).pipe(Effect.provide(services(() => Testing.json(item), { readsPerSecond: 1 }))))
})

it.effect("requests are counted by vendor, and in all", () =>
  Effect.gen(function*() {
    const ofAllo = Effect.map(Metric.value(Metric.tagged(ApiClient.requests, "vendor", "allo")), ({ count }) => count)
    const ofNobody = Effect.map(Metric.value(ApiClient.requests), ({ count }) => count)
    const all = Effect.all([ofAllo, ofNobody, Effect.map(ApiClient.counts, ({ requests }) => requests)])
    const before = yield* all
    yield* spans(Effect.zipRight(ask, ask))
    const after = yield* all
    assert.deepStrictEqual(after.map((count, index) => count - (before[index] ?? 0)), [2, 0, 2])
  }).pipe(Effect.provide(services(() => Testing.json(item)))))
