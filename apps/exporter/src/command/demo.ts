/** `trunkline demo`: the whole way on a made-up account, from both APIs on loopback to a folder that answers questions. */
import { Analytics } from "@trunkline/analytics/Analytics"
import { gather } from "@trunkline/analytics/Report"
import * as Table from "@trunkline/analytics/TextTable"
import { count } from "@trunkline/analytics/Words"
import { tables } from "@trunkline/calls/Tables"
import { check, makeOut } from "@trunkline/dataset/Dataset"
import * as Folder from "@trunkline/dataset/Folder"
import { Sandbox } from "@trunkline/sandbox/Sandbox"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { join, relative, resolve } from "node:path"
import { Process } from "../Process.js"
import type { Vendors } from "../Settings.js"
import { Output, printJson, printLines } from "../terminal/Output.js"
import type * as Asked from "./asked.js"
import type { ExportDocument } from "./document.js"
import * as Report from "./report.js"
import { perform } from "./running.js"
import { ofQuery, SqlError } from "./sql.js"
import { ofRun, problemLine } from "./summary.js"
import { InvalidFlag } from "./values.js"

/** Some 4,000 records of three months: enough for the views to say something, read within seconds. */
const world = { seed: 1, size: 3000, allomiaCalls: 800, days: 90 }

/** Forty times what Allo allows, so that a demo is over before anybody looks away. */
const pace = { reads: 400, writes: 200, allomia: 400 }

/** Some forty records a day, as before, so that a later run finds something new. */
const movement = { arrivalsPerMinute: 0.03, deletionsPerHour: 0 }

const Mark = Schema.parseJson(Schema.Struct({ startsAt: Schema.Number }))

const codeOf = (cause: unknown): string =>
  Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? cause.code : "UNKNOWN"

const exists = (path: string) => Effect.isSuccess(Effect.tryPromise(() => fs.stat(path)))

/**
 * When the world of this folder began: a later run goes on with the same one. A dataset of somebody's own is none of the
 * demo's business.
 */
const worldOf = (out: string) =>
  Effect.gen(function*() {
    // A folder that the export would refuse is left as it is.
    yield* check({ out, tables })
    const own = join(out, Folder.own)
    const path = join(own, Folder.demo)
    const known = yield* Effect.tryPromise(() => fs.readFile(path, "utf8")).pipe(
      Effect.flatMap(Schema.decode(Mark)),
      Effect.option
    )
    if (Option.isSome(known)) return known.value.startsAt
    if (yield* exists(join(own, Folder.ledger))) {
      return yield* new InvalidFlag({
        flag: "--out",
        reason: `${out} holds a dataset that is not the demo's. Name another folder`
      })
    }
    const startsAt = yield* Clock.currentTimeMillis
    yield* makeOut(out)
    yield* Effect.tryPromise({
      try: async () => {
        await fs.mkdir(own, { recursive: true, mode: 0o700 })
        await fs.writeFile(path, JSON.stringify({ startsAt }), { mode: 0o600 })
      },
      catch: (cause) =>
        new InvalidFlag({
          flag: "--out",
          reason: `${out} cannot be written to (${codeOf(cause)}). Name another folder`
        })
    })
    return startsAt
  })

const Durations = Schema.Struct({
  source: Schema.String,
  direction: Schema.String,
  calls: Schema.Number,
  mean: Schema.NullOr(Schema.Number),
  p50: Schema.NullOr(Schema.Number),
  p90: Schema.NullOr(Schema.Number),
  longest: Schema.NullOr(Schema.Number)
})
type Durations = typeof Durations.Type

const Labels = Schema.Struct({
  source: Schema.String,
  kind: Schema.String,
  label: Schema.String,
  calls: Schema.Number,
  share: Schema.NullOr(Schema.Number),
  mean: Schema.NullOr(Schema.Number)
})
type Labels = typeof Labels.Type

const durationsSql = `SELECT source, direction, count(*) AS calls,
    avg(duration_seconds) FILTER (duration_seconds > 0 AND trunkline_talked(outcome)) AS mean,
    quantile_cont(duration_seconds, 0.5) FILTER (duration_seconds > 0 AND trunkline_talked(outcome)) AS p50,
    quantile_cont(duration_seconds, 0.9) FILTER (duration_seconds > 0 AND trunkline_talked(outcome)) AS p90,
    max(duration_seconds)::DOUBLE AS longest
  FROM calls GROUP BY ALL ORDER BY source, calls DESC`

/** Intents over all organisations, each call with one; tags over the team, each call with any number. */
const labelsSql = `SELECT source, kind, label, sum(calls)::BIGINT AS calls,
    if(kind = 'tag', max(share), sum(calls) / sum(sum(calls)) OVER (PARTITION BY source, kind)) AS share,
    sum(mean_seconds * calls_talked) / nullif(sum(calls_talked), 0) AS mean
  FROM intent_breakdown
  WHERE calls > 0 AND ((source = 'allomia' AND kind = 'intent') OR (source = 'allo' AND kind = 'tag'))
  GROUP BY source, kind, label
  ORDER BY source DESC, calls DESC`

const ask = <A, I>(row: Schema.Schema<A, I>, text: string) =>
  Effect.flatMap(Analytics, ({ sql }) => Stream.runCollect(sql(text))).pipe(
    Effect.flatMap((rows) => Schema.decodeUnknown(Schema.Array(row))(Chunk.toReadonlyArray(rows))),
    Effect.catchTag("ParseError", () => {
      const reason = "The demo cannot read the answer to its own query"
      return new SqlError({ reason, shown: reason })
    })
  )

/** `3:07` */
const clock = (seconds: number | null): string =>
  seconds === null
    ? "-"
    : `${Math.floor(Math.round(seconds) / 60)}:${String(Math.round(seconds) % 60).padStart(2, "0")}`

