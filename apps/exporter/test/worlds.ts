/**
 * Whole runs over the sandbox while it moves: real HTTP, a real dataset, DuckDB reading back. A seed decides what the world
 * is like and what happens in it; what the network does in between is nobody's to decide.
 */
import { FetchHttpClient } from "@effect/platform"
import { Account, AlloClient, Conversations } from "@trunkline/allo"
import { AllomiaClient, Calls, Organizations } from "@trunkline/allomia"
import { tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import { DatasetReader } from "@trunkline/dataset/Dataset"
import { Disk, ParquetJsLite } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import { Clock, Context, DateTime, Duration, Effect, Layer, Logger, LogLevel, Option, Redacted, Schema } from "effect"
import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Export from "../src/Export.js"
import type { ExportReport } from "../src/ExportReport.js"
import { Progress } from "../src/Progress.js"
import { Sources } from "../src/Sources.js"
import { Stop } from "../src/Stop.js"
import { type Dice, dice } from "./simulatedApi.js"
import { inStep } from "./support.js"

const second = 1000
const hour = 3600 * second
const day = 24 * hour

export const profiles = ["calm", "flaky", "storm"] as const
export type Profile = (typeof profiles)[number]

/**
 * Time that passes faster, and may stand still. Sleeping is as much shorter, so that what waits keeps its proportion to
 * what happens: a retry after a second still sees a world that is a second older.
 */
const quickened = (speed: number) => {
  const began = performance.now()
  const epoch = Date.now()
  let stopped: number | null = null
  const millis = () => stopped ?? epoch + (performance.now() - began) * speed
  const clock: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => Math.floor(millis()),
    unsafeCurrentTimeNanos: () => BigInt(Math.floor(millis() * 1e6)),
    currentTimeMillis: Effect.sync(() => Math.floor(millis())),
    currentTimeNanos: Effect.sync(() => BigInt(Math.floor(millis() * 1e6))),
    sleep: (duration) =>
      Effect.async<void>((resume) => {
        const wanted = Duration.toMillis(duration)
        const timer = setTimeout(
          () => resume(Effect.void),
          wanted === preflight ? 30_000 : Math.min(wanted / speed, day)
        )
        return Effect.sync(() => clearTimeout(timer))
      })
  }
  return {
    clock,
    stop: Effect.sync(() => {
      stopped = millis()
    })
  }
}

const speed = 10

/** After so long nobody is at home, where a machine is not too busy to hear anybody: this one wait is not cut short. */
const preflight = 10 * second

const Row = Schema.Record({ key: Schema.String, value: Schema.Unknown })
const Rows = Schema.Array(Row)
const Body = Schema.parseJson(Schema.Struct({
  data: Schema.optional(Schema.Unknown),
  calls: Schema.optional(Schema.Unknown),
  id: Schema.optional(Schema.String)
}, { key: Schema.String, value: Schema.Unknown }))
const readBody = Schema.decodeUnknownOption(Body)
const readRows = Schema.decodeUnknownOption(Rows)
const readRow = Schema.decodeUnknownOption(Row)

type Raw = Readonly<Record<string, unknown>>

/** What was answered whole, row by row: each version of each, and of which requests since a mark. */
const recorder = () => {
  const versions = new Map<string, Set<string>>()
  const recent = new Map<string, Set<string>>()
  const newest = new Map<string, Raw>()
  const put = (into: Map<string, Set<string>>, key: string, text: string) => {
    const known = into.get(key) ?? new Set()
    into.set(key, known)
    known.add(text)
  }
  const note = (kind: string, row: Raw, text: string) => {
    const key = `${kind} ${String(row["id"])}`
    put(versions, key, text)
    put(recent, key, text)
    newest.set(String(row["id"]), row)
  }
  const item = (row: Raw) => note("item", row, itemText(row))
  return {
    versions,
    recent,
    newest,
    answered: (url: URL, text: string) => {
      const body = Option.getOrNull(readBody(text))
      if (body === null) return
      const rows = Option.getOrElse(readRows(body.data ?? body.calls), () => [])
      if (url.pathname.includes("/items")) { for (const row of rows) item(row) }
      else if (url.pathname.endsWith("/conversations")) {
        for (const row of rows) {
          const key = `${url.searchParams.get("allo_number")} ${String(row["contact_number"])}`
          put(versions, `conversation ${key}`, instant(row["last_activity"]))
          const last = Option.getOrNull(readRow(row["last_item"]))
          if (last !== null) newest.set(String(last["id"]), last)
        }
      } else if (body.calls !== undefined) { for (const row of rows) note("call", row, callText(row)) }
      else if (url.pathname.startsWith("/api/calls/")) note("details", { ...body }, detailsText({ ...body }))
    }
  }
}

