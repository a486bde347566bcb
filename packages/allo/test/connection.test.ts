import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { AlloClient, Conversations } from "@trunkline/allo"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"

/** A real server on loopback. */
const serve = (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
  Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly close: () => void }>((resume) => {
      const server = createServer(answer)
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({
          url: `http://127.0.0.1:${port}`,
          close: () => {
            server.closeAllConnections()
            server.close()
          }
        }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

const clients = { undici: NodeHttpClient.layerUndici, "node:http": NodeHttpClient.layer }

const page = (rows: number) =>
  JSON.stringify({
    data: Array.from({ length: rows }, (_, n) => ({ id: `cll-${n}`, date: "2026-01-01T00:00:00Z" })),
    pagination: { has_more: true }
  })

const soon = Effect.timeoutFail({ duration: "10 seconds", onTimeout: () => new Error("not soon") })

for (const [name, http] of Object.entries(clients)) {
  const allo = (baseUrl: string, options: { readonly timeLimit?: Duration.DurationInput } = {}) =>
    Conversations.layer.pipe(
      Layer.provide(AlloClient.layer({
        apiKey: Redacted.make("ak_live_0123456789abcdef"),
        baseUrl,
        ...options
      })),
      Layer.provide(http)
    )

  describe(`over ${name}`, () => {
    it.scopedLive("interrupting a stream in mid-page frees the connection at once", () =>
      Effect.gen(function*() {
        const run = Runtime.runFork(yield* Effect.runtime())
        const begun = yield* Deferred.make<void>()
        const freed = yield* Deferred.make<void>()
        const { url } = yield* serve((request, response) => {
          request.socket.on("close", () => run(Deferred.succeed(freed, undefined)))
          response.writeHead(200, { "content-type": "application/json" })
          response.write(page(100).slice(0, 500), () => run(Deferred.succeed(begun, undefined)))
        })
        const fiber = yield* Effect.flatMap(Conversations, (_) => Stream.runDrain(_.items({}))).pipe(
          Effect.provide(allo(url)),
          Effect.fork
        )
        yield* soon(Deferred.await(begun))
        yield* soon(Fiber.interrupt(fiber))
        yield* soon(Deferred.await(freed))
      }))

    it.scopedLive("a try that ran out of time frees the connection, too", () =>
      Effect.gen(function*() {
        const run = Runtime.runFork(yield* Effect.runtime())
        const freed = yield* Deferred.make<void>()
        const { url } = yield* serve((request, response) => {
          request.socket.on("close", () => run(Deferred.succeed(freed, undefined)))
          response.writeHead(200, { "content-type": "application/json" })
          response.write("{")
        })
        const fiber = yield* Effect.flatMap(Conversations, (_) => _.item("cll-1")).pipe(
          Effect.provide(allo(url, { timeLimit: "300 millis" })),
          Effect.fork
        )
        yield* soon(Deferred.await(freed))
        yield* Fiber.interrupt(fiber)
      }))

    it.scopedLive("a consumer that takes 3 rows causes one request", () =>
      Effect.gen(function*() {
        let requests = 0
        const { url } = yield* serve((_, response) => {
          requests += 1
          response.writeHead(200, { "content-type": "application/json" }).end(page(100))
        })
        const rows = yield* Effect.flatMap(Conversations, (_) => Stream.runCollect(Stream.take(_.items({}), 3))).pipe(
          Effect.provide(allo(url))
        )
        assert.strictEqual(rows.length, 3)
        assert.strictEqual(requests, 1)
      }))

    it.scopedLive("a connection reset in mid-body, and one refused, are retried and then read", () =>
      Effect.gen(function*() {
        let requests = 0
        const { url } = yield* serve((request, response) => {
          requests += 1
          if (requests === 1) {
            request.socket.destroy()
          } else if (requests === 2) {
            response.writeHead(200, { "content-type": "application/json", "content-length": "1000" })
            response.write("{\"data\": ", () => request.socket.destroy())
          } else {
            response.writeHead(200, { "content-type": "application/json" })
            response.end(JSON.stringify({ data: { id: "cll-1", date: "2026-01-01T00:00:00Z" } }))
          }
        })
        const item = yield* Effect.flatMap(Conversations, (_) => _.item("cll-1")).pipe(Effect.provide(allo(url)))
        assert.strictEqual(item.id, "cll-1")
        assert.strictEqual(requests, 3)
      }))

    it.scopedLive("the key goes out whole, and a redirect is not followed with it", () =>
      Effect.gen(function*() {
        const keys: Array<string | undefined> = []
        const { url } = yield* serve((request, response) => {
          keys.push(request.headers.authorization)
          response.writeHead(302, { location: "/elsewhere" }).end()
        })
        const error = yield* Effect.flatMap(Conversations, (_) => _.item("cll-1")).pipe(
          Effect.flip,
          Effect.provide(allo(url))
        )
        assert.strictEqual(error._tag, "Undecodable")
        assert.deepStrictEqual(keys, ["Api-Key ak_live_0123456789abcdef"])
      }))
  })
}
