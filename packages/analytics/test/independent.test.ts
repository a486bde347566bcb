/** Every view against a computation of its own over 50,000 generated calls. */
import { NodeContext } from "@effect/platform-node"
import { assert, describe, layer as provided } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { compute, generate, stored } from "./independent.js"
import { folderOf, isName, layer, names, plain, rows } from "./support.js"

const seed = Number(process.env["TRUNKLINE_SEED"] ?? "20261120")
const zone = "Europe/Paris"

class Computed extends Context.Tag("@trunkline/analytics/test/Computed")<Computed, ReturnType<typeof compute>>() {}

const World = Layer.unwrapScoped(Effect.gen(function*() {
  const generated = generate(seed, 50_000)
  const folder = yield* folderOf(stored(generated))
  return Layer.merge(layer({ folder, zone }), Layer.succeed(Computed, compute(generated, zone)))
})).pipe(Layer.provide(NodeContext.layer))

/** In one order, whatever order they came in. */
const sorted = (found: ReadonlyArray<Record<string, unknown>>): ReadonlyArray<string> =>
  found.map((row) => JSON.stringify(Object.entries(row).toSorted(([one], [other]) => one < other ? -1 : 1))).toSorted()

const comparable = (view: string, row: Record<string, unknown>): Record<string, unknown> =>
  view === "calls"
    ? {
      source: row["source"],
      call_id: row["call_id"],
      duration_seconds: row["duration_seconds"],
      tags: row["tags"],
      local: String(row["started_local"]).replace(/^(\S+) 0?(\d+):.*$/, "$1 $2")
    }
    : row

describe(`50,000 calls of seed ${seed}`, () => {
  provided(World, { timeout: 60_000 })((it) => {
    it.effect.each(names)("%s", (name) =>
      Effect.gen(function*() {
        const computed = (yield* Computed)[name] ?? []
        const found = isName(name) ? yield* rows(name) : []
        assert.isAbove(found.length, 5)
        const [expected, actual] = [sorted(computed.map(plain)), sorted(found.map((row) => comparable(name, row)))]
        // The first few that differ say more than a difference of 50,000 lines.
        const [unexpected, absent] = [new Set(expected), new Set(actual)]
        assert.deepStrictEqual(
          [
            actual.filter((row) => !unexpected.has(row)).slice(0, 3),
            expected.filter((row) => !absent.has(row)).slice(0, 3)
          ],
          [[], []]
        )
        assert.strictEqual(actual.length, expected.length)
      }))
  })
})