const instant = (value: unknown): string =>
  value === null || value === undefined ? "-" : new Date(String(value)).toISOString()
const upper = (value: unknown): string => value === null || value === undefined ? "-" : String(value).toUpperCase()
const plain = (value: unknown): string => value === null || value === undefined ? "-" : String(value)
const sorted = (value: unknown): string => Array.isArray(value) ? value.map(String).toSorted().join(",") : ""

/** What a version of a row is told by: everything that changes, and some that does not. */
const itemText = (row: Raw): string =>
  upper(row["type"]) === "CALL"
    ? [
      instant(row["date"]),
      plain(row["duration"]),
      upper(row["result"]),
      plain(row["summary"]),
      sorted(row["tags"]),
      plain(row["allo_number"]),
      plain(row["contact_number"])
    ].join("|")
    : [instant(row["date"]), plain(row["content"]), upper(row["status"]), upper(row["message_type"])].join("|")
const callText = (row: Raw): string =>
  [instant(row["callStartedAt"]), plain(row["callDurationSeconds"]), plain(row["agentName"]), instant(row["createdAt"])]
    .join("|")
const detailsText = (row: Raw): string =>
  [
    plain(row["callEndedReason"]),
    plain(row["callSummary"]),
    plain(row["userPrimaryIntent"]),
    plain(row["userSentiment"]),
    plain(row["userName"])
  ].join("|")

/** The same of what was published. */
const publishedTexts = (table: string, row: Raw): ReadonlyArray<readonly [kind: string, id: string, text: string]> => {
  if (table === "messages") {
    return [[
      "item",
      String(row["message_id"]),
      [instant(row["sent_at"]), plain(row["content"]), upper(row["status"]), upper(row["message_type"])].join("|")
    ]]
  }
  const id = String(row["call_id"])
  if (row["source"] === "allo") {
    return [[
      "item",
      id,
      [
        instant(row["started_at"]),
        plain(row["duration_seconds"]),
        upper(row["outcome_raw"]),
        plain(row["summary"]),
        sorted(row["tags"]),
        plain(row["line_number"]),
        plain(row["contact_number"])
      ].join("|")
    ]]
  }
  const list = [
    "call",
    id,
    [instant(row["started_at"]), plain(row["duration_seconds"]), plain(row["agent_name"]), instant(row["created_at"])]
      .join("|")
  ] as const
  return row["details_at"] === null ? [list] : [list, [
    "details",
    id,
    [
      plain(row["outcome_raw"]),
      plain(row["summary"]),
      plain(row["primary_intent"]),
      plain(row["sentiment"]),
      plain(row["contact_name"])
    ].join("|")
  ]]
}

export interface World {
  readonly seed: number
  readonly profile: Profile
  /** What must not be. */
  readonly wrong: ReadonlyArray<string>
  /** How the moving runs ended, and the one over the world that had stopped. */
  readonly statuses: ReadonlyArray<ExportReport["status"]>
  readonly last: ExportReport["status"]
  readonly rows: number
  readonly requests: number
  readonly milliseconds: number
}

/**
 * Over a world that has stopped, so many runs are made at most until one is certified. A healthy account needs one; where
 * one request in ten fails, the three tries of the first question all do at times.
 */
const attempts: { readonly [Name in Profile]: number } = { calm: 1, flaky: 3, storm: 4 }

