import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { AlloClient, Conversations } from "@trunkline/allo"
import { Retry } from "@trunkline/http"
import * as Testing from "@trunkline/http/testing"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"

const item = { data: { id: "cll-1", date: "2026-01-01T00:00:00Z" } }

/** An API that answers these in turn, the last one for ever, and keeps when it was asked. */
const inTurn = (first: Testing.Reply, ...others: ReadonlyArray<Testing.Reply>) => {
  const times: Array<number> = []
  const replies = [first, ...others]
  const script: Testing.Script = (_, index) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      times.push(now)
      return replies[index] ?? replies.at(-1) ?? first
    })
  const layer = Conversations.layer.pipe(
    Layer.provide(AlloClient.layer({ apiKey: Redacted.make("ak_live_0123456789abcdef") })),
    Layer.provideMerge(Testing.layer(script))
  )
  return { layer, times }
}

/** Runs it to its end, however long it waits. */
const patiently = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(Effect.either(effect))
    yield* TestClock.adjust("30 minutes")
    return yield* Fiber.join(fiber)
  })

const ask = Effect.flatMap(Conversations, (conversations) => conversations.item("cll-1"))

const refused = (head: Testing.Head, error: object = {}) => Testing.json({ error }, { status: 429, ...head })

const tagOf = (outcome: Either.Either<unknown, { readonly _tag: string }>) =>
  Either.match(outcome, { onLeft: (error) => error._tag, onRight: () => "answered" })

describe("waits as long as it was asked to", () => {
  const at = (wait: Duration.DurationInput, reply: Testing.Reply) =>
    Effect.gen(function*() {
      const { layer, times } = inTurn(reply, Testing.json(item))
      const outcome = yield* patiently(ask).pipe(Effect.provide(layer))
      assert.strictEqual(tagOf(outcome), "answered")
      assert.strictEqual(times.length, 2)
      const waited = (times[1] ?? 0) - (times[0] ?? 0)
      const asked = Duration.toMillis(wait)
      assert.isAtLeast(waited, asked)
      assert.isAtMost(waited, Math.max(asked, 1000) + 1)
    })

  it.effect("in seconds", () => at("7 seconds", refused({ headers: { "retry-after": "7" } })))

  it.effect("as a date, by the server's clock and not by ours", () =>
    at(
      "9 seconds",
      refused({
        headers: { date: "Thu, 01 Jan 2026 10:00:00 GMT", "retry-after": "Thu, 01 Jan 2026 10:00:09 GMT" }
      })
    ))

  it.effect("in the body", () => at("5 seconds", refused({}, { retry_after_seconds: 5 })))

  it.effect("in the header rather than in the body", () =>
    at("3 seconds", refused({ headers: { "retry-after": "3" } }, { retry_after_seconds: 50 })))

  it.effect("but not longer than a minute", () => at("60 seconds", refused({ headers: { "retry-after": "86400" } })))

  it.effect("nor less than nothing", () => at("0 seconds", refused({ headers: { "retry-after": "-5" } })))

  it.effect("also when a failed server asks", () =>
    at("4 seconds", Testing.json({}, { status: 503, headers: { "retry-after": "4" } })))

  it.effect("and a Reset that is an epoch delays nothing", () =>
    at("0 seconds", refused({ headers: { "x-ratelimit-reset": "1790000000" } })))

  it.effect("a spent quota of a day is reported with the time it renews, and not waited for", () =>
    Effect.gen(function*() {
      const { layer, times } = inTurn(Testing.json({
        code: "API_KEY_QUOTA_EXCEEDED",
        details: [{ message: "limit=1000;type=DAILY;reset_in=3600", field: "DAILY" }]
      }, { status: 429 }))
      const outcome = yield* patiently(
        Effect.flatMap(Conversations, (_) => _.contactHistoryPage({ contactId: "cnt_1" }))
      ).pipe(Effect.provide(layer))
      const error = Either.getOrThrow(Either.flip(outcome))
      assert.strictEqual(error._tag, "QuotaExceeded")
      assert.deepStrictEqual(error._tag === "QuotaExceeded" ? error.retryAfter : undefined, Duration.hours(1))
      assert.strictEqual(times.length, 1)
    }))
})

