import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { ApiError, Exchange, Retry } from "@trunkline/http"
import { cut, layer, noAnswer, type Reply, Requests, stalled, text } from "@trunkline/http/testing"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Inspectable from "effect/Inspectable"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { tracer } from "./fixtures/spans.js"

class Own extends Data.TaggedError("Own")<{}> {}

const operation = "Store.read"

const refusal = ({ text, told }: Exchange.Refused) =>
  ApiError.refuse(ApiError.tagOfStatus(told.status) ?? "Invalid", { ...told, code: text.slice(0, 20) })

/** What one exchange comes to, how often it was sent, and when it ended. */
const outcome = <A, E = never, E2 = never>(
  replies: ReadonlyArray<Reply>,
  call: Partial<Exchange.Call<A, E, E2>> & Pick<Exchange.Call<A, E, E2>, "read">,
  retryBudget?: number
) =>
  Effect.gen(function*() {
    const exchange = yield* Exchange.make({ refusal, requestIdHeader: "x-id", retryBudget })
    let made = 0
    const request = Effect.sync(() =>
      HttpClientRequest.get("http://store/secret").pipe(HttpClientRequest.setHeader("signature", `${++made}`))
    )
    const fiber = yield* Effect.fork(
      Effect.either(exchange.send({ operation, method: "GET", request, repeatable: true, ...call })).pipe(
        Effect.zip(Clock.currentTimeMillis)
      )
    )
    yield* TestClock.adjust("10 minutes")
    const [ended, at] = yield* Fiber.join(fiber)
    const sent = (yield* Ref.get(yield* Requests)).map(({ headers }) => headers["signature"])
    return { ended, sent, seconds: at / 1000 }
  }).pipe(Effect.provide(layer((_, index) => replies[Math.min(index, replies.length - 1)] ?? noAnswer())))

const tagOf = <A, E extends { readonly _tag: string }>(ended: Either.Either<A, E>): string =>
  Either.match(ended, { onLeft: ({ _tag }) => _tag, onRight: () => "" })

const whole = {
  read: (answer: Exchange.Answer) => Effect.map(answer.bytes(1000), (bytes) => new TextDecoder().decode(bytes))
}

const good = text("some bytes", { headers: { "content-length": "10", "x-id": "id-1" } })

describe("an exchange is tried again", () => {
  it.effect.each<readonly [string, Reply]>([
    ["without an answer", noAnswer()],
    ["after a body that breaks off", cut("some")],
    ["after a body that ends too soon", text("some", { headers: { "content-length": "10" } })],
    [
      "after a body that is longer than its head says",
      text("some bytes, more", { headers: { "content-length": "10" } })
    ],
    ["after a server fault", text("", { status: 500 })],
    ["after a refusal that breaks off", cut("half", { status: 404 })],
    ["after a time-out of the server", text("", { status: 408 })],
    ["when too much was asked", text("", { status: 429 })],
    ["after a body that stops", stalled()]
  ])("%s, each time with a request of its own", ([, reply]) =>
    Effect.gen(function*() {
      const { ended, sent } = yield* outcome([reply, good], whole)
      assert.deepStrictEqual(ended, Either.right("some bytes"))
      assert.deepStrictEqual(sent, ["1", "2"])
    }))

  it.effect("as late as the server asks", () =>
    Effect.gen(function*() {
      const slow = text("", { status: 503, headers: { "retry-after": "7" } })
      const { ended, seconds, sent } = yield* outcome([slow, slow, good], whole)
      assert.isTrue(Either.isRight(ended))
      assert.deepStrictEqual([seconds, sent.length], [14, 3])
    }))

  it.effect.each<readonly [string, number | undefined, number]>([
    ["six times in all", undefined, 6],
    ["no more often than the budget allows", 2, 3]
  ])("%s", ([, budget, tries]) =>
    Effect.gen(function*() {
      assert.strictEqual((yield* outcome([noAnswer()], whole, budget)).sent.length, tries)
    }))
})

