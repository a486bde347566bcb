/** The explorer's server: on loopback alone, for whoever has its address, which holds a token. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { randomBytes, timingSafeEqual } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"

export interface Resource {
  readonly type: string
  readonly body: string | Uint8Array
}

export interface Routes {
  /** By the name behind the token; the page itself has none. */
  readonly resources: ReadonlyMap<string, Resource>
  /** The answer to SQL, or why there is none. */
  readonly query: (text: string) => Effect.Effect<Uint8Array, string>
}

/** As Mosaic asks. */
const decode = Schema.decodeEither(Schema.parseJson(Schema.Struct({ sql: Schema.String })))

/** No text of the page comes near. */
const longest = 1_000_000

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  // The charts set sizes and colours on what they draw.
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join("; ")

const headers = {
  "Content-Security-Policy": policy,
  "Cache-Control": "no-store",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin"
}

const same = (one: string, other: string): boolean => {
  const [first, second] = [Buffer.from(one), Buffer.from(other)]
  return first.length === second.length && timingSafeEqual(first, second)
}

/** Why a request is refused; null where it is not. A name that leads to loopback is none of ours: its owner's page must not ask. */
const refusal = (request: IncomingMessage, port: number): string | null => {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  const { host, origin } = request.headers
  if (host === undefined || !hosts.includes(host)) return "another Host"
  if (origin !== undefined && origin !== `http://${host}`) return "another origin"
  const site = request.headers["sec-fetch-site"]
  return site === undefined || site === "same-origin" || site === "none" ? null : "another site"
}

const read = (request: IncomingMessage): Effect.Effect<string, "too long" | "broken off"> =>
  Effect.async((resume) => {
    const chunks: Array<Buffer> = []
    let length = 0
    request.on("data", (chunk: Buffer) => {
      length += chunk.length
      if (length > longest) resume(Effect.fail("too long"))
      else chunks.push(chunk)
    })
    request.on("end", () => resume(Effect.succeed(Buffer.concat(chunks).toString("utf8"))))
    request.on("error", () => resume(Effect.fail("broken off")))
  })

const send = (response: ServerResponse, status: number, { body, type }: Resource): Effect.Effect<void> =>
  Effect.sync(() => {
    if (response.destroyed) return
    response.writeHead(status, { ...headers, "Content-Type": type, "Content-Length": Buffer.byteLength(body) })
    response.end(body)
  })

const say = (response: ServerResponse, status: number, text: string) =>
  send(response, status, { type: "text/plain; charset=utf-8", body: `${text}\n` })

/** Serves until the scope ends, and returns the address of the page. */
export const serve = (routes: Routes): Effect.Effect<string, string, Scope.Scope> =>
  Effect.gen(function*() {
    const run = yield* FiberSet.makeRuntime<never>()
    const token = randomBytes(24).toString("base64url")
    let port = 0

    const answer = (request: IncomingMessage, response: ServerResponse): Effect.Effect<void> =>
      Effect.gen(function*() {
        const refused = refusal(request, port)
        if (refused !== null) return yield* say(response, 403, `Refused: ${refused}`)
        const [, given = "", name = "", ...more] = (request.url ?? "").replace(/\?.*$/, "").split("/")
        if (!same(given, token)) return yield* say(response, 403, "Refused: the address holds no token, or another one")
        if (request.method === "POST" && name === "query" && more.length === 0) {
          const text = yield* Effect.either(read(request))
          if (Either.isLeft(text)) return yield* say(response, 413, "The query is too long")
          const asked = decode(text.right)
          if (Either.isLeft(asked)) return yield* say(response, 400, "The request holds no SQL")
          const found = yield* Effect.either(routes.query(asked.right.sql))
          return yield* Either.isLeft(found)
            ? say(response, 400, found.left)
            : send(response, 200, { type: "application/vnd.apache.arrow.stream", body: found.right })
        }
        const resource = more.length === 0 ? routes.resources.get(name) : undefined
        if (resource === undefined) return yield* say(response, 404, "There is nothing here")
        if (request.method !== "GET") return yield* say(response, 405, "This can only be read")
        return yield* send(response, 200, resource)
      })

    const server = createServer((request, response) => {
      response.on("error", () => undefined)
      const fiber = run(answer(request, response))
      // A page that no longer waits for an answer has no query running.
      response.on("close", () => {
        if (!response.writableFinished) run(Fiber.interruptFork(fiber))
      })
    })

    port = yield* Effect.acquireRelease(
      Effect.async<number, string>((resume) => {
        server.once("error", (error: NodeJS.ErrnoException) => resume(Effect.fail(error.code ?? error.message)))
        server.listen(0, "127.0.0.1", () => {
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
    return `http://127.0.0.1:${port}/${token}/`
  })