const bar = (share: number): string => "█".repeat(Math.max(share > 0 ? 1 : 0, Math.round(share * 24)))

const table = (
  heads: ReadonlyArray<Table.Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  space: number | null
) => {
  const layout = Table.layout(heads, rows, space)
  return [
    Table.line(layout, heads.map(({ name }) => name), space !== null),
    ...rows.map((row) => Table.line(layout, row, space !== null))
  ].map((line) => `  ${line}`)
}

const left = (name: string): Table.Column => ({ name, right: false })
const right = (name: string): Table.Column => ({ name, right: true })

const titles: Readonly<Record<string, string>> = { allo: "Allo", allomia: "Allomia" }

const durationLines = (rows: ReadonlyArray<Durations>, space: number | null) => {
  const most = Math.max(...rows.map(({ calls }) => calls), 1)
  return [
    "How long calls last (mean, median and p90 over answered and transferred calls)",
    ...table(
      [left("source"), left("direction"), right("calls"), left(""), right("mean"), right("median"), right("p90")],
      rows.map((row) => [
        titles[row.source] ?? row.source,
        row.direction,
        count(row.calls),
        bar(row.calls / most),
        clock(row.mean),
        clock(row.p50),
        clock(row.p90)
      ]),
      space
    )
  ]
}

const labelLines = (rows: ReadonlyArray<Labels>, space: number | null) =>
  [...new Set(rows.map(({ source }) => source))].flatMap((source) => {
    const own = rows.filter((row) => row.source === source).slice(0, 8)
    const most = Math.max(...own.map(({ share }) => share ?? 0), 0.01)
    return [
      "",
      source === "allomia" ? "What Allomia callers want" : "How Allo calls are tagged (a call may have several tags)",
      ...table(
        [left(source === "allomia" ? "intent" : "tag"), right("calls"), right("share"), left(""), right("mean")],
        own.map((row) => [
          row.label,
          count(row.calls),
          row.share === null ? "-" : `${Math.round(row.share * 100)} %`,
          bar((row.share ?? 0) / most),
          clock(row.mean)
        ]),
        space
      )
    ]
  })

/** As one would type it. */
const typed = (folder: string, path: string): string => {
  const near = relative(folder, path)
  const shown = near === "" ? "." : near.startsWith("..") ? path : `./${near}`
  return /^[\w./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`
}

const next = (out: string, folder: string): ReadonlyArray<string> => [
  `npx trunkline sql --out ${typed(folder, out)} "FROM call_duration_daily LIMIT 10"`,
  `npx trunkline verify --out ${typed(folder, out)}`
]

const page = "report.html"

const show = (out: string) =>
  Effect.gen(function*() {
    yield* Report.write(join(out, page), yield* Report.page(yield* gather()), 0o666)
    const durations = yield* ask(Durations, durationsSql)
    const intents = yield* ask(Labels, labelsSql)
    return { durations, intents }
  }).pipe(Effect.provide(Analytics.layer({ folder: out })), ofQuery)

const lines = (
  report: ExportDocument,
  shown: { readonly durations: ReadonlyArray<Durations>; readonly intents: ReadonlyArray<Labels> },
  told: { readonly commands: ReadonlyArray<string>; readonly space: number | null }
) => [
  ...ofRun(report),
  `Report   ${join(report.out, page)}`,
  "",
  ...durationLines(shown.durations, told.space),
  ...labelLines(shown.intents, told.space),
  "",
  "Next",
  ...told.commands.map((command) => `  ${command}`)
]

export const run = (flags: Asked.OfDataset) =>
  Effect.gen(function*() {
    const { folder, screen, variables } = yield* Process
    // A demo reads nothing of .env and of the vendors' variables: it asks nobody but itself.
    const named = variables["TRUNKLINE_OUT"]?.trim() ?? ""
    const out = resolve(folder, Option.getOrElse(flags.out, () => named === "" ? "./trunkline-demo" : named))
    const startsAt = yield* worldOf(out)
    const report = yield* Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const ahead = (yield* Clock.currentTimeMillis) - startsAt
      if (ahead > 0) yield* sandbox.world.advance(Duration.millis(ahead))
      const vendors: Vendors = {
        allo: {
          apiKey: Redacted.make(sandbox.keys.allo),
          baseUrl: sandbox.alloUrl,
          readsPerSecond: undefined,
          writesPerSecond: undefined
        },
        allomia: {
          apiKey: Redacted.make(sandbox.keys.allomia),
          baseUrl: sandbox.allomiaUrl,
          requestsPerSecond: pace.allomia,
          organizationIds: []
        }
      }
      screen.say(
        "Exporting a made-up account, served on this machine at forty times the pace of the real APIs. " +
          "Nothing leaves it, and no key is needed"
      )
      return yield* perform({
        // As the sandbox's people keep them.
        account: { name: null, settings: { hours: { "mon-fri": ["08:00-18:00"] } } },
        out,
        vendors,
        options: { runId: randomUUID(), transcripts: true },
        partition: undefined,
        keep: undefined,
        umask: undefined,
        isSinceTyped: false,
        mask: {}
      })
    }).pipe(Effect.provide(Sandbox.layer({ ...world, startsAt, movement, rateLimit: pace })))

    if (report.problems.length > 0) screen.say(report.problems.map(problemLine).join("\n"), "ERROR")
    const shown = yield* show(out)
    const commands = next(out, folder)
    const output = yield* Output
    const space = output.terminal ? output.columns - 2 : null
    if (flags.json) {
      const { exitCode, problems } = report
      yield* printJson({ export: report, ...shown, report: join(out, page), next: commands, exitCode, problems })
    } else yield* printLines(lines(report, shown, { commands, space }))
    return report.exitCode
  })
