/** One table straight into one file: the rows of an export, each once, whatever the walks could prove. */
import { assert, describe, it } from "@effect/vitest"
import { Calls, Messages, Utterances } from "@trunkline/calls"
import * as Pull from "@trunkline/export/Pull"
import { Stop } from "@trunkline/export/Stop"
import { Disk, ParquetFile, ParquetJsLite } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import { DateTime, Effect, Layer, Option } from "effect"
import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { folder, inStep, type Keys, sources } from "../fixtures/account.js"
import { rows as rowsIn, tampered } from "../fixtures/proxy.js"
import { day, reading, rowsOf, run, unhurried } from "../fixtures/runs.js"

const small = { ...unhurried, size: 600, allomiaCalls: 200, organizations: 3, days: 40, movement: false } as const
const world = Sandbox.layer(small)

const disk = Layer.merge(Disk.layer, ParquetJsLite.layer)

const pull = (to: string, options: Pull.Options, keys: Keys) =>
  Pull.run(options, ParquetFile.sinkColumns(options.table.columns, { path: to })).pipe(
    Effect.provide(Layer.mergeAll(sources(keys), Stop.layer, disk)),
    (run) => inStep(run)
  )

/** Rows of a file as DuckDB reads them, without when they were read. */
const inFile = (out: string, file: string) => reading(out, ({ session }) => session.rows(`SELECT * FROM '${file}'`))

const told = (rows: ReadonlyArray<Readonly<Record<string, unknown>>>) =>
  rows.map((row) =>
    JSON.stringify(
      Object.entries(row).filter(([name]) => name !== "exported_at" && name !== "source" && name !== "month")
        .map(([name, value]) =>
          name === "details_at"
            ? value !== null
            : name.endsWith("_at") && typeof value === "string"
            // parquetjs-lite marks no zone.
            ? `${value.replace(" ", "T").replace(/(\+00|Z)$/, "")}`
            : [name, value]
        )
    )
  ).toSorted()

describe("a file holds the rows of an export of the same range", () => {
  for (
    const [source, table, transcripts] of [
      ["allo", Calls.table, false],
      ["allo", Messages.table, false],
      ["allo", Utterances.table, true],
      ["allomia", Calls.table, false]
    ] as const
  ) {
    it.scopedLive(`${table.name} of ${source}`, () =>
      Effect.gen(function*() {
        const here = yield* folder
        const out = join(here, "data")
        const file = join(here, "file.parquet")
        const now = yield* Effect.flatMap(Sandbox, ({ world }) => world.now)
        const since = DateTime.unsafeMake(Math.floor(now / day) * day - 30 * day)
        const range = { since, until: DateTime.add(since, { days: 20 }) }
        const keys = source === "allo" ? { allomia: null } : { allo: null }
        assert.strictEqual((yield* run(out, { ...range, transcripts }, keys)).exitCode, 0)
        const { report, result } = yield* pull(file, { table, transcripts, ...range }, keys)
        assert.deepStrictEqual([report.exitCode, report.problems, report.windows.uncertified], [0, [], 0])
        assert.isAbove(report.windows.certified, 0)
        assert.deepStrictEqual([report.from, report.until], [
          DateTime.formatIso(range.since),
          DateTime.formatIso(range.until)
        ])
        const found = yield* inFile(out, file)
        assert.isAbove(found.length, 50)
        assert.strictEqual(Option.getOrThrow(result).rows, found.length)
        assert.deepStrictEqual(told(found), told(yield* rowsOf(out, table.name)))
        assert.deepStrictEqual(readdirSync(here).toSorted(), ["data", "file.parquet"])
      }).pipe(Effect.provide(world)))
  }

  it.scopedLive("also without details, which the calls of a clinic then lack", () =>
    Effect.gen(function*() {
      const here = yield* folder
      const out = join(here, "data")
      const file = join(here, "file.parquet")
      yield* run(out, { details: false }, { allo: null })
      const { history } = yield* Sandbox
      const before = yield* history.total
      const { report } = yield* pull(file, { table: Calls.table, details: false }, { allo: null })
      assert.isBelow((yield* history.total) - before, 60)
      assert.strictEqual(report.requests.total, (yield* history.total) - before)
      assert.strictEqual(report.exitCode, 0)
      const found = yield* inFile(out, file)
      assert.deepStrictEqual(told(found), told(yield* rowsOf(out, "calls")))
      assert.deepStrictEqual(new Set(found.map((row) => row["primary_intent"])), new Set([null]))
    }).pipe(Effect.provide(world)))
})

