/** A disk that is really full, where the machine lets us make a small one. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assertReadable, state, undisturbed } from "./life.js"
import { live, phases } from "./scenario.js"
import { folder } from "./support.js"
import { within } from "./tables.js"

/** A file system of 16 MB, or none where only root may have one. */
const small = Effect.gen(function*() {
  const place = join(yield* folder, "small")
  mkdirSync(place)
  return yield* Effect.acquireRelease(
    Effect.sync(() =>
      process.platform === "linux" &&
        spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", place]).status === 0
        ? place
        : null
    ),
    // The driver closes files late, so it is taken away now and gone when they are.
    (mounted) => mounted === null ? Effect.void : Effect.sync(() => spawnSync("umount", ["--lazy", place]))
  )
})

describe("a full disk", () => {
  it.scopedLive(
    "loses nothing, wherever it fills up, and goes on when there is room again",
    (context) =>
      Effect.gen(function*() {
        const place = yield* small
        if (place === null) return context.skip()
        const life = yield* undisturbed
        const last = life.states.at(-1)
        let failed = 0
        for (const free of [0, 40, 80, 120, 160, 200, 260, 320, 400, 480, 560, 700]) {
          const out = join(place, `free-${free}`)
          const ballast = join(place, "ballast")
          yield* within(out, (dataset) =>
            Effect.gen(function*() {
              const { bavail, bsize } = statfsSync(place)
              writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - free * 1024)))
              let phase = 0
              const first = yield* Effect.either(live(dataset, phases.length - 1, (begun) => {
                phase = begun
              }))
              if (first._tag === "Left") {
                failed += 1
                assert.include(["DiskError", "LedgerFailed", "DatasetQueryFailed"], first.left._tag, first.left.message)
                assert.match(first.left.message, /room/)
                yield* assertReadable(life, dataset.session, out, phase)
              }
              rmSync(ballast)
              yield* live(dataset, phases.length - 1)
              assert.deepStrictEqual(yield* state(dataset), last, `${free} kB`)
            }))
          rmSync(out, { recursive: true })
        }
        assert.isAbove(failed, 5)
      }),
    120_000
  )
})
