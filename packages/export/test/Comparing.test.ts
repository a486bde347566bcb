/** Where a list is cut to be counted, and which rows may count on either side of a cut. */
import { assert, describe, it } from "@effect/vitest"
import * as Grain from "@trunkline/export/Grain"
import { DateTime, Effect } from "effect"
import * as Comparing from "../src/internal/comparing.js"
import * as Met from "../src/internal/met.js"
import * as Compared from "./fixtures/compared.js"
import { page, pass } from "./fixtures/pages.js"

const { range } = Compared
const second = 1 / 3600
const millisecond = second / 1000

/** A vendor that counts a second more at either end of a range, by a stamp that may be six tenths off. */
const loose = { place: { ...Compared.instants, edge: 1000, apart: 600 } }
const world: Compared.World = {
  there: [],
  here: [],
  grain: Grain.seconds,
  filter: loose,
  from: 100,
  edge: 200,
  latest: 210
}

const hoursOf = (found: ReturnType<typeof range> | null) =>
  found === null ? null : [found.from.epochMillis, found.to.epochMillis].map((millis) => millis / 3_600_000)

describe("the settled past", () => {
  const past = (...certified: ReadonlyArray<readonly [number, number]>) =>
    hoursOf(Comparing.settledPast(certified.map(([from, to]) => range(from, to)), range(100, 200)))

  it("ends where the last certified stretch ends", () => {
    assert.deepStrictEqual(past([90, 170]), [100, 170])
    assert.deepStrictEqual(past([90, 210]), [100, 200])
  })

  it("is empty where nothing is certified", () => {
    assert.deepStrictEqual(past(), [100, 100])
    assert.deepStrictEqual(past([0, 90], [200, 210]), [100, 100])
  })

  it("is none where a part before its end is not certified", () => {
    assert.isNull(past([100, 150], [160, 170]))
    assert.isNull(past([101, 150]))
  })
})

describe("an edge", () => {
  const asked = (hours: number, changed: Partial<Compared.World> = {}) =>
    Effect.map(Compared.onBothSides({ ...world, here: [hours], ...changed }, 150), ({ asked }) => asked.length)

  it.effect("is counted where a row lies as near as it takes to count on both sides", () =>
    Effect.gen(function*() {
      for (const near of [150, 150 + 2.6 * second, 150 - 2.6 * second]) assert.isAbove(yield* asked(near), 0)
    }))

  it.effect("costs nothing where no row lies near", () =>
    Effect.gen(function*() {
      for (const apart of [2.6 * second + millisecond, -2.6 * second - millisecond]) {
        assert.strictEqual(yield* asked(150 + apart), 0)
      }
      assert.deepStrictEqual(yield* Compared.onBothSides(world, 150), { rows: 0, asked: [] })
    }))

  it.effect("of a day is counted where a row lies at a full quarter of an hour of any zone", () =>
    Effect.gen(function*() {
      const days = { grain: Grain.days, filter: { place: null } }
      for (const quarter of [136, 150.25, 162]) assert.isAbove(yield* asked(quarter, days), 0)
      for (const other of [135.75, 150.3, 162.25]) assert.strictEqual(yield* asked(other, days), 0)
    }))

  it.effect("is counted for rows that are both before and after it", () =>
    Effect.gen(function*() {
      const shows = ({ from, to }: ReturnType<typeof range>) => ({ from, to: DateTime.add(to, { millis: 1 }) })
      const there = [149.5, 150, 150.5]
      const { rows } = yield* Compared.onBothSides({ ...world, there, here: there, shows }, 150)
      assert.strictEqual(rows, 1)
    }))
})

describe("the settled past is cut", () => {
  it.effect("where it begins and ends, if no row is near", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Compared.cut({ ...world, here: [150] }), { from: 100, edge: 200 })
      assert.deepStrictEqual(yield* Compared.cut({ ...world, edge: 100 }), { from: 100, edge: 100 })
    }))

  // Rows near one edge are not near to the next one that is tried: seven seconds lie between them.
  it.effect("further inside, by whole seconds, if a row is near", () =>
    Effect.gen(function*() {
      const cut = yield* Compared.cut({ ...world, here: [100, 200] })
      assert.deepStrictEqual(cut, { from: 100 + 7 * second, edge: 200 - 7 * second })
    }))

  const busy = (seconds: number, towards: 1 | -1, edge: number) =>
    Array.from({ length: seconds }, (_, n) => edge + towards * n * second)

  it.effect("within fifty tries", () =>
    Effect.gen(function*() {
      const found = yield* Compared.cut({ ...world, here: busy(49 * 7 - 3, -1, 200) })
      assert.deepStrictEqual(found, { from: 100, edge: 200 - 49 * 7 * second })
    }))

  it.effect("nowhere if rows are near to all of them", () =>
    Effect.gen(function*() {
      assert.isNull(yield* Compared.cut({ ...world, here: busy(49 * 7 + 1, -1, 200) }))
      assert.isNull(yield* Compared.cut({ ...world, here: busy(49 * 7 + 1, 1, 100) }))
    }))

  it.effect("nowhere if its end comes to lie before its beginning", () =>
    Effect.gen(function*() {
      assert.isNull(yield* Compared.cut({ ...world, here: [100], edge: 100 + second }))
    }))

  it.effect("between days as it is, whatever lies there", () =>
    Effect.gen(function*() {
      const days = { grain: Grain.days, filter: { place: null } }
      assert.deepStrictEqual(yield* Compared.cut({ ...world, ...days, here: [100, 200] }), { from: 100, edge: 200 })
    }))
})

it.effect("rows that are listed again are no longer apart, and the last reading tells how often a row is listed", () =>
  Effect.gen(function*() {
    const met = Met.make()
    met.add(range(100, 101), [[
      pass(page("listed twice twice", { total: 3 })),
      pass(page("listed once", { total: 2 }))
    ]])
    met.add(range(101, 102), [[pass(page("thrice thrice thrice", { total: 3 }))]])
    const known = { unlisted: [], repeated: { once: 1, before: 2 } }
    assert.deepStrictEqual(yield* Comparing.apart(known, met, ["listed", "unlisted"]), {
      unlisted: ["unlisted"],
      repeated: { before: 2, thrice: 2 }
    })
  }))
