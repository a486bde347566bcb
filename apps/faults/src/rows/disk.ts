/** Disks: a step that fails, one that is full, and a power cut. */
import { Dataset, Points, Session } from "@trunkline/dataset"
import { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assertReadable, assertRecovers, undisturbed } from "../../../../packages/dataset/test/life.js"
import { live, phases } from "../../../../packages/dataset/test/scenario.js"
import { tables } from "../../../../packages/dataset/test/tables.js"
import type { Dice } from "../../../../packages/export/test/fixtures/dice.js"
import * as PowerCut from "../PowerCut.js"
import { type Row, Skipped, wrongOf } from "../Row.js"
import * as Still from "../still.js"

const codes = ["ENOSPC", "EIO", "EACCES", "EMFILE"]

/** Room for the steps of an export of each source, whatever the time of the day, so that every one of them fails with every code. */
const most = { allo: 280, allomia: 190 }

const countSteps = (still: Still.Still) =>
  Effect.gen(function*() {
    const out = yield* Still.folder
    let count = 0
    yield* still.export(out, {}, {
      before: (step) =>
        Effect.sync(() => {
          if (step !== "inspect") count += 1
        })
    })
    return count
  })

export const steps: Row = {
  name: "steps",
  words: "The n-th write, sync, rename, commit of an export failing with ENOSPC, EIO, EACCES, EMFILE, every n",
  cases: { whole: (most.allo + most.allomia) * codes.length, ten: 40, one: 1, soak: 0 },
  seconds: 60,
  make: Effect.gen(function*() {
    const stillOf = yield* Still.ofEach
    const counts = [yield* countSteps(stillOf(0)), yield* countSteps(stillOf(1))] as const
    return ({ number }) =>
      Effect.gen(function*() {
        if (counts[0] > most.allo || counts[1] > most.allomia) {
          return [wrongOf(`an export takes ${counts.join(" and ")} steps, and some of them are not tried`)]
        }
        const code = codes[number % codes.length] ?? "EIO"
        const index = Math.floor(number / codes.length)
        const which = index < most.allo ? 0 : 1
        // Fewer steps than there are cases: some are tried again.
        const nth = (which === 0 ? index : index - most.allo) % counts[which]
        const still = stillOf(which)
        const out = yield* Still.folder
        let taken = 0
        const ended = yield* still.export(out, {}, {
          before: (step, path) =>
            Effect.suspend(() => {
              if (step === "inspect") return Effect.void
              taken += 1
              return taken === nth + 1 ? Effect.fail(new DiskError({ step: "write", path, code })) : Effect.void
            })
        })
        const said = ended.report?.exitCode ?? 2
        return [
          ...said === 0 || said === 2 ? [] : [wrongOf(`step ${nth} failing with ${code}: exit ${said}`)],
          ...yield* still.during(out, ended, ["DiskError"]),
          ...yield* still.after(out)
        ]
      })
  })
}

/** A file system of 16 MB, or none where only root may have one. */
const tiny = Effect.gen(function*() {
  const place = join(yield* Still.folder, "small")
  mkdirSync(place)
  const mounted = yield* Effect.acquireRelease(
    Effect.sync(() =>
      process.platform === "linux" &&
      spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", place]).status === 0
    ),
    // The driver closes files late, so it is taken away now and gone when they are.
    (mounted) => Effect.sync(() => mounted && spawnSync("umount", ["--lazy", place]))
  )
  if (!mounted) return yield* new Skipped({ reason: "no file system may be mounted here" })
  return place
})

export const full: Row = {
  name: "full",
  words: "A disk that fills up during an export, a small tmpfs",
  cases: { whole: 20, ten: 4, one: 0, soak: 0 },
  seconds: 60,
  make: Effect.gen(function*() {
    const stillOf = yield* Still.ofEach
    return ({ number, random }) =>
      Effect.gen(function*() {
        const still = stillOf(number)
        const place = yield* tiny
        const out = join(place, "out")
        const ballast = join(place, "ballast")
        const { bavail, bsize } = statfsSync(place)
        writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - random.below(700) * 1024)))
        mkdirSync(out)
        const ended = yield* still.export(out)
        const said = ended.report?.exitCode ?? 2
        rmSync(ballast)
        return [
          ...said === 0 || said === 2 ? [] : [wrongOf(`a full disk: exit ${said}`)],
          ...ended.report === null ? [] : yield* still.during(out, ended, ["DiskError"]),
          ...yield* still.after(out)
        ]
      })
  })
}

/** A life that ends before the step that is chosen, and what a power cut then leaves of its folder. */
export const cutPower = Effect.gen(function*() {
  const life = yield* undisturbed
  const session = yield* Session.make({ temporary: join(life.root, "spill") })
  const cutBefore = (chosen: (step: string, taken: number) => boolean, random: Dice, isKept?: PowerCut.IsKept) =>
    Effect.gen(function*() {
      const root = yield* Still.folder
      const [out, after] = [join(root, "out"), join(root, "after")]
      mkdirSync(out)
      const cut = PowerCut.make(out, join(root, "shadow"))
      let taken = 0
      let phase = -1
      let reached: number | null = null
      const before = (step: string) =>
        Effect.suspend(() => {
          if (step === "inspect") return Effect.void
          if (reached === null) {
            if (!chosen(step, taken++)) return Effect.void
            cut.into(after, random, isKept)
            reached = phase
          }
          // Nothing more happens on this machine.
          return Effect.fail(new DiskError({ step: "write", path: out, code: "EIO" }))
        })
      yield* Effect.flatMap(Dataset, (dataset) =>
        live(dataset, phases.length - 1, (begun) => {
          phase = begun
        })).pipe(
          Effect.provide(
            Dataset.layer({ out, tables }).pipe(
              Layer.provide(cut.layer(before)),
              Layer.provide(Layer.succeed(Points, before))
            )
          ),
          Effect.ignore
        )
      const isCut = reached !== null
      // A life without openings between its phases takes one or two steps less.
      if (reached === null) {
        cut.into(after, random, isKept)
        reached = phase
      }
      yield* assertReadable(life, session, after, reached)
      yield* assertRecovers(life, after, reached)
      return isCut
    })
  return { cutBefore, life }
})

export const power: Row = {
  name: "power",
  words: "A power cut before a random step: what was not synced is lost, cut short or there",
  cases: { whole: 1000, ten: 100, one: 2, soak: 0 },
  seconds: 60,
  make: Effect.map(cutPower, ({ cutBefore, life }) => ({ random }) => {
    const at = random.below(life.steps.length)
    return Effect.as(cutBefore((_, taken) => taken === at, random), [])
  })
}
