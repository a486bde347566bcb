/**
 * What landing and publishing cost in time and memory, at the size of a busy month: each measure in a process of its own, so
 * that its peak is its alone.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Calls } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import type { Landing } from "@trunkline/dataset/Dataset"
import { rows } from "@trunkline/dataset/Dataset"
import { Disk, Hyparquet, ParquetJsLite } from "@trunkline/parquet"
import { Console, DateTime, Duration, Effect, Layer, Option, Stream } from "effect"
import { fork } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { table } from "./print.js"

const words = "they spoke of the order that came late, of the invoice, and of when to call again. ".repeat(4)
const readAt = DateTime.unsafeMake("2026-12-01T00:00:00Z")
const months = ["2026-08", "2026-09", "2026-10", "2026-11"]

const call = (index: number, month: string, summary: string): Calls.Row => {
  const start = Date.parse(`${month}-01T00:00:00Z`) + (index * 2_591) % 2_500_000_000
  return {
    call_id: `cll-${createHash("md5").update(`${month} ${index}`).digest("hex")}`,
    organization_id: "team_1",
    direction: index % 3 === 0 ? "outbound" : "inbound",
    started_at: DateTime.unsafeMake(start),
    ended_at: DateTime.unsafeMake(start + 61_000),
    duration_seconds: 61,
    outcome: "answered",
    outcome_raw: "ANSWERED",
    agent_id: `usr_${index % 40}`,
    agent_name: `Agent ${index % 40}`,
    agent_email: `agent${index % 40}@example.com`,
    team_id: null,
    team_name: null,
    line_number: "+12125550100",
    contact_number: `+1415${String(index % 200_000).padStart(7, "0")}`,
    contact_id: `con_${index % 200_000}`,
    contact_name: `Somebody ${index % 200_000}`,
    company_id: null,
    company_name: null,
    contacts: [{ id: `con_${index % 200_000}`, name: "Somebody", company_id: null, company_name: null, deals: [] }],
    primary_intent: null,
    sentiment: null,
    summary: `${summary} ${index}: ${words}`,
    tags: ["a", "b"].slice(index % 3),
    has_recording: true,
    has_transcript: null,
    details_at: null,
    created_at: null,
    extra: null,
    exported_at: readAt,
    gone_at: null
  }
}

const groups = Calls.table.groups.map(({ name }) => name)

/** One window of so many calls from this one on. */
const landing = (month: string, from: number, count: number, answer: number, summary: string): Landing<never> => ({
  window: { source: "allo", scope: "team_1", stream: "items", from: readAt, to: readAt },
  proof: null,
  runId: "bench",
  readAt,
  tables: [
    rows(Calls.table, {
      groups,
      rows: Stream.range(from, from + count - 1).pipe(
        Stream.map((index) => ({ answer, row: call(index, month, summary) }))
      )
    })
  ]
})

const engines = { lite: ParquetJsLite.layer, hyparquet: Hyparquet.layer }
const open = (out: string, engine: keyof typeof engines) =>
  Dataset.layer({ out, tables: [Calls.table] }).pipe(Layer.provide(Layer.merge(Disk.layer, engines[engine])))

interface Measured {
  readonly seconds: number
  readonly peak: number
  readonly said: string
}

const isMeasured = (value: unknown): value is Measured => typeof value === "object" && value !== null && "peak" in value

const fileOf = (out: string, month: string) => join(out, `calls/source=allo/month=${month}/data.parquet`)

