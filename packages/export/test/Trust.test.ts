/** Which ranges a vendor cuts, told from what it counts of them and of their parts. */
import { assert, it } from "@effect/vitest"
import { Interval } from "@trunkline/dataset"
import * as Grain from "@trunkline/export/Grain"
import * as Planning from "@trunkline/export/Planning"
import type { Filter, Listing } from "@trunkline/export/Source"
import { DateTime, Effect, Option } from "effect"
import * as Counts from "../src/internal/counts.js"
import * as Trust from "../src/internal/trust.js"
import * as Vendor from "./fixtures/vendor.js"

const hour = 60 * 60 * 1000
const hours = (from: number, to: number) =>
  Interval.make(DateTime.unsafeMake(from * hour), DateTime.unsafeMake(to * hour))
const range = hours(0, 128)

/** A row in the middle of every hour. */
const everyHour = Array.from({ length: 128 }, (_, n) => (n + 0.5) * hour)

type Count = (range: Interval.Interval) => number

const inside = (rows: ReadonlyArray<number>): Count => ({ from, to }) =>
  rows.filter((at) => at >= from.epochMillis && at < to.epochMillis).length

/** A vendor that counts ranges like this, and so many rows of the whole list. */
const connected = (count: Count, whole: number) =>
  Effect.gen(function*() {
    const vendor = Vendor.make(Effect.succeed([]))
    const [name] = yield* vendor.scopes({ transcripts: false })
    const scope = yield* Option.match(Option.fromNullable(name), {
      onNone: () => Effect.dieMessage("a vendor without a scope"),
      onSome: ({ connect }) => connect
    })
    const usual = yield* scope.list.filter
    const listing = (total: number): Listing => ({
      entries: [],
      refused: [],
      size: 1,
      total,
      next: null,
      requestId: null,
      answeredAt: null
    })
    const filter: Filter = {
      ...usual,
      place: null,
      all: { ...usual.all, count: (range) => Effect.sync(() => listing(range === null ? whole : count(range))) }
    }
    return { filter, scope }
  })

const planning = (remember: (name: string) => void) =>
  Effect.provideServiceEffect(
    Planning.Planning,
    Planning.make({
      ledger: Option.none(),
      remember: (_, name) => Effect.sync(() => remember(name)),
      once: () => Effect.void
    })
  )

/** What is found of a vendor that counts like this, and all that was remembered of it. */
const found = (count: Count, whole: number) =>
  Effect.gen(function*() {
    const remembered: Array<string> = []
    const doubted = Effect.gen(function*() {
      const { filter, scope } = yield* connected(count, whole)
      const trust = (yield* Trust.of(scope))(filter)
      return { isNarrower: yield* trust.doubt(range, whole), widest: trust.limits().widest }
    })
    return { ...yield* doubted.pipe(planning((name) => remembered.push(name))), remembered }
  })

it.effect("a vendor that answers for the last hours of a range only is asked for ranges that are no longer", () =>
  Effect.gen(function*() {
    const all = inside(everyHour)
    const { isNarrower, remembered, widest } = yield* found(
      ({ from, to }) => all({ from: DateTime.max(from, DateTime.subtract(to, { hours: 20 })), to }),
      128
    )
    assert.isTrue(isNarrower)
    assert.isAtMost(widest, 20)
    assert.deepStrictEqual(remembered, ["widest range"])
  }))

const unlimited = { isNarrower: false, widest: Number.POSITIVE_INFINITY, remembered: [] }

it.effect("rows that no range shows make none of them narrower", () =>
  Effect.map(found(inside(everyHour), 140), (told) => assert.deepStrictEqual(told, unlimited)))

it.effect("one wrong answer makes no range narrower", () =>
  Effect.gen(function*() {
    const all = inside(everyHour)
    let answers = 0
    const told = yield* found((range) => {
      answers += 1
      return answers === 1 ? 0 : all(range)
    }, 128)
    assert.deepStrictEqual(told, unlimited)
  }))

it.effect("rows that are counted on both sides of an edge make no range narrower", () =>
  Effect.gen(function*() {
    const rows = everyHour.map((at) => Math.floor(at / hour) * hour)
    const told = yield* found(
      ({ from, to }) => rows.filter((at) => at >= from.epochMillis && at <= to.epochMillis).length,
      140
    )
    assert.deepStrictEqual(told, unlimited)
  }))

it.effect("what lies on both sides of an edge is believed the second time", () =>
  Effect.gen(function*() {
    let answers = 0
    const { filter, scope } = yield* connected((range) => {
      answers += 1
      return answers === 3 ? 0 : inside(everyHour)(range)
    }, 128)
    assert.strictEqual(yield* Counts.atEdge(scope, filter, DateTime.unsafeMake(20 * hour), Counts.unlimited), 0)
  }).pipe(planning(() => undefined)))

it.effect("a count asks no more often than it may, and then knows nothing", () =>
  Effect.gen(function*() {
    const { filter, scope } = yield* connected(inside(everyHour), 128)
    const counted = (left: number, limits = Counts.unlimited) =>
      Counts.ofRange(scope, filter, range, limits, undefined, { left, isCut: false })
    assert.strictEqual(yield* counted(1), 128)
    assert.isNull(yield* counted(0))
    // Its two halves, after the whole, which is too wide to be asked for.
    const halved = { ...Counts.unlimited, widest: Grain.count(scope.list.grain, range) / 2 }
    assert.strictEqual(yield* counted(3, halved), 128)
    assert.isNull(yield* counted(2, halved))
  }).pipe(planning(() => undefined)))
