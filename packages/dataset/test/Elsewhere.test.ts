/** A dataset whose files are elsewhere: no row is ever missing from an answer, and a file is fetched when it is touched. */
import { assert, describe, it } from "@effect/vitest"
import { DatasetReader, Elsewhere, Snapshot, Verify } from "@trunkline/dataset"
import * as Interval from "@trunkline/dataset/Interval"
import * as Effect from "effect/Effect"
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { awayOf, carryAway, contents, layer, published } from "./elsewhere.js"
import { folder } from "./support.js"
import {
  call,
  landing,
  line,
  ofCalls,
  ofLines,
  ofThreads,
  proof,
  read,
  seen,
  tables,
  thread,
  utc,
  within
} from "./tables.js"

const october = "calls/source=allo/month=2026-10/data.parquet"
const november = "calls/source=allo/month=2026-11/data.parquet"
const december = "calls/source=allo/month=2026-12/data.parquet"

const parts = (answer: number) => [
  ofCalls(read(
    answer,
    call("a"),
    call("b", { started_at: utc("2026-12-01T00:00:00Z") }),
    call("o", { started_at: utc("2026-10-02T00:00:00Z") })
  )),
  ofLines(read(answer, line("a", 0, "one"), line("a", 1, "two"))),
  ofThreads(read(answer, thread("+2")))
]

/** A dataset with six files, all of which are elsewhere. */
const carried = Effect.gen(function*() {
  const out = join(yield* folder, "out")
  yield* within(out, (dataset) => Effect.zipRight(dataset.land(landing(parts(1), { proof: proof() })), dataset.publish))
  return { out, files: carryAway(out) }
})

const list = {
  source: "allo",
  tables: [{ table: "calls", id: "call_id", at: "started_at" }],
  only: null
}

const reading = <A, E>(out: string, use: (dataset: DatasetReader["Type"]) => Effect.Effect<A, E>) =>
  Effect.flatMap(DatasetReader, use).pipe(Effect.provide(DatasetReader.layer({ out })))

