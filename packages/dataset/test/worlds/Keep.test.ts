/** Whatever ends a publish that drops what is no longer kept: everything agrees before the next one, which goes on. */
import { assert, it } from "@effect/vitest"
import { Points } from "@trunkline/dataset"
import { Disk, DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { cpSync, existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { activeAt, assertKept, at, fill, keep, now, problems } from "../keeping.js"
import { folder } from "../support.js"
import { within } from "../tables.js"

it.scoped("goes on after whatever ended it, before any of its steps", () =>
  Effect.gen(function*() {
    yield* at(now)
    const base = yield* folder
    yield* within(base, fill)
    const asked: Array<string> = []
    let failing = Number.POSITIVE_INFINITY
    const step = (name: string, path: string) =>
      Effect.suspend(() => {
        asked.push(name)
        return asked.length > failing ? Effect.fail(new DiskError({ step: "write", path, code: "EIO" })) : Effect.void
      })
    const once = (out: string) =>
      within(out, (dataset) => dataset.publish, { keep, activeAt, disk: Disk.layerWatched(step) }).pipe(
        Effect.provideService(Points, (point) => step(point, out))
      )
    const copy = join(yield* folder, "out")
    cpSync(base, copy, { recursive: true })
    yield* once(copy)
    const steps = asked.length
    assert.isAbove(steps, 20)
    for (failing = 0; failing < steps; failing++) {
      const out = join(yield* folder, "out")
      cpSync(base, out, { recursive: true })
      asked.length = 0
      assert.isTrue(Exit.isFailure(yield* Effect.exit(once(out))), `step ${failing}`)
      assert.deepStrictEqual(yield* problems(out), [], `step ${failing}`)
      yield* within(out, (dataset) => Effect.zipRight(dataset.publish, assertKept(dataset)), { keep, activeAt })
      assert.deepStrictEqual(yield* problems(out), [], `step ${failing}`)
      rmSync(out, { recursive: true })
    }
  }), 300_000)

it.scoped("a file whose removal was not flushed may come back after a power cut, and leaves again", () =>
  Effect.gen(function*() {
    yield* at(now)
    const base = yield* folder
    yield* within(base, fill)
    const out = join(yield* folder, "out")
    cpSync(base, out, { recursive: true })
    const gone = join("calls", "source=allo", "month=2026-08")
    const disk = Disk.layerWatched((step, path) =>
      step === "syncDirectory" && path.endsWith(join("calls", "source=allo"))
        ? Effect.fail(new DiskError({ step, path, code: "EIO" }))
        : Effect.void
    )
    yield* within(out, (dataset) => dataset.publish, { keep, activeAt, disk })
    assert.isFalse(existsSync(join(out, gone)))
    cpSync(join(base, gone), join(out, gone), { recursive: true })
    assert.deepStrictEqual(yield* problems(out), [])
    yield* within(out, (dataset) => Effect.zipRight(dataset.publish, assertKept(dataset)), { keep, activeAt })
    assert.isFalse(existsSync(join(out, gone)))
    assert.deepStrictEqual(yield* problems(out), [])
  }))
