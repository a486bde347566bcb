/** What a comparison takes a list to hold before everything that was asked for. */
import { assert, describe, it } from "@effect/vitest"
import type { Interval } from "@trunkline/dataset"
import * as Grain from "@trunkline/export/Grain"
import { DateTime, Effect } from "effect"
import * as Compared from "./fixtures/compared.js"

const { everyHour, range } = Compared
const rows = everyHour(90, 205)

/** Ten rows lie before what was asked for. */
const world: Compared.World = { there: rows, here: everyHour(100, 205), from: 100, edge: 200, latest: 205 }
const tell = (changed: Partial<Compared.World>) => Compared.found({ ...world, ...changed })

const young = "200 to 253"
const told = { agrees: true, moved: false, capped: false, isNews: false, isCut: false }
const agreed = (rows: number) => ({ ...told, sides: { here: rows, there: rows } })

/** A range that shows so many hours more at its beginning, and at its end. */
const wider = (before: number, after: number) => ({ from, to }: Interval.Interval): Interval.Interval => ({
  from: DateTime.subtract(from, { millis: before * 3_600_000 }),
  to: DateTime.add(to, { millis: after * 3_600_000 })
})
const second = 1 / 3600

describe("rows before what was asked for", () => {
  it.effect.each(["instants", "days"])("cost one count, told by %s", (kind) =>
    Effect.gen(function*() {
      const filter = kind === "days" ? { filter: { place: null } } : {}
      assert.deepStrictEqual(yield* tell(filter), { found: agreed(115), asked: ["all", "90 to 100", young] })
    }))

  it.effect("are not known where no total of them is told", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({
        told: (rows, { range }) => range?.from.epochMillis === Compared.at(90).epochMillis ? null : rows
      })
      assert.isNull(found)
    }))

  it.effect("count once where one lies at the first instant that was asked for", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({
        there: [...rows, 100],
        here: [...everyHour(100, 205), 100],
        filter: { place: null },
        shows: wider(0, second)
      })
      assert.deepStrictEqual(found, agreed(116))
    }))

  it.effect("are none where the first one lies at the first instant of the first day", () =>
    Effect.gen(function*() {
      const there = [240, ...everyHour(250, 500)]
      const { found } = yield* tell({
        there,
        here: there,
        grain: Grain.days,
        filter: { place: null },
        shows: wider(0, second),
        from: 240,
        edge: 480,
        latest: 500
      })
      assert.deepStrictEqual(found, agreed(251))
    }))

  // Ranges of more than sixty hours are refused, so that they are counted in parts.
  it.effect.each(["instants", "days"])(
    "count once where one lies at an edge of two parts, told by %s",
    (kind) =>
      Effect.gen(function*() {
        const { found } = yield* tell({
          there: [...everyHour(0, 205), 50],
          ...kind === "days"
            ? { filter: { place: null }, shows: wider(0, second) }
            : { filter: { place: { ...Compared.instants, edge: 1000 } }, shows: wider(second, second) },
          widest: 60
        })
        assert.deepStrictEqual(found, agreed(206))
      })
  )
})

