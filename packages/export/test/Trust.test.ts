/** Which ranges a vendor cuts, told from what it counts of them and of their parts. */
import { assert, describe, it } from "@effect/vitest"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import * as Grain from "@trunkline/export/Grain"
import { DateTime, Effect, Option, TestClock } from "effect"
import * as Trust from "../src/internal/trust.js"
import * as Counting from "./fixtures/counting.js"
import { hour, hours, planning } from "./fixtures/scope.js"

const { connected, inside, slice, withEdges } = Counting

const range = hours(0, 128)
const everyHour = Counting.everyHour(128)
const all = inside(everyHour)
const unlimited = { widest: Number.POSITIVE_INFINITY, cap: Number.POSITIVE_INFINITY }

/** What the ledger knows. */
type Known = Partial<Pick<Readable, "fact">>

/** What is found of a vendor that counts like this, what was asked, and all that was remembered of it. */
const found = (
  count: Counting.Count,
  whole: number,
  doubted = range,
  known: Known = {}
) =>
  Effect.gen(function*() {
    const remembered: Array<string> = []
    return yield* Effect.gen(function*() {
      const counted = yield* connected({ count, whole })
      const trust = (yield* Trust.of(counted.scope))(counted.filter)
      const isNarrower = yield* trust.doubt(doubted, whole)
      return { isNarrower, widest: trust.limits().widest, remembered, widths: Counting.widths(counted), trust, counted }
    }).pipe(planning({ ledger: known, remember: (name) => remembered.push(name) }))
  })

/** A vendor that answers for the last twenty hours of a range only. */
const short: Counting.Count = ({ from, to }) =>
  all({ from: DateTime.max(from, DateTime.subtract(to, { hours: 20 })), to })

/** The ledger knows this limit, which was found so long ago. */
const knowing = (name: string, limit: number, ago: number): Known => ({
  fact: (_source, _scope, asked) =>
    Effect.map(DateTime.now, (now) =>
      asked === name
        ? Option.some(JSON.stringify({ limit, at: DateTime.formatIso(DateTime.subtract(now, { millis: ago })) }))
        : Option.none())
})

const day = 24 * hour

const honest = (told: Effect.Effect.Success<ReturnType<typeof found>>) => {
  assert.isFalse(told.isNarrower)
  assert.strictEqual(told.widest, Number.POSITIVE_INFINITY)
  assert.deepStrictEqual(told.remembered, [])
}

describe("a vendor that answers for the last hours of a range only", () => {
  it.effect("is asked for ranges of half the length at which every row was counted", () =>
    Effect.gen(function*() {
      const { isNarrower, remembered, widest, widths } = yield* found(short, 128)
      assert.isTrue(isNarrower)
      assert.strictEqual(widest, 8)
      assert.deepStrictEqual(remembered, ["widest range"])
      // At sixteen hours nothing is missing any more.
      assert.notInclude(widths, 8)
    }))

  it.effect("is asked for half of the longest part, where parts differ by an hour", () =>
    Effect.map(found(short, 100, hours(0, 100)), ({ widest }) => assert.strictEqual(widest, 7)))

  it.effect("is doubted once a run", () =>
    Effect.gen(function*() {
      const { counted, trust } = yield* found(short, 128)
      const before = counted.asked.length
      assert.isFalse(yield* trust.doubt(range, 128).pipe(planning()))
      assert.strictEqual(counted.asked.length, before)
    }))

  it.effect("is asked for no longer range than was right before, and what is known stays where it holds", () =>
    Effect.gen(function*() {
      const known = knowing("widest range", 16, day)
      const { isNarrower, remembered, widest, widths } = yield* found(short, 140, range, known)
      assert.isFalse(isNarrower)
      assert.strictEqual(widest, 16)
      assert.deepStrictEqual(remembered, [])
      assert.strictEqual(Math.max(...widths), 16)
      assert.strictEqual(widths.filter((width) => width === 16).length, 8)
    }))

  it.effect("is asked for the whole range where that is just as long as is known to be right", () =>
    Effect.map(
      found(all, 128, range, knowing("widest range", 128, day)),
      ({ widths }) => assert.deepStrictEqual(widths, [128])
    ))

  it.effect("is tried again with longer ranges after thirty days", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(100 * day)
      const widest = (ago: number) =>
        Effect.map(found(all, 128, range, knowing("widest range", 16, ago)), ({ trust }) => trust.limits().widest)
      assert.strictEqual(yield* widest(30 * day), 16)
      assert.strictEqual(yield* widest(30 * day + 1), Number.POSITIVE_INFINITY)
    }))
})

