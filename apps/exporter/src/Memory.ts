/** How much memory a long run takes beside what it needs. */
import * as Effect from "effect/Effect"
import { setFlagsFromString } from "node:v8"

/**
 * Lets the heap grow by half of what lives before it is collected, not fourfold: nearly all that a run makes is thrown
 * away at once, and a nightly job has neighbours.
 */
export const modest = Effect.sync(() => setFlagsFromString("--heap-growing-percent=50"))
