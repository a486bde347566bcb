/** Each damage that `verify` knows, once. `worlds/Damages.test.ts` has ten of each. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { all, assertMended, assertRefused, bases } from "./damages.js"

describe("a repair mends", () => {
  const seed = 1 + Math.floor(Date.now() / 86_400_000) % 10
  it.scopedLive(`each damage that verify finds, at a place that seed ${seed} chooses`, () =>
    Effect.gen(function*() {
      const made = yield* bases
      let mended = 0
      for (const tag of all) if (yield* assertMended(made, { tag, seed })) mended += 1
      yield* assertRefused(made, seed)
      assert.isAtLeast(mended, all.length - 1)
    }), 120_000)
})