describe("no range becomes narrower", () => {
  it.effect("by rows that no range shows, for which each part is asked once down to an hour", () =>
    Effect.gen(function*() {
      const told = yield* found(all, 140)
      honest(told)
      assert.strictEqual(told.widths.length, 255)
    }))

  it.effect("by one wrong answer", () =>
    Effect.gen(function*() {
      for (const wrong of [1, 2]) {
        let answers = 0
        const told = yield* found((range) => {
          answers += 1
          return answers === wrong ? 0 : all(range)
        }, 130)
        honest(told)
      }
    }))

  it.effect("by a range that counts all of its rows, and nothing when it is asked once more", () =>
    Effect.gen(function*() {
      const onEdges = withEdges(everyHour.map((at) => at - 0.5 * hour))
      let wholes = 0
      honest(
        yield* found((asked) => {
          const isWhole = asked.to.epochMillis - asked.from.epochMillis === 128 * hour
          wholes += isWhole ? 1 : 0
          return isWhole && wholes === 2 ? 0 : onEdges(asked)
        }, 140)
      )
    }))

  it.effect("by a range that counts fewer rows than its halves, and does not say when it is asked once more", () =>
    Effect.gen(function*() {
      let wholes = 0
      honest(
        yield* found((asked) => {
          const isWhole = asked.to.epochMillis - asked.from.epochMillis === 128 * hour
          wholes += isWhole ? 1 : 0
          return isWhole ? wholes === 1 ? 100 : null : all(asked)
        }, 140)
      )
      assert.strictEqual(wholes, 2)
    }))

  it.effect("by rows that are counted on both sides of an edge", () =>
    Effect.map(found(withEdges(everyHour.map((at) => at - 0.5 * hour)), 140), honest))

  it.effect("where the vendor does not say of one of its parts", () =>
    Effect.gen(function*() {
      const total = (asked: typeof range) => asked.to.epochMillis - asked.from.epochMillis === 128 * hour ? 0 : null
      const { widths, ...told } = yield* found(total, 140)
      honest({ ...told, widths })
      assert.deepStrictEqual(widths, [128, 64, 64])
      const silent = yield* found(() => null, 140)
      honest(silent)
      assert.deepStrictEqual(silent.widths, [128])
    }))
})

describe("doubting costs", () => {
  const long = hours(0, 1024)
  const rows = Counting.everyHour(1024)

  it.effect("no more requests than the pages of the list, and four hundred more", () =>
    Effect.gen(function*() {
      const asked = (whole: number) => Effect.map(found(inside(rows), whole, long), ({ widths }) => widths.length)
      // 450 are allowed: down to 128 parts it takes 255, which leaves too few for their halves.
      assert.strictEqual(yield* asked(2500), 255)
      // 510 are allowed, just enough for 256 parts.
      assert.strictEqual(yield* asked(5500), 511)
    }))

  it.effect("four requests more for each range whose halves count more", () =>
    Effect.gen(function*() {
      const onEdges = rows.map((at) => at - 0.5 * hour)
      // 762 are allowed, just enough for six of each of 127 ranges. Each is asked in halves, once more, and twice at its edge.
      const { widths } = yield* found(withEdges(onEdges), (6 * 127 - 400) * 50, long)
      assert.strictEqual(widths.length, 1 + 127 * 9)
      const fewer = yield* found(withEdges(onEdges), (6 * 127 - 400) * 50 - 50, long)
      assert.strictEqual(fewer.widths.length, 1 + 63 * 9 + 64 * 2)
    }))
})

