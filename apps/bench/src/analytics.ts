/**
 * How long each view and the whole report take over a million calls, and how much memory. Every view has a process of
 * its own, so that its peak is its alone; it is read to its end, as typed rows. So has the report: gathered with and
 * without numbers, as text, and as a page.
 */
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Analytics, Report, ReportText, Views } from "@trunkline/analytics"
import { Session } from "@trunkline/dataset"
import { Console, Context, Duration, Effect, Layer, Stream } from "effect"
import { fork, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { million } from "./million.js"
import { table } from "./print.js"
import { command, peakOf } from "./processes.js"

const open = (folder: string) => Analytics.layer({ folder }).pipe(Layer.provide(NodeContext.layer))

interface Measured {
  readonly rows: number
  /** Until every cell of every row is computed, inside DuckDB. */
  readonly answered: number
  /** The same, and every row in hand, checked. */
  readonly typed: number
  readonly opened: number
  readonly peak: number
}

const isMeasured = (value: unknown): value is Measured => typeof value === "object" && value !== null && "peak" in value
const isName = (name: string): name is Views.Name => Object.hasOwn(Views.views, name)

interface Reported {
  readonly gathered: number
  readonly withNumbers: number
  readonly text: number
  /** Loading what draws, once in a process. */
  readonly loaded: number
  readonly page: number
  readonly bytes: number
  readonly opened: number
  readonly peak: number
}

const isReported = (value: unknown): value is Reported =>
  typeof value === "object" && value !== null && "gathered" in value

/** The work of the process that reports. */
const reporting = (folder: string, withNumbers: boolean): Effect.Effect<Reported, unknown> =>
  Effect.gen(function*() {
    const [opened, context] = yield* Effect.timed(Layer.build(open(folder)))
    const [gathered, report] = yield* Effect.timed(Effect.provide(Report.gather({ withNumbers }), context))
    const [text] = yield* Effect.timed(Effect.sync(() => ReportText.render(report)))
    const [loaded, page] = yield* Effect.timed(Effect.promise(() => import("@trunkline/analytics/ReportPage")))
    const [drawn, html] = yield* Effect.timed(Effect.sync(() => page.render(report)))
    return {
      gathered: Duration.toSeconds(gathered),
      withNumbers: Number(withNumbers),
      text: Duration.toSeconds(text),
      loaded: Duration.toSeconds(loaded),
      page: Duration.toSeconds(drawn),
      bytes: Buffer.byteLength(html),
      opened: Duration.toSeconds(opened),
      peak: process.resourceUsage().maxRSS / 1024
    }
  }).pipe(Effect.scoped)

/** The work of a process that makes the dataset. */
const making = (folder: string, calls: number): Effect.Effect<Measured, unknown> =>
  Effect.gen(function*() {
    const session = yield* Session.make({ temporary: join(folder, "temporary"), memory: "2GB" })
    const [answered] = yield* Effect.timed(session.run(million(folder, calls)))
    return { rows: calls, answered: Duration.toSeconds(answered), typed: 0, opened: 0, peak: 0 }
  }).pipe(Effect.scoped)

/** The work of a process that reads one view. */
const reading = (folder: string, view: Views.Name): Effect.Effect<Measured, unknown> =>
  Effect.gen(function*() {
    const [opened, context] = yield* Effect.timed(Layer.build(open(folder)))
    const analytics = Context.get(context, Analytics)
    const [answered] = yield* Effect.timed(Stream.runDrain(analytics.sql(`SELECT count(COLUMNS(*)) FROM ${view}`)))
    const [typed, rows] = yield* Effect.timed(Stream.runCount(analytics.view(view)))
    const peak = process.resourceUsage().maxRSS / 1024
    return {
      rows,
      answered: Duration.toSeconds(answered),
      typed: Duration.toSeconds(typed),
      opened: Duration.toSeconds(opened),
      peak
    }
  }).pipe(Effect.scoped)

const inProcess = <A>(is: (value: unknown) => value is A, ...args: ReadonlyArray<string>): Effect.Effect<A> =>
  Effect.async((resume) => {
    const child = fork(fileURLToPath(import.meta.url), args)
    child.once("error", (error) => resume(Effect.die(error)))
    child.once("message", (value) => {
      if (is(value)) resume(Effect.succeed(value))
    })
    child.once("exit", (code) => resume(Effect.dieMessage(`ended with ${code}`)))
  })

/** The command, as cron starts it. */
const commanded = (folder: string) =>
  Effect.promise(async () => {
    const began = performance.now()
    const page = join(folder, "report.html")
    const child = spawn(process.execPath, [command, "report", "--out", folder, "--html", page], { stdio: "ignore" })
    const ended = once(child, "close")
    let highest = 0
    const looking = setInterval(() => {
      if (child.pid !== undefined) highest = Math.max(highest, peakOf(child.pid) ?? 0)
    }, 20)
    const [code] = await ended
    clearInterval(looking)
    if (code !== 0) throw new Error(`trunkline report ended with ${code}`)
    return { seconds: (performance.now() - began) / 1000, peak: highest }
  })

const compare = (calls: number) =>
  Effect.gen(function*() {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "trunkline-analytics-"))),
      (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true }))
    )
    const made = yield* inProcess(isMeasured, "work", folder, "generate", String(calls))
    yield* Console.log(
      `Analytics: ${calls} calls made in ${made.answered.toFixed(1)} s; each view in a process of its own, twice\n`
    )
    const lines = yield* Effect.forEach(Object.keys(Views.views), (name) =>
      Effect.map(
        inProcess(isMeasured, "work", folder, name, String(calls)),
        ({ answered, opened, peak, rows, typed }) => [
          name,
          String(rows),
          answered.toFixed(2),
          typed.toFixed(2),
          opened.toFixed(2),
          peak.toFixed(0)
        ]
      ))
    yield* Console.log(
      table(["view", "rows", "answered, s", "typed rows, s", "opening, s", "peak RSS, MB"], lines)
    )
    const reports = yield* Effect.forEach(["report", "report-with-numbers"], (name) =>
      Effect.map(
        inProcess(isReported, "work", folder, name, String(calls)),
        ({ bytes, gathered, loaded, opened, page, peak, text }) => [
          name === "report" ? "as it is" : "with numbers",
          gathered.toFixed(2),
          text.toFixed(2),
          loaded.toFixed(2),
          page.toFixed(2),
          (opened + gathered + text + loaded + page).toFixed(2),
          (bytes / 1024).toFixed(0),
          peak.toFixed(0)
        ]
      ))
    yield* Console.log("\nThe whole report, each in a process of its own\n")
    yield* Console.log(
      table(
        ["report", "gathered, s", "text, s", "loading, s", "page, s", "all, s", "page, kB", "peak RSS, MB"],
        reports
      )
    )
    const { peak, seconds } = yield* commanded(folder)
    yield* Console.log(`\ntrunkline report --html: ${seconds.toFixed(1)} s, ${peak.toFixed(0)} MB`)
  }).pipe(Effect.scoped)

const [, , first, folder = "", task = "", calls = "1000000"] = process.argv
NodeRuntime.runMain(
  first === "work"
    ? Effect.flatMap(
      Effect.gen(function*() {
        return task.startsWith("report")
          ? yield* reporting(folder, task !== "report")
          : isName(task)
          ? yield* reading(folder, task)
          : yield* making(folder, Number(calls))
      }),
      (measured) =>
        Effect.sync(() => {
          process.send?.(measured)
          process.disconnect()
        })
    )
    : compare(Number(process.env["TRUNKLINE_BENCH_CALLS"] ?? "1000000"))
)
