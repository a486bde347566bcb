/** What a second run costs, and what it changes. */
import { assert, describe, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import { DateTime, Effect } from "effect"
import { folder } from "../fixtures/account.js"
import { contents, counted, day, filesOf, requestsSince, unhurried } from "../fixtures/runs.js"

const at = (millis: number) => DateTime.unsafeMake(millis)

/** A year and more, which ends before the look-back begins. */
const quiet = (size: number, allomiaCalls: number) =>
  Sandbox.layer({ ...unhurried, size, allomiaCalls, days: 400, movement: false })

/** The items of the team, the conversations of a line, the calls of an organisation; null for a request that names these. */
const listOf = (path: string): string | null =>
  path.endsWith("/items/search") ? "items" : /(allo_number|organizationId)=[^&]+/.exec(path)?.[0] ?? null

/** Reading what is recent takes so many of a quiet list, comparing it so many more, and some hours of the day a few besides. */
const most = { reading: 3, comparing: 10, byHour: 2 }

describe("a second run over a history that has ended", () => {
  for (
    const { keys, name, size: [items, calls] } of [
      { name: "both sources", keys: {}, size: [3000, 500] },
      { name: "Allo alone", keys: { allomia: null }, size: [16_000, 0] }
    ] as const
  ) {
    it.scopedLive(`costs a few requests a list and writes nothing: ${name}`, () =>
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
        const writesNothing = (refresh: number) =>
          Effect.gen(function*() {
            const { report, requests } = yield* counted(out, { refresh }, keys)
            assert.deepStrictEqual([report.exitCode, report.new, report.updated, report.problems], [0, 0, 0, []])
            assert.deepStrictEqual(filesOf(out), files)
            assert.deepStrictEqual(yield* contents(out), rows)
            return requests
          })

        const total = yield* sandbox.history.total
        const second = yield* writesNothing(0)
        const lists = (yield* requestsSince(total)).map(({ path }) => listOf(path))
        for (const list of new Set(lists)) {
          const asked = lists.filter((one) => one === list).length
          assert.isAtMost(asked, list === null ? 3 : most.reading + most.comparing + most.byHour, list ?? "names")
        }

        // The rolling refresh reads a thirtieth more, once enough has gathered for a window.
        const pages = items / 100 + calls / 50
        const window = 5000 / 100
        const isLarge = pages > 100
        let more = 0
        for (let runs = 1; runs <= (isLarge ? 10 : 2); runs++) {
          more += (yield* writesNothing(30)) - second
          assert.isAtMost(more, runs * (pages / 29) + window, `${runs} runs`)
        }
        if (isLarge) assert.isAbove(more, 0)
      }).pipe(Effect.provide(quiet(items, calls))))
  }
})
