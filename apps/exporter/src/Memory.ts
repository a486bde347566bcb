/** How much memory a long run takes beside what it needs. */
import * as Effect from "effect/Effect"
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8"

/** Each half of the young generation, in megabytes. V8 would let it grow to 16, and nearly all of a run is thrown away at once. */
const young = 4

const youngBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")?.space_size ?? 0

/** V8 has no setting for this size in a process that runs, only for how much it grows at a time. */
const growYoung = () => {
  setFlagsFromString(`--semi-space-growth-factor=${young}`)
  // It grows as it is collected, if much of it still lives.
  for (let tries = 0; tries < 10 && youngBytes() < 2 * young * 1024 * 1024; tries++) {
    Array.from({ length: 50_000 }, (_, index) => ({ index }))
  }
  setFlagsFromString("--semi-space-growth-factor=1")
}

/**
 * Lets the heap grow by half of what lives before it is collected, not fourfold: nearly all that a run makes is thrown
 * away at once, and a nightly job has neighbours.
 */
export const modest = Effect.sync(() => {
  setFlagsFromString("--heap-growing-percent=50")
  growYoung()
})
