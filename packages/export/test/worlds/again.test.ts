/** What a second run costs, and what it changes. */
import { assert, describe, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import { DateTime, Effect } from "effect"
import { folder } from "../fixtures/account.js"
import { contents, counted, day, filesOf, unhurried } from "../fixtures/runs.js"

const at = (millis: number) => DateTime.unsafeMake(millis)

/** A year and more, which ends before the look-back begins. */
const quiet = (size: number, allomiaCalls: number) =>
  Sandbox.layer({ ...unhurried, size, allomiaCalls, days: 400, movement: false })

describe("a second run over a history that has ended", () => {
  for (
    const [name, keys, world] of [
      ["both sources", {}, quiet(3000, 500)],
      ["Allo alone", { allomia: null }, quiet(16_000, 0)]
    ] as const
  ) {
    it.scopedLive(`costs next to nothing and writes nothing: ${name}`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox
        yield* sandbox.world.advance("12 days")
        const since = yield* Effect.map(sandbox.world.now, (now) => now - 420 * day)
        const out = yield* folder
        const first = yield* counted(out, { since: at(since) }, keys)
        assert.deepStrictEqual([first.report.exitCode, first.report.problems], [0, []])
        assert.isAbove(first.report.new, 3000)
        const files = filesOf(out)
        const rows = yield* contents(out)
        const second = yield* counted(out, {}, keys)
        assert.deepStrictEqual(
          [second.report.exitCode, second.report.new, second.report.updated, second.report.problems],
          [0, 0, 0, []]
        )
        assert.deepStrictEqual(filesOf(out), files)
        assert.deepStrictEqual(yield* contents(out), rows)
        assert.isBelow(second.requests / first.requests, 0.05, `${second.requests} of ${first.requests}`)
      }).pipe(Effect.provide(world)))
  }
})
