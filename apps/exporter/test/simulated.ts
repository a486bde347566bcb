/** Small worlds by the thousand: several runs over each, and what every claim of these runs is worth. */
import { Account, AlloClient, Conversations } from "@trunkline/allo"
import { AllomiaClient, Calls, Organizations } from "@trunkline/allomia"
import { Dataset, type DatasetError } from "@trunkline/dataset"
import { Clock, Context, DateTime, Duration, Effect, Layer, Option } from "effect"
import { mkdirSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Export from "../src/Export.js"
import type { ExportReport } from "../src/ExportReport.js"
import { Progress } from "../src/Progress.js"
import * as Days from "../src/reading/Days.js"
import { Sources } from "../src/Sources.js"
import { Stop } from "../src/Stop.js"
import * as Api from "./simulatedApi.js"
import * as Memory from "./simulatedDataset.js"

/** The text of the views is the one thing a run writes besides its dataset. */
export const folder = (): string => {
  const out = mkdtempSync(join(tmpdir(), "trunkline-simulated-"))
  mkdirSync(join(out, "_trunkline"))
  return out
}

const { day, dice, hour, minute, second } = Api

const sourcesOf = (world: Api.World): Layer.Layer<Sources> =>
  Layer.effect(
    Sources,
    Effect.gen(function*() {
      const allo = yield* Effect.context<AlloClient | Conversations | Account>()
      const allomia = yield* Effect.context<AllomiaClient | Calls | Organizations>()
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
          organizationIds: [Api.organization]
        }
      }
    })
  ).pipe(
    Layer.provide(
      Layer.mergeAll(Conversations.layer, Account.layer, Calls.layer, Organizations.layer).pipe(
        Layer.provideMerge(
          Layer.merge(
            Layer.succeed(AlloClient, Api.alloClient(world)),
            Layer.succeed(AllomiaClient, Api.allomiaClient(world))
          )
        )
      )
    )
  )

/** The world's time, wrong by so much on this machine. Nobody wakes up: there is nothing to wait for. */
const clockOf = (world: Api.World, skew: number): Clock.Clock => ({
  [Clock.ClockTypeId]: Clock.ClockTypeId,
  unsafeCurrentTimeMillis: () => world.now + skew,
  unsafeCurrentTimeNanos: () => BigInt(Math.floor(world.now + skew)) * 1_000_000n,
  currentTimeMillis: Effect.sync(() => world.now + skew),
  currentTimeNanos: Effect.sync(() => BigInt(Math.floor(world.now + skew)) * 1_000_000n),
  sleep: () => Effect.never
})

export interface Tally {
  readonly seed: number
  /** What must not be. */
  readonly wrong: ReadonlyArray<string>
  readonly still: boolean
  readonly runs: { readonly [Status in ExportReport["status"]]: number }
  readonly windows: { readonly certified: number; readonly open: number; readonly uncertified: number }
  readonly answers: number
}

/** What a world is like follows from its seed. */
export const characterOf = (random: Api.Dice): { readonly still: boolean; readonly character: Api.Character } => {
  const still = random.chance(0.15)
  const often = (share: number, most: number) => !still && random.chance(share) ? random.next() * most : 0
  // Who never tells a total can leave out whatever it wants.
  const silent = !still && random.chance(0.02)
  return {
    still,
    character: {
      zone: random.chance(0.3) ? random.chance(0.5) ? -12 : 14 : random.below(27) - 12,
      toIsIncluded: random.chance(0.5),
      stamp: random.chance(0.5) ? "callStartedAt" : "createdAt",
      pageSize: 3 + random.below(6),
      widest: random.chance(0.4) ? 2 + random.below(4) : Number.POSITIVE_INFINITY,
      deepest: !still && random.chance(0.15) ? 1 + random.below(4) : Number.POSITIVE_INFINITY,
      ties: !still && random.chance(0.5),
      deletions: often(0.6, 0.4),
      arrivals: often(0.6, 0.4),
      edits: often(0.5, 0.5),
      lies: silent ? 0 : often(0.4, 0.4),
      failures: often(0.25, 0.15),
      pauses: often(0.3, 0.05),
      silent
    }
  }
}

const iso = (millis: number): string => new Date(millis).toISOString()

/** Whether a claim holds: every row that is visible now and lies in it has been kept. */
const lacking = (
  world: Api.World,
  kept: ReadonlySet<string>,
  claim: { readonly from: number; readonly to: number },
  calls: boolean
) =>
  world.visible().filter((row) =>
    row.at >= claim.from && row.at < claim.to && (row.call || !calls) && !kept.has(row.id)
  )

