/** What zlib makes of compressed bytes, and that the command reads an API that compresses everything. */
import { assert, describe, it } from "@effect/vitest"
import { Account } from "@trunkline/allo"
import { Encoding } from "@trunkline/http"
import { Context, Effect, Layer, Redacted } from "effect"
import { createServer } from "node:http"
import * as zlib from "node:zlib"
import * as Decoding from "../src/Decoding.js"
import * as Layers from "../src/Layers.js"

const plain = Buffer.from(JSON.stringify({ data: Array.from({ length: 100 }, (_, n) => ({ id: n })) }))
/** The lowest level is fast, and no test depends on the ratio. */
const forms = {
  gzip: (bytes: zlib.InputType) => zlib.gzipSync(bytes, { level: 1 }),
  deflate: (bytes: zlib.InputType) => zlib.deflateSync(bytes, { level: 1 }),
  "raw deflate": (bytes: zlib.InputType) => zlib.deflateRawSync(bytes, { level: 1 }),
  br: (bytes: zlib.InputType) =>
    zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } })
}

for (const [name, compress] of Object.entries(forms)) {
  const encodings = [name.replace("raw ", "")]
  const undo = (bytes: Uint8Array, limit = plain.length) =>
    Encoding.undo({ bytes, encodings, decoding: Decoding.node, limit })

  describe(`${name}, by zlib,`, () => {
    it.effect("is undone", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(Buffer.from(yield* undo(compress(plain))), plain)
      }))

    it.effect("is left in the middle once it is larger than the limit", () =>
      Effect.gen(function*() {
        const bomb = compress(Buffer.alloc(100 * 1024 * 1024))
        const before = process.memoryUsage.rss()
        const error = yield* Effect.flip(undo(bomb, 1_000_000))
        assert.strictEqual(error.reason, "size")
        assert.isBelow(process.memoryUsage.rss() - before, 50 * 1024 * 1024)
      }))

    it.effect("that breaks off is damaged", () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* Effect.flip(undo(compress(plain).subarray(0, 60)))).reason, "damaged")
      }))
  })
}

describe("an API that compresses without being asked", () => {
  for (const encoding of ["gzip", "deflate", "br"] as const) {
    it.scopedLive(`with ${encoding} is read`, () =>
      Effect.gen(function*() {
        const body = forms[encoding](JSON.stringify({ data: { id: "key-1", team: { id: "team-1", name: "A team" } } }))
        const server = createServer((_, response) =>
          response.writeHead(200, { "content-type": "application/json", "content-encoding": encoding }).end(body)
        )
        const port = yield* Effect.acquireRelease(
          Effect.async<number>((resume) => {
            server.listen(0, "127.0.0.1", () => {
              const address = server.address()
              resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
            })
          }),
          () =>
            Effect.sync(() => {
              server.closeAllConnections()
              server.close()
            })
        )
        const services = yield* Layer.build(Layers.allo({
          apiKey: Redacted.make("ak_live_0123456789abcdef"),
          baseUrl: `http://127.0.0.1:${port}`,
          readsPerSecond: undefined,
          writesPerSecond: undefined
        }))
        assert.strictEqual((yield* Context.get(services, Account).me).team?.name, "A team")
      }))
  }
})
