/** How many rows that the vendor no longer returns are marked as gone at once. */
import { assert, it } from "@effect/vitest"
import type { HeldList } from "@trunkline/dataset/DatasetReader"
import type { Problem } from "@trunkline/export/Problem"
import { DateTime, Effect } from "effect"
import * as Gone from "../src/internal/gone.js"
import * as Parts from "./fixtures/parts.js"
import * as Vendor from "./fixtures/vendor.js"

const list: HeldList = { source: "notes", tables: [{ table: "notes", id: "id", at: "at" }], only: null }

const scope = { source: "notes", scope: "-" }

const idsOf = (from: number, to: number): ReadonlyArray<string> =>
  Array.from({ length: to - from }, (_, n) => `note-${from + n}`)

/** A list of so many rows, of which these few hundred may go, and runs that begin so many minutes after the first one. */
const listOf = (all: number, rows = Math.min(all, 600)) =>
  Effect.gen(function*() {
    const memory = yield* Parts.holding(
      idsOf(0, rows).map((id) => Vendor.entryOf({ id, at: DateTime.unsafeMake(0), text: "" }))
    )
    const held: typeof memory.service.held = (list, ranges) =>
      Effect.map(memory.service.held(list, ranges), (rows) => rows + others)
    const others = all - rows
    return (minutes: number) =>
      Effect.gen(function*() {
        const around = yield* Parts.around({ ...memory, service: { ...memory.service, held } })
        const marked = (from: number, to: number, acceptGone = false) =>
          Effect.gen(function*() {
            yield* Gone.mark(
              { ...scope, now: DateTime.unsafeMake(minutes * 60_000) },
              { ids: idsOf(from, to), list, name: "notes" },
              { acceptGone }
            )
            return rows - (yield* memory.service.held(list, null))
          }).pipe(around.provide)
        const problems = Effect.map(around.run.state, ({ problems }) => problems)
        const agreed = around.provide(Gone.resolve(scope, "notes"))
        return { agreed, marked, problem: around.run.problem, problems, remembered: around.remembered }
      })
  })

for (
  const { gone, marked, rows } of [
    { rows: 1, gone: 1, marked: 1 },
    { rows: 100, gone: 100, marked: 100 },
    { rows: 101, gone: 101, marked: 0 },
    { rows: 10_099, gone: 101, marked: 0 },
    { rows: 10_100, gone: 101, marked: 101 }
  ]
) {
  it.effect(`of ${gone} rows of ${rows} that are gone, ${marked === 0 ? "none" : marked} are marked`, () =>
    Effect.gen(function*() {
      const run = yield* (yield* listOf(rows))(0)
      assert.strictEqual(yield* run.marked(0, gone), marked)
      assert.deepStrictEqual((yield* run.problems).map(({ tag }) => tag), marked === 0 ? ["ManyGone"] : [])
      // What is usual is not written down.
      assert.deepStrictEqual(run.remembered.map(([name]) => name), marked === 0 ? ["many gone since notes"] : [])
    }))
}

it.effect("the problem names both numbers, and what marks the rows", () =>
  Effect.gen(function*() {
    const run = yield* (yield* listOf(300))(0)
    yield* run.marked(0, 150)
    assert.deepStrictEqual(yield* run.problems, [{
      tag: "ManyGone",
      source: "notes",
      scope: "-",
      message: "The API no longer returns 150 of 300 rows. None is marked as gone now; a run that finds the same " +
        "6 hours later marks them, and so does --accept-gone",
      requestId: null
    }])
  }))

it.effect("rows that a run marked before count among those that it marks", () =>
  Effect.gen(function*() {
    const first = yield* (yield* listOf(300))(0)
    assert.deepStrictEqual([yield* first.marked(0, 60), yield* first.marked(60, 101)], [60, 60])
    const enough = yield* (yield* listOf(10_100))(0)
    assert.deepStrictEqual([yield* enough.marked(0, 60), yield* enough.marked(60, 101)], [60, 101])
  }))

it.effect("many rows are marked by a run six hours after the first one that missed them, however many ran between", () =>
  Effect.gen(function*() {
    const at = yield* listOf(300)
    const marked = (minutes: number) => Effect.flatMap(at(minutes), (run) => run.marked(0, 150))
    assert.deepStrictEqual(yield* Effect.forEach([0, 240, 359, 360], marked), [0, 0, 0, 150])
  }))

it.effect("a run that marks many marks more that it finds, and the next one is as careful as ever", () =>
  Effect.gen(function*() {
    const at = yield* listOf(600)
    yield* (yield* at(0)).marked(0, 150)
    const later = yield* at(360)
    assert.deepStrictEqual([yield* later.marked(0, 150), yield* later.marked(150, 151)], [150, 151])
    assert.deepStrictEqual(yield* later.problems, [])
    assert.strictEqual(yield* (yield* at(361)).marked(200, 350), 151)
  }))

it.effect("many rows are marked at once where the user accepts that, and the next ones are not", () =>
  Effect.gen(function*() {
    const at = yield* listOf(600)
    yield* (yield* at(0)).marked(0, 150)
    assert.strictEqual(yield* (yield* at(1)).marked(0, 150, true), 150)
    const next = yield* at(360)
    assert.strictEqual(yield* next.marked(150, 300), 150)
    assert.deepStrictEqual((yield* next.problems).map(({ tag }) => tag), ["ManyGone"])
  }))

it.effect("a run that marks a few rows first does not make the many wait longer", () =>
  Effect.gen(function*() {
    const at = yield* listOf(600)
    yield* (yield* at(0)).marked(0, 150)
    const later = yield* at(360)
    assert.deepStrictEqual([yield* later.marked(200, 201), yield* later.marked(0, 150)], [1, 151])
  }))

it.effect("once the numbers agree, many rows that are missing later wait as long as the first ones", () =>
  Effect.gen(function*() {
    // Other problems of the run, and the same one of other lists, say nothing of these rows.
    const others: ReadonlyArray<Pick<Problem, "scope" | "source" | "tag">> = [
      { ...scope, tag: "Uncertified" },
      { ...scope, scope: "other", tag: "ManyGone" },
      { ...scope, source: "other", tag: "ManyGone" }
    ]
    for (const other of others) {
      const at = yield* listOf(600)
      yield* (yield* at(0)).marked(0, 150)
      const back = yield* at(60)
      yield* back.problem({ ...other, message: "", requestId: null })
      yield* back.agreed
      assert.strictEqual(yield* (yield* at(600)).marked(0, 150), 0)
    }
  }))

it.effect("where the numbers agree without rows that the run missed, these are marked six hours later as well", () =>
  Effect.gen(function*() {
    const at = yield* listOf(600)
    const first = yield* at(0)
    yield* first.marked(0, 150)
    yield* first.agreed
    assert.strictEqual(yield* (yield* at(360)).marked(0, 150), 150)
  }))

it.effect("where nothing was missing, numbers that agree write nothing", () =>
  Effect.gen(function*() {
    const at = yield* listOf(600)
    const usual = yield* at(0)
    yield* usual.agreed
    yield* (yield* at(1)).marked(0, 150)
    yield* (yield* at(2)).agreed
    const later = yield* at(3)
    yield* later.agreed
    assert.deepStrictEqual([usual.remembered, later.remembered], [[], []])
  }))
