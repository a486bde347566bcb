import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { live, profiles } from "./worlds.js"

// Again with: npm run soak -- --seed <seed> --profile <profile>
for (const profile of profiles) {
  it.live(`what is read in a ${profile} world is what it served, and all of it`, () =>
    Effect.forEach(
      [1, 2, 3, 4, 5, 6, 7],
      (seed) => Effect.map(live(seed, profile), ({ wrong }) => assert.deepStrictEqual(wrong, [], `seed ${seed}`)),
      { concurrency: 2, discard: true }
    ))
}
