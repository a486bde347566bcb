import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { Account, AlloClient, type AlloError, Conversations } from "@trunkline/allo"
import * as Testing from "@trunkline/http/testing"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"
import { allo } from "./fixtures/scripted.js"

it.effect("a word of validation is no scope", () =>
  Effect.gen(function*() {
    const { me } = yield* Account
    const error = yield* Effect.flip(me)
    assert.strictEqual("advice" in error ? error.advice : undefined, "Correct the named fields")
  }).pipe(Effect.provide(allo(() =>
    Testing.json({ error: { code: "INVALID_REQUEST", errors: [{ field: "x", message: "required=true" }] } }, {
      status: 400
    })
  ))))

it.effect("a write answered 204 is done", () =>
  Effect.gen(function*() {
    const { addTags } = yield* Conversations
    assert.isFalse((yield* addTags({ id: "cll-1", tags: ["a"] })).replayed)
  }).pipe(Effect.provide(allo(() => Testing.text("", { status: 204 })))))

const tried = (
  reply: Testing.Reply,
  ask: (conversations: typeof Conversations.Service) => Effect.Effect<unknown, AlloError>
) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(Effect.either(ask(yield* Conversations)))
    yield* TestClock.adjust("10 minutes")
    const outcome = yield* Fiber.join(fiber)
    const requests = yield* Effect.flatMap(Testing.Requests, Ref.get)
    return {
      tag: Either.match(outcome, { onLeft: (error): string => error._tag, onRight: () => "answered" }),
      requests
    }
  }).pipe(Effect.provide(allo(() => reply)))

it.effect("a write answered by a page for people, or by half an answer, is not done", () =>
  Effect.gen(function*() {
    for (const body of ["<html>Please log in</html>", "{\"data\": {\"i"]) {
      const { requests, tag } = yield* tried(Testing.text(body), (_) => _.addTags({ id: "cll-1", tags: ["a"] }))
      assert.strictEqual(tag, "Undecodable")
      assert.strictEqual(requests.length, 6)
    }
  }))

it.effect("half a character in an id is refused, and nothing is thrown", () =>
  Effect.gen(function*() {
    const half = "\ud83d"
    for (
      const ask of [
        (_: typeof Conversations.Service) => _.item(`cll-${half}`),
        (_: typeof Conversations.Service) => _.removeTag({ id: "cll-1", tag: half }),
        (_: typeof Conversations.Service) => _.contactHistoryPage({ contactId: half })
      ]
    ) assert.strictEqual((yield* tried(Testing.json({}), ask)).tag, "Invalid")
  }))

it.effect("a search sends the documented names and no others", () =>
  Effect.gen(function*() {
    const query = { type: "CALL", from: "2026-01-01", note: "mine" } as const
    const { requests } = yield* tried(Testing.json({ data: [] }), (_) => _.search(query))
    assert.deepStrictEqual(JSON.parse(requests[0]?.body ?? ""), { type: "CALL", sort: "DATE_ASC" })
  }))

const client = AlloClient.layer({ apiKey: Redacted.make("ak_live_0123456789abcdef") })

it.effect("a quota of text messages does not stop searches", () =>
  Effect.gen(function*() {
    const { call } = yield* AlloClient
    const conversations = yield* Conversations
    const sms = call({
      operation: "Sms.send",
      kind: "write",
      request: HttpClientRequest.post("/v2/api/sms"),
      read: () => Either.right("sent")
    })
    assert.strictEqual((yield* Effect.flip(sms))._tag, "QuotaExceeded")
    const before = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.fork(Effect.zipRight(conversations.search(), Clock.currentTimeMillis))
    yield* TestClock.adjust("10 minutes")
    assert.isAtMost((yield* Fiber.join(fiber)) - before, 2000)
  }).pipe(Effect.provide(Conversations.layer.pipe(
    Layer.provideMerge(client),
    Layer.provide(Testing.layer(({ path }) =>
      path.endsWith("/sms")
        ? Testing.json({ error: { code: "DAILY_SMS_LIMIT_REACHED" } }, {
          status: 429,
          headers: { "retry-after": "40000" }
        })
        : Testing.json({ data: [] })
    ))
  ))))

describe("the key goes to its host and no other", () => {
  for (const path of ["@evil.example/x", ".evil.example/v2", "v2/api/me", "https://evil.example/"]) {
    it.effect(`whatever path is asked for: ${path}`, () =>
      Effect.gen(function*() {
        const { call } = yield* AlloClient
        const exit = yield* Effect.exit(call({
          operation: "Test.path",
          kind: "read",
          request: HttpClientRequest.get(path),
          read: () => Either.right("answered")
        }))
        assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
        assert.strictEqual((yield* Effect.flatMap(Testing.Requests, Ref.get)).length, 0)
      }).pipe(Effect.provide(Layer.provideMerge(client, Testing.layer(() => Testing.json({}))))))
  }
})

describe("options that cannot be used are refused before the first request", () => {
  const unusable = [
    { baseUrl: "https://api.withallo.com?" },
    { baseUrl: "https://api.withallo.com#" },
    { baseUrl: "ftp://api.withallo.com" },
    { timeLimit: 0 },
    { timeLimit: -5 },
    { sizeLimit: -1 },
    { sizeLimit: Number.NaN },
    { readsPerSecond: 0 },
    { writesPerSecond: Number.NaN }
  ]
  for (const options of unusable) {
    it.effect(Object.entries(options).join(), () =>
      Effect.gen(function*() {
        const apiKey = Redacted.make("ak_live_0123456789abcdef")
        const config = AlloClient.layerConfig(Config.succeed({ apiKey, ...options }))
        const error = yield* Effect.flip(Effect.scoped(Layer.build(config)))
        assert.include(String(error), Object.keys(options)[0] ?? "")
      }).pipe(Effect.provide(Testing.layer(() => Testing.json({})))))
  }
})

it.effect("a client of the caller's that refuses statuses changes no meaning", () =>
  Effect.gen(function*() {
    const error = yield* Effect.flip((yield* Conversations).item("cll-1"))
    assert.strictEqual(error._tag, "NotFound")
  }).pipe(Effect.provide(Conversations.layer.pipe(
    Layer.provide(client),
    Layer.provide(Layer.map(
      Testing.layer(() => Testing.json({ error: { code: "CONVERSATION_ITEM_NOT_FOUND" } }, { status: 404 })),
      (context) =>
        Context.make(HttpClient.HttpClient, HttpClient.filterStatusOk(Context.get(context, HttpClient.HttpClient)))
    ))
  ))))
