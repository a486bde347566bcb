/**
 * What the exporter costs beside a hand-written loop over the same pages, and how well it uses the pace it is allowed. The
 * sandbox, the command and each loop have processes of their own, so that time and memory are theirs alone.
 */
import { NodeRuntime } from "@effect/platform-node"
import { percentInTenths } from "@trunkline/analytics/Words"
import { Sandbox } from "@trunkline/sandbox"
import { Console, Effect } from "effect"
import { fork, spawn } from "node:child_process"
import { once } from "node:events"
import { createWriteStream, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { median, table } from "./print.js"

const command = fileURLToPath(new URL("../../exporter/bin/trunkline.js", import.meta.url))
const day = 24 * 60 * 60 * 1000

interface Served {
  readonly url: string
  readonly key: string
  readonly lines: ReadonlyArray<string>
}

/** One request in the sandbox's books. */
interface Seen {
  readonly at: number
  readonly method: string
  readonly path: string
  readonly status: number
}

type Limit = "none" | "fixed" | "sliding"

const isServed = (value: unknown): value is Served => typeof value === "object" && value !== null && "lines" in value
const isSeen = (value: unknown): value is ReadonlyArray<Seen> => Array.isArray(value)

/** The server's side: one world, and its books whenever they are asked for. */
const serve = (size: number, days: number, limit: Limit) =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const served: Served = { url: sandbox.alloUrl, key: sandbox.keys.allo, lines: sandbox.lines }
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
    size,
    days,
    allomiaCalls: 0,
    organizations: 1,
    movement: false,
    dailyQuota: false,
    // Told so much that nobody waits: a pace goes by what answers say.
    ...(limit === "none"
      ? { rateLimit: { reads: 1_000_000, writes: 1_000_000 } }
      : { rateLimit: { window: limit, phase: Math.floor(performance.now()) % 1000 }, latency: "40 millis" })
  })))

const withServer = <A>(
  options: { readonly size: number; readonly days: number; readonly limit: Limit },
  use: (served: Served, seen: () => Promise<ReadonlyArray<Seen>>) => Promise<A>
): Promise<A> =>
  new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [
      "serve",
      String(options.size),
      String(options.days),
      options.limit
    ])
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

interface Spent {
  /** Its high-water mark, in megabytes; null where the system does not tell. */
  readonly peak: number | null
  readonly cpu: number
  readonly seconds: number
  readonly said: string
}

/** In the child, when it ends: what it took, through a pipe of its own. The peak of a parent would show elsewhere. */
const telling = `data:text/javascript,${
  encodeURIComponent(`
    import { readFileSync, writeSync } from "node:fs";
    process.on("exit", () => {
      let status = "";
      try { status = readFileSync("/proc/self/status", "utf8") } catch {}
      const { user, system } = process.cpuUsage();
      writeSync(3, JSON.stringify({ peak: Number(/VmHWM:\\s*(\\d+)/.exec(status)?.[1] ?? NaN) / 1024, cpu: (user + system) / 1e6 }));
    });
  `)
}`

const inProcess = (words: ReadonlyArray<string>, env: Readonly<Record<string, string>>): Promise<Spent> =>
  new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(process.execPath, ["--import", telling, ...words], {
      env: { PATH: process.env["PATH"] ?? "", HOME: tmpdir(), ...env },
      stdio: ["ignore", "pipe", "inherit", "pipe"]
    })
    let said = ""
    let told = ""
    child.stdout?.on("data", (data) => {
      said += String(data)
    })
    child.stdio[3]?.on("data", (data) => {
      told += String(data)
    })
    child.once("error", reject)
    child.once("close", (code) => {
      if (code !== 0) return reject(new Error(`${words.join(" ")} ended with ${code}: ${said.slice(0, 2000)}`))
      const { cpu, peak } = JSON.parse(told)
      resolve({
        cpu: Number(cpu),
        peak: typeof peak === "number" ? peak : null,
        seconds: (performance.now() - began) / 1000,
        said
      })
    })
  })

const variables = (served: Served) => ({ ALLO_API_KEY: served.key, ALLO_BASE_URL: served.url })

