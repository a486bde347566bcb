/** Rows of windows that touch are handed on once, and no window waits for one that it does not touch. */
import { assert, it } from "@effect/vitest"
import { Table } from "@trunkline/parquet"
import { DateTime, Effect, FastCheck as fc, Schema } from "effect"
import * as Handing from "../src/internal/handing.js"
import type * as Unit from "../src/internal/unit.js"

const table = Table.make({
  name: "rows",
  row: Schema.Struct({ id: Schema.String, answer: Schema.Int }),
  key: ["id"],
  groups: [{ name: "row", columns: ["answer"] }]
})

const hours = (from: number, to: number) => ({
  from: DateTime.unsafeMake(from * 3_600_000),
  to: DateTime.unsafeMake(to * 3_600_000)
})

/** Rows of these ids, as an answer of this number showed them. */
const shown = (answer: number, ...ids: ReadonlyArray<string>) =>
  new Map(ids.map((id): [string, Unit.Unit] => [id, [{ answer, groups: ["row"], rows: [{ id, answer }] }]]))

const handing = (...asked: ReadonlyArray<ReturnType<typeof hours>>) =>
  Effect.gen(function*() {
    const taken: Array<object> = []
    const made = yield* Handing.make({
      table,
      asked,
      take: (rows) => Effect.sync(() => void taken.push(...rows))
    })
    return { ...made, taken }
  })

it.effect("a window is handed on as soon as those that it touches are read", () =>
  Effect.gen(function*() {
    const { read, taken } = yield* handing(hours(0, 1), hours(1, 2), hours(2, 3), hours(4, 5))
    yield* read(3, shown(1, "d"))
    assert.deepStrictEqual(taken.splice(0), [{ id: "d", answer: 1 }])
    yield* read(0, shown(2, "a"))
    assert.deepStrictEqual(taken.splice(0), [])
    yield* read(1, shown(3, "b"))
    assert.deepStrictEqual(taken.splice(0), [{ id: "a", answer: 2 }])
    yield* read(2, shown(4, "c"))
    assert.deepStrictEqual(taken, [{ id: "b", answer: 3 }, { id: "c", answer: 4 }])
  }))

it.effect("what two windows show is handed on once, as the newer answer has it", () =>
  Effect.gen(function*() {
    for (const [first, second] of [[0, 1], [1, 0]] as const) {
      const { read, taken } = yield* handing(hours(0, 1), hours(1, 2))
      yield* read(first, shown(1, "edge", "x"))
      yield* read(second, shown(2, "y", "edge"))
      assert.sameDeepMembers(taken, [{ id: "x", answer: 1 }, { id: "edge", answer: 2 }, { id: "y", answer: 2 }])
    }
  }))

it.effect("what waits for windows that are not read any more is handed on at the end", () =>
  Effect.gen(function*() {
    const { read, rest, taken } = yield* handing(hours(0, 1), hours(1, 2), hours(2, 3))
    yield* read(0, shown(1, "a"))
    yield* rest
    yield* rest
    assert.deepStrictEqual(taken, [{ id: "a", answer: 1 }])
  }))

it.effect("in any order, with windows that reach into several others, each row comes once", () =>
  Effect.promise(() =>
    fc.assert(fc.asyncProperty(
      fc.integer({ min: 0, max: 3 }),
      fc.shuffledSubarray([...Array(12).keys()], { minLength: 12 }),
      async (reach, order) => {
        const asked = order.map((_, number) => hours(number, number + 1 + reach))
        const taken = await Effect.runPromise(Effect.gen(function*() {
          const { read, rest, taken } = yield* handing(...asked)
          yield* Effect.forEach(order, (number, answer) =>
            read(
              number,
              shown(answer, ...Array.from({ length: 2 + reach }, (_, ahead) => `row ${number + ahead}`))
            ))
          assert.strictEqual(taken.length, 12 + 1 + reach)
          yield* rest
          return taken
        }))
        assert.strictEqual(
          new Set(taken.map((row) => JSON.stringify(row).replace(/,"answer.*/, ""))).size,
          taken.length
        )
      }
    ))
  ))
