/** Each damage that `verify` knows, at ten places: mended, or named as beyond mending with the reason. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { all, assertMended, assertRefused, bases } from "../damages.js"

const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

describe("ten times over, a repair", () => {
  for (const tag of all) {
    it.scopedLive(`mends ${tag}`, () =>
      Effect.gen(function*() {
        const made = yield* bases
        let mended = 0
        for (const seed of seeds) if (yield* assertMended(made, { tag, seed })) mended += 1
        assert.isAtLeast(mended, tag === "DamagedLedger" ? 7 : seeds.length)
      }), 300_000)
  }

  it.scopedLive("refuses a ledger of a later version, and says why", () =>
    Effect.gen(function*() {
      const made = yield* bases
      for (const seed of seeds) yield* assertRefused(made, seed)
    }), 120_000)
})
