import { assert, it } from "@effect/vitest"
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
