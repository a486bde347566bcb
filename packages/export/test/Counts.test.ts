/** What a vendor counts of a stretch of time, and what the counts of its parts make together. */
import { assert, describe, it } from "@effect/vitest"
import * as Grain from "@trunkline/export/Grain"
import * as Planning from "@trunkline/export/Planning"
import { ApiError } from "@trunkline/http"
import { DateTime, Effect, Either } from "effect"
import * as Counts from "../src/internal/counts.js"
import * as Counting from "./fixtures/counting.js"
import { hour, hours, planning } from "./fixtures/scope.js"

const { connected, inside, slice, withEdges } = Counting

const range = hours(0, 128)
const everyHour = Counting.everyHour(128)
const all = inside(everyHour)

const parts = (...totals: ReadonlyArray<number | null>) => [() => totals.map((total) => slice(() => total))]

describe("a sum", () => {
  it("is unknown where one of its parts is", () => {
    assert.strictEqual(Counts.sum([]), 0)
    assert.strictEqual(Counts.sum([0, 2, 3]), 5)
    assert.isNull(Counts.sum([2, null, 3]))
    assert.isNull(Counts.sum([null]))
  })
})

describe("the parts of a unit", () => {
  const addsUp = (total: number, cuts: Counting.Options["cuts"]) =>
    Effect.gen(function*() {
      const { scope } = yield* connected({ count: () => total })
      return yield* Counts.addsUp(scope, hours(0, 1), slice(() => total, 0, cuts), total, 10)
    }).pipe(planning())

  it.effect("make as many as the unit, each of them below the largest total", () =>
    Effect.gen(function*() {
      assert.isTrue(yield* addsUp(17, parts(9, 8)))
      assert.isFalse(yield* addsUp(17, parts(9, 9)))
      assert.isFalse(yield* addsUp(17, parts(8, 8)))
      assert.isFalse(yield* addsUp(18, parts(10, 8)))
    }))

  it.effect("are cut in their turn where one of them may hide more", () =>
    Effect.gen(function*() {
      const full = slice(() => 10, 0, parts(5, 5))
      const hiding = slice(() => 10, 0, parts(9, 9))
      const few = slice(() => 3)
      assert.isTrue(yield* addsUp(13, [() => [few, full]]))
      assert.isFalse(yield* addsUp(13, [() => [few, hiding]]))
      assert.isFalse(yield* addsUp(20, [() => [hiding, full]]))
    }))

  it.effect("tell nothing where there are none, or one of them is not counted", () =>
    Effect.gen(function*() {
      assert.isFalse(yield* addsUp(10, []))
      assert.isFalse(yield* addsUp(10, parts()))
      assert.isFalse(yield* addsUp(9, parts(9, null)))
    }))
})

