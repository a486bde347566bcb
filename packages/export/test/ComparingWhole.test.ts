/** What a comparison tells of a list that can be counted as a whole, and with how few requests. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Compared from "./fixtures/compared.js"

const { everyHour } = Compared
const rows = everyHour(100, 205)

/** A hundred rows of the settled past and five younger ones, all of them held. */
const world: Compared.World = { there: rows, here: rows, from: 100, edge: 200, latest: 205 }
const young = "200 to 253"
/** What is written after the run began. */
const later = "205 to 253"

const without = (hours: number) => rows.filter((one) => one !== hours)
const tell = (changed: Partial<Compared.World>) => Compared.found({ ...world, ...changed })

const told = {
  agrees: false,
  sides: { here: 105, there: 105 },
  moved: false,
  capped: false,
  isNews: false,
  isCut: false
}
const agreed = { ...told, agrees: true }
const isBy = (kind: string) => kind === "days" ? { filter: { place: null } } : {}

describe("a list that is held as a whole", () => {
  it.effect.each(["instants", "days"])("agrees by two counts, told by %s", (kind) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* tell(isBy(kind)), { found: agreed, asked: ["all", young] })
    }))

  it.effect("agrees by one count where ranges show more than their own rows", () =>
    Effect.gen(function*() {
      const inexact = yield* tell({ filter: { exact: false, place: null } })
      assert.deepStrictEqual(inexact, { found: agreed, asked: ["all"] })
    }))

  it.effect("agrees without a row on either side", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({ there: [], here: [] })
      assert.deepStrictEqual(found, { ...agreed, sides: { here: 0, there: 0 } })
    }))

  it.effect("agrees where nothing of it is settled", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* tell({ edge: 100 })).found, agreed)
    }))

  it.effect("agrees where a total was too low once, or too high", () =>
    Effect.gen(function*() {
      const wrong = (by: number) => tell({ told: (rows, { number }) => number === 0 ? rows + by : rows })
      assert.deepStrictEqual((yield* wrong(-3)).found, agreed)
      assert.deepStrictEqual((yield* wrong(3)).found, { ...agreed, sides: { here: 105, there: 108 } })
    }))

  it.effect.each(["instants", "days"])(
    "agrees with rows that do not count one by one, told by %s",
    (kind) =>
      Effect.gen(function*() {
        const found = yield* tell({
          ...isBy(kind),
          ...Compared.notOneByOne(rows)
        })
        assert.deepStrictEqual(found, { found: { ...agreed, sides: { here: 115, there: 115 } }, asked: ["all", young] })
      })
  )

  it.effect("agrees where rows that are gone are held beside", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* tell({ there: without(150.5), gone: [150.5] })).found, {
        ...agreed,
        sides: { here: 104, there: 104 }
      })
    }))
})

describe("nothing is known of a list", () => {
  it.effect("without a total", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* tell({ told: () => null }), { found: null, asked: ["all"] })
      const first = yield* tell({ told: (rows, { number }) => number === 0 ? null : rows })
      assert.deepStrictEqual(first, { found: null, asked: ["all"] })
    }))

  it.effect("that tells a total, and not its oldest row", () =>
    Effect.gen(function*() {
      const hollow = yield* tell({ here: [], answer: (listing) => ({ ...listing, entries: [] }) })
      assert.deepStrictEqual(hollow, { found: null, asked: ["all"] })
    }))

  it.effect.each([1, 2, 3])("that moved, where answer %i to it has no total", (missing) =>
    Effect.gen(function*() {
      const { asked, found } = yield* tell({
        there: [...rows, 204.75],
        told: (rows, { number }) => number === missing ? null : rows
      })
      assert.isNull(found)
      assert.isAtMost(asked.length, 5)
    }))

  it.effect("whose young part is another each of four times", () =>
    Effect.gen(function*() {
      const counts = [["all", 106], [young, 6], ["all", 107], [young, 7], ["all", 108], [young, 8], ["all", 109]]
      const moving = (last: number) => tell({ told: (_, { number }) => Number(counts[number]?.[1] ?? last) })
      const { asked, found } = yield* moving(9)
      assert.isNull(found)
      assert.strictEqual(asked.length, 8)
    }))
})

it.effect("a list whose young part stands still the third time is told", () =>
  Effect.gen(function*() {
    const counts = [106, 6, 107, 7, 108, 8, 108, 8]
    const { found } = yield* tell({ told: (_, { number }) => counts[number] ?? 0 })
    assert.deepStrictEqual(found, { ...told, moved: true, sides: { here: 105, there: 106 } })
  }))

