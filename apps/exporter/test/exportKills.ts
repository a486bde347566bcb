/** Runs that are killed at any moment, and what must hold of the next. */
import { Interval, Ledger } from "@trunkline/dataset"
import { Sandbox } from "@trunkline/sandbox"
import { DateTime, Effect, Schema } from "effect"
import { build } from "esbuild"
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Job } from "./exportProcess.js"
import { contents, day, reading, requestsSince, run, unhurried } from "./exportRuns.js"

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// In memory where there is such a place: many datasets are made, each of which syncs for its life.
const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "trunkline-killed-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

/** The process, bundled from the source as it stands, below the package so that it finds the same modules. */
export const bundled = Effect.acquireRelease(
  Effect.promise(async () => {
    const root = existsSync(here("../package.json")) ? here("../") : here("../../")
    await mkdir(join(root, "dist-test"), { recursive: true })
    const into = await mkdtemp(join(root, "dist-test", "killed-"))
    await build({
      entryPoints: [join(root, "test", "exportProcess.ts")],
      outdir: into,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      conditions: ["@trunkline/source"],
      external: ["@duckdb/node-api", "@libsql/client", "libsql", "parquetjs-lite"],
      banner: {
        js:
          "import { createRequire as __createRequire } from \"node:module\"; const require = __createRequire(import.meta.url);"
      },
      logLevel: "error"
    })
    return into
  }),
  (into) => Effect.promise(() => rm(into, { recursive: true, force: true }))
).pipe(Effect.map((into) => join(into, "exportProcess.js")))

/** Some windows, some lines, some clinics, and nothing that moves. */
export const world = Sandbox.layer({
  ...unhurried,
  size: 500,
  allomiaCalls: 100,
  organizations: 3,
  days: 80,
  movement: false,
  keptRequests: 100_000,
  v2: { searchMaximumDays: 16 }
})

export interface Ended {
  readonly signal: string | null
  readonly steps: ReadonlyArray<string>
  readonly milliseconds: number
  readonly errors: string
}

/** Until it ends by itself, or is killed so long after it began to read. */
export const start = (
  program: string,
  job: Pick<Job, "out" | "runId" | "end" | "telling">,
  killAfter: number | null
): Effect.Effect<Ended, never, Sandbox> =>
  Effect.flatMap(Sandbox, (sandbox) =>
    Effect.async<Ended>((resume) => {
      const whole: Job = {
        ...job,
        allo: { url: sandbox.alloUrl, key: sandbox.keys.allo },
        allomia: { url: sandbox.allomiaUrl, key: sandbox.keys.allomia }
      }
      const child = spawn(process.execPath, [program, JSON.stringify(whole)], { stdio: ["ignore", "pipe", "pipe"] })
      let output = ""
      let errors = ""
      let begun: number | null = null
      let timer: NodeJS.Timeout | null = null
      child.stdout.on("data", (data) => {
        output += String(data)
        if (begun !== null || !output.includes("begun")) return
        begun = performance.now()
        if (killAfter !== null) timer = setTimeout(() => child.kill("SIGKILL"), killAfter)
      })
      child.stderr.on("data", (data) => {
        errors += String(data)
      })
      child.on("close", (_, signal) => {
        if (timer !== null) clearTimeout(timer)
        resume(Effect.succeed({
          signal,
          steps: output.split("\n").flatMap((line) => line.startsWith("step ") ? [line.slice(5)] : []),
          milliseconds: begun === null ? 0 : performance.now() - begun,
          errors
        }))
      })
      return Effect.sync(() => child.kill("SIGKILL"))
    }))

const Id = Schema.Struct({ id: Schema.String })
const Scope = Schema.Struct({ scope: Schema.String })

/** What had landed, as the ledger that was left behind tells. */
const landed = (out: string) =>
  Effect.gen(function*() {
    const path = join(out, "_trunkline", "ledger.db")
    if (!existsSync(path)) return null
    const ledger = yield* Ledger.openReader(path)
    const scopes = yield* ledger.all(Scope, "SELECT DISTINCT source || ' ' || scope AS scope FROM windows")
    const certified = yield* Effect.forEach(scopes, ({ scope }) =>
      Effect.gen(function*() {
        const [source = "", name = ""] = scope.split(" ")
        const intervals = yield* reading(
          out,
          (dataset) => dataset.intervals({ source, scope: name, stream: source === "allo" ? "items" : "calls" })
        )
        return { source, scope: name, intervals }
      }))
    const settled = yield* ledger.all(Id, "SELECT id FROM pending WHERE due_at = ?", Number.MAX_SAFE_INTEGER)
    return { certified, settled: new Set(settled.map(({ id }) => id)) }
  }).pipe(
    Effect.scoped,
    // A ledger that was being made holds nothing yet.
    Effect.catchTag("LedgerFailed", () => Effect.succeed(null)),
    Effect.catchTag("NoDataset", () => Effect.succeed(null))
  )

