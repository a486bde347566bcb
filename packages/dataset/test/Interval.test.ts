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