describe("a row that", () => {
  it.effect("came late into the settled past is a difference, found with few requests", () =>
    Effect.gen(function*() {
      const { asked, found } = yield* tell({ there: [...rows, 150.25] })
      assert.deepStrictEqual(found, { ...told, sides: { here: 105, there: 106 } })
      assert.isAtMost(asked.length, 6)
    }))

  it.effect("left the settled past is a difference", () =>
    Effect.gen(function*() {
      const { asked, found } = yield* tell({ there: without(150.5) })
      assert.deepStrictEqual(found, { ...told, sides: { here: 105, there: 104 } })
      assert.deepStrictEqual(asked, ["all", "all", young, "100 to 200", "all", young])
    }))

  it.effect("left is a difference also where a second answer shows no row at all", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({
        there: without(150.5),
        answer: (listing, { number }) => number === 1 ? { ...listing, entries: [] } : listing
      })
      assert.deepStrictEqual(found, { ...told, sides: { here: 105, there: 104 } })
    }))

  it.effect("came after the young part was read is to be read", () =>
    Effect.gen(function*() {
      const { asked, found } = yield* tell({ there: [...rows, 204.75] })
      assert.deepStrictEqual(found, { ...told, moved: true, sides: { here: 105, there: 106 } })
      assert.deepStrictEqual(asked, ["all", young, "all", young, later])
    }))

  it.effect("came young does not hide that another one left the past", () =>
    Effect.gen(function*() {
      const { asked, found } = yield* tell({ there: [...without(150.5), 204.75] })
      assert.deepStrictEqual(found, { ...told, moved: true })
      assert.deepStrictEqual(asked, ["all", young])
    }))

  it.effect("left the young part is to be read again", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({ there: without(203.5) })
      assert.deepStrictEqual(found, { ...told, moved: true, sides: { here: 105, there: 104 } })
    }))

  it.effect("was written after the run began is left to the next one", () =>
    Effect.gen(function*() {
      const { asked, found } = yield* tell({ there: [...rows, 206] })
      assert.deepStrictEqual(found, { ...agreed, sides: { here: 105, there: 106 } })
      assert.deepStrictEqual(asked, ["all", young, "all", young, later])
    }))

  it.effect("was written after the run began does not hide one that came before", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({ there: [...rows, 204.75, 206] })
      assert.deepStrictEqual(found, { ...told, moved: true, sides: { here: 105, there: 107 } })
    }))

  it.effect("may have been written after the run began is to be read where no total tells it", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({
        there: [...rows, 206],
        told: (rows, { range }) => range?.from.epochMillis === Compared.at(205).epochMillis ? null : rows
      })
      assert.strictEqual(found?.moved, true)
    }))

  it.effect("no range shows is a difference, and reading younger ones is no answer to it", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({
        there: [...rows, 204.75],
        told: (rows, { range }) => range === null ? rows + 1 : rows
      })
      assert.deepStrictEqual(found, { ...told, sides: { here: 106, there: 107 } })
    }))

  it.effect("is missing is a difference also where ranges show more than their own rows", () =>
    Effect.gen(function*() {
      const { asked, found } = yield* tell({ there: [...rows, 150.25], filter: { exact: false, place: null } })
      assert.deepStrictEqual(found, { ...told, sides: { here: 105, there: 106 } })
      assert.strictEqual(asked.filter((what) => what === "all").length, 1)
    }))
})

describe("a vendor that answers for the last hours of a range only", () => {
  const lastHours = (hours: number): Partial<Compared.World> => ({
    shows: ({ from, to }) => ({
      from: from.epochMillis < to.epochMillis - hours * 3_600_000
        ? Compared.at(to.epochMillis / 3_600_000 - hours)
        : from,
      to
    })
  })

  it.effect("is asked for shorter ones where something is missing", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({ ...lastHours(20), there: [...rows, 150.25] })
      assert.deepStrictEqual(found, { ...told, sides: { here: 105, there: 106 } })
    }))

  it.effect("is asked for shorter ones where only what lies before the past is too long", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({ ...lastHours(70), here: everyHour(190, 205), from: 190 })
      assert.deepStrictEqual(found, agreed)
    }))

  it.effect("is asked for shorter ones also where nothing is settled", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({ ...lastHours(70), here: everyHour(200, 205), from: 200 })
      assert.deepStrictEqual(found, agreed)
    }))
})
