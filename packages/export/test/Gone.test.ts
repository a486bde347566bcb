/** Rows that are held and were not listed: which the vendor is asked for, and what its answers make of them. */
import { assert, describe, it } from "@effect/vitest"
import { Hiding, Interval } from "@trunkline/dataset"
import * as Grain from "@trunkline/export/Grain"
import type { Entry, Filter, Listing } from "@trunkline/export/Source"
import { DateTime, Effect, Redacted } from "effect"
import * as Gone from "../src/internal/gone.js"
import * as Met from "../src/internal/met.js"
import { page, pass } from "./fixtures/pages.js"
import * as Parts from "./fixtures/parts.js"
import * as Vendor from "./fixtures/vendor.js"

const hour = 60 * 60 * 1000
const at = (hours: number) => DateTime.unsafeMake(hours * hour)
const hours = (from: number, to: number) => Interval.make(at(from), at(to))

/** A row of this hour. */
const row = (id: string, hours: number): Entry => Vendor.entryOf({ id, at: at(hours), text: "" })

interface World {
  readonly held: ReadonlyArray<Entry>
  /** What the vendor answers to ids. */
  readonly answer?: (ids: ReadonlyArray<string>) => Pick<Listing, "entries" | "refused">
  readonly windows: ReadonlyArray<{ readonly range: Interval.Interval; readonly shown: string }>
  /** Windows of more rows are looked at one by one. */
  readonly together?: number
  readonly grain?: Grain.Grain
  readonly place?: Filter["place"]
  /** Ids that one request may name. */
  readonly atOnce?: number
}

const nobody = () => ({ entries: [], refused: [] })

/** A list whose windows showed this, and what it asks. */
const listOf = ({ answer = nobody, atOnce = 10, grain = Grain.hours, held, place, together, windows }: World) =>
  Effect.gen(function*() {
    const memory = yield* Parts.holding(held)
    const around = yield* Parts.around(memory)
    const connected = yield* around.provide(Parts.scopeOf(Vendor.make(Effect.succeed([])), at(1000)))
    const asked: Array<ReadonlyArray<string>> = []
    const scope = {
      ...connected,
      list: { ...connected.list, grain },
      details: {
        ...connected.details,
        atOnce,
        read: (ids: ReadonlyArray<string>) =>
          Effect.sync(() => {
            asked.push(ids)
            return answer(ids)
          })
      }
    }
    const usual = yield* around.provide(connected.list.filter)
    const filter = place === undefined ? usual : { ...usual, place }
    const met = Met.make(together === undefined ? {} : { atOnce: together })
    for (const { range, shown } of windows) met.add(range, [[pass(page(shown, { total: null }))]])
    /** Windows of the dataset that were looked at. */
    const looked: Array<Interval.Intervals> = []
    let elsewhere = 0
    const counted: Met.Met = {
      ...met,
      shown: (keys) =>
        Effect.suspend(() => {
          elsewhere += 1
          return met.shown(keys)
        })
    }
    const lacking = Gone.lacking(
      {
        ...memory.service,
        heldIds: (list, ranges) =>
          Effect.suspend(() => {
            if (ranges !== null) looked.push(ranges)
            return memory.service.heldIds(list, ranges)
          })
      },
      scope,
      filter,
      counted,
      { concurrency: 1 }
    ).pipe(around.provide)
    const options = { acceptGone: false, concurrency: 1 }
    const find = around.provide(Gone.find(scope, filter, met, options))
    const rows = () => [...memory.tables.get("notes notes")?.values() ?? []].map(({ row }) => row)
    return { asked, elsewhere: () => elsewhere, find, lacking, looked, rows }
  })

const nothing: Gone.Lacking = { gone: [], unlisted: [], moved: [] }

