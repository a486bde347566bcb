/**
 * What a stranger to this repository writes: a program over the published packages. It stands outside every project of
 * the workspace; `run.mjs` compiles and runs it elsewhere, against the tarballs.
 */
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { AlloClient, type AlloError, type ConversationItem, Conversations } from "@trunkline/allo"
import { AllomiaClient, type AllomiaError, Calls } from "@trunkline/allomia"
import { type ApiError, Retry } from "@trunkline/http"
import * as Testing from "@trunkline/http/testing"
import { Chunk, Config, ConfigProvider, Console, Data, DateTime, Duration, Effect, Layer, Stream } from "effect"
import { createServer, type IncomingMessage } from "node:http"

const item = (id: string) => ({
  id,
  type: "CALL",
  direction: "INBOUND",
  allo_number: "+14155550100",
  contact_number: "+14155551234",
  contacts: [{
    id: "cnt-abc123",
    name: "Sarah Johnson",
    company: { id: "com-xyz789", name: "Acme Corp" },
    deals: [{ id: "dea-def456", name: "Enterprise Plan", status: "OPEN" }]
  }],
  user: { id: "usr-abc123", name: "John", email: "john@example.com" },
  date: "2023-11-07T05:31:56Z",
  duration: 123,
  result: "ANSWERED",
  summary: "Asked for a quote.",
  tags: ["sales"]
})

const missing = {
  error: { type: "not_found_error", code: "ITEM_NOT_FOUND", message: "No such item", retryable: false }
}
const call = { id: "call-1", callType: "Inbound", callStartedAt: "2026-01-01T00:00:00Z", callDurationSeconds: "61" }

const pageOf = (body: string): number => {
  const asked: { readonly page?: number } = JSON.parse(body)
  return asked.page ?? 1
}

/** What the documents say each of these requests is answered with. */
const answer = (request: IncomingMessage, body: string): readonly [status: number, body: unknown] => {
  const path = request.url?.split("?")[0]
  if (request.headers.authorization !== "Api-Key ak_1" && request.headers.authorization !== "Bearer org_1") {
    return [401, { error: { type: "authentication_error", code: "API_KEY_INVALID", message: "?", retryable: false } }]
  }
  switch (`${request.method} ${path}`) {
    case "GET /v2/api/conversations/items/cll-abc123":
      return [200, { data: item("cll-abc123") }]
    case "POST /v2/api/conversations/items/search": {
      const page = pageOf(body)
      const data = [item(`cll-${2 * page - 1}`), item(`cll-${2 * page}`)]
      return [200, { data, pagination: { page, size: 2, total_count: 6, total_pages: 3, has_more: page < 3 } }]
    }
    case "GET /allomia/calls/call-1":
      return [200, { call }]
    default:
      return [404, missing]
  }
}

class NotListening extends Data.TaggedError("NotListening") {}

const serve = Effect.acquireRelease(
  Effect.async<{ readonly url: string; readonly close: () => void }, NotListening>((resume) => {
    const server = createServer((request, response) => {
      let body = ""
      request.on("data", (bytes: Buffer) => {
        body += bytes.toString()
      })
      request.on("end", () => {
        const [status, answered] = answer(request, body)
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answered))
      })
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      if (address === null || typeof address === "string") return resume(Effect.fail(new NotListening()))
      const close = () => {
        server.closeAllConnections()
        server.close()
      }
      resume(Effect.succeed({ url: `http://127.0.0.1:${address.port}`, close }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

/** The types a caller leans on, written out: this compiles only if the packages' declarations say the same. */
const summaryOf = (item: ConversationItem): string | null => item.summary
const explain = (error: AlloError): string => error._tag === "NotFound" ? `${error.code} ${error.status}` : error._tag
const asked: (error: ApiError.ApiError) => Duration.Duration = Retry.asked

const program = Effect.gen(function*() {
  const conversations = yield* Conversations
  const calls = yield* Calls
  const one: ConversationItem = yield* conversations.item("cll-abc123")
  yield* Console.log(
    "item",
    one.id,
    one.type,
    DateTime.formatIso(one.date),
    one.duration && Duration.toSeconds(one.duration)
  )
  yield* Console.log("contact", one.contacts[0]?.name, one.contacts[0]?.company?.name, summaryOf(one))
  const all = yield* Stream.runCollect(Stream.map(conversations.items({ size: 2 }), ({ id }) => id))
  yield* Console.log("items", Chunk.join(Chunk.map(all, String), " "))
  const few = yield* conversations.items({ size: 2 }).pipe(Stream.take(3), Stream.runCount)
  yield* Console.log("taken", few)
  const absent = yield* conversations.item("cll-none").pipe(
    Effect.as("there"),
    Effect.catchAll((error) => Effect.succeed(`${explain(error)} ${Duration.toMillis(asked(error))}`))
  )
  yield* Console.log("absent", absent)
  const bad = yield* conversations.item("nonsense").pipe(
    Effect.as("accepted"),
    Effect.catchTag("Invalid", (error) => Effect.succeed(`${error.param} ${error.code}`))
  )
  yield* Console.log("refused", bad)
  const details = yield* calls.get("call-1")
  yield* Console.log("call", details.id, details.callDuration && Duration.toSeconds(details.callDuration))
})

/** Exactly these errors and services, in nothing but the packages' own words. */
const checked: Effect.Effect<void, AlloError | AllomiaError, Conversations | Calls> = program

const scripted = Effect.flatMap(AlloClient, ({ readsPerSecond }) => readsPerSecond).pipe(
  Effect.flatMap((rate) => Console.log("rate", rate)),
  Effect.provide(AlloClient.layerConfig({ apiKey: Config.redacted("ALLO_API_KEY") })),
  Effect.provide(Testing.layer(() => Testing.json({}))),
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["ALLO_API_KEY", "ak_1"]])))
)

const main = Effect.gen(function*() {
  const { url } = yield* serve
  const config = ConfigProvider.fromMap(new Map([["ALLO_API_KEY", "ak_1"], ["ALLOMIA_API_KEY", "org_1"]]))
  const services = Layer.merge(
    Layer.provide(
      Conversations.layer,
      AlloClient.layerConfig({ apiKey: Config.redacted("ALLO_API_KEY"), baseUrl: Config.succeed(url) })
    ),
    Layer.provide(
      Calls.layer,
      AllomiaClient.layerConfig({
        apiKey: Config.redacted("ALLOMIA_API_KEY"),
        baseUrl: Config.succeed(`${url}/allomia`)
      })
    )
  ).pipe(Layer.provide(NodeHttpClient.layerUndici), Layer.provide(Layer.setConfigProvider(config)))
  yield* Effect.provide(checked, services)
  yield* scripted
})

NodeRuntime.runMain(Effect.scoped(main))
