/** A ledger that is made anew: whatever ends it, the next repair goes on. */
import { assert, it } from "@effect/vitest"
import { Points } from "@trunkline/dataset"
import { Disk, DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { cpSync, rmSync } from "node:fs"
import { join } from "node:path"
import { good, ledgerOf, readAgain, repairing, rowsOf, tags } from "../rebuilt.js"
import { folder } from "../support.js"
import { within } from "../tables.js"

it.scopedLive("it goes on after whatever ended it, before any of its steps", () =>
  Effect.gen(function*() {
    const base = yield* folder
    const other = yield* folder
    yield* good(base)
    yield* good(other)
    const before = yield* within(base, rowsOf)
    cpSync(ledgerOf(other), ledgerOf(base))
    const asked: Array<string> = []
    let failing = Number.POSITIVE_INFINITY
    const step = (name: string, path: string) =>
      Effect.suspend(() => {
        asked.push(name)
        return asked.length > failing ? Effect.fail(new DiskError({ step: "write", path, code: "EIO" })) : Effect.void
      })
    const once = (out: string) =>
      within(out, (dataset) => dataset.repair(repairing), { damaged: true, disk: Disk.layerWatched(step) }).pipe(
        Effect.provideService(Points, (point) => step(point, out))
      )
    const copy = join(yield* folder, "out")
    cpSync(base, copy, { recursive: true })
    yield* once(copy)
    const steps = asked.length
    assert.isAbove(steps, 15)
    for (failing = 0; failing < steps; failing++) {
      const out = join(yield* folder, "out")
      cpSync(base, out, { recursive: true })
      asked.length = 0
      assert.isTrue(Exit.isFailure(yield* Effect.exit(once(out))), `step ${failing}`)
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          assert.deepStrictEqual((yield* dataset.repair(repairing)).beyond, [], `step ${failing}`)
          assert.deepStrictEqual(yield* readAgain(dataset), ["november", "december", "threads"], `step ${failing}`)
          assert.deepStrictEqual(yield* rowsOf(dataset), before, `step ${failing}`)
        }), { damaged: true })
      assert.deepStrictEqual(yield* tags(out), [], `step ${failing}`)
      rmSync(out, { recursive: true })
    }
  }), 300_000)
