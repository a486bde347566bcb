/** What a run says of rows that it holds, that were not listed, and that the vendor still answers by their ids. */
import { assert, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import * as Notes from "./fixtures/notes.js"

const full = { full: true }

type World = ReturnType<typeof Notes.world>

/** What a run said that reads all of the list, and how often it found out anew how ranges are understood. */
const said = (list: World, now: number) =>
  Effect.map(list.run(now, full), ({ messages, reconciled }) => [reconciled, messages, list.count("forget")])

/** A list that was read to its end. */
const read = Effect.gen(function*() {
  const list = Notes.world(Notes.hourly(900, 1000))
  yield* list.run(1000)
  return list
})

const one = "One row that is held was not listed, and is still answered by its id: what it says may be old"
const two = "2 rows that are held were not listed, and are still answered by their ids: what they say may be old"

it.effect("rows that the whole list counts are hidden by a filter: every run says how many they are", () =>
  Effect.gen(function*() {
    const list = yield* read
    list.vendor.hidden = ["940"]
    assert.deepStrictEqual(yield* said(list, 1001), [true, [one], 1])
    // The settled past is walked twice, once more since a row of it was not listed.
    assert.strictEqual(list.count("page", ({ from }) => from === 900), 2 * 2)
    assert.deepStrictEqual(yield* said(list, 1002), [true, [one], 1])
    list.vendor.hidden = ["940", "941"]
    assert.deepStrictEqual(yield* said(list, 1003), [true, [two], 1])
    list.vendor.hidden = []
    assert.deepStrictEqual(yield* said(list, 1004), [true, [], 0])
  }))

it.effect("rows that the whole list does not count explain its number, and cost no more once they are known", () =>
  Effect.gen(function*() {
    const list = yield* read
    list.vendor.unlisted = ["940"]
    assert.deepStrictEqual(yield* said(list, 1001), [true, [], 1])
    assert.deepStrictEqual(yield* said(list, 1002), [true, [], 0])
    assert.strictEqual(list.count("whole"), 1)
    assert.deepStrictEqual(yield* list.run(1003), { reconciled: true, problems: [], messages: [], notices: [] })
    list.vendor.unlisted = ["940", "941"]
    assert.deepStrictEqual(yield* said(list, 1004), [true, [], 1])
    assert.deepStrictEqual(yield* said(list, 1005), [true, [], 0])
  }))

it.effect("a row that is hidden is told beside one that is known not to be counted", () =>
  Effect.gen(function*() {
    const list = yield* read
    list.vendor.unlisted = ["940"]
    yield* list.run(1001, full)
    list.vendor.hidden = ["941"]
    assert.deepStrictEqual(yield* said(list, 1002), [true, [one], 1])
    // The number that was known agrees at first.
    assert.strictEqual(list.count("whole"), 2)
  }))

it.effect("a row that is listed again is forgotten: the number is that of the list", () =>
  Effect.gen(function*() {
    const list = yield* read
    list.vendor.unlisted = ["940"]
    yield* list.run(1001, full)
    list.vendor.unlisted = []
    assert.deepStrictEqual(yield* said(list, 1002), [true, [], 0])
    assert.deepStrictEqual(yield* said(list, 1003), [true, [], 0])
  }))

it.effect("a known row that the whole list counts again, though no range shows it, is hidden", () =>
  Effect.gen(function*() {
    const list = yield* read
    list.vendor.unlisted = ["940"]
    yield* list.run(1001, full)
    list.vendor.unlisted = []
    list.vendor.hidden = ["940"]
    assert.deepStrictEqual(yield* said(list, 1002), [true, [one], 1])
    assert.deepStrictEqual(yield* said(list, 1003), [true, [one], 1])
  }))

it.effect("where no total tells whether rows are hidden, they are told once, and what was found is remembered", () =>
  Effect.gen(function*() {
    const list = yield* read
    list.vendor.total = (rows, { what }) => what === "whole" ? null : rows
    list.vendor.hidden = ["940"]
    assert.deepStrictEqual(yield* said(list, 1001), [null, [one], 1])
    assert.deepStrictEqual(yield* said(list, 1002), [null, [], 0])
  }))

it.effect("rows that do not explain the difference are not remembered", () =>
  Effect.gen(function*() {
    const list = yield* read
    list.vendor.unlisted = ["940"]
    list.vendor.notes = [...list.vendor.notes, Notes.note("a", 930), Notes.note("b", 931)]
    list.vendor.hidden = ["a", "b"]
    const [reconciled] = yield* said(list, 1001)
    assert.isFalse(reconciled)
    assert.deepStrictEqual(yield* list.memory.service.fact("notes", "-", "rows apart"), Option.none())
  }))

it.effect("a window that counted none of a row that is known is not read again where the vendor counts more", () =>
  Effect.gen(function*() {
    const list = yield* read
    list.vendor.unlisted = ["940"]
    yield* list.run(1001, full)
    list.vendor.notes = [...list.vendor.notes, Notes.note("a", 930), Notes.note("b", 931)]
    list.vendor.hidden = ["a", "b"]
    const { reconciled } = yield* list.run(1002)
    assert.isFalse(reconciled)
    assert.strictEqual(list.count("page", ({ from }) => from === 900), 0)
  }))

it.effect("a hidden row that left is gone, also where a young row that no page shows makes up the numbers", () =>
  Effect.gen(function*() {
    const list = yield* read
    list.vendor.hidden = ["940"]
    yield* list.run(1001, full)
    list.vendor.notes = list.vendor.notes.filter(({ id }) => id !== "940")
    list.vendor.before = ({ what }) => {
      if (what !== "whole" || list.vendor.unread.length > 0) return
      list.vendor.notes = [...list.vendor.notes, Notes.note("unread", 990)]
      list.vendor.unread = ["unread"]
    }
    const { messages, reconciled } = yield* list.run(1002)
    assert.isFalse(reconciled)
    assert.isFalse(list.held().includes("940"))
    assert.include(messages.at(-1), "The API counts 100 rows, and the dataset holds 99")
  }))