describe("an exchange is tried once", () => {
  it.effect.each<readonly [string, Reply, string]>([
    ["after a refusal", text("NoSuchKey", { status: 404, headers: { "x-id": "id-2" } }), "NotFound"],
    ["after a redirect", text("", { status: 301 }), "Invalid"],
    ["after a body that is larger than wanted", text("x".repeat(1001)), "Undecodable"]
  ])("%s", ([, reply, tag]) =>
    Effect.gen(function*() {
      const { ended, sent } = yield* outcome([reply], whole)
      assert.strictEqual(tagOf(ended), tag)
      assert.strictEqual(sent.length, 1)
    }))

  it.effect("where a second time would do harm", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* outcome([noAnswer(), good], { ...whole, repeatable: false })).sent.length, 1)
    }))

  it.effect("where the caller itself fails, before the request or with the answer", () =>
    Effect.gen(function*() {
      const reading = yield* outcome([good], { read: () => new Own() })
      assert.strictEqual(tagOf(reading.ended), "Own")
      assert.strictEqual(reading.sent.length, 1)
      const asking = yield* outcome([good], { ...whole, request: new Own() })
      assert.strictEqual(tagOf(asking.ended), "Own")
      assert.strictEqual(asking.sent.length, 0)
    }))
})

it.effect("a refusal is known by its whole body, and a body without end by its status", () =>
  Effect.gen(function*() {
    const refused = yield* outcome([text("NoSuchKey", { status: 404, headers: { "x-id": "id-2" } })], whole)
    assert.deepStrictEqual(
      Either.mapLeft(refused.ended, (error) => error._tag === "NotFound" ? [error.code, error.requestId] : []),
      Either.left(["NoSuchKey", "id-2"])
    )
    const large = yield* outcome([text("x".repeat(70_000), { status: 404 })], whole)
    assert.strictEqual(tagOf(large.ended), "NotFound")
  }))

it.effect("each failed try is seen, the last one too", () =>
  Effect.gen(function*() {
    const seen: Array<string> = []
    const failed = ({ _tag }: ApiError.ApiError) => void seen.push(_tag)
    yield* outcome([noAnswer(), text("", { status: 500 }), text("", { status: 404 })], { ...whole, failed })
    assert.deepStrictEqual(seen, ["Unreachable", "ServerFault", "NotFound"])
  }))

it.effect("a stream is as long as its head says", () =>
  Effect.gen(function*() {
    const { ended } = yield* outcome([good], {
      read: (answer) =>
        Effect.gen(function*() {
          assert.deepStrictEqual([answer.length, answer.requestId, answer.header("x-id")], [10, "id-1", "id-1"])
          return yield* Stream.runFold(answer.stream, 0, (sum, bytes) => sum + bytes.length)
        })
    })
    assert.deepStrictEqual(ended, Either.right(10))
  }))

it.effect("a piece of a body has its time, and a head has its time", () =>
  Effect.gen(function*() {
    const limits = { ...whole, timeLimit: "2 seconds", repeatable: false } as const
    const body = yield* outcome([stalled()], limits)
    assert.strictEqual(body.seconds, 2)
    assert.include(Inspectable.format(body.ended), "time")
  }))

it.effect("neither spans nor errors show the address", () =>
  Effect.gen(function*() {
    const told: Array<readonly [name: string, attributes: Map<string, unknown>, events: Array<unknown>]> = []
    const telling = tracer((name) => {
      const attributes = new Map<string, unknown>()
      const events: Array<unknown> = []
      told.push([name, attributes, events])
      return {
        attributes,
        attribute: (key, value) => attributes.set(key, value),
        event: (name, _, attributes = {}) => events.push([name, attributes])
      }
    })
    const { ended } = yield* Effect.withTracer(outcome([text("", { status: 500 })], whole), telling)
    assert.deepStrictEqual(told.map(([name]) => name), [operation])
    assert.strictEqual(told[0]?.[1].get("http.request.resend_count"), 5)
    assert.strictEqual(told[0]?.[2].length, 5)
    assert.notInclude(
      Inspectable.format([told.map(([, attributes, events]) => [[...attributes], events]), ended]),
      "secret"
    )
  }))

it.effect("less patience is fewer tries", () =>
  Effect.gen(function*() {
    const { sent } = yield* Retry.atMost({ tries: 2 })(outcome([noAnswer()], whole))
    assert.strictEqual(sent.length, 2)
  }))
