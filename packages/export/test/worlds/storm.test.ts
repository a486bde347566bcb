import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { live } from "../fixtures/moving.js"

// Again with: npm run soak -- --seed <seed> --profile storm
it.live("what is read in a storm is what it served, and what it hid is named", () =>
  Effect.forEach(
    [1, 2, 3, 4, 5],
    (seed) => Effect.map(live(seed, "storm"), ({ wrong }) => assert.deepStrictEqual(wrong, [], `seed ${seed}`)),
    { concurrency: 3, discard: true }
  ))
