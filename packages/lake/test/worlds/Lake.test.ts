/** A store that fails each request of a push into a lake in turn: readers see whole pushes, and the next one goes on. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { cpSync, rmSync } from "node:fs"
import { join } from "node:path"
import { phases } from "../../../dataset/test/scenario.js"
import { failing } from "../lakes.js"
import { check, expected, night, rowsOf, shown, world } from "../machines.js"

for (const when of ["before", "after"] as const) {
  it.scopedLive(
    `a push whose n-th request fails ${when} its effect costs that attempt alone`,
    () =>
      Effect.gen(function*() {
        const { machine, place, root } = yield* world
        const rows = yield* Effect.forEach(phases, (phase) => expected(root, phase))
        yield* night(machine("out"), 0)
        cpSync(place, join(root, "lake-0"), { recursive: true })
        cpSync(join(root, "out"), join(root, "out-0"), { recursive: true })
        let nth = 1
        for (;; nth++) {
          const at = `request ${nth}`
          for (const name of ["lake", "out"]) {
            rmSync(join(root, name), { recursive: true })
            cpSync(join(root, `${name}-0`), join(root, name), { recursive: true })
          }
          const broke = failing(place, nth, when)
          const attempt = yield* Effect.either(night(machine("out", { lake: broke.layer }), 1))
          if (!broke.reached()) break
          // Of each table a reader sees the push before or this one.
          for (const [name, { rows: seen, sequence }] of Object.entries(yield* shown(machine("out"), place))) {
            assert.deepStrictEqual(seen, rows[(sequence ?? 0) - 1]?.[name] ?? [], `${at} ${name}`)
          }
          // The answer to a list that was read to its end may be needless, and a commit may be recognised.
          if (attempt._tag === "Right") {
            assert.deepStrictEqual(rowsOf(yield* shown(machine("out"), place)), rows[1], at)
          }
          yield* night(machine("out"), 2)
          assert.deepStrictEqual(rowsOf(yield* shown(machine("out"), place)), rows[2], at)
          if (nth % 10 === 0) assert.deepStrictEqual((yield* check(machine("out"))).findings, [], at)
        }
        assert.isAbove(nth, 25)
      }),
    900_000
  )
}
