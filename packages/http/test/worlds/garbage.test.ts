/** How long V8 keeps what a call has read. */
import { NodeHttpClient } from "@effect/platform-node"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, it } from "@effect/vitest"
import { ApiClient, ApiError, Pace } from "@trunkline/http"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { createServer } from "node:http"
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

setFlagsFromString("--expose-gc")
const collector: unknown = runInNewContext("gc")
const collect = (options?: { readonly type: "minor" }) => {
  if (typeof collector === "function") collector(options)
}

/** What only a full collection frees, in bytes. */
const old = () =>
  getHeapSpaceStatistics().filter(({ space_name }) => ["old_space", "large_object_space"].includes(space_name))
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0)

const page = JSON.stringify({
  rows: Array.from({ length: 5000 }, (_, id) => ({ id, name: `the name of ${id}`, of: { kind: "row" } }))
})

const server = Effect.acquireRelease(
  Effect.async<{ readonly url: string; readonly close: () => void }>((resume) => {
    const listening = createServer((_, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(page) })
      response.end(page)
    })
    listening.listen(0, "127.0.0.1", () => {
      const address = listening.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, close: () => listening.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

it.scopedLive("a page is garbage once it is read: no full collection is needed for it", () =>
  Effect.gen(function*() {
    const { url } = yield* server
    const { call } = yield* ApiClient.make({
      baseUrl: url,
      authorization: Redacted.make("Api-Key key"),
      refusal: ({ told }) => new ApiError.Invalid(told)
    })
    const request = {
      operation: "Test.list",
      request: HttpClientRequest.get("/rows"),
      pace: yield* Pace.unlimited,
      tells: true,
      repeatable: true,
      read: Either.right
    } as const
    const calls = (many: number) =>
      Effect.gen(function*() {
        for (let index = 0; index < many; index++) {
          yield* Effect.asVoid(call(request))
          // What lives through two of these is old.
          collect({ type: "minor" })
          collect({ type: "minor" })
        }
      })
    yield* calls(20)
    collect()
    const before = old()
    yield* calls(20)
    const kept = (old() - before) / 20
    assert.isBelow(kept, page.length / 4)
  }).pipe(Effect.provide(NodeHttpClient.layerUndici)))