describe("a count", () => {
  it.effect("explains its own request, and one more", () =>
    Effect.gen(function*() {
      const { filter, scope } = yield* connected({ count: all })
      const { lane } = scope.list
      for (let count = 0; count < 300; count += 1) yield* Counts.ask(scope, filter.all.count(range))
      const { budget } = yield* Planning.Planning
      let left = 0
      while (Either.isRight(yield* Effect.either(budget.spend(lane)))) left += 1
      // 200 requests need no explanation.
      assert.strictEqual(left, 300 + 200)
    }).pipe(planning()))

  it.effect("asks no more often than it may, and then knows nothing", () =>
    Effect.gen(function*() {
      const { filter, scope } = yield* connected({ count: all })
      const counted = (left: number, limits = Counts.unlimited) =>
        Counts.ofRange(scope, filter, range, limits, undefined, { left, isCut: false })
      assert.strictEqual(yield* counted(1), 128)
      assert.isNull(yield* counted(0))
      // Its two halves, after the whole, which is too wide to be asked for.
      const halved = { ...Counts.unlimited, widest: Grain.count(scope.list.grain, range) / 2 }
      assert.strictEqual(yield* counted(3, halved), 128)
      assert.isNull(yield* counted(2, halved))
    }).pipe(planning()))

  it.effect("may ask for as many pages as hold the rows, and four hundred times more", () =>
    Effect.gen(function*() {
      const { scope } = yield* connected({ count: all })
      const rows = 7 * scope.list.pageSize
      assert.deepStrictEqual(Counts.allowance(scope, rows), { left: 407, isCut: false })
    }).pipe(planning()))

  it.effect("is made in halves where the range is wider than the vendor answers for", () =>
    Effect.gen(function*() {
      const counted = yield* connected({ count: all })
      const { filter, scope } = counted
      const limits = { ...Counts.unlimited, widest: 32 }
      assert.strictEqual(yield* Counts.ofRange(scope, filter, range, limits), 128)
      assert.deepStrictEqual(Counting.widths(counted), [32, 32, 32, 32])
    }).pipe(planning()))

  it.effect("is made in halves where the total may hide more", () =>
    Effect.gen(function*() {
      const counted = yield* connected({ count: (range) => Math.min(32, all(range)) })
      const { filter, scope } = counted
      const limits = { ...Counts.unlimited, cap: 32 }
      const allowance = Counts.noLimit()
      assert.strictEqual(yield* Counts.ofRange(scope, filter, range, limits, undefined, allowance), 128)
      assert.isFalse(allowance.isCut)
      assert.strictEqual(Math.min(...Counting.widths(counted)), 16)
    }).pipe(planning()))

  it.effect("is made in halves where the vendor refuses the range, and fails where it refuses an hour", () =>
    Effect.gen(function*() {
      const refusal = new ApiError.Invalid({ operation: "GET /notes", status: 400, fieldErrors: [] })
      const most = (units: number, tooWide: boolean) =>
        Effect.gen(function*() {
          const { filter, scope } = yield* connected({
            count: (range) => (range.to.epochMillis - range.from.epochMillis) / hour > units ? refusal : all(range),
            tooWide: () => tooWide
          })
          return yield* Effect.either(Counts.ofRange(scope, filter, range))
        })
      assert.deepStrictEqual(yield* most(40, true), Either.right(128))
      assert.deepStrictEqual(yield* most(1, true), Either.right(128))
      assert.deepStrictEqual(yield* most(0, true), Either.left(refusal))
      assert.deepStrictEqual(yield* most(40, false), Either.left(refusal))
    }).pipe(planning()))

  it.effect("is not known where the vendor does not say of one part", () =>
    Effect.gen(function*() {
      const silent = hours(96, 128)
      const { filter, scope } = yield* connected({
        count: (range) => range.from.epochMillis === silent.from.epochMillis ? null : all(range)
      })
      assert.isNull(yield* Counts.ofRange(scope, filter, silent))
      assert.isNull(yield* Counts.ofRange(scope, filter, range, { ...Counts.unlimited, widest: 32 }))
    }).pipe(planning()))

  it.effect("of a unit is cut where its parts do not make as many, and below the largest total it is not asked", () =>
    Effect.gen(function*() {
      const isCut = (total: number, cuts: Counting.Options["cuts"]) =>
        Effect.gen(function*() {
          const { filter, scope } = yield* connected({ count: () => total, ...cuts === undefined ? {} : { cuts } })
          const allowance = Counts.allowance(scope, 0)
          const limits = { ...Counts.unlimited, cap: 10 }
          const counted = yield* Counts.ofRange(scope, filter, hours(0, 1), limits, undefined, allowance)
          assert.strictEqual(counted, total)
          return allowance.isCut
        })
      assert.isFalse(yield* isCut(9, []))
      assert.isTrue(yield* isCut(10, []))
      assert.isTrue(yield* isCut(10, parts(9, 9)))
      assert.isFalse(yield* isCut(10, parts(9, 1)))
    }).pipe(planning()))

  it.effect("stays cut once one unit of it is", () =>
    Effect.gen(function*() {
      const { filter, scope } = yield* connected({
        count: ({ from, to }) => to.epochMillis - from.epochMillis > hour ? 20 : from.epochMillis === 0 ? 10 : 9
      })
      const allowance = Counts.noLimit()
      const limits = { ...Counts.unlimited, cap: 10 }
      assert.strictEqual(yield* Counts.ofRange(scope, filter, hours(0, 2), limits, undefined, allowance), 19)
      assert.isTrue(allowance.isCut)
    }).pipe(planning()))

  it.effect("leaves out what two halves both count, and asks for it only where something is counted", () =>
    Effect.gen(function*() {
      const edges: Array<number> = []
      const counted = (rows: ReadonlyArray<number>) =>
        Effect.gen(function*() {
          const { filter, scope } = yield* connected({ count: withEdges(rows) })
          edges.length = 0
          return yield* Counts.ofRange(scope, filter, hours(0, 4), { ...Counts.unlimited, widest: 1 }, (edge) =>
            Effect.sync(() => {
              edges.push(edge.epochMillis / hour)
              return rows.filter((at) =>
                at === edge.epochMillis
              ).length
            }))
        })
      assert.strictEqual(yield* counted([1, 2, 2, 3].map((at) => at * hour)), 4)
      assert.deepStrictEqual(edges, [1, 3, 2])
      assert.strictEqual(yield* counted([0.5 * hour]), 1)
      assert.deepStrictEqual(edges, [1, 2])
      assert.strictEqual(yield* counted([]), 0)
      assert.deepStrictEqual(edges, [])
    }).pipe(planning()))
})