describe("tries again", () => {
  const reported = (reply: Testing.Reply, tag: string, facts: object = {}) =>
    Effect.gen(function*() {
      const { layer, times } = inTurn(reply)
      const outcome = yield* patiently(ask).pipe(Effect.provide(layer))
      const error = Either.getOrThrow(Either.flip(outcome))
      assert.strictEqual(error._tag, tag)
      assert.strictEqual(times.length, 6)
      for (const [field, value] of Object.entries(facts)) assert.deepStrictEqual(Reflect.get(error, field), value)
    })
  const mended = (reply: Testing.Reply) =>
    Effect.gen(function*() {
      const { layer, times } = inTurn(reply, reply, Testing.json(item))
      assert.strictEqual(tagOf(yield* patiently(ask).pipe(Effect.provide(layer))), "answered")
      assert.strictEqual(times.length, 3)
    })

  const passing = [
    ["a connection cut in mid-body", Testing.cut("{\"data\": {\"id\": \"cl"), "Unreachable", { reason: "cut" }],
    ["an HTML 502", Testing.text("<html>Bad gateway</html>", { status: 502 }), "ServerFault", { status: 502 }],
    ["an empty 200", Testing.text(""), "Undecodable", { reason: "empty" }],
    ["truncated JSON", Testing.text("{\"data\": {\"id\": \"cl"), "Undecodable", { reason: "syntax" }],
    ["no connection", Testing.noAnswer("ECONNREFUSED"), "Unreachable", { reason: "connection", code: "ECONNREFUSED" }],
    ["a 408", Testing.text("", { status: 408 }), "Unreachable", { reason: "time" }],
    [
      "a 500 in the documented shape",
      Testing.json({
        error: { type: "server_error", code: "INTERNAL_SERVER_ERROR", request_id: "req_a1b2c3d4e5f6", retryable: true }
      }, { status: 500 }),
      "ServerFault",
      { code: "INTERNAL_SERVER_ERROR", requestId: "req_a1b2c3d4e5f6" }
    ]
  ] as const

  for (const [what, reply, tag, facts] of passing) {
    it.effect(`after ${what}, and reports it as what it was`, () => reported(reply, tag, facts))
    it.effect(`after ${what}, until it is mended`, () => mended(reply))
  }

  it.effect("a 4xx whose body says that trying again helps", () =>
    mended(Testing.json({ error: { code: "OTHER_TRANSACTION_IN_PROGRESS", retryable: true } }, { status: 409 })))

  const final = [
    ["a 4xx that says nothing of trying again", Testing.json({ error: { code: "FORBIDDEN" } }, { status: 403 })],
    ["a 4xx that says it does not help", Testing.json({ error: { code: "X", retryable: false } }, { status: 400 })],
    ["JSON of another shape", Testing.json({ data: { nope: true } })],
    ["a daily quota, whatever its flag", refused({}, { code: "SMS_LIMIT_REACHED", retryable: true })]
  ] as const
  for (const [what, reply] of final) {
    it.effect(`never after ${what}`, () =>
      Effect.gen(function*() {
        const { layer, times } = inTurn(reply)
        assert.notStrictEqual(tagOf(yield* patiently(ask).pipe(Effect.provide(layer))), "answered")
        assert.strictEqual(times.length, 1)
      }))
  }

  it.effect("within two minutes of the first failure, whatever the API asks", () =>
    Effect.gen(function*() {
      const { layer, times } = inTurn(refused({ headers: { "retry-after": "50" } }))
      assert.strictEqual(tagOf(yield* patiently(ask).pipe(Effect.provide(layer))), "RateLimited")
      assert.deepStrictEqual(times.map((at) => at - (times[0] ?? 0)), [0, 50_000, 100_000])
    }))

  it.effect("ever later, with jitter", () =>
    Effect.gen(function*() {
      const { layer, times } = inTurn(Testing.json({}, { status: 500 }))
      yield* patiently(ask).pipe(Effect.provide(layer))
      const waits = times.slice(1).map((at, index) => at - (times[index] ?? 0))
      for (const [index, wait] of waits.entries()) {
        assert.isAtLeast(wait, 0.8 * 250 * 2 ** index)
        assert.isAtMost(wait, 1.2 * 250 * 2 ** index + 2)
      }
    }))

  it.effect("less and less while nothing answers: an outage costs a bounded number of retries", () =>
    Effect.gen(function*() {
      const { layer, times } = inTurn(Testing.json({}, { status: 500 }))
      yield* Effect.gen(function*() {
        for (let call = 0; call < 100; call++) yield* patiently(ask)
      }).pipe(Effect.provide(layer))
      assert.strictEqual(times.length, 100 + 100)
    }))
})

