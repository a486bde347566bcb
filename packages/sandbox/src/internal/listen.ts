/** The HTTP server: reads requests up to a size, writes replies whole or damaged by a fault. */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer } from "node:http"
import { type Received, type Sent, whole } from "./Reply.js"

export interface Listening {
  readonly port: number
}

export const listen = (options: {
  readonly port: number
  readonly maximumBody: number
  readonly latency: Duration.Duration
  readonly handle: (received: Received) => Sent
  readonly now: () => number
}): Effect.Effect<Listening, string, Scope.Scope> =>
  Effect.gen(function*() {
    const run = yield* FiberSet.makeRuntime<never>()
    const slow = Duration.toMillis(options.latency) > 0

    const write = (reply: Sent, request: IncomingMessage, response: ServerResponse): void => {
      const { delivery } = reply
      if (delivery._tag === "ResetBeforeHeaders") {
        request.socket.resetAndDestroy()
        return
      }
      const bytes = Buffer.from(reply.body)
      // The header shows the time of the world, which a test clock may have set.
      response.sendDate = false
      response.writeHead(reply.status, {
        ...reply.headers,
        "Date": new Date(options.now()).toUTCString(),
        "Content-Length": bytes.length,
        ...(reply.status === 413 ? { "Connection": "close" } : {})
      })
      const half = bytes.subarray(0, Math.floor(bytes.length / 2))
      switch (delivery._tag) {
        case "Whole":
          response.end(bytes)
          return
        case "ResetInBody":
          response.write(half, () => request.socket.resetAndDestroy())
          return
        case "EndInBody":
          response.write(half, () => request.socket.end())
          return
        case "Stalled":
          response.write(half)
          return
        case "Drip":
          run(
            Effect.iterate(0, {
              while: (sent) => sent < bytes.length && !response.destroyed,
              body: (sent) =>
                Effect.as(
                  Effect.delay(
                    Effect.sync(() => response.write(bytes.subarray(sent, sent + delivery.bytes))),
                    delivery.every
                  ),
                  sent + Math.max(1, delivery.bytes)
                )
            }).pipe(Effect.andThen(Effect.sync(() => response.end())))
          )
          return
      }
    }

    const answer = (request: IncomingMessage, response: ServerResponse, body: Uint8Array | null): void => {
      if (response.headersSent || response.destroyed) return
      let reply: Sent
      try {
        reply = options.handle({
          method: request.method ?? "GET",
          url: request.url ?? "/",
          headers: request.headers,
          body
        })
      } catch (defect) {
        // A defect fails this request only; the server goes on.
        run(Effect.logError("The sandbox could not answer", Cause.die(defect)))
        reply = whole(500, "text/plain", "The sandbox broke.\n")
      }
      if (slow) run(Effect.delay(Effect.sync(() => write(reply, request, response)), options.latency))
      else write(reply, request, response)
    }

    const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
      response.on("error", () => undefined)
      const chunks: Array<Buffer> = []
      let length = 0
      let over = false
      request.on("data", (chunk: Buffer) => {
        length += chunk.length
        if (length <= options.maximumBody) {
          chunks.push(chunk)
        } else if (!over) {
          over = true
          chunks.length = 0
          answer(request, response, null)
        }
      })
      request.on("end", () => {
        if (!over) answer(request, response, Buffer.concat(chunks))
      })
    }

    const server = createServer({ maxHeaderSize: 1_048_576, keepAliveTimeout: 60_000 }, onRequest)
    server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      if (!socket.writable) return
      const [status, text] = error.code === "HPE_HEADER_OVERFLOW"
        ? ["413 Payload Too Large", "Too large"]
        : ["400 Bad Request", "Not HTTP"]
      socket.end(
        `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`
      )
    })

    const port = yield* Effect.acquireRelease(
      Effect.async<number, string>((resume) => {
        const failed = (error: NodeJS.ErrnoException) => resume(Effect.fail(error.code ?? error.message))
        server.once("error", failed)
        server.listen(options.port, "127.0.0.1", () => {
          server.off("error", failed)
          // Later errors belong to single connections and must not stop the server.
          server.on("error", () => undefined)
          const address = server.address()
          resume(
            address === null || typeof address === "string" ? Effect.fail("no port") : Effect.succeed(address.port)
          )
        })
      }),
      () =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    return { port }
  })