describe("an edge", () => {
  const edge = DateTime.unsafeMake(20 * hour)

  /** What is found at the edge where the vendor answers these numbers in turn, and how often it was asked. */
  const found = (answers: ReadonlyArray<number | null>, cap = Number.POSITIVE_INFINITY) =>
    Effect.gen(function*() {
      let next = 0
      const counted = yield* connected({
        count: () => {
          next += 1
          return answers[next - 1] ?? null
        }
      })
      const rows = yield* Counts.atEdge(counted.scope, counted.filter, edge, { cap })
      return { rows, requests: counted.asked.length }
    }).pipe(planning())

  it.effect("is looked for within an hour on both sides, or within a unit where that is longer", () =>
    Effect.gen(function*() {
      for (const [grain, around] of [[Grain.seconds, 1], [Grain.hours, 1], [Grain.days, 24]] as const) {
        const { asked, filter, scope } = yield* connected({ count: inside([]), grain })
        yield* Counts.atEdge(scope, filter, edge, Counts.unlimited)
        assert.deepStrictEqual(asked, [
          hours(20 - around, 20),
          hours(20, 20 + around),
          hours(20 - around, 20 + around)
        ])
      }
    }).pipe(planning()))

  it.effect("shows the rows that both sides count, which are as many as both answers agree on", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* found([3, 2, 4, 3, 2, 4]), { rows: 1, requests: 6 })
      assert.deepStrictEqual(yield* found([5, 5, 5, 5, 5, 8]), { rows: 2, requests: 6 })
      assert.deepStrictEqual(yield* found([5, 5, 8, 5, 5, 5]), { rows: 2, requests: 6 })
    }))

  it.effect("shows none where its sides make no more, which is not asked twice, nor where the second answer says so", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* found([3, 2, 5]), { rows: 0, requests: 3 })
      assert.deepStrictEqual(yield* found([3, 2, 9]), { rows: 0, requests: 3 })
      assert.deepStrictEqual(yield* found([3, 2, 4, 3, 2, 9]), { rows: 0, requests: 6 })
    }))

  it.effect("shows none where the vendor does not say, or where both sides together may hide more", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* found([null, null, null]), { rows: 0, requests: 3 })
      assert.deepStrictEqual(yield* found([6, 6, 10], 10), { rows: 0, requests: 3 })
      assert.deepStrictEqual(yield* found([6, 6, 10, 6, 6, 10], 11), { rows: 2, requests: 6 })
    }))
})