describe("writes", () => {
  const tag = (idempotencyKey?: string) =>
    Effect.flatMap(Conversations, (_) => _.addTags({ id: "cll-1", tags: ["qualified"], idempotencyKey }))
  const keys = Effect.map(
    Effect.flatMap(Testing.Requests, Ref.get),
    (requests) => requests.map(({ headers }) => headers["idempotency-key"])
  )

  it.effect("are tried again with the key they were first sent with", () =>
    Effect.gen(function*() {
      const { layer } = inTurn(Testing.json({}, { status: 500 }), Testing.cut("{"), Testing.text(""))
      const [outcome, sent] = yield* Effect.all([patiently(tag()), keys]).pipe(Effect.provide(layer))
      const written = Either.getOrThrow(outcome)
      assert.strictEqual(sent.length, 3)
      assert.deepStrictEqual(new Set(sent), new Set([written.idempotencyKey]))
      assert.isFalse(written.replayed)
    }))

  it.effect("get a new key each, unless one is given", () =>
    Effect.gen(function*() {
      const { layer } = inTurn(Testing.json({}))
      const sent = yield* Effect.all([tag(), tag(), tag("mine-1")]).pipe(Effect.zipRight(keys), Effect.provide(layer))
      assert.strictEqual(new Set(sent).size, 3)
      assert.strictEqual(sent[2], "mine-1")
    }))

  it.effect("tell when they had been done before", () =>
    Effect.gen(function*() {
      const { layer } = inTurn(Testing.json({}, { headers: { "idempotency-replayed": "true" } }))
      assert.isTrue((yield* Effect.provide(tag(), layer)).replayed)
    }))

  it.effect("without a key are never tried again", () =>
    Effect.gen(function*() {
      const client = yield* AlloClient
      const outcome = yield* patiently(client.call({
        operation: "Test.write",
        kind: "write",
        bodiless: true,
        request: HttpClientRequest.post("/v2/api/anything"),
        read: () => Either.right("done")
      }))
      assert.strictEqual(tagOf(outcome), "ServerFault")
      assert.strictEqual((yield* Effect.flatMap(Testing.Requests, Ref.get)).length, 1)
    }).pipe(Effect.provide(
      AlloClient.layer({ apiKey: Redacted.make("ak_live_0123456789abcdef") }).pipe(
        Layer.provideMerge(Testing.layer(() => Testing.json({}, { status: 500 })))
      )
    )))

  const patched = (kind: "write" | "replacement", headers: { readonly [name: string]: string }) =>
    Effect.gen(function*() {
      const client = yield* AlloClient
      const outcome = yield* patiently(client.call({
        operation: "Test.patch",
        kind,
        bodiless: true,
        request: HttpClientRequest.patch("/v2/api/anything").pipe(HttpClientRequest.setHeaders(headers)),
        read: () => Either.right("done")
      }))
      return [tagOf(outcome), (yield* Effect.flatMap(Testing.Requests, Ref.get)).length] as const
    }).pipe(Effect.provide(
      AlloClient.layer({ apiKey: Redacted.make("ak_live_0123456789abcdef") }).pipe(
        Layer.provideMerge(
          Testing.layer((_, index) => index === 0 ? Testing.json({}, { status: 500 }) : Testing.json({}))
        )
      )
    ))

  it.effect("by PATCH are not tried again, for no document says that their keys are kept", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* patched("write", { "idempotency-key": "mine-1" }), ["ServerFault", 1])
    }))

  it.effect("that replace a thing as a whole are tried again with a key, and without one never", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* patched("replacement", { "idempotency-key": "mine-1" }), ["answered", 2])
      assert.deepStrictEqual(yield* patched("replacement", {}), ["ServerFault", 1])
    }))

  it.effect("searches and batches are reads: tried again, and without a key", () =>
    Effect.gen(function*() {
      const { layer } = inTurn(Testing.text("", { status: 502 }), Testing.json({ data: [] }))
      const search = Effect.flatMap(Conversations, (_) => _.search({}))
      const batch = Effect.flatMap(Conversations, (_) => _.batch(["cll-1"]))
      const [, , sent] = yield* Effect.all([patiently(search), patiently(batch), keys]).pipe(Effect.provide(layer))
      assert.deepStrictEqual(sent, [undefined, undefined, undefined])
    }))
})