describe("where ranges show the hour after them too", () => {
  const inexact: Partial<Compared.World> = { filter: { exact: false, place: null }, shows: wider(0, 1) }

  it.effect("rows of the first hour are not taken for rows before it", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* tell(inexact)).found, agreed(115))
    }))

  it.effect("rows of the first hour are none before it where a range of one hour shows its own rows", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({
        ...inexact,
        shows: (range) => Grain.count(Grain.hours, range) > 1 ? wider(0, 1)(range) : range
      })
      assert.deepStrictEqual(found, agreed(115))
    }))

  it.effect("a row that is missing in the first hour is noticed", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({ ...inexact, there: [...rows, 100.25] })
      assert.deepStrictEqual(found, { ...told, agrees: false, sides: { here: 115, there: 116 } })
    }))

  it.effect("a row that is held and lies before is counted with what is not held", () =>
    Effect.gen(function*() {
      const { found } = yield* tell({
        ...inexact,
        there: [...rows, 99.25],
        here: [99.25, ...everyHour(100, 205)],
        certified: [{ range: range(100, 101), rows: [100.5] }]
      })
      assert.deepStrictEqual(found, agreed(116))
    }))

  const all = everyHour(0, 205)

  it.effect("parts of what lies before count their rows once, which counts tell where an answer spans both", () =>
    Effect.gen(function*() {
      const { asked, found } = yield* tell({ ...inexact, there: all, widest: 60 })
      assert.deepStrictEqual(found, agreed(205))
      assert.deepStrictEqual(asked.filter((what) => what.startsWith("page")), [])
    }))

  it.effect("parts of what lies before count their rows once, which the rows tell where no answer spans both", () =>
    Effect.gen(function*() {
      const single = (there: ReadonlyArray<number>) => tell({ ...inexact, there, widest: 1 })
      assert.deepStrictEqual((yield* single(all)).found, agreed(205))
      const quiet = yield* single(all.filter((hours) => hours < 48 || hours > 50))
      assert.deepStrictEqual(quiet.found, agreed(203))
    }))

  it.effect("nothing is known where one of both counts has no total", () =>
    Effect.gen(function*() {
      const silent = (from: number) =>
        tell({
          ...inexact,
          told: (rows, { range }) => range?.from.epochMillis === Compared.at(from).epochMillis ? null : rows
        })
      assert.isNull((yield* silent(90)).found)
      assert.isNull((yield* silent(100)).found)
    }))
})

describe("where days begin at another hour than in UTC", () => {
  /** Nobody says when: day 10 of the API is what it shows of the hours from 240 to 264. */
  const inZone = (hours: number, changed: Partial<Compared.World>) => {
    const first = 240 - hours
    return tell({
      grain: Grain.days,
      filter: { place: null },
      shows: wider(hours, -hours),
      from: 240,
      edge: 480,
      latest: 500,
      certified: [
        { range: range(240, 264), rows: everyHour(first, first + 24) },
        { range: range(264, 480), rows: everyHour(first + 24, 480 - hours) }
      ],
      young: { held: 20 + hours },
      ...changed
    })
  }
  const held = everyHour(230, 500)

  it.effect("rows that the first day counted are rows of it", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* inZone(10, { there: held, here: held })).found, agreed(270))
    }))

  it.effect("rows are taken for rows of it where certificates do not say what they counted", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* inZone(10, { there: held, here: held, certified: [] })).found, agreed(270))
    }))

  it.effect.each([0, 200.5, 228.5])(
    "a row that is held and lies before it, at %d, is counted with what is not",
    (early) =>
      Effect.gen(function*() {
        const rows = [early, ...held]
        assert.deepStrictEqual((yield* inZone(10, { there: rows, here: rows })).found, agreed(271))
        // The same where no other row lies near.
        const few = [early, ...everyHour(300, 500)]
        const certified = [{ range: range(240, 264), rows: [] }]
        assert.deepStrictEqual((yield* inZone(10, { there: few, here: few, certified })).found, agreed(201))
      })
  )

  it.effect("a row that is gone counts nowhere", () =>
    Effect.gen(function*() {
      const here = [228.5, 229.5, ...held]
      const { found } = yield* inZone(10, { there: [228.5, ...held], here, gone: [229.5] })
      assert.deepStrictEqual(found, agreed(271))
    }))

  it.effect("rows of the second day are known by what was read, or by its certificate", () =>
    Effect.gen(function*() {
      const rows = [226.5, ...everyHour(227, 280)]
      const certified = [{ range: range(240, 264), rows: everyHour(227, 251) }]
      const one = { there: rows, here: rows, edge: 264, latest: 280, young: { held: 29 } }
      const shown = everyHour(251, 280)
      assert.deepStrictEqual((yield* inZone(13, { ...one, certified, shown })).found, agreed(54))
      const both = [...certified, { range: range(264, 288), rows: everyHour(251, 275) }]
      assert.deepStrictEqual((yield* inZone(13, { ...one, certified: both })).found, agreed(54))
    }))
})
