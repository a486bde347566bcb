/** The pace in real time: real servers that count, real connections, and journeys of 5 to 90 ms. */
import { NodeHttpClient } from "@effect/platform-node"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, it } from "@effect/vitest"
import { ApiClient, ApiError, Pace } from "@trunkline/http"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import { createServer } from "node:http"

const limit = 20
const seconds = 8
const inFlight = 8
const phases = [37, 137, 237, 337, 437, 537, 637, 737, 837, 937]
const seed = 1

interface Counted {
  readonly url: string
  /** When its first window began. */
  began: number
  /** When requests were let in, in milliseconds since then. */
  readonly admitted: Array<number>
  refused: number
}

/** What is not counted. */
const warmUp = "/warm-up"

const windowOf = (at: number): number => Math.floor(at / 1000)

class NotListening extends Data.TaggedError("NotListening") {}

/** Counts in windows of a second, and takes a while for the way out and back. */
const serve = (journeys: ReadonlyArray<number>) =>
  Effect.acquireRelease(
    Effect.async<{ readonly counted: Counted; readonly close: () => void }, NotListening>((resume) => {
      let next = 0
      const oneWay = () => journeys[next++ % journeys.length] ?? 0
      const server = createServer((request, response) => {
        if (request.url === warmUp) return response.end("{}")
        setTimeout(() => {
          const now = performance.now() - counted.began
          const before = counted.admitted.filter((at) => windowOf(at) === windowOf(now)).length
          const refused = before >= limit
          if (refused) counted.refused += 1
          else counted.admitted.push(now)
          response.writeHead(refused ? 429 : 200, {
            "content-type": "application/json",
            "x-ratelimit-limit": limit,
            "x-ratelimit-remaining": Math.max(0, limit - before - 1),
            ...(refused ? { "retry-after": "1" } : {})
          })
          setTimeout(() => response.end("{}"), oneWay())
        }, oneWay())
      })
      const counted: Counted = { url: "", began: 0, admitted: [], refused: 0 }
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        if (address === null || typeof address === "string") return resume(Effect.fail(new NotListening()))
        resume(Effect.succeed({
          counted: Object.assign(counted, { url: `http://127.0.0.1:${address.port}` }),
          close: () => {
            server.closeAllConnections()
            server.close()
          }
        }))
      })
    }),
    ({ close }) => Effect.sync(close)
  ).pipe(Effect.map(({ counted }) => counted))

/** A server and its client, both warm, and what remains to be done. */
const prepare = (phase: number) =>
  Effect.gen(function*() {
    const journeys = yield* Effect.replicateEffect(Random.nextRange(2.5, 45), 997)
    const counted = yield* serve(journeys)
    const pace = yield* Pace.make({ limit })
    const { call } = yield* ApiClient.make({
      baseUrl: counted.url,
      authorization: Redacted.make("Api-Key key"),
      refusal: ({ told }) => new ApiError.RateLimited(told)
    })
    const get = (path: string, pace: Pace.Pace) =>
      Effect.ignore(call({
        operation: "get",
        request: HttpClientRequest.get(path),
        pace,
        tells: true,
        repeatable: true,
        read: Either.right
      }))
    // A first request is compiled while it runs, and opens a connection: that is not what is measured here.
    const unpaced = yield* Pace.make({ limit: Number.POSITIVE_INFINITY })
    yield* Effect.replicateEffect(get(warmUp, unpaced), 50, { concurrency: inFlight, discard: true })
    const ask = get("/", pace)
    return Effect.suspend(() => {
      counted.began = performance.now() + phase
      return Effect.all(Array.from({ length: inFlight }, () => Effect.forever(ask)), { concurrency: inFlight })
    }).pipe(
      Effect.timeoutOption((seconds + 0.5) * 1000),
      Effect.as(counted)
    )
  }).pipe(Effect.withRandom(Random.make(`${seed}, ${phase}`)))

const byWindow = ({ admitted }: Counted): ReadonlyArray<number> =>
  [...new Set(admitted.map(windowOf))].map((window) => admitted.filter((at) => windowOf(at) === window).length)

it.live(
  `fixed windows of 20 a second at ten phases: each is filled in the end, and nothing is refused, seed ${seed}`,
  () =>
    Effect.gen(function*() {
      const all = yield* Effect.flatMap(
        Effect.forEach(phases, prepare, { concurrency: phases.length }),
        Effect.allWith({ concurrency: phases.length })
      )
      const shown = all.map((_) => `${byWindow(_).join(" ")}, ${_.refused} refused`).join("; ")
      assert.strictEqual(all.reduce((total, { refused }) => total + refused, 0), 0, shown)
      // How much of the allowance is used is measured in virtual time (Pace.test.ts) and by `npm run bench`.
      for (const counted of all) assert.include(byWindow(counted), limit, shown)
    }).pipe(Effect.scoped, Effect.provide(NodeHttpClient.layerUndici)),
  30_000
)