const tasks: Record<string, (out: string, size: number) => Effect.Effect<string, unknown>> = {
  /** A month of so many, and three of a tenth. */
  fill: (out, size) =>
    Effect.gen(function*() {
      const dataset = yield* Dataset
      for (const [place, month] of months.entries()) {
        const calls = place === months.length - 1 ? size : size / 10
        for (let from = 0; from < calls; from += 5000) {
          yield* dataset.land(landing(month, from, Math.min(5000, calls - from), yield* dataset.answer, "first"))
        }
      }
      return "landed"
    }).pipe(Effect.provide(open(out, "hyparquet"))),
  publish: (out) =>
    Effect.gen(function*() {
      const dataset = yield* Dataset
      const done = yield* dataset.publish
      return `${done.new} new, ${done.files} files written`
    }).pipe(Effect.provide(open(out, "hyparquet"))),
  upsert: (out) =>
    Effect.gen(function*() {
      const dataset = yield* Dataset
      const before = months.map((month) => statSync(fileOf(out, month)).ino)
      yield* dataset.land(landing("2026-11", 500, 1000, yield* dataset.answer, "second"))
      const done = yield* dataset.publish
      const same = months.filter((month, place) => statSync(fileOf(out, month)).ino === before[place])
      return `${done.updated} updated, ${done.files} file written, ${same.length} left alone`
    }).pipe(Effect.provide(open(out, "hyparquet"))),
  read: (out) =>
    Effect.gen(function*() {
      const { published, session } = yield* Dataset
      const calls = Option.getOrElse(yield* published("calls", "allo"), () => "calls")
      const [found] = yield* session.rows(
        `SELECT count(*) AS rows, count(DISTINCT call_id) AS keys, count(*) FILTER (summary LIKE 'second%') AS newest
          FROM ${calls}`
      )
      return `${found?.["rows"]} rows, ${found?.["keys"]} keys, ${found?.["newest"]} in a newer version`
    }).pipe(Effect.provide(open(out, "hyparquet"))),
  again: (out) =>
    Effect.gen(function*() {
      const dataset = yield* Dataset
      yield* dataset.land(landing("2026-11", 500, 1000, yield* dataset.answer, "second"))
      const done = yield* dataset.publish
      return `${done.updated} updated, ${done.files} files written`
    }).pipe(Effect.provide(open(out, "hyparquet"))),
  small: (out) =>
    Effect.gen(function*() {
      const dataset = yield* Dataset
      yield* dataset.land(landing("2026-08", 500, 1000, yield* dataset.answer, "second"))
      const done = yield* dataset.publish
      return `${done.updated} updated, ${done.files} file written`
    }).pipe(Effect.provide(open(out, "hyparquet"))),
  verify: (out) =>
    Effect.gen(function*() {
      const report = yield* (yield* Dataset).verify
      return `${report.problems.length} problems in ${report.files} files`
    }).pipe(Effect.provide(open(out, "hyparquet"))),
  land: (out, size) =>
    Effect.gen(function*() {
      const dataset = yield* Dataset
      yield* dataset.land(landing("2026-11", 0, size, yield* dataset.answer, "first"))
      return `${size} rows in one window, default engine`
    }).pipe(Effect.provide(open(out, "lite")))
}

const inProcess = (task: string, out: string, size: number): Effect.Effect<ReadonlyArray<string>> =>
  Effect.async<Measured>((resume) => {
    const child = fork(fileURLToPath(import.meta.url), ["work", task, out, String(size)])
    child.once("error", (error) => resume(Effect.die(error)))
    child.once("message", (value) => {
      if (isMeasured(value)) resume(Effect.succeed(value))
    })
    child.once("exit", (code) => resume(Effect.dieMessage(`${task} ended with ${code}`)))
  }).pipe(Effect.map(({ peak, said, seconds }) => [task, seconds.toFixed(1), peak.toFixed(0), said]))

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "trunkline-bench-"))),
  (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true }))
)

const compare = (calls: number) =>
  Effect.gen(function*() {
    const out = yield* folder
    yield* Console.log(
      `Dataset: a month of ${calls} calls beside three of ${calls / 10}; each step in a process of its own\n`
    )
    const lines: Array<ReadonlyArray<string>> = []
    for (const task of ["fill", "publish", "upsert", "read", "again", "small", "verify"]) {
      lines.push(yield* inProcess(task, out, calls))
    }
    for (const size of [calls / 10, calls]) lines.push(yield* inProcess("land", yield* folder, size))
    yield* Console.log(table(["step", "seconds", "peak RSS, MB", "what"], lines))
    yield* Console.log(`\n${readdirSync(join(out, "calls/source=allo")).length} partitions`)
  }).pipe(Effect.scoped)

const [, , first, task = "", out = "", size = "1000000"] = process.argv
NodeRuntime.runMain(
  first === "work"
    ? Effect.gen(function*() {
      const [elapsed, said] = yield* Effect.timed(tasks[task]?.(out, Number(size)) ?? Effect.fail("no such task"))
      const measured: Measured = {
        seconds: Duration.toSeconds(elapsed),
        peak: process.resourceUsage().maxRSS / 1024,
        said
      }
      process.send?.(measured)
      process.disconnect()
    })
    : compare(Number(process.env["TRUNKLINE_BENCH_CALLS"] ?? "1000000"))
)
