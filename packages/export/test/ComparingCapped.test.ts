/** What a comparison tells of a list whose total is cut off: its parts are counted. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Compared from "./fixtures/compared.js"

const { everyHour } = Compared
const rows = everyHour(100, 205)

/** The API tells no total that is larger. */
const most = 60
const cutAt = (most: number) => (rows: number) => Math.min(rows, most)

/** A hundred rows of the settled past and five younger ones, all of them held. */
const world: Compared.World = { there: rows, here: rows, from: 100, edge: 200, latest: 205, told: cutAt(most) }
const young = "200 to 253"
const later = "205 to 253"
const halves = ["100 to 200", "100 to 150", "150 to 200"]

const without = (hours: number) => rows.filter((one) => one !== hours)
const tell = (changed: Partial<Compared.World>) => Compared.found({ ...world, ...changed })

const capped = {
  agrees: true,
  sides: { here: 100, there: 100 },
  moved: false,
  capped: true,
  isNews: true,
  isCut: false
}
const differs = { ...capped, agrees: false, capped: false, isNews: false }

describe("a total that is cut off", () => {
  it.effect("is found by the parts of the list, and asked for once more before it is believed", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* tell({}), {
        found: capped,
        asked: ["all", "all", young, ...halves, "all", young]
      })
    }))

  it.effect("that is known costs one request less", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* tell({ cap: most }), {
        found: { ...capped, isNews: false },
        asked: ["all", "all", young, ...halves, young]
      })
    }))

  it.effect("is none where it was only wrong for a while", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({ told: (rows, { number }) => number < 2 ? Math.min(rows, most) : rows })
      assert.deepStrictEqual(found, { ...differs, agrees: true, sides: { here: 105, there: 60 } })
    }))

  it.effect("is the larger one of two answers", () =>
    Effect.gen(function*() {
      const wholes = [60, 58]
      const { found } = yield* tell({
        told: (rows, { number, range }) => range === null ? wholes[number] ?? most : Math.min(rows, most)
      })
      assert.deepStrictEqual(found, capped)
    }))

  it.effect("is at least ten", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* tell({ told: cutAt(10) })).found, capped)
      const { found } = yield* tell({ told: cutAt(9) })
      assert.deepStrictEqual(found, { ...differs, sides: { here: 105, there: 9 } })
    }))

  it.effect("is more than a row that left, where just as many are counted of the rest", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({ told: (rows) => rows, there: without(150.5) })
      assert.deepStrictEqual(found, { ...differs, sides: { here: 105, there: 104 } })
    }))

  it.effect("is found by young rows as well, as many as were read", () =>
    Effect.gen(function*() {
      const sixty = everyHour(140, 205)
      const told = (most: number) => (rows: number, { range }: Compared.Question) => range === null ? most : rows
      const { found } = yield* tell({ here: sixty, there: sixty, from: 140, told: told(62) })
      assert.deepStrictEqual(found, { ...capped, sides: { here: 60, there: 60 } })
      // One of them left.
      const fewer = sixty.filter((hours) => hours !== 203.5)
      const moved = yield* tell({ here: sixty, there: fewer, from: 140, told: told(64) })
      assert.deepStrictEqual(moved.found, { ...differs, moved: true, sides: { here: 65, there: 64 } })
    }))

  it.effect("is found by the past alone where no total of young rows is told", () =>
    Effect.gen(function*() {
      const silent = (most: number) => (rows: number, { range }: Compared.Question) =>
        range?.from.epochMillis === Compared.at(200).epochMillis ? null : Math.min(rows, most)
      assert.deepStrictEqual((yield* tell({ told: silent(most) })).found, capped)
      const sixty = everyHour(140, 205)
      assert.isNull((yield* tell({ here: sixty, there: sixty, from: 140, told: silent(most) })).found)
    }))

  it.effect("is found by what lies before the past as well", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({
        there: everyHour(90, 205),
        told: (rows, { range }) => range === null ? 112 : rows
      })
      assert.deepStrictEqual(found, capped)
    }))

  it.effect("is found where nothing is settled, and no stretch without length is asked for", () =>
    Effect.gen(function*() {
      const { asked, found } = yield* tell({ here: everyHour(200, 205), from: 200 })
      assert.deepStrictEqual(found, { ...capped, sides: { here: 0, there: 0 } })
      assert.notInclude(asked, "200 to 200")
    }))

  it.effect("cannot be told from a wrong one where the settled past is not counted", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({
        told: (rows, { range }) =>
          range?.from.epochMillis === Compared.at(100).epochMillis ? null : Math.min(rows, most)
      })
      assert.deepStrictEqual(found, { ...differs, sides: { here: 105, there: 60 } })
    }))
})

