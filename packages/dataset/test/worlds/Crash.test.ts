/** A process killed at any durable step leaves a dataset that reads, and that the next one finishes. */
import { assert, describe, it } from "@effect/vitest"
import { Session } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { assertReadable, assertRecovers, before, undisturbed } from "../life.js"
import { ended, start } from "../support.js"

describe("a process killed with SIGKILL", () => {
  it.scopedLive(
    "at each named point of each phase, is finished or forgotten by the next",
    () =>
      Effect.gen(function*() {
        const life = yield* undisturbed
        // A landing is the same in every phase but for what it holds; what is published differs.
        const points = life.steps.filter(({ name, occurrence, phase }) =>
          occurrence === 1 &&
          (phase <= 0 || !name.startsWith("landing ") || name === "landing commit" || name === "landing unlink")
        )
        const renames = life.steps.filter(({ name, occurrence }) => name === "partition rename" && occurrence > 1)
        assert.isAbove(points.length, 40)
        const reader = yield* Session.make({ temporary: join(life.root, "spill") })
        yield* Effect.forEach([...points, ...renames], ({ name, occurrence, phase }) =>
          Effect.gen(function*() {
            const out = before(life, phase, `killed-${phase}-${name}-${occurrence}`.replaceAll(" ", "-"))
            const end = yield* ended(yield* start("crash", [out, String(phase), name, String(occurrence)]))
            assert.deepStrictEqual([end.signal, end.errors], ["SIGKILL", ""], `${phase} ${name} ${occurrence}`)
            yield* assertReadable(life, reader, out, phase)
            yield* assertRecovers(life, out, phase)
          }).pipe(Effect.scoped), { concurrency: 3 })
      }),
    300_000
  )
})