describe("gives up on an answer", () => {
  const outcomeOf = (reply: Testing.Reply, options: { readonly sizeLimit?: number }) => {
    const layer = Conversations.layer.pipe(
      Layer.provide(AlloClient.layer({ apiKey: Redacted.make("ak_live_0123456789abcdef"), ...options })),
      Layer.provideMerge(Testing.layer(() => reply))
    )
    return Effect.all([patiently(ask), Effect.flatMap(Testing.Requests, Ref.get)]).pipe(Effect.provide(layer))
  }

  it.effect("that drips beyond the time limit", () =>
    Effect.gen(function*() {
      const body = [...JSON.stringify(item), ..." ".repeat(100)]
      const [outcome] = yield* outcomeOf(Testing.drip(body, "1 second"), {})
      const error = Either.getOrThrow(Either.flip(outcome))
      assert.strictEqual(error._tag, "Unreachable")
      assert.strictEqual(error._tag === "Unreachable" ? error.reason : "", "time")
    }))

  it.effect("whose body never comes", () =>
    Effect.gen(function*() {
      const [outcome] = yield* outcomeOf(Testing.stalled(), {})
      assert.strictEqual(tagOf(outcome), "Unreachable")
    }))

  it.effect("that drips within the time limit not at all", () =>
    Effect.gen(function*() {
      const [outcome] = yield* outcomeOf(Testing.drip(JSON.stringify(item).split(/(?<=,)/), "1 second"), {})
      assert.strictEqual(tagOf(outcome), "answered")
    }))

  it.effect("beyond the size cap, at once and for good", () =>
    Effect.gen(function*() {
      const [outcome, requests] = yield* outcomeOf(Testing.json({ ...item, filler: "x".repeat(2000) }), {
        sizeLimit: 1000
      })
      const error = Either.getOrThrow(Either.flip(outcome))
      assert.strictEqual(error._tag, "Undecodable")
      assert.strictEqual(error._tag === "Undecodable" ? error.reason : "", "size")
      assert.strictEqual(requests.length, 1)
    }))
})

describe("with less patience", () => {
  it.effect("tries so often only", () =>
    Effect.gen(function*() {
      const { layer, times } = inTurn(Testing.text("busy", { status: 503 }))
      const outcome = yield* patiently(Retry.atMost({ tries: 3 })(ask)).pipe(Effect.provide(layer))
      assert.strictEqual(tagOf(outcome), "ServerFault")
      assert.strictEqual(times.length, 3)
    }))

  it.effect("tells at once that it was asked to wait for longer", () =>
    Effect.gen(function*() {
      const { layer, times } = inTurn(refused({ headers: { "retry-after": "60" } }), Testing.json(item))
      const outcome = yield* patiently(Retry.atMost({ wait: Duration.seconds(10) })(ask)).pipe(Effect.provide(layer))
      assert.strictEqual(tagOf(outcome), "RateLimited")
      assert.strictEqual(times.length, 1)
    }))
})