export const live = (seed: number, profile: Profile): Effect.Effect<World> =>
  Effect.gen(function*() {
    const began = performance.now()
    const random = dice(seed * 3 + profiles.indexOf(profile))
    const { clock, stop } = quickened(speed)
    const days = 10 + random.below(111)
    const built = yield* Layer.build(Sandbox.layer({
      seed,
      size: 100 + random.below(200),
      allomiaCalls: random.below(60),
      organizations: 2 + random.below(3),
      days,
      profile,
      rateLimit: { reads: 100_000, writes: 100_000, allomia: 100_000 },
      movement: { arrivalsPerMinute: 0.01 + random.next() / 10, deletionsPerHour: random.below(10) },
      v2: {
        searchEndIsInclusive: random.chance(0.5),
        searchDayOffset: (random.below(27) - 12) * 60,
        ...random.chance(0.2) ? { searchMaximumDays: 7 + random.below(24) } : {}
      },
      allomia: {
        limitCap: random.chance(0.5) ? 20 : 50,
        filterStamp: random.chance(0.5) ? "callStartedAt" : "createdAt"
      }
    })).pipe(Effect.withClock(clock), Effect.orDie)
    const sandbox = Context.get(built, Sandbox)
    const out = yield* Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "trunkline-world-"))),
      (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
    )
    const recorded = recorder()
    const wrong: Array<string> = []
    const statuses: Array<ExportReport["status"]> = []
    const transcripts = random.chance(0.3)
    const since = sandbox.world.startsAt - Math.floor((0.2 + random.next()) * days * day)
    let requests = 0
    let rows = 0

    const { often, rough } = movementOf(random)
    // Whatever happens comes between two answers, so that a busy machine sees no faster world.
    const chance = dice(seed + 7919)
    let moving = true
    const answered = (url: URL, text: string) => {
      recorded.answered(url, text)
      if (moving && chance.chance(often)) Effect.runSync(disturb(sandbox, chance, recorded.newest, rough))
    }
    const healthy = profile === "calm" && !rough
    const once = (name: string, options: { readonly full: boolean; readonly stopAfter: number | null }) =>
      Effect.gen(function*() {
        const stop = Context.get(yield* Layer.build(Stop.layer), Stop)
        if (options.stopAfter !== null) yield* Effect.forkScoped(Effect.delay(stop.request, options.stopAfter))
        const start = yield* sandbox.world.now
        const report = yield* Export.run({
          runId: `${seed}-${name}`,
          // Remembered by then; who was stopped before a scope had told its name has asked it for nothing.
          since: statuses.includes("certified") ? Option.none() : Option.some(DateTime.unsafeMake(since)),
          until: Option.none(),
          full: options.full,
          lookback: Duration.days(7),
          transcripts,
          details: true,
          contacts: [],
          concurrency: 1 + random.below(6)
        }).pipe(
          Effect.provideService(Stop, stop),
          Effect.provide(Layer.mergeAll(
            sourcesOf(sandbox, answered),
            Progress.layerSilent,
            Dataset.layer({ out, tables, sources: {} }).pipe(
              Layer.provide(Layer.merge(Disk.layer, ParquetJsLite.layer))
            )
          )),
          (run) => Effect.provideService(inStep(run), Sandbox, sandbox)
        )
        requests += report.requests.total
        const end = yield* sandbox.world.now
        return { report, during: { start: start + 1, end } }
      }).pipe(Effect.scoped, Effect.orDie)

    const check = (name: string, { during, report }: Effect.Effect.Success<ReturnType<typeof once>>) =>
      Effect.gen(function*() {
        const at = (text: string) => {
          if (wrong.length < 30) wrong.push(`run ${name} (${report.status}): ${text}`)
        }
        const found = yield* reading(out)
        rows = found.calls.length + found.messages.length
        if (report.exitCode === 1) at(`exit code 1: ${report.problems.map(({ message }) => message).join("; ")}`)
        // What was not published in time is, a moment later, after the report.
        const whole = report.rows.calls === found.calls.length && report.rows.messages === found.messages.length
        if (!whole && report.status !== "interrupted") {
          at(`the report counts ${report.rows.calls} calls and ${report.rows.messages} messages`)
        }
        if ((report.exitCode === 0) !== (report.status === "certified")) at(`exit code ${report.exitCode}`)
        if ((report.exitCode === 0) !== (report.problems.length === 0 && report.status !== "interrupted")) {
          at(`exit code ${report.exitCode} with ${report.problems.length} problems`)
        }
        if (report.windows.uncertified > report.problems.length && report.status !== "interrupted") {
          at(`${report.windows.uncertified} windows are uncertified, and ${report.problems.length} problems told`)
        }
        for (const source of ["allo", "allomia"] as const) {
          const ids = new Set(
            [...found.calls, ...found.messages].filter((row) => row["source"] === source)
              .map((row) => String(row["call_id"] ?? row["message_id"]))
          )
          // Nothing is made up.
          const served = yield* sandbox.history.served(source)
          for (const id of ids) if (!served.has(id)) at(`${id} of ${source} was never served`)
          // Nothing that was there all the while is missing where nothing is said to be.
          const must = yield* sandbox.history.mustHaveSeen({ source, from: since, to: during.start, during })
          const missing = [...must].filter((id) => !ids.has(id))
          const named = report.problems.some((problem) => problem.source === source)
          if (missing.length > 0 && !named && report.status !== "interrupted") {
            at(
              `${missing.length} of ${must.size} of ${source} were there all the while, and are missing: ${missing[0]}`
            )
          }
          // What is claimed holds, whatever else went wrong.
          const until = report.certifiedUntil[source]
          if (until !== null) {
            const claimed = yield* sandbox.history.mustHaveSeen({ source, from: since, to: Date.parse(until), during })
            const false_ = [...claimed].filter((id) => !ids.has(id))
            if (false_.length > 0) {
              at(`certified until ${until}, and ${false_.length} of ${source} are missing: ${false_[0]}`)
            }
          }
          if (report.exitCode === 0) {
            const latest = during.start - 103 * hour
            if (latest > since && (until === null || Date.parse(until) < latest)) {
              at(`${source} is certified until ${until} only`)
            }
          }
        }
        // Windows that prove nothing are named, one by one.
        const uncertified = found.certificates.filter((row) =>
          row["verdict"] === "uncertified" && row["run_id"] === `${seed}-${name}`
        )
        for (const window of uncertified) {
          if (!report.problems.some((problem) => problem.source === window["source"])) {
            at(
              `a window of ${String(window["source"])} from ${String(window["from_at"])} is uncertified, and not named`
            )
          }
        }
        // Every row is a version that was served.
        for (
          const [table, row] of [
            ...found.calls.map((row) => ["calls", row] as const),
            ...found.messages.map((row) => ["messages", row] as const)
          ]
        ) {
          for (const [kind, id, text] of publishedTexts(table, row)) {
            if (recorded.versions.get(`${kind} ${id}`)?.has(text) !== true) {
              at(
                `${id} was never served as ${text}, but as ${
                  [...recorded.versions.get(`${kind} ${id}`) ?? []].join(" or ")
                }`
              )
            }
          }
        }
        for (const row of found.conversations) {
          const key = `${String(row["line_number"])} ${String(row["contact_number"])}`
          if (recorded.versions.get(`conversation ${key}`)?.has(instant(row["last_activity_at"])) !== true) {
            at(`a conversation was never served as it is published`)
          }
        }
        // Nobody who was spoken to all the while is missing.
        if (report.exitCode === 0) {
          const keys = new Set(found.conversations.map((row) => `${row["line_number"]} ${row["contact_number"]}`))
          const must = yield* sandbox.history.mustHaveSeen({
            source: "allo",
            from: since + second,
            to: during.start,
            during
          })
          const missing = new Set<string>()
          for (const id of must) {
            const row = recorded.newest.get(id)
            if (row?.["allo_number"] === undefined || row["contact_number"] === null) continue
            const key = `${row["allo_number"]} ${row["contact_number"]}`
            if (!keys.has(key)) missing.add(key)
          }
          if (missing.size > 0) at(`${missing.size} conversations of ${keys.size} are missing`)
        }
        return found
      }).pipe(Effect.orDie)

    const runs = 1 + random.below(2)
    for (let number = 1; number <= runs; number++) {
      const stopAfter = random.chance(0.12) ? 500 + random.below(20_000) : null
      const result = yield* once(String(number), { full: number > 1 && random.chance(0.15), stopAfter })
      statuses.push(result.report.status)
      yield* check(String(number), result)
      if (healthy && ![0, 130].includes(result.report.exitCode)) {
        wrong.push(
          `run ${number}: a healthy account ends with ${result.report.exitCode}: ` +
            result.report.problems.map(({ message }) => message).join("; ")
        )
      }
      yield* sandbox.world.advance(Duration.minutes(random.chance(0.5) ? random.below(60) : random.below(2 * 24 * 60)))
    }

    // The world stops. In a storm it may take more than one run to read it to its end.
    yield* stop
    moving = false
    const full = seed % 2 === 0
    let last: ExportReport["status"] = "failed"
    let said = ""
    for (let attempt = 1; attempt <= attempts[profile] && last !== "certified"; attempt++) {
      recorded.recent.clear()
      const result = yield* once(`last${attempt}`, { full, stopAfter: null })
      last = result.report.status
      said = result.report.problems.map(({ message }) => message).join("; ")
      const found = yield* check(`last${attempt}`, result)
      if (last !== "certified") continue
      const now = result.during.end
      for (
        const [table, row] of [
          ...found.calls.map((row) => ["calls", row] as const),
          ...found.messages.map((row) => ["messages", row] as const)
        ]
      ) {
        for (const [kind, id, text] of publishedTexts(table, row)) {
          const newest = recorded.recent.get(`${kind} ${id}`)
          // A row that nobody serves any more stays as it was.
          if (newest !== undefined && !newest.has(text)) {
            wrong.push(`last run: ${id} is published as ${text}, and is ${[...newest].join(" or ")} by now`)
          }
        }
      }
      const must = yield* sandbox.history.mustHaveSeen({ source: "allo", from: since + second }).pipe(Effect.orDie)
      const unread = [...must].filter((id) =>
        !recorded.recent.has(`item ${id}`) &&
        (full || Date.parse(String(recorded.newest.get(id)?.["date"])) > now - 7 * day)
      )
      if (unread.length > 0) wrong.push(`last run: ${unread.length} items were not read again`)
      // The newest state of every conversation that lost nothing.
      const lost = new Set<string>()
      const newest = new Map<string, number>()
      const may = yield* sandbox.history.mayHaveSeen({ source: "allo" }).pipe(Effect.orDie)
      const still = yield* sandbox.history.mayHaveSeen({ source: "allo", during: { start: now, end: now } }).pipe(
        Effect.orDie
      )
      for (const id of may) {
        const row = recorded.newest.get(id)
        if (row?.["allo_number"] === undefined || row["contact_number"] === null) continue
        const key = `${row["allo_number"]} ${row["contact_number"]}`
        const date = Date.parse(String(row["date"]))
        if (!still.has(id)) lost.add(key)
        else newest.set(key, Math.max(newest.get(key) ?? 0, date))
      }
      for (const row of found.conversations) {
        const key = `${row["line_number"]} ${row["contact_number"]}`
        const date = newest.get(key)
        if (!lost.has(key) && date !== undefined && date !== Date.parse(instant(row["last_activity_at"]))) {
          wrong.push(
            `last run: a conversation stands at ${instant(row["last_activity_at"])}, not ${
              new Date(date).toISOString()
            }`
          )
        }
      }
    }
    if (profile !== "storm" && last !== "certified") {
      wrong.push(`the world stopped, and the last run was ${last}: ${said}`)
    }
    return { seed, profile, wrong, statuses, last, rows, requests, milliseconds: Math.round(performance.now() - began) }
  }).pipe(
    Effect.scoped,
    // What runs here waits as briefly as the world moves fast.
    (world) => Effect.suspend(() => Effect.withClock(world, quickened(speed).clock)),
    Logger.withMinimumLogLevel(LogLevel.None)
  )