export const simulate = (seed: number, out: string): Effect.Effect<Tally, DatasetError.LedgerError> =>
  Effect.gen(function*() {
    const random = dice(seed)
    const { character, still } = characterOf(random)
    // More often than not just when a day has come to hold still in the last of all zones.
    const startsAt = Date.UTC(2026, 1, 10 + random.below(30)) +
      (random.chance(0.5) ? (16 + random.below(2) * 8) * hour + random.below(30 * minute) : random.below(day))
    const days = 1 + random.below(6)
    const world = new Api.World(random, character, { startsAt, days, rows: random.below(45) })
    const memory = Memory.memory(out)
    const skew = random.chance(0.2) ? (random.below(72) - 36) * hour : 0
    const since = startsAt - Math.floor(random.next() * (days + 1) * day)
    const lookback = Duration.hours(random.chance(0.3) ? 0 : random.below(24 * 5))
    const concurrency = 1 + random.below(4)
    const wrong: Array<string> = []
    const statuses = { certified: 0, partial: 0, failed: 0, interrupted: 0 }
    const windows = { certified: 0, open: 0, uncertified: 0 }
    world.moving = !still

    const idsOf = (shelf: string, column: string) =>
      [...memory.tables.get(shelf)?.values() ?? []].map(({ row }) => String(row[column]))
    const once = (number: number, last: boolean) =>
      Effect.gen(function*() {
        const stopAt = !last && random.chance(0.1) ? world.answers + random.below(60) : Number.POSITIVE_INFINITY
        const began = world.now
        const proofsBefore = memory.proofs.length
        const stop = yield* Effect.map(Layer.build(Stop.layer), (context) => Context.get(context, Stop))
        world.onAnswer = () => {
          if (world.answers >= stopAt) Effect.runSync(stop.request)
        }
        const report = yield* Export.run({
          runId: `run-${number}`,
          since: number === 1 || random.chance(0.5) ? Option.some(DateTime.unsafeMake(since)) : Option.none(),
          until: Option.none(),
          full: random.chance(0.1),
          lookback,
          transcripts: false,
          details: false,
          contacts: [],
          concurrency
        }).pipe(Effect.provideService(Stop, stop))
        const at = (text: string) => wrong.push(`run ${number}, begun ${iso(began)}: ${text}`)
        statuses[report.status] += 1
        for (const verdict of ["certified", "open", "uncertified"] as const) windows[verdict] += report.windows[verdict]
        if (report.problems.some(({ tag }) => tag === "Unexpected")) at("something unexpected happened")
        if (report.problems.some(({ tag }) => tag === "NoProgress")) at("a small world is taken for an endless one")

        const allo = new Set([...idsOf("allo messages", "message_id"), ...idsOf("allo calls", "call_id")])
        const allomia = new Set(idsOf("allomia calls", "call_id"))
        return { allo, allomia, at, began, last, proofsBefore, report }
      }).pipe(Effect.scoped)

    const check = ({ allo, allomia, at, began, last, proofsBefore, report }: Effect.Effect.Success<
      ReturnType<typeof once>
    >) =>
      Effect.gen(function*() {
        // No claim is false, of this run or of one before.
        for (const interval of yield* memory.service.intervals({ source: "allo", scope: "team-1", stream: "items" })) {
          const { from, to } = Days.inside(interval)
          for (const row of lacking(world, allo, { from: from.epochMillis, to: to.epochMillis }, false)) {
            at(`false certificate of Allo for ${iso(row.at)}, ${row.id}, visible since ${iso(row.born)}`)
          }
        }
        for (
          const { from, to } of yield* memory.service.intervals({
            source: "allomia",
            scope: Api.organization,
            stream: "calls"
          })
        ) {
          for (const row of lacking(world, allomia, { from: from.epochMillis, to: to.epochMillis }, true)) {
            at(`false certificate of Allomia for ${iso(row.at)}, ${row.id}, visible since ${iso(row.born)}`)
          }
        }
        for (const [source, kept] of [["allo", allo], ["allomia", allomia]] as const) {
          const until = report.certifiedUntil[source]
          if (until === null) continue
          const claim = { from: since, to: Date.parse(until) }
          for (const row of lacking(world, kept, claim, source === "allomia")) {
            at(`certifiedUntil of ${source} is ${until}, and ${row.id} of ${iso(row.at)} is missing`)
          }
        }
        // Nothing is made up, and what was kept is a version that was served.
        for (
          const [shelf, column, text] of [
            ["allo messages", "message_id", "content"],
            ["allo calls", "call_id", "summary"],
            ["allomia calls", "call_id", "agent_name"]
          ] as const
        ) {
          for (const { row } of memory.tables.get(shelf)?.values() ?? []) {
            const version = /^version (\d+)$/.exec(String(row[text]))?.[1]
            if (version === undefined || world.served.get(String(row[column]))?.has(Number(version)) !== true) {
              at(`${String(row[column])} says ${String(row[text])}, which was not served`)
            }
          }
        }
        // An end without a complaint has everything that was there all the while, in the unsettled part as well.
        const named = (source: string) =>
          report.problems.some((problem) => problem.source === source && problem.tag !== "ClockSkew")
        if (report.exitCode !== 130) {
          for (const [source, kept] of [["allo", allo], ["allomia", allomia]] as const) {
            if (named(source)) continue
            for (const row of lacking(world, kept, { from: since, to: began + second }, source === "allomia")) {
              if (row.born < began) at(`${source}: ${row.id} of ${iso(row.at)} was there all the time, and is missing`)
            }
          }
          if (!named("allo")) {
            const rows = memory.tables.get("allo conversations")
            for (const line of Api.lines) {
              for (const newest of world.conversationsOf(line)) {
                const { contact } = newest
                const all = world.rows.filter((row) => row.line === line && row.contact === contact)
                if (!all.some((row) => row.born < began && row.died > world.now && row.at > since)) continue
                const found = rows?.get(JSON.stringify([line, contact]))?.row
                const told = found?.["last_activity_at"]
                if (found === undefined) at(`the conversation of ${line} with ${contact} is missing`)
                else if (
                  !world.moving && !world.shrunk.has(`${line} ${contact}`) &&
                  !(DateTime.isDateTime(told) && DateTime.toEpochMillis(told) === newest.at)
                ) at(`the conversation of ${line} with ${contact} is an old one`)
              }
            }
          }
        }
        const proofs = memory.proofs.slice(proofsBefore)
        const uncertified = proofs.filter(({ verdict }) => verdict === "uncertified").length
        if ((uncertified > 0 || report.windows.uncertified > 0) && report.exitCode === 0) {
          at("uncertified, and exit code 0")
        }
        if (report.problems.length < report.windows.uncertified) {
          at(`${report.windows.uncertified} windows are uncertified, and ${report.problems.length} problems told`)
        }
        if (still && report.exitCode !== 130) {
          if (
            report.exitCode !==
              (Math.abs(skew) > day + minute ? 4 : Math.abs(skew) < day - minute ? 0 : report.exitCode)
          ) {
            at(`a world that holds still ends with ${report.exitCode}`)
          }
          const again = proofs.find(({ passes, stream, verdict }) =>
            stream !== "conversations" && verdict === "certified" && passes > 1
          )
          if (again !== undefined) at(`a list that holds still was read ${again.passes} times`)
          // A run that was stopped may not even have said from when on it was asked.
          for (
            const [source, settled] of statuses.interrupted > 0
              ? []
              : [["allo", 102 * hour], ["allomia", 57 * hour]] as const
          ) {
            const until = report.certifiedUntil[source]
            // The earlier clock decides.
            const now = began + Math.min(0, skew)
            if (until === null ? now - since > settled : Date.parse(until) < now - settled) {
              at(`${source} is certified until ${until} only`)
            }
          }
        }
        if (last && character.lies + character.failures === 0 && !character.silent && character.deepest > 100) {
          if (report.problems.some(({ tag }) => tag === "Uncertified") && !character.ties) {
            at("a world that stopped is not certified")
          }
        }
      })

    const runs = 2 + random.below(2)
    yield* Effect.gen(function*() {
      for (let number = 1; number <= runs; number++) {
        const last = number === runs
        if (last) world.moving = false
        yield* check(yield* once(number, last))
        // Between two runs the world goes on unwatched.
        world.now += random.chance(0.2) ? random.below(20 * minute) : random.below(3 * day)
      }
    }).pipe(
      Effect.withClock(clockOf(world, skew)),
      Effect.provide(sourcesOf(world)),
      Effect.provideService(Dataset, memory.service),
      Effect.provide(Progress.layerSilent)
    )
    return { seed, wrong, still, runs: statuses, windows, answers: world.answers }
  })