const exported = async (served: Served, days: number) => {
  const out = mkdtempSync(join(tmpdir(), "trunkline-bench-"))
  try {
    const since = new Date(Date.now() - (days + 3) * day).toISOString()
    const spent = await inProcess(
      [command, "export", "--source", "allo", "--since", since, "--out", out, "--json", "--log-level", "error"],
      variables(served)
    )
    const report = JSON.parse(spent.said)
    return { spent, report, rows: report.rows.calls + report.rows.messages + report.rows.conversations }
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

const nameOf = (at: number) => new Date(at).toISOString().slice(0, 10)

/** What many would write: pages one after the other, a few windows side by side, every answer parsed. */
const loop = async (served: Served, days: number, file: string | null) => {
  const sink = file === null ? null : createWriteStream(file)
  const keep = async (rows: ReadonlyArray<unknown>) => {
    if (sink === null) return
    let text = ""
    for (const row of rows) text += `${JSON.stringify(row)}\n`
    if (!sink.write(text)) await once(sink, "drain")
  }
  const headers = { authorization: `Api-Key ${served.key}`, "content-type": "application/json" }
  let rows = 0
  const list = async (page: (number: number) => Promise<Response>) => {
    for (let number = 1;; number++) {
      const answer: { data: ReadonlyArray<unknown>; pagination: { has_more: boolean } } = JSON.parse(
        await (await page(number)).text()
      )
      rows += answer.data.length
      await keep(answer.data)
      if (answer.data.length < 100) return
    }
  }
  const now = Date.now()
  // As many days as the exporter takes at a time: pages deep in a list are slow everywhere.
  const starts: Array<number> = []
  for (let back = days + 2; back > -1; back -= 3) starts.push(now - back * day)
  const next = async (): Promise<void> => {
    const start = starts.shift()
    if (start === undefined) return
    await list((page) =>
      fetch(`${served.url}/v2/api/conversations/items/search`, {
        method: "POST",
        headers,
        body: JSON.stringify({
          sort: "DATE_ASC",
          size: 100,
          page,
          date: { from: nameOf(start), to: nameOf(start + 2 * day) }
        })
      })
    )
    return next()
  }
  const conversations = async () => {
    for (const line of served.lines) {
      await list((page) =>
        fetch(`${served.url}/v2/api/conversations?allo_number=${encodeURIComponent(line)}&size=100&page=${page}`, {
          headers
        })
      )
    }
  }
  await Promise.all([next(), next(), next(), next(), conversations()])
  if (sink !== null) await new Promise<void>((resolve) => sink.end(() => resolve()))
  return rows
}

const looped = async (served: Served, days: number, writing: boolean) => {
  const out = mkdtempSync(join(tmpdir(), "trunkline-bench-"))
  try {
    const spent = await inProcess(
      [
        fileURLToPath(import.meta.url),
        "loop",
        JSON.stringify(served),
        String(days),
        writing ? join(out, "rows.json") : ""
      ],
      {}
    )
    return { spent, rows: Number(spent.said) }
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

const megabytes = (peak: number | null) => peak === null ? "unknown" : peak.toFixed(0)

const cost = async () => {
  const sizes = (process.env["TRUNKLINE_BENCH_ITEMS"] ?? "250000 1000000").split(" ").map(Number)
  const lines: Array<ReadonlyArray<string>> = []
  for (const size of sizes) {
    const days = 720
    await withServer({ size, days, limit: "none" }, async (served) => {
      const parse = await looped(served, days, false)
      const write = await looped(served, days, true)
      const whole = await exported(served, days)
      const { exitCode, requests, windows } = whole.report
      for (
        const [name, { rows, spent }] of [["fetch and JSON.parse", parse], ["and write NDJSON", write], [
          "trunkline export",
          whole
        ]] as const
      ) {
        lines.push([
          String(size),
          name,
          String(rows),
          spent.seconds.toFixed(1),
          (rows / spent.seconds).toFixed(0),
          (spent.cpu / rows * 1e6).toFixed(0),
          (spent.cpu / rows / (parse.spent.cpu / parse.rows)).toFixed(1),
          megabytes(spent.peak)
        ])
      }
      const { certified, open, uncertified } = windows
      console.log(
        `${size} items: exit code ${exitCode}, ${requests.total} requests, ${certified} windows certified, ${open} open, ${uncertified} not`
      )
    })
  }
  return table(
    ["items", "what", "rows", "seconds", "rows/s", "CPU, us a row", "ratio of CPU", "peak, MB"],
    lines
  )
}

/** Of whole seconds between the first and the last, how much of what was allowed was let in. */
const shareOf = (times: ReadonlyArray<number>, perSecond: number): number => {
  const first = Math.min(...times)
  const seconds = Math.floor((Math.max(...times) - first) / 1000)
  const within = times.filter((at) => at >= first && at < first + seconds * 1000).length
  return within / (seconds * perSecond)
}

const pace = async () => {
  const rounds = Number(process.env["TRUNKLINE_BENCH_ROUNDS"] ?? "3")
  const lines: Array<ReadonlyArray<string>> = []
  for (const limit of ["fixed", "sliding"] as const) {
    const found: Array<{ posts: number; refused: number; requests: number; beside: number; seconds: number }> = []
    for (let round = 0; round < rounds; round++) {
      await withServer({ size: 12_000, days: 80, limit }, async (served, seen) => {
        const { spent } = await exported(served, 80)
        const requests = await seen()
        const posts = requests.filter(({ method, status }) => method === "POST" && status === 200).map(({ at }) => at)
        const last = Math.max(...posts)
        const gets = requests.filter(({ path }) => path.startsWith("/v2/api/conversations?"))
        found.push({
          posts: shareOf(posts, 5),
          refused: requests.filter(({ status }) => status === 429).length,
          requests: requests.length,
          beside: gets.filter(({ at }) => at < last).length / gets.length,
          seconds: spent.seconds
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

const main = Effect.gen(function*() {
  const only = process.env["TRUNKLINE_BENCH_ONLY"]
  if (only !== "cost") {
    yield* Console.log("Export: at the documented limits, 40 ms away, median and least of a few runs\n")
    yield* Console.log(yield* Effect.promise(pace))
  }
  if (only !== "pace") {
    yield* Console.log("\nExport: without a limit, everything on one machine\n")
    yield* Console.log(yield* Effect.promise(cost))
  }
})

const [, , task, first = "", second = "", third = ""] = process.argv
const limits: ReadonlyArray<Limit> = ["none", "fixed", "sliding"]
if (task === "loop") {
  const served: unknown = JSON.parse(first)
  if (isServed(served)) process.stdout.write(String(await loop(served, Number(second), third === "" ? null : third)))
} else {
  NodeRuntime.runMain(
    task === "serve" ? serve(Number(first), Number(second), limits.find((limit) => limit === third) ?? "none") : main
  )
}