/** What a run may read though it was certified: the look-back, and whole days around it. */
const beforeLookback = (now: number) =>
  Interval.make(DateTime.unsafeMake(0), DateTime.unsafeMake(now - 7 * day - 2 * day))

const stretchOf = (from: unknown, to: unknown, more: number): Interval.Interval =>
  Interval.make(
    DateTime.unsafeMake(Date.parse(String(from)) - Math.min(0, more)),
    DateTime.unsafeMake(Date.parse(String(to)) + more)
  )

export type Kill =
  /** So many milliseconds after it began to read. */
  | { readonly after: number }
  /** Before it takes this step for the n-th time. */
  | { readonly step: string; readonly occurrence: number }

/** Kills a run in a new folder, once or more, and holds the next against what must be true of it. */
export const killedAndFinished = (options: {
  readonly program: string
  readonly name: string
  readonly expected: Readonly<Record<string, ReadonlyArray<string>>>
  /** Each of these in turn, in the same folder. */
  readonly kills: ReadonlyArray<Kill>
}) =>
  Effect.gen(function*() {
    const { history, world } = yield* Sandbox
    const out = yield* folder
    for (const [index, kill] of options.kills.entries()) {
      const before = yield* landed(out)
      const total = yield* history.total
      const now = yield* world.now
      const job = { out, runId: `killed-${index}`, telling: false }
      const end = "step" in kill
        ? yield* start(options.program, { ...job, end: kill }, null)
        : yield* start(options.program, { ...job, end: null }, kill.after)
      // One that was quick came to its end before it could be killed.
      assert.strictEqual(end.errors, "", options.name)
      if ("step" in kill && index === 0) assert.strictEqual(end.signal, "SIGKILL", options.name)
      yield* assertNotAskedAgain(options.name, total, before, now)
    }
    const before = yield* landed(out)
    const total = yield* history.total
    const now = yield* world.now
    const report = yield* run(out)
    assert.deepStrictEqual([options.name, report.exitCode, report.problems], [options.name, 0, []])
    yield* assertNotAskedAgain(options.name, total, before, now)
    assert.deepStrictEqual(yield* contents(out), options.expected, options.name)
    // How much of the past had landed, for whoever wants to know that this says anything.
    return (before?.certified ?? []).flatMap(({ intervals }) => Interval.intersect(intervals, [beforeLookback(now)]))
      .length
  })

const assertNotAskedAgain = (
  name: string,
  total: number,
  before: Effect.Effect.Success<ReturnType<typeof landed>>,
  now: number
) =>
  Effect.gen(function*() {
    if (before === null) return
    const known = (source: string, scope: string | null) =>
      Interval.intersect(
        before.certified.flatMap((one) =>
          one.source === source && (scope === null || one.scope === scope) ? one.intervals : []
        ),
        [beforeLookback(now)]
      )
    for (const { body, method, path } of yield* requestsSince(total)) {
      if (path.endsWith("/items/search")) {
        const { date, size } = JSON.parse(body)
        if (date === undefined || size !== 100) continue
        // The last day is asked for as a part of the range.
        const again = Interval.intersect([stretchOf(date.from, date.to, day)], known("allo", null))
        assert.deepStrictEqual(again, [], `${name}: ${body} was certified`)
      }
      const url = new URL(path, "http://sandbox")
      const id = /^\/api\/calls\/([^/]+)$/.exec(url.pathname)?.[1]
      if (method === "GET" && id !== undefined) {
        assert.ok(!before.settled.has(id), `${name}: the details of ${id} had landed`)
      }
      if (url.pathname === "/api/calls" && url.searchParams.get("limit") === "50" && url.searchParams.has("from")) {
        const asked = stretchOf(url.searchParams.get("from"), url.searchParams.get("to"), -1000)
        const again = Interval.intersect([asked], known("allomia", url.searchParams.get("organizationId")))
        assert.deepStrictEqual(again, [], `${name}: ${path} was certified`)
      }
    }
  })

/** The same account, exported without an accident: what was exported, how long it took, and the steps it took. */
export const undisturbed = (program: string) =>
  Effect.gen(function*() {
    const out = yield* folder
    const { errors, milliseconds, signal, steps } = yield* start(
      program,
      { out, runId: "undisturbed", end: null, telling: true },
      null
    )
    assert.deepStrictEqual([signal, errors], [null, ""])
    const expected = yield* contents(out)
    assert.deepStrictEqual(
      [(expected["calls"]?.length ?? 0) + (expected["messages"]?.length ?? 0), expected["conversations"]?.length === 0],
      [600, false]
    )
    return { expected, milliseconds, steps }
  })
