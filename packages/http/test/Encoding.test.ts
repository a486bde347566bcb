/** Compressed answers: real servers on loopback, over every client there is. */
import { FetchHttpClient } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { ApiClient, ApiError, Encoding, Pace, Retry } from "@trunkline/http"
import * as Testing from "@trunkline/http/testing"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import { createServer } from "node:http"
import * as zlib from "node:zlib"

const value = { data: Array.from({ length: 100 }, (_, n) => ({ id: `cll-${n}`, summary: "é".repeat(n) })) }
const plain = Buffer.from(JSON.stringify(value))

interface Answer {
  readonly status?: number
  readonly encoding: string
  readonly body: Buffer
  /** Whether the head tells the length of the body. */
  readonly measured?: boolean
}

interface Asked {
  readonly url: string
  readonly accepted: Array<string | undefined>
}

const serve = (answer: Answer) =>
  Effect.acquireRelease(
    Effect.async<{ readonly asked: Asked; readonly close: () => void }>((resume) => {
      const accepted: Asked["accepted"] = []
      const server = createServer((request, response) => {
        accepted.push(request.headers["accept-encoding"]?.toString())
        response.writeHead(answer.status ?? 200, {
          "content-type": "application/json",
          "content-encoding": answer.encoding,
          ...(answer.measured === true ? { "content-length": answer.body.length } : {})
        })
        response.end(answer.body)
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({
          asked: { url: `http://127.0.0.1:${port}`, accepted },
          close: () => {
            server.closeAllConnections()
            server.close()
          }
        }))
      })
    }),
    ({ close }) => Effect.sync(close)
  ).pipe(Effect.map(({ asked }) => asked))

const ask = (baseUrl: string, options: { readonly sizeLimit?: number } = {}) =>
  Effect.gen(function*() {
    const { call } = yield* ApiClient.make({
      baseUrl,
      authorization: Redacted.make("Api-Key key"),
      refusal: ({ told }) => ApiError.refuse(ApiError.tagOfStatus(told.status) ?? "Invalid", told),
      ...options
    })
    const pace = yield* Pace.make({ limit: Number.POSITIVE_INFINITY })
    return yield* call({
      operation: "Test.get",
      request: HttpClientRequest.get("/things"),
      pace,
      tells: true,
      repeatable: true,
      read: Either.right
    })
  }).pipe(Retry.atMost({ tries: 2 }))

const failure = (answer: Answer, options: { readonly sizeLimit?: number } = {}) =>
  Effect.gen(function*() {
    const { accepted, url } = yield* serve(answer)
    const error = yield* Effect.flip(ask(url, options))
    return [error._tag, "reason" in error ? error.reason : undefined, accepted.length] as const
  })

const gzip = zlib.gzipSync(plain)
const deflate = zlib.deflateSync(plain)

const broken = (bytes: Buffer): Buffer => {
  const copy = Buffer.from(bytes)
  copy.fill(0xff, 200, 260)
  return copy
}

const clients = {
  undici: NodeHttpClient.layerUndici,
  "node:http": NodeHttpClient.layer,
  fetch: FetchHttpClient.layer
}

for (const [name, client] of Object.entries(clients)) {
  describe(`over ${name}`, () => {
    it.scopedLive.each<readonly [string, Answer]>([
      ["gzip", { encoding: "gzip", body: gzip }],
      ["x-gzip, in capitals", { encoding: "X-GZIP", body: gzip }],
      ["deflate as zlib", { encoding: "deflate", body: deflate }],
      ["raw deflate", { encoding: "deflate", body: zlib.deflateRawSync(plain) }],
      ["identity", { encoding: "identity", body: plain }],
      ["two encodings", { encoding: "deflate, gzip", body: zlib.gzipSync(deflate) }],
      ["gzip in two members", {
        encoding: "gzip",
        body: Buffer.concat([zlib.gzipSync(plain.subarray(0, 900)), zlib.gzipSync(plain.subarray(900))])
      }],
      ["a charset in the wrong header", { encoding: "utf-8", body: plain }]
    ])("%s reads as the same value", ([, answer]) =>
      Effect.gen(function*() {
        const { accepted, url } = yield* serve(answer)
        assert.deepStrictEqual(yield* ask(url), value)
        assert.strictEqual(accepted.length, 1)
      }).pipe(Effect.provide(client)))

    it.scopedLive("a body that holds more than the limit is refused, at once and for good", () =>
      Effect.gen(function*() {
        const bomb = { encoding: "gzip", body: zlib.gzipSync(Buffer.alloc(200 * 1024 * 1024)) }
        const before = process.memoryUsage.rss()
        assert.deepStrictEqual(yield* failure(bomb, { sizeLimit: 1_000_000 }), ["Undecodable", "size", 1])
        assert.isBelow(process.memoryUsage.rss() - before, 100 * 1024 * 1024)
      }).pipe(Effect.provide(client)))

    it.scopedLive("a plain body whose length the head tells is refused the same way", () =>
      Effect.gen(function*() {
        const answer = { encoding: "identity", body: plain }
        const exact = { sizeLimit: plain.length }
        assert.deepStrictEqual(yield* Effect.flatMap(serve(answer), ({ url }) => ask(url, exact)), value)
        assert.deepStrictEqual(yield* failure(answer, { sizeLimit: plain.length - 1 }), ["Undecodable", "size", 1])
      }).pipe(Effect.provide(client)))

    it.scopedLive("what is damaged or cut off is asked for again", () =>
      Effect.gen(function*() {
        for (const body of [gzip.subarray(0, gzip.length / 2), broken(gzip)]) {
          const [tag, , requests] = yield* failure({ encoding: "gzip", body })
          assert.include(["Undecodable", "Unreachable"], tag)
          assert.strictEqual(requests, 2)
        }
      }).pipe(Effect.provide(client)))

    it.scopedLive("bytes that are no UTF-8 are asked for again, and no character stands in for them", () =>
      Effect.gen(function*() {
        const flipped = Buffer.from(plain)
        // In the id of the fifth thing: with a stand-in it would be the id of another thing.
        flipped[plain.indexOf("cll-5") + 1] = 0xec
        for (
          const answer of [
            { encoding: "identity", body: flipped },
            { encoding: "identity", body: flipped, measured: true },
            { encoding: "gzip", body: zlib.gzipSync(flipped) }
          ]
        ) {
          assert.deepStrictEqual(yield* failure(answer), ["Undecodable", "syntax", 2])
          assert.deepStrictEqual((yield* failure({ ...answer, status: 401 }))[0], "Unauthorized")
        }
      }).pipe(Effect.provide(client)))
  })
}