describe("where a window cannot be proved", () => {
  it.scopedLive("the file is whole, and the report names the window and says why", () =>
    Effect.gen(function*() {
      const { control, sandbox } = yield* tampered
      const here = yield* folder
      const out = join(here, "data")
      const file = join(here, "file.parquet")
      const since = DateTime.subtract(DateTime.unsafeMake(yield* Effect.flatMap(Sandbox, ({ world }) => world.now)), {
        days: 8
      })
      const range = { since, until: DateTime.add(since, { days: 4 }) }
      yield* run(out, range, { allomia: null })
      writeFileSync(file, "what was there before")
      // Every page says one row more than there are, and every count is right.
      control.tamper = (asked, { body, status }) => ({
        status,
        body: asked.body.includes("\"size\":100")
          ? body.replace(/"total_count":(\d+)/, (_, total: string) => `"total_count":${Number(total) + 1}`)
          : body
      })
      const { report, result } = yield* pull(file, { table: Calls.table, ...range }, { allomia: null }).pipe(
        Effect.provideService(Sandbox, sandbox)
      )
      assert.strictEqual(report.exitCode, 4)
      assert.isAbove(report.windows.uncertified, 0)
      assert.match(
        report.problems.find(({ tag }) => tag === "Uncertified")?.message ?? "",
        /^\d{4}-\d\d-\d\d .*could not be proved complete: the API says \d+ rows/
      )
      assert.isTrue(Option.isSome(result))
      assert.deepStrictEqual(told(yield* inFile(out, file)), told(yield* rowsOf(out, "calls")))
    }).pipe(Effect.provide(world)))

  it.scopedLive("a record that cannot be a row is left out, and told", () =>
    Effect.gen(function*() {
      const { control, sandbox } = yield* tampered
      const here = yield* folder
      const { history } = yield* Sandbox
      const calls = [...yield* history.mayHaveSeen({ source: "allo", type: "CALL" })]
      const [bad] = calls
      control.tamper = (_, { body, status }) => ({
        status,
        body: rowsIn(body, (row) => row["id"] === bad ? { ...row, type: "FAX" } : row)
      })
      const { report, result } = yield* pull(join(here, "file.parquet"), { table: Calls.table }, { allomia: null })
        .pipe(
          Effect.provideService(Sandbox, sandbox)
        )
      assert.strictEqual(report.exitCode, 4)
      assert.deepStrictEqual(report.problems.map(({ tag }) => tag), ["UnreadableRows"])
      assert.match(report.problems[0]?.message ?? "", /^One record could not be read as rows, and is left out/)
      assert.strictEqual(Option.getOrThrow(result).rows, calls.length - 1)
    }).pipe(Effect.provide(world)))
})

describe("where reading breaks off", () => {
  for (const [status, tag] of [[401, "Unauthorized"], [422, "Invalid"]] as const) {
    it.scopedLive(`with ${status}, the file holds what was read`, () =>
      Effect.gen(function*() {
        const { control, sandbox } = yield* tampered
        const here = yield* folder
        const out = join(here, "data")
        const file = join(here, "file.parquet")
        yield* run(out, {}, { allomia: null })
        let pages = 0
        control.tamper = (asked, answered) => {
          if (asked.body.includes("\"size\":100")) pages += 1
          return pages > 3 ? { status, body: "{}" } : answered
        }
        const { report } = yield* pull(file, { table: Calls.table }, { allomia: null }).pipe(
          Effect.provideService(Sandbox, sandbox)
        )
        assert.strictEqual(report.exitCode, 4)
        assert.include(report.problems.map((problem) => problem.tag), tag)
        const [found, all] = [told(yield* inFile(out, file)), new Set(told(yield* rowsOf(out, "calls")))]
        assert.isAbove(found.length, 0)
        assert.isBelow(found.length, all.size)
        assert.strictEqual(new Set(found).size, found.length)
        assert.isTrue(found.every((row) => all.has(row)))
      }).pipe(Effect.provide(world)))
  }
})

describe("no file is written, and one that is there stays", () => {
  const untouched = (here: string) => assert.deepStrictEqual(readdirSync(here), [])

  it.scopedLive("where the key is refused", () =>
    Effect.gen(function*() {
      const here = yield* folder
      const { report, result } = yield* pull(join(here, "file.parquet"), { table: Calls.table }, {
        allo: "wrong",
        allomia: null
      })
      assert.deepStrictEqual([report.exitCode, report.problems.map(({ tag }) => tag)], [3, ["Unauthorized"]])
      assert.isTrue(Option.isNone(result))
      assert.deepStrictEqual([report.from, report.until], [null, null])
      untouched(here)
    }).pipe(Effect.provide(world)))

  it.scopedLive("where the run is asked to stop", () =>
    Effect.gen(function*() {
      const here = yield* folder
      const stopped = Layer.unwrapEffect(Effect.map(Sandbox, ({ history }) =>
        Layer.succeed(Stop, {
          request: Effect.void,
          requested: Effect.map(history.total, (total) => total > 8),
          wait: Effect.never
        })))
      const { report, result } = yield* Pull.run(
        { table: Calls.table },
        ParquetFile.sinkColumns(Calls.table.columns, { path: join(here, "file.parquet") })
      ).pipe(Effect.provide(Layer.mergeAll(sources({ allomia: null }), stopped, disk)), (run) => inStep(run))
      assert.strictEqual(report.exitCode, 130)
      assert.isTrue(Option.isNone(result))
      untouched(here)
    }).pipe(Effect.provide(world)))
})