/** How often something happens between two answers, and whether things vanish more often than a reader can bear. */
const movementOf = (random: Dice) => ({ often: random.next() * 0.6, rough: random.chance(0.3) })

/** People call, hang up, correct and delete, some hundred times as fast as on any account. */
const disturb = (sandbox: typeof Sandbox.Service, random: Dice, known: ReadonlyMap<string, Raw>, rough: boolean) =>
  Effect.gen(function*() {
    const ids = [...known.keys()]
    const id = ids[random.below(ids.length)]
    const now = yield* sandbox.world.now
    const seconds = random.chance(0.3) ? random.below(10_800) : random.below(300)
    // Most show up at once, some as late as they may.
    const ended = now - (random.chance(0.2) ? random.below(day) : random.below(60 * second))
    const startedAt = Math.floor((ended - seconds * second) / second + 1) * second
    const row = id === undefined ? undefined : known.get(id)
    const contact = row?.["contact_number"]
    const line = row?.["allo_number"]
    const kind = random.below(100)
    if (kind < 35) {
      yield* Effect.ignore(sandbox.world.arrive({
        source: "allo",
        seconds,
        startedAt,
        direction: random.chance(0.5) ? "INBOUND" : "OUTBOUND",
        ...typeof contact === "string" && typeof line === "string" && random.chance(0.7)
          ? { contactNumber: contact, line }
          : {}
      }))
    } else if (kind < 60) {
      const organizationId = sandbox.organizations[random.below(sandbox.organizations.length)]?.id ?? ""
      yield* Effect.ignore(sandbox.world.arrive({ source: "allomia", organizationId, seconds, startedAt }))
    } else if (id !== undefined) {
      if (kind < (rough ? 70 : 80)) yield* sandbox.world.setSummary(id, `Corrected at ${now}`)
      else if (kind < (rough ? 80 : 99)) yield* sandbox.world.setTags(id, [`tag-${now % 97}`])
      else yield* sandbox.world.remove(id)
    }
  })