describe("files that are elsewhere", () => {
  it.scopedLive("are fetched by a publish that touches them, and no others", () =>
    Effect.gen(function*() {
      const { out } = yield* carried
      const fetched: Array<string> = []
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          assert.deepStrictEqual(fetched, [])
          yield* dataset.land(landing([ofCalls(read(2, call("n")))]))
          const done = yield* dataset.publish
          assert.deepStrictEqual([done.new, done.updated, done.damaged.length], [1, 0, 0])
          assert.deepStrictEqual(fetched.filter((path) => path.startsWith("calls/")), [november])
          // What was there is there still, beside what is new.
          assert.deepStrictEqual((yield* seen(dataset, "calls", "call_id")).map((row) => row["call_id"]), ["a", "n"])
        })).pipe(Effect.provide(layer(out, fetched)))
    }))

  it.scopedLive("are no damage to an inspection, and a file that is here and changed is", () =>
    Effect.gen(function*() {
      const { out } = yield* carried
      const fetched: Array<string> = []
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          const first = yield* dataset.inspect
          assert.deepStrictEqual([first.findings.length, first.checked.files, first.checked.of], [0, 0, 6])
          yield* dataset.land(landing([ofCalls(read(2, call("n")))]))
          yield* dataset.publish
          writeFileSync(join(out, november), "other")
          const { findings } = yield* dataset.inspect
          assert.deepStrictEqual(findings.map(({ problem }) => problem._tag), ["ChangedFile"])
          // It was published since, so that the one elsewhere is another.
          rmSync(join(out, november))
          const after = yield* dataset.inspect
          assert.deepStrictEqual(after.findings.map(({ problem }) => problem._tag), ["MissingFile"])
        })).pipe(Effect.provide(layer(out, fetched)))
    }))

  it.scopedLive("refuse every reader that needs all rows, and none of the others", () =>
    Effect.gen(function*() {
      const { files, out } = yield* carried
      const refused = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.map(Effect.flip(effect), (error) => {
          assert.strictEqual(error._tag, "FilesElsewhere")
          assert.include("message" in error ? error.message : "", `${files.length} published files`)
        })
      yield* refused(Verify.folder({ out, tables }))
      yield* refused(Elsewhere.demandAll(out))
      yield* refused(Effect.scoped(Snapshot.make(out, Effect.succeed([]))))
      yield* reading(out, (dataset) =>
        Effect.gen(function*() {
          yield* refused(dataset.held(list, null))
          yield* refused(dataset.heldIds(list, null))
          yield* refused(dataset.heldAmong(list, ["a"]))
          yield* refused(dataset.heldValues(list, "call_id"))
          yield* refused(dataset.published("calls", "allo"))
          assert.deepStrictEqual(yield* dataset.rows, { calls: 3, lines: 2, threads: 1, certificates: 1 })
          const { holdings, problems } = yield* dataset.overview
          assert.deepStrictEqual(problems, [])
          assert.deepStrictEqual(
            holdings.map(({ elsewhere, gone, table }) => [table, elsewhere, gone]),
            [["calls", 3, null], ["certificates", 1, null], ["lines", 1, null], ["threads", 1, null]]
          )
        }))
    }))

  it.scopedLive("are not opened for writing without what fetches them, and nothing is written", () =>
    Effect.gen(function*() {
      const { out } = yield* carried
      const before = contents(out)
      for (const damaged of [false, true]) {
        const error = yield* Effect.flip(within(out, (dataset) => dataset.publish, { damaged }))
        assert.strictEqual(error._tag, "FilesElsewhere")
      }
      const after = contents(out)
      for (const name of Object.keys(after).filter((name) => /lock\./.test(name))) assert.isTrue(name in before)
      assert.deepStrictEqual(
        Object.entries(after).filter(([name]) => !/lock\./.test(name)),
        Object.entries(before).filter(([name]) => !/lock\./.test(name))
      )
    }))

  it.scopedLive("are all fetched once they are asked for, with the modes of the others", () =>
    Effect.gen(function*() {
      const { files, out } = yield* carried
      const fetched: Array<string> = []
      const whole = within(out, (dataset) => dataset.fetch).pipe(Effect.provide(layer(out, fetched)))
      assert.strictEqual(yield* whole, files.length)
      assert.deepStrictEqual(fetched.toSorted(), files)
      assert.deepStrictEqual(published(out), files)
      assert.isFalse(existsSync(join(out, "INCOMPLETE.txt")))
      assert.deepStrictEqual(readdirSync(join(out, "_trunkline/fetching")), [])
      assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
      yield* Elsewhere.demandAll(out)
      // Nothing is needed to go on.
      assert.strictEqual(yield* within(out, (dataset) => dataset.fetch), 0)
      assert.strictEqual(yield* reading(out, (dataset) => dataset.held(list, null)), 3)
    }))

  it.scopedLive("are not taken from elsewhere with other bytes, or other length, or not at all", () =>
    Effect.gen(function*() {
      for (const bytes of ["longer or shorter", "same", null]) {
        const { out } = yield* carried
        const [first = ""] = readdirSync(awayOf(out))
        const path = join(awayOf(out), first)
        if (bytes === null) rmSync(path)
        else {
          const now = contents(awayOf(out))
          assert.include(Object.values(now), first)
          const length = yield* Effect.map(
            Elsewhere.list(out),
            (found) => found?.files.find(({ name }) => name === first)?.bytes ?? 0
          )
          writeFileSync(path, bytes === "same" ? Buffer.alloc(length, 1) : bytes)
        }
        const error = yield* Effect.flip(within(out, (dataset) => dataset.fetch).pipe(Effect.provide(layer(out))))
        assert.strictEqual(error._tag, "FetchFailed")
        assert.isBelow(published(out).length, 6)
        assert.deepStrictEqual(readdirSync(join(out, "_trunkline/fetching")), [])
      }
    }))

  it.scopedLive("are fetched for the months that are asked for", () =>
    Effect.gen(function*() {
      const { out } = yield* carried
      const fetched: Array<string> = []
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          const range = [Interval.make(utc("2026-12-01T00:00:00Z"), utc("2026-12-05T00:00:00Z"))]
          assert.deepStrictEqual(yield* dataset.heldIds(list, range), [{ id: "b", gone: false }])
          assert.deepStrictEqual(fetched, [december])
          assert.strictEqual(yield* dataset.held(list, null), 3)
          assert.deepStrictEqual(fetched.toSorted(), [october, november, december])
        })).pipe(Effect.provide(layer(out, fetched)))
    }))

  it.scopedLive("are fetched to be verified, repaired and kept no longer by their writer", () =>
    Effect.gen(function*() {
      const { files, out } = yield* carried
      const fetched: Array<string> = []
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          assert.deepStrictEqual((yield* dataset.verify).problems, [])
          assert.strictEqual(fetched.length, files.length)
          // A file that is damaged here is put back from there.
          writeFileSync(join(out, november), "other")
          const { beyond } = yield* dataset.repair({ frontier: "frontier" })
          assert.deepStrictEqual(beyond, [])
          assert.strictEqual((yield* seen(dataset, "calls", "call_id")).length, 3)
          assert.deepStrictEqual((yield* dataset.verify).problems, [])
        })).pipe(Effect.provide(layer(out, fetched)))
    }))

  // Everybody may look everywhere as root.
  it.scopedLive.skipIf(process.getuid?.() === 0)(
    "refuse a reader who may not look into the folder of the ledger",
    () =>
      Effect.gen(function*() {
        const { out } = yield* carried
        chmodSync(join(out, "_trunkline"), 0)
        const error = yield* Effect.flip(Elsewhere.demandAll(out))
        assert.strictEqual(error._tag, "FilesElsewhere")
      })
  )
})
