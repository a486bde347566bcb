/** Sets of time: what is certified stays certified, and nothing else is. */
import { assert, describe, it } from "@effect/vitest"
import { Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as FastCheck from "effect/FastCheck"

const at = (hour: number) => DateTime.unsafeMake(hour * 3_600_000)
const set = (...pairs: ReadonlyArray<readonly [number, number]>) =>
  pairs.map(([from, to]) => Interval.make(at(from), at(to)))
const hours = (intervals: Iterable<Interval.Interval>): ReadonlySet<number> =>
  new Set(
    [...intervals].flatMap(({ from, to }) =>
      Array.from({ length: (to.epochMillis - from.epochMillis) / 3_600_000 }, (_, index) =>
        from.epochMillis / 3_600_000 + index)
    )
  )

const anySet = FastCheck.array(FastCheck.tuple(FastCheck.nat(30), FastCheck.nat(30)), { maxLength: 6 })
  .map((pairs) => set(...pairs.map(([left, right]) => [Math.min(left, right), Math.max(left, right)] as const)))

describe("Interval", () => {
  it("joins what touches and drops what is empty", () => {
    assert.deepStrictEqual(Interval.normalise(set([3, 4], [1, 2], [2, 3], [7, 7])), set([1, 4]))
    assert.deepStrictEqual(Interval.subtract(set([0, 10]), set([2, 3], [5, 20])), set([0, 2], [3, 5]))
  })

  type Pairs = ReadonlyArray<readonly [number, number]>
  const sets: ReadonlyArray<
    readonly [what: string, left: Pairs, right: Pairs, union: Pairs, subtract: Pairs, both: Pairs]
  > = [
    ["nothing", [], [], [], [], []],
    ["empty ones", [[3, 3], [5, 4]], [[2, 2]], [], [], []],
    ["an empty one inside", [[1, 5]], [[3, 3]], [[1, 5]], [[1, 5]], []],
    ["apart", [[1, 2]], [[3, 4]], [[1, 2], [3, 4]], [[1, 2]], []],
    ["apart, the other way round", [[3, 4]], [[1, 2]], [[1, 2], [3, 4]], [[3, 4]], []],
    ["touching at the end", [[1, 3]], [[3, 5]], [[1, 5]], [[1, 3]], []],
    ["touching at the beginning", [[3, 5]], [[1, 3]], [[1, 5]], [[3, 5]], []],
    ["the same", [[1, 3]], [[1, 3]], [[1, 3]], [], [[1, 3]]],
    ["over the end", [[1, 4]], [[3, 6]], [[1, 6]], [[1, 3]], [[3, 4]]],
    ["over the beginning", [[3, 6]], [[1, 4]], [[1, 6]], [[4, 6]], [[3, 4]]],
    ["inside", [[1, 6]], [[3, 4]], [[1, 6]], [[1, 3], [4, 6]], [[3, 4]]],
    ["inside, from the beginning", [[1, 6]], [[1, 4]], [[1, 6]], [[4, 6]], [[1, 4]]],
    ["inside, to the end", [[1, 6]], [[3, 6]], [[1, 6]], [[1, 3]], [[3, 6]]],
    ["around", [[3, 4]], [[1, 6]], [[1, 6]], [], [[3, 4]]],
    ["several holes", [[0, 9]], [[1, 2], [4, 5]], [[0, 9]], [[0, 1], [2, 4], [5, 9]], [[1, 2], [4, 5]]],
    ["a hole over two", [[0, 3], [5, 9]], [[2, 6]], [[0, 9]], [[0, 2], [6, 9]], [[2, 3], [5, 6]]],
    ["a long one before a short one", [[0, 9], [1, 2]], [], [[0, 9]], [[0, 9]], []]
  ]
  for (const [what, left, right, union, subtract, both] of sets) {
    it(`joins, subtracts and intersects: ${what}`, () => {
      assert.deepStrictEqual(Interval.union(set(...left), set(...right)), set(...union))
      assert.deepStrictEqual(Interval.subtract(set(...left), set(...right)), set(...subtract))
      assert.deepStrictEqual(Interval.intersect(set(...left), set(...right)), set(...both))
    })
  }

  it("agrees with sets of hours", () => {
    FastCheck.assert(FastCheck.property(anySet, anySet, (left, right) => {
      const [ours, others] = [hours(left), hours(right)]
      assert.sameMembers([...hours(Interval.union(left, right))], [...new Set([...ours, ...others])])
      assert.sameMembers([...hours(Interval.subtract(left, right))], [...ours].filter((hour) => !others.has(hour)))
      assert.sameMembers([...hours(Interval.intersect(left, right))], [...ours].filter((hour) => others.has(hour)))
    }))
  })

  it("lets the richer satisfy the poorer, and not the reverse", () => {
    assert.isTrue(Interval.satisfies("items+transcript", "items"))
    assert.isTrue(Interval.satisfies("items", "items"))
    assert.isFalse(Interval.satisfies("items", "items+transcript"))
    assert.isFalse(Interval.satisfies("calls", "items"))
  })
})