describe("a row that its window did not show", () => {
  const world = { held: [row("a", 1), row("b", 2)], windows: [{ range: hours(0, 3), shown: "a" }] }

  it.effect("is asked for by its id, and gone where the vendor does not know it", () =>
    Effect.gen(function*() {
      const { asked, lacking } = yield* listOf(world)
      assert.deepStrictEqual(yield* lacking, { ...nothing, gone: ["b"] })
      assert.deepStrictEqual(asked, [["b"]])
    }))

  it.effect("is unlisted where the vendor answers it with the time it is held with, among others or alone", () =>
    Effect.gen(function*() {
      for (const stamps of [[at(2)], [at(2), at(7)], [at(7), at(2)]]) {
        const { lacking } = yield* listOf({
          ...world,
          answer: () => ({ entries: [{ ...row("b", 2), stamps }], refused: [] })
        })
        assert.deepStrictEqual(yield* lacking, { ...nothing, unlisted: ["b"] })
      }
    }))

  it.effect("has moved where the vendor answers it with other times only", () =>
    Effect.gen(function*() {
      const entry = { ...row("b", 7), stamps: [at(7), at(8)] }
      const { lacking } = yield* listOf({ ...world, answer: () => ({ entries: [entry], refused: [] }) })
      assert.deepStrictEqual(yield* lacking, { ...nothing, moved: [entry] })
    }))

  it.effect("is unlisted, and has not moved, where the vendor answers it without a time", () =>
    Effect.gen(function*() {
      const { lacking } = yield* listOf({
        ...world,
        answer: () => ({ entries: [{ ...row("b", 2), stamps: [] }], refused: [] })
      })
      assert.deepStrictEqual(yield* lacking, { ...nothing, unlisted: ["b"] })
    }))

  it.effect("is gone though the vendor answers another row in its place, which is left alone", () =>
    Effect.gen(function*() {
      const { lacking } = yield* listOf({ ...world, answer: () => ({ entries: [row("c", 2)], refused: [] }) })
      assert.deepStrictEqual(yield* lacking, { ...nothing, gone: ["b"] })
    }))

  it.effect("is not gone where an answer to its request could not be read", () =>
    Effect.gen(function*() {
      const refused = [{ table: null, reason: "no id", raw: Redacted.make("{}") }]
      const { lacking } = yield* listOf({ ...world, answer: () => ({ entries: [], refused }) })
      assert.deepStrictEqual(yield* lacking, { ...nothing, unlisted: ["b"] })
    }))

  it.effect("is gone without a request where it is of an erased person, whom no vendor knows by that word", () =>
    Effect.gen(function*() {
      const word = Hiding.word("1234")
      const { asked, lacking } = yield* listOf({ ...world, held: [...world.held, row(word, 2)] })
      assert.deepStrictEqual(yield* lacking, { ...nothing, gone: ["b", word] })
      assert.deepStrictEqual(asked, [["b"]])
    }))

  it.effect("is not asked for where another window showed it, since it moved while it was read", () =>
    Effect.gen(function*() {
      const { asked, lacking } = yield* listOf({
        ...world,
        windows: [...world.windows, { range: hours(50, 51), shown: "b" }],
        together: 1
      })
      assert.deepStrictEqual(yield* lacking, nothing)
      assert.deepStrictEqual(asked, [])
    }))
})

it.effect("rows that were shown, that are gone already or that lie where nothing was read are not asked for", () =>
  Effect.gen(function*() {
    const { asked, find, lacking, rows } = yield* listOf({
      held: [row("a", 1), row("b", 2), row("c", 3), row("d", 8)],
      windows: [{ range: hours(0, 3), shown: "a" }, { range: hours(4, 5), shown: "" }]
    })
    assert.deepStrictEqual(yield* find, [])
    assert.deepStrictEqual(
      rows().map((one) => [one["id"], one["gone_at"]]),
      [["a", null], ["b", at(1000)], ["c", null], ["d", null]]
    )
    assert.deepStrictEqual(yield* lacking, nothing)
    assert.deepStrictEqual(asked, [["b"]])
  }))

it.effect("where every row was shown, the dataset is asked once and the vendor never", () =>
  Effect.gen(function*() {
    const { asked, lacking, looked } = yield* listOf({
      held: [row("a", 1)],
      windows: [{ range: hours(0, 3), shown: "a" }]
    })
    assert.deepStrictEqual(yield* lacking, nothing)
    assert.deepStrictEqual([looked, asked], [[[hours(0, 3)]], []])
  }))

it.effect("a row that moved is kept with the time it has now, and one that is unlisted stays as it is", () =>
  Effect.gen(function*() {
    const { find, rows } = yield* listOf({
      held: [row("a", 1), row("b", 2)],
      windows: [{ range: hours(0, 3), shown: "" }],
      answer: () => ({ entries: [row("a", 9), row("b", 2)], refused: [] })
    })
    assert.deepStrictEqual(yield* find, ["b"])
    assert.deepStrictEqual(
      rows().map((one) => [one["id"], one["at"], one["gone_at"]]),
      [["a", at(9), null], ["b", at(2), null]]
    )
  }))