describe("a total that is what is held", () => {
  /** Ten rows in every hour, as many in all as totals are often cut off at. */
  const thousand = Array.from({ length: 1000 }, (_, n) => 100 + (n + 0.5) / 10)

  it.effect("is believed where it looks like a limit and its parts make no more", () =>
    Effect.gen(function*() {
      const { asked, found } = yield* tell({ here: thousand, there: thousand, told: cutAt(1000) })
      assert.deepStrictEqual(found, { ...differs, agrees: true, sides: { here: 1000, there: 1000 } })
      assert.deepStrictEqual(asked, ["all", young, ...halves])
    }))

  it.effect("costs nothing more where ranges show more than their own rows", () =>
    Effect.gen(function*() {
      const { asked, found } = yield* tell({
        here: thousand,
        there: thousand,
        told: cutAt(1000),
        filter: { exact: false, place: null }
      })
      assert.deepStrictEqual(found, { ...differs, agrees: true, sides: { here: 1000, there: 1000 } })
      assert.deepStrictEqual(asked, ["all"])
    }))

  it.effect("is none that looks like a limit where its parts make more", () =>
    Effect.gen(function*() {
      const there = [...thousand, 150.01, 160.01]
      const { found } = yield* tell({ here: thousand, there, told: cutAt(1000) })
      assert.deepStrictEqual(found, { ...capped, agrees: false, sides: { here: 1000, there: 1002 } })
    }))

  it.effect("is none that is known as a limit where its parts make more", () =>
    Effect.gen(function*() {
      const { asked, found } = yield* tell({
        here: everyHour(145, 205),
        there: [...everyHour(145, 205), 150.25, 160.25],
        from: 145,
        cap: most
      })
      assert.deepStrictEqual(found, { ...capped, isNews: false, agrees: false, sides: { here: 55, there: 57 } })
      assert.strictEqual(asked.filter((what) => what === "all").length, 1)
    }))
})

describe("where the total is cut off", () => {
  it.effect.each(["instants", "days"])(
    "rows count that do not count one by one, told by %s",
    (kind) =>
      Effect.gen(function*() {
        const { found } = yield* tell({
          ...kind === "days" ? { filter: { place: null } } : {},
          ...Compared.notOneByOne(rows)
        })
        assert.deepStrictEqual(found, { ...capped, sides: { here: 106, there: 106 } })
      })
  )

  it.effect("a late row is a difference of the settled past", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({ there: [...rows, 150.25] })
      assert.deepStrictEqual(found, { ...capped, agrees: false, sides: { here: 100, there: 101 } })
    }))

  it.effect("a row that came after the young part was read is to be read", () =>
    Effect.gen(function*() {
      const { asked, found } = yield* tell({ there: [...rows, 204.75] })
      assert.deepStrictEqual(found, { ...capped, agrees: false, moved: true })
      assert.deepStrictEqual(asked.slice(-2), [young, later])
    }))

  it.effect("a row that was written after the run began is left to the next one", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* tell({ there: [...rows, 206] })).found, capped)
    }))

  it.effect("rows at an edge of two parts, and at the end of the past, count once", () =>
    Effect.gen(function*() {
      const there = [...rows, 150, 200]
      const { found } = yield* tell({
        there,
        here: there,
        filter: { place: null },
        shows: ({ from, to }) => ({ from, to: Compared.at(to.epochMillis / 3_600_000 + 0.001) })
      })
      assert.deepStrictEqual(found, { ...capped, sides: { here: 101, there: 101 } })
    }))

  it.effect("an hour of as many rows proves nothing, though as many are held", () =>
    Effect.gen(function*() {
      const full = Array.from({ length: most - 1 }, (_, n) => 150.6 + n / 1000)
      const { found } = yield* tell({ here: [...rows, ...full], there: [...rows, ...full, 150.9] })
      assert.deepStrictEqual(found, { ...capped, agrees: false, sides: { here: 159, there: 159 } })
    }))

  it.effect("an hour of as many young rows is told to be cut", () =>
    Effect.gen(function*() {
      const full = Array.from({ length: most - 1 }, (_, n) => 203.6 + n / 1000)
      const { found } = yield* tell({ here: [...rows, ...full], there: [...rows, ...full, 203.9] })
      assert.deepStrictEqual(found, { ...capped, isCut: true })
    }))

  it.effect("ranges that show more than their own rows prove nothing", () =>
    Effect.gen(function*() {
      const { asked, found } = yield* tell({ filter: { exact: false, place: null } })
      assert.deepStrictEqual(found, { ...capped, agrees: false })
      assert.deepStrictEqual(asked, ["all", "all", "all"])
    }))
})
