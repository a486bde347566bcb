/** No encoding of an error holds what the vendor wrote in prose: not a schema's, not an RPC's, not a trace exporter's. */
import * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
import * as OtlpTracer from "@effect/opentelemetry/OtlpTracer"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpServer from "@effect/platform/HttpServer"
import * as Rpc from "@effect/rpc/Rpc"
import * as RpcClient from "@effect/rpc/RpcClient"
import * as RpcGroup from "@effect/rpc/RpcGroup"
import * as RpcSerialization from "@effect/rpc/RpcSerialization"
import * as RpcServer from "@effect/rpc/RpcServer"
import { assert, describe, it } from "@effect/vitest"
import { AlloClient, Conversations } from "@trunkline/allo"
import { ApiError, Retry } from "@trunkline/http"
import * as Testing from "@trunkline/http/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"

const key = "ak_live_9f8e7d6c5b4a3f2e1d0c"
const number = "+14155550173"
const transcript = "my card number ends in four two four two"
const secrets = [key, number, number.slice(1), transcript, "card number"]

const holdsNothing = (text: string) => {
  for (const secret of secrets) assert.notInclude(text, secret)
}

const refused = (code: string, status: number) =>
  Testing.json({
    error: {
      code,
      message: `'${number}' with ${key}: ${transcript}`,
      suggestion: `Use ${number} or ${key}`,
      errors: [{ field: "search", code: "INVALID", message: transcript }, { field: number, message: number }],
      retry_after_seconds: 7
    }
  }, { status })

const replies: ReadonlyArray<readonly [ApiError.ApiError["_tag"], Testing.Reply]> = [
  ["Unauthorized", refused("API_KEY_INVALID", 401)],
  ["PaymentRequired", refused("PARTNER_BILLING_FAILED", 402)],
  ["Forbidden", refused("FORBIDDEN", 403)],
  ["NotFound", refused("CONVERSATION_ITEM_NOT_FOUND", 404)],
  ["Invalid", refused("INVALID_REQUEST", 400)],
  ["Conflict", refused("TAG_ALREADY_EXISTS", 409)],
  ["RateLimited", refused("RATE_LIMIT_EXCEEDED", 429)],
  ["QuotaExceeded", refused("SMS_LIMIT_REACHED", 429)],
  ["ServerFault", refused("INTERNAL_SERVER_ERROR", 500)],
  ["Unreachable", Testing.noAnswer()],
  ["Undecodable", Testing.json({ data: { id: "cll-1", date: transcript } })]
]

/** A call that is answered so, and not tried again. */
const call = (reply: Testing.Reply) =>
  Effect.flatMap(Conversations, (_) => _.item("cll-1")).pipe(
    Retry.atMost({ tries: 1 }),
    Effect.provide(Conversations.layer.pipe(
      Layer.provide(AlloClient.layer({ apiKey: Redacted.make(key) })),
      Layer.provide(Testing.layer(() => reply))
    ))
  )

/** What is left of an error once it has travelled: all that may be shown. */
const shown = (error: ApiError.ApiError) => ({
  tag: error._tag,
  message: error.message,
  retryAfter: ApiError.retryAfter(error),
  fields: error._tag === "Unreachable" || error._tag === "Undecodable"
    ? []
    : error.fieldErrors.map(({ code, field }) => ({ code, field }))
})

const renderings = (value: unknown) =>
  [
    JSON.stringify(value),
    inspect(value, { depth: null, showHidden: true }),
    String(value)
  ].join("\n")

describe.each(replies)("%s", (tag, reply) => {
  it.effect("keeps the prose for the program that asked, and encodes everything else", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(call(reply))
      assert.strictEqual(error._tag, tag)
      if (error._tag !== "Unreachable" && error._tag !== "Undecodable") {
        assert.include(Redacted.value(error.detail ?? Redacted.make("")), number)
        assert.include(Redacted.value(error.suggestion ?? Redacted.make("")), key)
        assert.strictEqual(Redacted.value(error.fieldErrors[0]?.detail ?? Redacted.make("")), transcript)
      }
      const encoded = yield* Schema.encode(ApiError.ApiError)(error)
      holdsNothing(renderings(encoded))
      const back = yield* Schema.decodeUnknown(ApiError.ApiError)(JSON.parse(JSON.stringify(encoded)))
      assert.deepStrictEqual(shown(back), shown(error))
    }))

  it.effect("keeps it out of an encoded exit", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Effect.asVoid(call(reply)))
      const schema = Schema.Exit({ success: Schema.Void, failure: ApiError.ApiError, defect: Schema.Defect })
      const encoded = yield* Schema.encode(schema)(exit)
      holdsNothing(renderings(encoded))
      assert.isTrue(Exit.isFailure(yield* Schema.decodeUnknown(schema)(JSON.parse(JSON.stringify(encoded)))))
    }))

  it.live("keeps it out of an RPC, on whose other side it is the same error", () =>
    Effect.gen(function*() {
      const sent = yield* Effect.flip(call(reply))
      const group = RpcGroup.make(Rpc.make("item", { error: ApiError.ApiError }))
      const wire: Array<string> = []
      const { dispose, handler } = RpcServer.toWebHandler(group, {
        layer: Layer.mergeAll(
          group.toLayer({ item: () => Effect.fail(sent) }),
          RpcSerialization.layerNdjson,
          HttpServer.layerContext
        )
      })
      yield* Effect.addFinalizer(() => Effect.promise(dispose))
      const fetch: typeof globalThis.fetch = async (input, init) => {
        const response = await handler(new Request(input, init))
        const text = await response.text()
        wire.push(text)
        return new Response(text, response)
      }
      const error = yield* Effect.flatMap(RpcClient.make(group), (client) => Effect.flip(client.item())).pipe(
        Effect.provide(RpcClient.layerProtocolHttp({ url: "http://127.0.0.1/rpc" })),
        Effect.provide([RpcSerialization.layerNdjson, FetchHttpClient.layer]),
        Effect.provideService(FetchHttpClient.Fetch, fetch)
      )
      holdsNothing(wire.join("\n"))
      assert.include(wire.join("\n"), tag)
      assert.deepStrictEqual(error._tag === "RpcClientError" ? undefined : shown(error), shown(sent))
    }).pipe(Effect.scoped))

  it.live("keeps it out of what a trace exporter sends", () =>
    Effect.gen(function*() {
      const sent: Array<string> = []
      const collector = HttpClient.make((request) =>
        Effect.sync(() => {
          if (request.body._tag === "Uint8Array") sent.push(new TextDecoder().decode(request.body.body))
          return HttpClientResponse.fromWeb(request, new Response("{}"))
        })
      )
      yield* Effect.exit(call(reply)).pipe(
        Effect.provide(
          OtlpTracer.layer({ url: "http://127.0.0.1/v1/traces", resource: { serviceName: "test" } }).pipe(
            Layer.provide([Layer.succeed(HttpClient.HttpClient, collector), OtlpSerialization.layerJson])
          )
        )
      )
      const text = sent.join("\n")
      assert.include(text, "Conversations.item")
      assert.include(text, "exception.message")
      holdsNothing(text)
    }))
})
