/** Thirty nights of a moving account, read by one folder that stays and by machines that begin with nothing but the lake. */
import { assert, it } from "@effect/vitest"
import { Masking, Personal, tables } from "@trunkline/calls"
import { Dataset, OwnTables, Session, Verify } from "@trunkline/dataset"
import { Stop } from "@trunkline/export/Stop"
import { Lake } from "@trunkline/lake/Lake"
import { ObjectStore, type Service } from "@trunkline/lake/ObjectStore"
import * as State from "@trunkline/lake/State"
import { Disk, DiskError } from "@trunkline/parquet"
import { S3, Sandbox } from "@trunkline/sandbox"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { existsSync, readdirSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { folder } from "../../../../packages/dataset/test/support.js"
import { exported, inStep, sources } from "../../../../packages/export/test/fixtures/account.js"
import { type Dice, dice } from "../../../../packages/export/test/fixtures/dice.js"
import { unhurried } from "../../../../packages/export/test/fixtures/runs.js"
import { lakeOf, type Request, watched } from "../../../../packages/lake/test/lakes.js"
import { sandboxStore } from "../../../../packages/lake/test/s3.js"

const seed = Number(process.env["NIGHTS_SEED"] ?? 7)
const account = "paris"

/** What a night moves to and from a store. */
const meter = () => {
  const moved = { requests: 0, removals: 0, sent: 0, fetched: 0, ofLog: 0, ofState: 0, data: new Array<string>() }
  const add = (request: Request, of: "sent" | "fetched", bytes: number) =>
    Effect.sync(() => {
      moved[of] += bytes
      if (request.key.startsWith("state/")) moved.ofState += bytes
      else if (request.key.includes("/_delta_log/")) moved.ofLog += bytes
      else if (of === "sent") moved.data.push(request.key)
    })
  const measured = (store: Service): Service => ({
    ...store,
    read: (key, options) =>
      Effect.tap(store.read(key, options), ({ length }) => add({ name: "read", key }, "fetched", length)),
    range: (key, range) =>
      Effect.tap(store.range(key, range), ({ length }) => add({ name: "range", key }, "fetched", length)),
    download: (key, path) =>
      Effect.tap(store.download(key, path), ({ bytes }) => add({ name: "download", key }, "fetched", bytes)),
    put: (key, bytes) => Effect.zipRight(add({ name: "put", key }, "sent", bytes.length), store.put(key, bytes)),
    putIfAbsent: (key, bytes) =>
      Effect.zipRight(add({ name: "putIfAbsent", key }, "sent", bytes.length), store.putIfAbsent(key, bytes)),
    upload: (key, path) =>
      Effect.tap(store.upload(key, path), ({ bytes }) => add({ name: "upload", key }, "sent", bytes))
  })
  const count = ({ name }: Request) =>
    Effect.sync(() => {
      moved[name === "remove" ? "removals" : "requests"] += 1
    })
  return { moved, over: (store: Service) => watched(measured(store), { before: count }) }
}

/** A machine that is lost at its n-th step: from then on, nothing that it does takes effect. */
const losing = (nth: number) => {
  let seen = 0
  const gone = new DiskError({ step: "write", path: "a lost machine", code: "EIO" })
  const step = () => Effect.suspend(() => ++seen >= nth ? gone : Effect.void)
  return { step, steps: () => seen }
}

interface Machine {
  readonly out: string
  readonly night: number
  readonly store: Service | null
  readonly step?: () => Effect.Effect<void, DiskError>
}

const lakeLayer = ({ out, store }: { readonly out: string; readonly store: Service }) =>
  Layer.merge(
    Lake.layer({ tables: [...tables, ...OwnTables.tables], temporary: `${out}-temporary` }),
    State.elsewhere
  ).pipe(Layer.provideMerge(Layer.merge(Layer.succeed(ObjectStore, store), Disk.layer)))

/** Exports, and pushes what came of it. */
const exporting = ({ night, out, step, store }: Machine) => {
  const disk = step === undefined
    ? Disk.layer
    : Disk.layerWatched((name) => name === "inspect" ? Effect.void : step())
  const dataset = Dataset.layer({
    out,
    tables,
    people: Personal.declaration,
    masking: Masking.make,
    activeAt: { conversations: "last_activity_at" },
    hints: { scopedBy: ["organization_id", "line_number"], detailsAt: { allomia: "details_at" } }
  }).pipe(Layer.provide(disk))
  const read = exported({ runId: `night ${night}`, transcripts: true })
  return store === null
    ? read.pipe(Effect.provide(Layer.mergeAll(sources(), Stop.layer, dataset)), inStep)
    : Effect.gen(function*() {
      const lake = yield* Lake
      if (!existsSync(out)) {
        yield* Effect.catchTag(lake.restore({ account, out }), "NoState", () => Effect.void)
      }
      return yield* Effect.gen(function*() {
        const report = yield* read
        const { carry } = yield* Dataset
        yield* carry((carried) => lake.push({ account, carried }))
        return report
      }).pipe(Effect.provide(Layer.mergeAll(sources(), Stop.layer, dataset)))
    }).pipe(Effect.provide(lakeLayer({ out, store })), inStep)
}

/** Calls and messages come, and what is known of some changes; of some, late. */
const live = (random: Dice, known: Array<string>) =>
  Effect.gen(function*() {
    const { organizations, world } = yield* Sandbox
    for (let left = 3 + random.below(15); left > 0; left--) {
      const organizationId = organizations[random.below(organizations.length)]?.id ?? ""
      const now = yield* world.now
      const startedAt = now - random.below(random.chance(0.1) ? 3 * 86_400_000 : 40_000_000) - 4_000_000
      known.push(
        yield* world.arrive(
          random.chance(0.3)
            ? { source: "allomia", organizationId, seconds: 60, startedAt }
            : { source: "allo", seconds: random.below(300), startedAt, ...random.chance(0.3) ? { type: "SMS" } : {} }
        )
      )
    }
    const some = () => known[known.length - 1 - random.below(Math.min(40, known.length))] ?? ""
    for (let left = random.below(4); left > 0; left--) yield* world.setSummary(some(), `Corrected ${random.below(97)}`)
    for (let left = random.below(3); left > 0; left--) yield* world.setTags(some(), [`tag ${random.below(9)}`])
    if (random.chance(0.4)) yield* world.remove(some())
  })

/** When a row was read. */
const ofItsRun = new Set(["exported_at"])
/** That it was, and not the moment. */
const moments = new Set(["details_at", "gone_at", "first_seen_at", "last_seen_at"])

const rowsOf = (out: string) =>
  Effect.gen(function*() {
    const session = yield* Session.make({ temporary: `${out}-reader` })
    const found: Record<string, ReadonlyArray<string>> = {}
    for (const name of readdirSync(out).toSorted()) {
      // Runs, and the moments of their windows, are what one machine did.
      if (
        name.startsWith("_") || name === "runs" || name === "certificates" || !statSync(join(out, name)).isDirectory()
      ) continue
      const rows = yield* session.rows(
        `SELECT * FROM read_parquet('${out}/${name}/**/*.parquet', hive_partitioning = true, union_by_name = true)`
      )
      found[name] = rows.map((row) =>
        JSON.stringify(row, (key, value) => ofItsRun.has(key) ? undefined : moments.has(key) ? value !== null : value)
      ).toSorted()
    }
    return found
  }).pipe(Effect.scoped)

const sizeOf = (store: Service) =>
  State.latest(account).pipe(
    Effect.provideService(ObjectStore, store),
    Effect.map((found) => {
      const manifest = found._tag === "Some" ? found.value : null
      const sum = (all: ReadonlyArray<{ readonly bytes: number }>) => all.reduce((sum, { bytes }) => sum + bytes, 0)
      return { data: sum(manifest?.files ?? []), packs: sum(manifest?.packs ?? []) }
    })
  )

const kilobytes = (bytes: number) => `${Math.round(bytes / 1024)} KiB`.padStart(9)

const lived = <R>(count: number, store: Effect.Effect<Service, unknown, R | Scope.Scope>) =>
  Effect.gen(function*() {
    const root = yield* folder
    const random = dice(seed)
    const inner = yield* store
    const { world } = yield* Sandbox
    const known: Array<string> = []
    const stayed = join(root, "stayed")
    const quiet: Array<{ readonly sent: number; readonly requests: number; readonly whole: number }> = []
    let [lost, steps] = [0, 300]
    for (let night = 1; night <= count; night++) {
      yield* world.advance("1 day")
      const isQuiet = night % 5 === 4
      if (!isQuiet) yield* live(random, known)
      const report = yield* exporting({ out: stayed, night, store: null })
      assert.include([0, 3, 4], report.exitCode, `night ${night}: ${JSON.stringify(report.problems)}`)
      if (night % 3 === 0) {
        const out = join(root, `lost-${night}`)
        const { step } = losing(1 + random.below(steps))
        const ended = yield* Effect.either(
          exporting({ out, night, step, store: watched(inner, { before: step, after: step }) })
        )
        if (ended._tag === "Left") lost += 1
        rmSync(out, { recursive: true, force: true })
      }
      const out = join(root, `machine-${night}`)
      const { moved, over } = meter()
      const counted = losing(Number.POSITIVE_INFINITY)
      const other = yield* exporting({
        out,
        night,
        step: counted.step,
        store: watched(over(inner), { before: counted.step, after: counted.step })
      })
      steps = counted.steps()
      assert.deepStrictEqual(other.exitCode, report.exitCode, `night ${night}`)
      const { data, packs } = yield* sizeOf(inner)
      yield* Effect.logInfo(
        `night ${String(night).padStart(2)} ${isQuiet ? "quiet" : "busy "} ${
          String(moved.requests).padStart(4)
        } requests, ${String(moved.removals).padStart(3)} removals,` +
          ` sent ${kilobytes(moved.sent)}, fetched ${kilobytes(moved.fetched)} (state ${
            kilobytes(moved.ofState)
          }, logs ${kilobytes(moved.ofLog)}); the lake: ${kilobytes(data)} of rows,` +
          ` ${kilobytes(packs)} of state`
      )
      if (isQuiet) {
        // Some months that are settled are read again each night, and none is sent.
        const recent = DateTime.formatIso(DateTime.unsafeMake((yield* world.now) - 40 * 86_400_000)).slice(0, 7)
        const months = moved.data.flatMap((key) => /^(?!certificates).*\/month=([^/]+)\//.exec(key)?.[1] ?? [])
        assert.isAbove(months.length, 0)
        assert.deepStrictEqual(months.filter((month) => month < recent), [], `night ${night}`)
        quiet.push({ sent: moved.sent, requests: moved.requests, whole: data + packs })
      }
      if (night < count) rmSync(out, { recursive: true })
      else {
        yield* exporting({ out, night: night + 1, store: inner })
        yield* exporting({ out: stayed, night: night + 1, store: null })
        yield* Effect.provide(
          Effect.flatMap(Dataset, (dataset) => dataset.fetch),
          Dataset.layer({ out, tables }).pipe(Layer.provide(lakeLayer({ out, store: inner })))
        )
        const [mine, theirs] = [yield* rowsOf(out), yield* rowsOf(stayed)]
        assert.deepStrictEqual(Object.keys(mine), Object.keys(theirs))
        for (const [name, rows] of Object.entries(theirs)) assert.deepStrictEqual(mine[name], rows, name)
        assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
        yield* Effect.logInfo(
          `${
            Object.entries(theirs).map(([name, rows]) => `${name} ${rows.length}`).join(", ")
          }: equal; seed ${seed}, ${lost} lost`
        )
      }
    }
    assert.isAbove(lost, 0)
    return quiet
  }).pipe(
    Effect.provide(
      Sandbox.layer({ ...unhurried, size: 300, allomiaCalls: 40, organizations: 2, days: 90, movement: false })
    )
  )

it.scopedLive("in a folder: the last one holds what the folder that stayed holds", () =>
  Effect.gen(function*() {
    const quiet = yield* lived(
      Number(process.env["NIGHTS"] ?? 30),
      Effect.flatMap(folder, (place) => Effect.provide(ObjectStore, lakeOf(place)))
    )
    // Removals follow what the busy nights before have replaced.
    for (const { requests, sent, whole } of quiet) {
      assert.isBelow(sent, whole / 2)
      assert.isBelow(requests, 250)
    }
  }), 1_200_000)

/** A store that refuses a request of another time than its own. */
const inItsTime = (store: Service): Service => {
  const now = Effect.withClock(Clock.make())
  return {
    place: store.place,
    read: (key, options) => now(store.read(key, options)),
    range: (key, range) => now(store.range(key, range)),
    download: (key, path) => now(store.download(key, path)),
    put: (key, bytes) => now(store.put(key, bytes)),
    putIfAbsent: (key, bytes) => now(store.putIfAbsent(key, bytes)),
    upload: (key, path) => now(store.upload(key, path)),
    list: (prefix, options) =>
      Stream.unwrap(Effect.map(now(Stream.runCollect(store.list(prefix, options))), Stream.fromChunk)),
    remove: (key) => now(store.remove(key))
  }
}

it.scopedLive(
  "in a bucket: the last one holds what the folder that stayed holds",
  () => lived(6, Effect.map(sandboxStore(), inItsTime)).pipe(Effect.provide(S3.layer())),
  600_000
)
