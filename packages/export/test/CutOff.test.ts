/** What a run makes of a list whose total is cut off, whose ranges are, or whose ranges show more than their own rows. */
import { assert, describe, it } from "@effect/vitest"
import type { Interval } from "@trunkline/dataset"
import { DateTime, Effect } from "effect"
import * as Notes from "./fixtures/notes.js"
import * as Vendor from "./fixtures/vendor.js"

const agrees = { reconciled: true, problems: [], messages: [], notices: [] }
const inexact: Notes.Character = { exact: false, place: null }

describe("a total of the whole list that is cut off", () => {
  const notice = "The API cuts its total of the whole account off, so that it could not be compared. " +
    "Windows that are small enough were compared instead"
  const compared = { reconciled: null, problems: [], messages: [], notices: [notice] }
  /** The whole list counts no more than fifty. */
  const total = (rows: number, { what }: Notes.Asked) => what === "whole" ? Math.min(50, rows) : rows
  const cutOff = (list: ReturnType<typeof Notes.world>) => {
    list.vendor.total = total
    return list
  }

  it.effect("is told, and windows are compared instead; what was found is remembered", () =>
    Effect.gen(function*() {
      const list = cutOff(Notes.world(Notes.hourly(900, 1000)))
      assert.deepStrictEqual(yield* list.run(1000), compared)
      assert.strictEqual(list.count("forget"), 1)
      assert.deepStrictEqual(yield* list.run(1001), compared)
      assert.strictEqual(list.count("forget"), 0)
    }))

  it.effect("heals where a window differs", () =>
    Effect.gen(function*() {
      const list = cutOff(Notes.world(Notes.hourly(900, 1000)))
      yield* list.run(1000)
      list.vendor.notes = [...list.vendor.notes, Notes.note("late", 930)]
      assert.deepStrictEqual(yield* list.run(1001), compared)
      assert.isTrue(list.held().includes("late"))
    }))

  it.effect("is no difference where one range counts a row at its edge twice, and no window differs", () =>
    Effect.gen(function*() {
      const list = cutOff(Notes.world(Notes.hourly(900, 1000)))
      yield* list.run(1000)
      list.vendor.total = (rows, asked) => total(rows, asked) + (asked.from === 900 && asked.to === 937 ? 1 : 0)
      assert.deepStrictEqual(yield* list.run(1001), compared)
    }))

  it.effect("hides no window that differs and never shows what it counts", () =>
    Effect.gen(function*() {
      const list = cutOff(Notes.world(Notes.hourly(900, 1000)))
      yield* list.run(1000)
      list.vendor.notes = [...list.vendor.notes, Notes.note("unread", 930)]
      list.vendor.unread = ["unread"]
      const { problems, reconciled } = yield* list.run(1001)
      assert.deepStrictEqual([reconciled, problems], [false, ["Uncertified", "Unreconciled"]])
    }))

  it.effect("says nothing against rows that come all the while", () =>
    Effect.gen(function*() {
      const list = cutOff(Notes.world(Notes.hourly(900, 1000)))
      yield* list.run(1000)
      let made = 0
      let isRead = false
      list.vendor.before = ({ from, what }) => {
        if (what === "page" && from >= 972) isRead = true
        if (what !== "whole" || !isRead) return
        isRead = false
        list.vendor.notes = [...list.vendor.notes, Notes.note(`new-${made++}`, 990)]
      }
      assert.deepStrictEqual(yield* list.run(1001), { ...compared, reconciled: true, notices: [] })
      assert.strictEqual(list.count("forget"), 0)
    }))

  it.effect("is told where an hour of the last days may hold more than it counts", () =>
    Effect.gen(function*() {
      const many = Array.from({ length: 60 }, (_, n) => Notes.note(`many-${n}`, 990))
      const list = cutOff(Notes.world([...Notes.hourly(900, 1000), ...many], {
        cuts: () => [() => [Vendor.sliceOf(Effect.succeed(many.slice(1)))]]
      }))
      list.vendor.total = (rows) => Math.min(50, rows)
      const { messages, problems, reconciled } = yield* list.run(1000)
      assert.deepStrictEqual([reconciled, problems], [null, ["Uncertified"]])
      assert.include(messages[0], "what makes it up does not add up: rows of it may be missing")
    }))
})

/** Ranges that show their last twenty hours, as a vendor that cuts them. */
const cut = ({ from, to }: Interval.Interval) => ({
  from: DateTime.max(from, DateTime.subtract(to, { hours: 20 })),
  to
})

describe("ranges that are cut", () => {
  it.effect("are read again in narrower ones by the run that finds out, and once and for all", () =>
    Effect.gen(function*() {
      const list = Notes.world(Notes.hourly(900, 1000))
      list.vendor.understood = cut
      for (const forgotten of [1, 0]) {
        assert.deepStrictEqual(yield* list.run(1001 - forgotten), agrees)
        assert.deepStrictEqual([list.held().length, list.count("forget")], [100, forgotten])
      }
    }))

  it.effect("and are not exact are read again in narrower ones as well", () =>
    Effect.gen(function*() {
      const list = Notes.world(Notes.hourly(900, 1000), inexact)
      list.vendor.understood = cut
      assert.deepStrictEqual(yield* list.run(1000), agrees)
      assert.strictEqual(list.held().length, 100)
    }))

  it.effect("and are not exact leave windows alone to be counted, in every run", () =>
    Effect.gen(function*() {
      const list = Notes.world(Notes.hourly(900, 1000), inexact)
      yield* list.remember("widest range", JSON.stringify({ limit: 9, at: "1970-02-01T00:00:00Z" }))
      for (const now of [1000, 1001]) {
        assert.deepStrictEqual(yield* list.run(now), agrees)
        assert.strictEqual(list.count("forget"), 1)
      }
    }))
})

describe("ranges that are not exact", () => {
  it.effect("are found out anew before they are compared, and once only", () =>
    Effect.gen(function*() {
      const list = Notes.world(Notes.hourly(900, 1000), inexact)
      assert.deepStrictEqual(yield* list.run(1000), agrees)
      assert.deepStrictEqual([list.count("filter"), list.count("forget")], [2, 0])
    }))

  it.effect("are read again where a young row came in the place of one that left", () =>
    Effect.gen(function*() {
      const list = Notes.world(Notes.hourly(900, 1000), inexact)
      yield* list.run(1000)
      list.vendor.before = ({ what }) => {
        if (what !== "whole") return
        list.vendor.notes = [...Notes.hourly(900, 1000).filter(({ id }) => id !== "930"), Notes.note("new", 990)]
      }
      assert.deepStrictEqual(yield* list.run(1001), agrees)
      assert.isTrue(list.held().includes("new"))
    }))
})
