/**
 * The same in real time: for each rule a few real servers that count, over real connections, all at once.
 */
import { HttpClient } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { Effect, Random } from "effect"
import { createServer } from "node:http"
import * as Pace from "./pace.js"
import { table } from "./print.js"

const phases = [137, 337, 537, 737, 937]
const seconds = 10
const oneWay = [2.5, 45] as const

class Server {
  began = 0
  readonly admitted: Array<number> = []
  asked = 0
  refused = 0
  constructor(readonly phase: number) {}

  /** Whether a request that comes now is let in, and how many more would be. */
  admit() {
    const now = performance.now() - this.began
    const window = Math.floor((now - this.phase) / 1000)
    const before = this.admitted.filter((at) => Math.floor((at - this.phase) / 1000) === window).length
    this.asked += 1
    if (before < Pace.limit) this.admitted.push(now)
    else this.refused += 1
    return { ok: before < Pace.limit, remaining: Math.max(0, Pace.limit - before - 1) }
  }
}

const serve = (phase: number, journeys: ReadonlyArray<number>) =>
  Effect.acquireRelease(
    Effect.async<{ readonly server: Server; readonly url: string; readonly close: () => void }>((resume) => {
      const server = new Server(phase)
      let next = 0
      const journey = () => journeys[next++ % journeys.length] ?? 0
      const listening = createServer((request, response) => {
        if (request.url === "/warm-up") return response.end("{}")
        setTimeout(() => {
          const { ok, remaining } = server.admit()
          response.writeHead(ok ? 200 : 429, { "x-ratelimit-limit": Pace.limit, "x-ratelimit-remaining": remaining })
          setTimeout(() => response.end("{}"), journey())
        }, journey())
      })
      listening.listen(0, "127.0.0.1", () => {
        const address = listening.address()
        const port = address === null || typeof address === "string" ? 0 : address.port
        const close = () => {
          listening.closeAllConnections()
          listening.close()
        }
        resume(Effect.succeed({ server, url: `http://127.0.0.1:${port}`, close }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

const get = (client: HttpClient.HttpClient, url: string) =>
  client.get(url).pipe(
    Effect.flatMap((response) =>
      Effect.as(response.text, {
        limit: Number(response.headers["x-ratelimit-limit"]),
        remaining: Number(response.headers["x-ratelimit-remaining"]),
        refused: response.status === 429
      })
    ),
    Effect.scoped,
    Effect.orDie
  )

const measure = (rule: Pace.Rule, phase: number) =>
  Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    const journeys = yield* Effect.replicateEffect(Random.nextRange(...oneWay), 997)
    const { server, url } = yield* serve(phase, journeys)
    yield* Effect.replicateEffect(get(client, `${url}/warm-up`), 50, { concurrency: 8, discard: true })
    server.began = performance.now()
    yield* Pace.work(rule, get(client, url), seconds)
    return Pace.outcome({ ...server, seconds })
  }).pipe(Effect.withRandom(Random.make(`${Pace.seed}, ${phase}`)))

export const real = Effect.forEach(Pace.rules, (rule) =>
  Effect.map(
    Effect.forEach(phases, (phase) => measure(rule, phase), { concurrency: phases.length }),
    (outcomes) => Pace.row("loopback, fixed", `${oneWay[0]}-${oneWay[1]} ms`, rule.name, outcomes)
  ), { concurrency: Pace.rules.length }).pipe(
    Effect.map((rows) => table(Pace.head, rows)),
    Effect.scoped,
    Effect.provide(NodeHttpClient.layerUndici),
    Effect.withTracerEnabled(false)
  )
