/**
 * How many requests a second the sandbox serves on one core, and how much memory a million items take.
 * The server has a process of its own, so that its time and memory are its alone.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Sandbox } from "@trunkline/sandbox"
import { Console, Effect } from "effect"
import { fork } from "node:child_process"
import { Agent, request } from "node:http"
import { fileURLToPath } from "node:url"

interface Started {
  readonly url: string
  readonly key: string
  readonly milliseconds: number
}

interface Spent {
  readonly cpu: number
  readonly rss: number
}

/** The server's side: one world, and a word about itself whenever it is asked. */
const serve = (size: number) =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const started: Started = {
      url: sandbox.alloUrl,
      key: sandbox.keys.allo,
      // Since the process began, which is mostly the making of the world.
      milliseconds: performance.now()
    }
    process.on("message", () => {
      const { system, user } = process.cpuUsage()
      const spent: Spent = { cpu: (user + system) / 1e6, rss: process.memoryUsage().rss }
      process.send?.(spent)
    })
    process.on("disconnect", () => process.exit(0))
    process.send?.(started)
    return yield* Effect.never
  }).pipe(
    Effect.provide(
      Sandbox.layer({ size, rateLimit: false, dailyQuota: false, movement: false, startsAt: 1_767_225_600_000 })
    )
  )

interface Load {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly body: string | null
  readonly seconds: number
}

const loads: ReadonlyArray<Load> = [
  { name: "GET item", method: "GET", path: "/v2/api/conversations/items/cll-abc123", body: null, seconds: 4 },
  {
    name: "GET conversations, 20 rows",
    method: "GET",
    path: "/v2/api/conversations?allo_number=%2B14155550100",
    body: null,
    seconds: 4
  },
  { name: "POST search, 20 rows", method: "POST", path: "/v2/api/conversations/items/search", body: "{}", seconds: 4 },
  {
    name: "POST search, 100 rows",
    method: "POST",
    path: "/v2/api/conversations/items/search",
    body: "{\"size\":100}",
    seconds: 4
  },
  {
    name: "POST search, 100 rows with transcripts",
    method: "POST",
    path: "/v2/api/conversations/items/search",
    body: "{\"size\":100,\"extend\":\"transcript\"}",
    seconds: 4
  }
]

const ask = (started: Started, load: Load, agent: Agent): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request(`${started.url}${load.path}`, {
      agent,
      method: load.method,
      headers: {
        authorization: started.key,
        ...(load.body === null ? {} : { "content-type": "application/json", "content-length": load.body.length })
      }
    }, (response) => {
      let bytes = 0
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length
      })
      response.on("end", () =>
        response.statusCode === 200 ? resolve(bytes) : reject(new Error(`status ${response.statusCode}`)))
    })
    sent.on("error", reject)
    sent.end(load.body ?? undefined)
  })

const isStarted = (value: unknown): value is Started => typeof value === "object" && value !== null && "url" in value
const isSpent = (value: unknown): value is Spent => typeof value === "object" && value !== null && "rss" in value

const withServer = <A>(size: number, use: (started: Started, spent: () => Promise<Spent>) => Promise<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ["serve", String(size)])
    const spent = () =>
      new Promise<Spent>((tell) => {
        child.once("message", (value) => {
          if (isSpent(value)) tell(value)
        })
        child.send("spent")
      })
    child.once("error", reject)
    child.once("message", (value) => {
      if (!isStarted(value)) return
      use(value, spent).then(resolve, reject).finally(() => child.disconnect())
    })
  })

const measure = async (started: Started, spent: () => Promise<Spent>, load: Load): Promise<string> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  for (let warm = 0; warm < 200; warm++) await ask(started, load, agent)
  const before = await spent()
  const began = performance.now()
  let requests = 0
  let bytes = 0
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (performance.now() - began < load.seconds * 1000) {
      const length = await ask(started, load, agent)
      bytes += length
      requests++
    }
  }))
  const seconds = (performance.now() - began) / 1000
  const cpu = (await spent()).cpu - before.cpu
  agent.destroy()
  const served = Math.round(requests / seconds)
  const perCore = Math.round(requests / cpu)
  return `${load.name.padEnd(40)} ${String(served).padStart(6)} requests/s, ${
    String(perCore).padStart(6)
  } per second of the server's core, ${(bytes / seconds / 1e6).toFixed(1)} MB/s`
}

const main = Effect.gen(function*() {
  yield* Effect.promise(() =>
    withServer(10_000, async (started, spent) => {
      for (const load of loads) await Effect.runPromise(Console.log(await measure(started, spent, load)))
    })
  )
  for (const size of [1_000_000, 2_000_000]) {
    const line = yield* Effect.promise(() =>
      withServer(size, async (started, spent) => {
        const agent = new Agent({ keepAlive: true, maxSockets: 4 })
        const idle = await spent()
        for (let page = 1; page <= 200; page++) {
          await ask(started, {
            name: "",
            method: "POST",
            path: "/v2/api/conversations/items/search",
            body: JSON.stringify({ size: 100, page, sort: "DATE_ASC", allo_number: "+14155550100" }),
            seconds: 0
          }, agent)
        }
        const used = await spent()
        agent.destroy()
        return `${size} items: made in ${(started.milliseconds / 1000).toFixed(1)} s, ${
          (idle.rss / 1e6).toFixed(0)
        } MB, ${(used.rss / 1e6).toFixed(0)} MB after 200 pages`
      })
    )
    yield* Console.log(line)
  }
})

NodeRuntime.runMain(process.argv[2] === "serve" ? serve(Number(process.argv[3])) : main)
