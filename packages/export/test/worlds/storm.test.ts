import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { live } from "../fixtures/moving.js"

/** A world that is throttled and cut off waits as long as its dice say. */
const patience = 300_000

// Again with: npm run soak -- --seed <seed> --profile storm
it.live.each([1, 2, 3])(
  "what is read in a storm is what it served, and what it hid is named: seed %i",
  (seed) => Effect.map(live(seed, "storm"), ({ wrong }) => assert.deepStrictEqual(wrong, [])),
  patience
)