describe("days of which nobody knows when they begin", () => {
  const world: World = {
    // Up to 14 hours before the first day, in the first one, in the middle of both and up to 12 hours after them.
    held: [row("too early", -15), row("before", -13), row("first", 2), row("middle", 24), row("after", 59)],
    windows: [{ range: hours(0, 48), shown: "" }],
    grain: Grain.days,
    place: null
  }

  it.effect("a row near their edges is gone where the vendor does not know it", () =>
    Effect.gen(function*() {
      const { lacking } = yield* listOf(world)
      assert.deepStrictEqual(yield* lacking, { ...nothing, gone: ["before", "first", "middle", "after"] })
    }))

  it.effect("a row near their edges may lie in the day beside them: only what surely lies in them is unlisted", () =>
    Effect.gen(function*() {
      const { lacking } = yield* listOf({ ...world, answer: () => ({ entries: world.held, refused: [] }) })
      assert.deepStrictEqual(yield* lacking, { ...nothing, unlisted: ["middle"] })
    }))

  it.effect("one day alone has no hour that surely lies in it", () =>
    Effect.gen(function*() {
      const { lacking } = yield* listOf({
        ...world,
        windows: [{ range: hours(0, 24), shown: "" }],
        answer: () => ({ entries: world.held, refused: [] })
      })
      assert.deepStrictEqual(yield* lacking, nothing)
    }))

  it.effect("where the vendor's column is known, days begin at midnight in UTC", () =>
    Effect.gen(function*() {
      const { asked, lacking } = yield* listOf({
        ...world,
        place: { column: "at", sortedBy: 0, edge: 0, apart: 0 },
        answer: () => ({ entries: world.held, refused: [] })
      })
      assert.deepStrictEqual(yield* lacking, { ...nothing, unlisted: ["first", "middle"] })
      assert.deepStrictEqual(asked, [["first", "middle"]])
    }))
})

describe("of many rows that were not shown", () => {
  /** Windows of an hour each with so many rows, which showed other ones. */
  const worldOf = (windows: number, rows: number, shown = ""): World => ({
    held: Array.from(
      { length: windows * rows },
      (_, n) => row(`${Math.floor(n / rows)}-${n % rows}`, Math.floor(n / rows))
    ),
    windows: [
      ...Array.from({ length: windows }, (_, n) => ({ range: hours(n, n + 1), shown: `other-${n}` })),
      { range: hours(100, 101), shown }
    ],
    together: 1,
    atOnce: 1
  })

  it.effect("a run asks for no more than 500 requests hold", () =>
    Effect.gen(function*() {
      const { asked, lacking } = yield* listOf({ ...worldOf(1, 1001), atOnce: 2 })
      assert.strictEqual((yield* lacking).gone.length, 1000)
      assert.strictEqual(asked.length, 500)
    }))

  it.effect("a run looks no further once it knows of as many as it may ask for", () =>
    Effect.gen(function*() {
      const { asked, looked, lacking } = yield* listOf(worldOf(4, 250))
      assert.strictEqual((yield* lacking).gone.length, 500)
      assert.strictEqual(asked.length, 500)
      assert.deepStrictEqual(looked.at(-1), [hours(1, 2)])
    }))

  it.effect("a run looks further where windows elsewhere showed some of them", () =>
    Effect.gen(function*() {
      const moved = Array.from({ length: 100 }, (_, n) => `0-${n}`)
      const { lacking, looked } = yield* listOf(worldOf(4, 250, moved.join(" ")))
      const { gone } = yield* lacking
      assert.strictEqual(gone.length, 500)
      assert.deepStrictEqual(gone.filter((id) => moved.includes(id)), [])
      assert.deepStrictEqual(looked.at(-1), [hours(2, 3)])
    }))

  it.effect("a run looks through all other windows once for a few of them, since the ledger holds what they showed", () =>
    Effect.gen(function*() {
      const { elsewhere, lacking } = yield* listOf(worldOf(4, 2))
      assert.strictEqual((yield* lacking).gone.length, 8)
      assert.strictEqual(elsewhere(), 1)
    }))
})
