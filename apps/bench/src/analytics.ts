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
import { table } from "./print.js"
import { peakOf } from "./processes.js"

const command = fileURLToPath(new URL("../../exporter/bin/trunkline.js", import.meta.url))

const open = (folder: string) => Analytics.layer({ folder }).pipe(Layer.provide(NodeContext.layer))

/** Two years of two sources. `draw` is a number from 0 to 999 that a call always gets. */
const world = (folder: string, calls: number) =>
  [
    `CREATE MACRO draw(i, salt) AS (hash(i * 64 + salt) % 1000)::INTEGER;`,
    `CREATE MACRO moment(i) AS TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_seconds((hash(i * 64 + 1) % 63072000)::BIGINT);`,
    `CREATE MACRO number(i) AS CASE WHEN draw(i, 2) < 20 THEN 'anonymous'
    ELSE '+1415' || lpad((hash(i * 64 + 3) % 200000)::VARCHAR, 7, '0') END;`,
    `CREATE TEMP VIEW made AS SELECT i, if(i % 3 = 0, 'allomia', 'allo') AS source, moment(i) AS started_at,
    CASE WHEN draw(i, 4) < 30 THEN NULL WHEN draw(i, 4) < 150 THEN 0
      ELSE (1 + exp(draw(i, 5) / 120.0) + draw(i, 6) / 10)::INTEGER END AS duration_seconds
    FROM range(${calls}) AS numbers (i);`,
    `COPY (SELECT
      'call-' || i AS call_id,
      if(source = 'allomia', 'org-' || (i % 5), 'team') AS organization_id,
      if(draw(i, 7) < 620, 'inbound', 'outbound') AS direction,
      started_at,
      started_at + to_seconds(duration_seconds) AS ended_at,
      duration_seconds,
      CASE WHEN source = 'allomia' AND draw(i, 8) < 50 THEN 'unknown'
        ELSE (['answered', 'answered', 'answered', 'answered', 'transferred', 'missed', 'missed', 'voicemail', 'blocked',
          'failed'])[1 + draw(i, 9) % 10] END AS outcome,
      NULL::VARCHAR AS outcome_raw,
      if(draw(i, 10) < 100, NULL, 'agent-' || (draw(i, 10) % 60)) AS agent_id,
      if(draw(i, 10) < 100, NULL, 'Agent number ' || (draw(i, 10) % 60)) AS agent_name,
      NULL::VARCHAR AS agent_email, NULL::VARCHAR AS team_id, NULL::VARCHAR AS team_name,
      '+1212555010' || (i % 10) AS line_number,
      number(i) AS contact_number,
      NULL::VARCHAR AS contact_id,
      if(draw(i, 11) < 500, 'Somebody ' || (hash(i * 64 + 3) % 200000), NULL) AS contact_name,
      NULL::VARCHAR AS company_id, NULL::VARCHAR AS company_name,
      []::STRUCT(id VARCHAR, name VARCHAR, company_id VARCHAR, company_name VARCHAR,
        deals STRUCT(id VARCHAR, name VARCHAR, status VARCHAR)[])[] AS contacts,
      if(source = 'allomia' AND draw(i, 12) < 800, 'intent_' || (draw(i, 12) % 40), NULL) AS primary_intent,
      if(source = 'allomia', (['positive', 'neutral', 'negative', NULL])[1 + draw(i, 13) % 4], NULL) AS sentiment,
      repeat('They spoke of ' || draw(i, 14) || '. ', 8) AS summary,
      if(source = 'allo', list_transform(range(draw(i, 15) % 4), n -> 'tag_' || (draw(i, 16 + n) % 30)),
        []::VARCHAR[]) AS tags,
      draw(i, 20) < 700 AS has_recording, NULL::BOOLEAN AS has_transcript,
      if(source = 'allomia' AND draw(i, 8) >= 50, started_at + INTERVAL 1 HOUR, NULL) AS details_at,
      if(source = 'allomia', started_at, NULL) AS created_at,
      NULL::VARCHAR AS extra, started_at + INTERVAL 2 HOUR AS exported_at,
      source, strftime(started_at, '%Y-%m') AS month
    FROM made) TO '${folder}/calls' (FORMAT parquet, PARTITION_BY (source, month), ROW_GROUP_SIZE 30000);`,
    `COPY (SELECT
      'message-' || i AS message_id, if(draw(i, 7) < 400, 'inbound', 'outbound') AS direction, moment(i) AS sent_at,
      '+12125550100' AS line_number, number(i) AS contact_number, 'Words' AS content, []::VARCHAR[] AS tags,
      moment(i) AS exported_at, 'allo' AS source, strftime(moment(i), '%Y-%m') AS month
    FROM range(${calls}, ${calls + Math.round(calls * 0.3)}) AS numbers (i)
  ) TO '${folder}/messages' (FORMAT parquet, PARTITION_BY (source, month));`,
    `COPY (SELECT
      'team' AS scope, 'items' AS stream, began AS from_at, began + INTERVAL 1 DAY AS to_at, 'certified' AS verdict,
      0 AS quarantined, began + INTERVAL 2 DAY AS read_at, source, strftime(began, '%Y-%m') AS month
    FROM range(TIMESTAMPTZ '2024-01-01 00:00:00+00', TIMESTAMPTZ '2025-12-30 00:00:00+00', INTERVAL 1 DAY) AS days (began),
      (VALUES ('allo'), ('allomia')) AS sources (source)
    WHERE day(began) <> 17
  ) TO '${folder}/certificates' (FORMAT parquet, PARTITION_BY (source, month));`
  ].join("\n")

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
    const [answered] = yield* Effect.timed(session.run(world(folder, calls)))
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
