import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { rm } from "node:fs/promises"
import { folder } from "../fixtures/inProcess.js"
import { simulate } from "../fixtures/small.js"
import * as Walks from "../fixtures/walks.js"

const seeds = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

it("of ten thousand settled lists, none is certified while a row of it is missing", () => {
  const read = seeds(10_000).map((seed) => ({ seed, ...Walks.settled(seed) }))
  assert.deepStrictEqual(read.filter(({ certified, missing }) => certified && missing > 0), [])
  // To certify nothing would be no art.
  const still = read.filter((list) => list.still)
  assert.isAbove(still.length, 1000)
  assert.deepStrictEqual(still.filter(({ certified, passes }) => !certified || passes > 1), [])
  assert.isAbove(read.filter((list) => list.certified && !list.still).length, 4000)
})

it("a list that grows and loses rows now and then loses none to the reader", () => {
  const lost = seeds(5000).map((seed) => ({ seed, ...Walks.open(seed) })).filter(({ missing }) => missing > 0)
  assert.deepStrictEqual(lost, [])
})

const seen = [
  // The API allows ranges of two days, and one that finds out about the last day has three.
  11_443,
  // The same, and more than one day lies before what was asked for: parts of it show rows that the next one shows too.
  11_424,
  // Days begin 14 hours before those of UTC: the second day of what was asked for is certified, or young.
  10_677,
  11_511,
  // Most rows go while the list is compared, which looks like a total that is cut off.
  10_294,
  11_439,
  11_864,
  // One row is left of two while they are counted.
  11_393
]

// Again with: npm run soak -- --small 1 --seed <seed>
it.scoped("small worlds, as they were met: every claim holds", () =>
  Effect.gen(function*() {
    const out = yield* Effect.acquireRelease(
      Effect.sync(folder),
      (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
    )
    const found = yield* Effect.forEach(seen, (seed) => simulate(seed, out))
    assert.deepStrictEqual(found.flatMap(({ wrong }) => wrong), [])
  }))