describe("a total", () => {
  it("looks like a limit where it is a number of thousands", () => {
    for (const total of [1000, 10_000]) assert.isTrue(Trust.looksLikeLimit(total), String(total))
    for (const total of [0, 1, 500, 999, 1001]) assert.isFalse(Trust.looksLikeLimit(total), String(total))
  })

  const trusting = (cap: number | null, cuts: Counting.Options["cuts"] = []) =>
    Effect.gen(function*() {
      const { filter, scope } = yield* connected({ count: all, cuts })
      const trust = (yield* Trust.of(scope))(filter)
      if (cap !== null) yield* trust.cutOff(cap)
      return trust
    })

  it.effect("is true of ranges as long as are known to be right", () =>
    Effect.gen(function*() {
      const trust = yield* trusting(null)
      assert.isTrue(yield* trust.isTrue(hours(0, 16), 1_000_000))
      assert.isFalse(yield* trust.isTrue(hours(0, 17), 1))
    }).pipe(planning({ ledger: knowing("widest range", 16, day) })))

  it.effect("is true below the number that totals are cut off at", () =>
    Effect.gen(function*() {
      const trust = yield* trusting(1000)
      assert.isTrue(yield* trust.isTrue(range, 999))
      assert.isTrue(yield* trust.isTrue(range, null))
      assert.isFalse(yield* trust.isTrue(range, 1000))
      assert.isFalse(yield* trust.isTrue(hours(0, 2), 1000))
    }).pipe(planning()))

  it.effect("of a unit is true where its parts make as many, or where it has no parts", () =>
    Effect.gen(function*() {
      const parts = (...totals: ReadonlyArray<number>) => [() => totals.map((total) => slice(() => total))]
      const isTrue = (total: number | null, cuts: Counting.Options["cuts"]) =>
        Effect.flatMap(trusting(1000, cuts), (trust) => trust.isTrue(hours(0, 1), total))
      assert.isTrue(yield* isTrue(1000, []))
      assert.isTrue(yield* isTrue(1000, parts(600, 400)))
      assert.isFalse(yield* isTrue(1000, parts(999, 999)))
      assert.isTrue(yield* isTrue(999, parts(1, 1)))
      assert.isTrue(yield* isTrue(null, parts(1, 1)))
    }).pipe(planning()))

  it.effect("that is cut off is remembered once, and no larger one takes its place", () =>
    Effect.gen(function*() {
      const remembered: Array<string> = []
      yield* Effect.gen(function*() {
        const trust = yield* trusting(null)
        assert.isTrue(yield* trust.cutOff(2000))
        assert.isFalse(yield* trust.cutOff(2000))
        assert.isTrue(yield* trust.cutOff(3000))
        assert.strictEqual(trust.limits().cap, 2000)
        assert.isTrue(yield* trust.cutOff(1000))
        assert.strictEqual(trust.limits().cap, 1000)
      }).pipe(planning({ remember: (name, value) => remembered.push(`${name} ${Number(/\d+/.exec(value)?.[0])}`) }))
      assert.deepStrictEqual(remembered, ["largest total 2000", "largest total 1000"])
    }))

  it.effect("that was cut off within thirty days is known from the start", () =>
    Effect.map(trusting(null), (trust) => assert.deepStrictEqual(trust.limits(), { ...unlimited, cap: 1000 }))
      .pipe(planning({ ledger: knowing("largest total", 1000, day) })))

  it.effect("of a list in seconds is looked at down to an hour", () =>
    Effect.gen(function*() {
      const counted = yield* connected({ count: all, whole: 140, grain: Grain.seconds })
      const trust = (yield* Trust.of(counted.scope))(counted.filter)
      assert.isFalse(yield* trust.doubt(range, 140))
      assert.strictEqual(Math.min(...Counting.widths(counted)), 3600)
    }).pipe(planning()))
})
