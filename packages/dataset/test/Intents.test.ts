/** A publish that failed while its files got their names, and what becomes of it when the dataset is opened again. */
import { assert, it } from "@effect/vitest"
import { Disk, DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { folder } from "./support.js"
import { call, landing, ofCalls, read, seen, utc, within } from "./tables.js"

const ids = (dataset: Parameters<typeof seen>[0]) =>
  Effect.map(seen(dataset, "calls", "call_id"), (rows) => rows.map((row) => row["call_id"]))

/** Calls of two months, of whose files the one with this number, from one on, could not be renamed. */
const failedAt = (number: number) =>
  Effect.gen(function*() {
    const out = yield* folder
    let renamed = 0
    const disk = Disk.layerWatched((step, path) =>
      step === "rename" && path.includes("/calls/") && ++renamed === number
        ? Effect.fail(new DiskError({ step, path, code: "EIO" }))
        : Effect.void
    )
    yield* within(out, (dataset) =>
      Effect.gen(function*() {
        const october = call("october", { started_at: utc("2026-10-05T10:00:00Z") })
        yield* dataset.land(landing([ofCalls(read(1, october, call("november")))]))
        assert.strictEqual((yield* Effect.flip(dataset.publish))._tag, "DiskError")
      }), { disk })
    return { out, waiting: join(out, "_trunkline", "publishing") }
  })

const publishes = (out: string, rows: number) =>
  within(out, (dataset) =>
    Effect.gen(function*() {
      assert.strictEqual((yield* dataset.publish).new, rows)
      assert.deepStrictEqual(yield* ids(dataset), ["november", "october"])
      assert.deepStrictEqual((yield* dataset.verify).problems, [])
    }))

for (const number of [1, 2]) {
  it.scopedLive(`is finished where its files are there, after ${number - 1} of two were renamed`, () =>
    Effect.gen(function*() {
      const { out, waiting } = yield* failedAt(number)
      assert.isNotEmpty(readdirSync(waiting))
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* ids(dataset), ["november", "october"])
        }))
      assert.isEmpty(readdirSync(waiting))
      // Its rows were not counted as published, and are the same when they are merged again.
      yield* publishes(out, 0)
    }))
}

it.scopedLive("is forgotten where nothing of it has happened, and a file of it is gone: its rows are landed still", () =>
  Effect.gen(function*() {
    const { out, waiting } = yield* failedAt(1)
    const [file = ""] = readdirSync(waiting)
    rmSync(join(waiting, file))
    yield* publishes(out, 2)
  }))

it.scopedLive("is damage where one file was renamed, and what should have followed is gone", () =>
  Effect.gen(function*() {
    const { out, waiting } = yield* failedAt(2)
    for (const file of readdirSync(waiting)) rmSync(join(waiting, file))
    const error = yield* Effect.flip(within(out, () => Effect.void))
    assert.include(error.message, "was to be replaced, and what should replace it is gone")
    // A repair opens it all the same.
    yield* within(out, (dataset) =>
      Effect.gen(function*() {
        yield* dataset.publish
        assert.deepStrictEqual(yield* ids(dataset), ["november", "october"])
      }), { damaged: true })
  }))