const sourcesOf = (sandbox: typeof Sandbox.Service, answered: (url: URL, text: string) => void) =>
  Layer.scoped(
    Sources,
    Effect.gen(function*() {
      const allo = yield* Layer.build(
        Layer.mergeAll(Conversations.layer, Account.layer).pipe(
          Layer.provideMerge(AlloClient.layer({
            apiKey: Redacted.make(sandbox.keys.allo),
            baseUrl: sandbox.alloUrl,
            timeLimit: "20 seconds"
          }))
        )
      )
      const allomia = yield* Layer.build(
        Layer.mergeAll(Calls.layer, Organizations.layer).pipe(
          Layer.provideMerge(AllomiaClient.layer({
            apiKey: Redacted.make(sandbox.keys.allomia),
            baseUrl: sandbox.allomiaUrl,
            requestsPerSecond: 100_000,
            timeLimit: "20 seconds"
          }))
        )
      )
      return {
        allo: {
          client: Context.get(allo, AlloClient),
          conversations: Context.get(allo, Conversations),
          account: Context.get(allo, Account)
        },
        allomia: {
          client: Context.get(allomia, AllomiaClient),
          calls: Context.get(allomia, Calls),
          organizations: Context.get(allomia, Organizations),
          organizationIds: []
        }
      }
    })
  ).pipe(
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(Layer.succeed(FetchHttpClient.Fetch, async (input, init) => {
      const response = await globalThis.fetch(input, init)
      const bytes = await response.arrayBuffer()
      if (response.status === 200) {
        answered(new URL(input instanceof Request ? input.url : String(input)), new TextDecoder().decode(bytes))
      }
      return new Response(bytes, { status: response.status, headers: response.headers })
    }))
  )

const names = ["calls", "messages", "conversations", "certificates"] as const

/** All that a reader finds. */
const reading = (out: string) =>
  Effect.gen(function*() {
    const { session } = yield* DatasetReader
    const all = (table: (typeof names)[number]) =>
      existsSync(join(out, table))
        ? session.rows(
          `SELECT * FROM read_parquet('${out}/${table}/**/*.parquet', hive_partitioning = true, union_by_name = true)`
        )
        : Effect.succeed<ReadonlyArray<Raw>>([])
    return {
      calls: yield* all("calls"),
      messages: yield* all("messages"),
      conversations: yield* all("conversations"),
      certificates: yield* all("certificates")
    }
  }).pipe(Effect.provide(DatasetReader.layer({ out })))