describe("an encoding", () => {
  const undici = Effect.provide(NodeHttpClient.layerUndici)

  it.scopedLive("that nobody knows is named, and not asked for again", () =>
    Effect.gen(function*() {
      const { accepted, url } = yield* serve({ encoding: "zstd", body: gzip })
      const error = yield* Effect.flip(ask(url))
      assert.deepStrictEqual([error._tag, accepted.length], ["Undecodable", 1])
      assert.include(error.message, "zstd")
    }).pipe(undici))

  it.scopedLive("that is no word is not repeated in a message", () =>
    Effect.gen(function*() {
      const { url } = yield* serve({ encoding: "+33612345678", body: gzip })
      assert.notInclude((yield* Effect.flip(ask(url))).message, "33612345678")
    }).pipe(undici))

  it.scopedLive("that is damaged says so", () =>
    Effect.gen(function*() {
      const damaged = ["Undecodable", "compression", 2] as const
      for (
        const answer of [
          { encoding: "gzip", body: broken(gzip) },
          { encoding: "gzip", body: gzip.subarray(0, 300) },
          { encoding: "deflate", body: deflate.subarray(0, 300) },
          { encoding: "gzip", body: deflate },
          { encoding: "gzip, deflate", body: gzip }
        ]
      ) assert.deepStrictEqual(yield* failure(answer), damaged)
    }).pipe(undici))

  it.scopedLive("hides no refusal", () =>
    Effect.gen(function*() {
      for (const answer of [{ encoding: "zstd", body: gzip }, { encoding: "gzip", body: broken(gzip) }]) {
        assert.deepStrictEqual((yield* failure({ ...answer, status: 401 }))[0], "Unauthorized")
      }
    }).pipe(undici))

  it.scopedLive("of nothing is an empty answer", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* failure({ encoding: "gzip", body: Buffer.alloc(0) }), ["Undecodable", "empty", 2])
    }).pipe(undici))

  it.scopedLive("applied over and over is refused", () =>
    Effect.gen(function*() {
      const body = [1, 2, 3, 4].reduce((bytes) => zlib.gzipSync(bytes), plain)
      assert.deepStrictEqual(yield* failure({ encoding: "gzip, gzip, gzip, gzip", body }), [
        "Undecodable",
        "encoding",
        1
      ])
    }).pipe(undici))
})

describe("what is asked for", () => {
  const accepted = (baseUrl: string) =>
    Effect.gen(function*() {
      yield* ask(baseUrl)
      const [first] = yield* Ref.get(yield* Testing.Requests)
      return first?.headers["accept-encoding"]
    }).pipe(Effect.provide(Testing.layer(() => Testing.json({}))))

  it.effect("is gzip far away, and nothing on this machine, where it only costs time", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* accepted("https://api.withallo.com"), "gzip")
      for (const host of ["localhost:80", "127.0.0.1", "127.9.9.9:1", "[::1]:3000", "sandbox.localhost"]) {
        assert.isUndefined(yield* accepted(`http://${host}/api`))
      }
    }))

  it.effect("is what the decoders say", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* Effect.provideService(accepted("https://api.withallo.com"), Encoding.Encoding, {
          accept: "gzip, br",
          decoders: {}
        }),
        "gzip, br"
      )
    }))
})
