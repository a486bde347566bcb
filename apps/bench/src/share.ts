/** How well the built command uses the pace it is allowed, by the books of a sandbox in a process of its own. */
import { percentInTenths } from "@trunkline/analytics/Words"
import { Sandbox } from "@trunkline/sandbox"
import { Effect } from "effect"
import { execFile, fork } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { inFolder } from "./folders.js"
import { median, table } from "./print.js"
import { command } from "./processes.js"
import { turns } from "./settings.js"
import { day } from "./world.js"

const run = promisify(execFile)
const days = 80

interface Served {
  readonly url: string
  readonly key: string
}

/** One request in the sandbox's books. */
interface Seen {
  readonly at: number
  readonly method: string
  readonly path: string
  readonly status: number
}

type Limit = "fixed" | "sliding"

const isServed = (value: unknown): value is Served => typeof value === "object" && value !== null && "key" in value
const isSeen = (value: unknown): value is ReadonlyArray<Seen> => Array.isArray(value)

/** The server's side: one world, and its books whenever they are asked for. */
const serve = (limit: Limit) =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const served: Served = { url: sandbox.alloUrl, key: sandbox.keys.allo }
    process.on("message", () => {
      Effect.runFork(Effect.map(sandbox.history.requests, (requests) => {
        const seen: ReadonlyArray<Seen> = requests.map(({ at, method, path, status }) => ({ at, method, path, status }))
        process.send?.(seen)
      }))
    })
    process.on("disconnect", () => process.exit(0))
    process.send?.(served)
    return yield* Effect.never
  }).pipe(Effect.provide(Sandbox.layer({
    size: 12_000,
    days,
    allomiaCalls: 0,
    organizations: 1,
    movement: false,
    dailyQuota: false,
    rateLimit: { window: limit, phase: Math.floor(performance.now()) % 1000 },
    latency: "40 millis"
  })))

const withServer = <A>(
  limit: Limit,
  use: (served: Served, seen: () => Promise<ReadonlyArray<Seen>>) => Promise<A>
): Promise<A> =>
  new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ["serve", limit])
    const seen = () =>
      new Promise<ReadonlyArray<Seen>>((tell) => {
        child.once("message", (value) => {
          if (isSeen(value)) tell(value)
        })
        child.send("seen")
      })
    child.once("error", reject)
    child.once("message", (value) => {
      if (isServed(value)) use(value, seen).then(resolve, reject).finally(() => child.disconnect())
    })
  })

/** Seconds that an export of everything takes. */
const exported = (served: Served): Promise<number> =>
  inFolder(async (folder) => {
    const began = performance.now()
    const since = new Date(Date.now() - (days + 3) * day).toISOString()
    await run(
      process.execPath,
      [command, "export", "--source", "allo", "--since", since, "--out", join(folder, "data"), "--log-level", "error"],
      {
        env: {
          PATH: process.env["PATH"] ?? "",
          HOME: tmpdir(),
          ALLO_API_KEY: served.key,
          ALLO_BASE_URL: served.url
        }
      }
    )
    return (performance.now() - began) / 1000
  })

/** Of whole seconds between the first and the last, how much of what was allowed was let in. */
const shareOf = (times: ReadonlyArray<number>, perSecond: number): number => {
  const first = Math.min(...times)
  const seconds = Math.floor((Math.max(...times) - first) / 1000)
  const within = times.filter((at) => at >= first && at < first + seconds * 1000).length
  return within / (seconds * perSecond)
}

export const share = async (): Promise<string> => {
  const lines: Array<ReadonlyArray<string>> = []
  for (const limit of ["fixed", "sliding"] as const) {
    const found: Array<{ posts: number; refused: number; requests: number; beside: number; seconds: number }> = []
    for (let turn = 0; turn < turns; turn++) {
      await withServer(limit, async (served, seen) => {
        const seconds = await exported(served)
        const requests = await seen()
        const posts = requests.filter(({ method, status }) => method === "POST" && status === 200).map(({ at }) => at)
        const last = Math.max(...posts)
        const gets = requests.filter(({ path }) => path.startsWith("/v2/api/conversations?"))
        found.push({
          posts: shareOf(posts, 5),
          refused: requests.filter(({ status }) => status === 429).length,
          requests: requests.length,
          beside: gets.filter(({ at }) => at < last).length / gets.length,
          seconds
        })
      })
    }
    const of = (value: (one: (typeof found)[number]) => number) => found.map(value)
    const all = of(({ requests }) => requests).reduce((sum, one) => sum + one, 0)
    const refused = of((one) => one.refused).reduce((sum, one) => sum + one, 0)
    lines.push([
      limit,
      percentInTenths(median(of(({ posts }) => posts))),
      percentInTenths(Math.min(...of(({ posts }) => posts))),
      `${refused} of ${all}`,
      percentInTenths(median(of(({ beside }) => beside))),
      median(of(({ seconds }) => seconds)).toFixed(1)
    ])
  }
  return table(["windows", "POST used", "least", "refused", "GET beside", "seconds"], lines)
}

const [, , task, limit] = process.argv
if (task === "serve" && (limit === "fixed" || limit === "sliding")) Effect.runFork(serve(limit))
