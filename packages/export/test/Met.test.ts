/** What the windows of a run showed, wherever their keys are kept. */
import { assert, describe, it } from "@effect/vitest"
import { Interval } from "@trunkline/dataset"
import { DateTime, Effect } from "effect"
import * as Met from "../src/internal/met.js"
import type * as Pass from "../src/internal/pass.js"

const day = 24 * 60 * 60 * 1000
const days = (from: number, to: number) => Interval.make(DateTime.unsafeMake(from * day), DateTime.unsafeMake(to * day))

const pass = (keys: ReadonlyArray<string>, repeats: Readonly<Record<string, number>> = {}): Pass.Pass => {
  const shown = keys.length + Object.values(repeats).reduce((sum, times) => sum + times, 0)
  return {
    totals: [shown],
    keys: new Set(keys),
    refused: new Set(),
    shown,
    repeats: new Map(Object.entries(repeats)),
    gap: false,
    requestIds: []
  }
}

/** A ledger that says which windows it was asked for. */
const ledger = (kept: Readonly<Record<number, ReadonlyArray<string>>>) => {
  const asked: Array<ReadonlyArray<number>> = []
  return {
    asked,
    inLedger: (windows: ReadonlyArray<Interval.Interval>) =>
      Effect.sync(() => {
        const days = windows.map(({ from }) => from.epochMillis / day)
        asked.push(days)
        return new Set(days.flatMap((one) => kept[one] ?? []))
      })
  }
}

describe("Met", () => {
  it.effect("a row is shown by a window whose keys the ledger keeps, or by one that is not certified", () =>
    Effect.gen(function*() {
      const met = Met.make(ledger({ 0: ["a", "b"], 1: ["c"] }))
      met.add(days(0, 1), [[pass(["a", "b"])]], true)
      met.add(days(1, 2), [[pass(["c"])]], true)
      met.add(days(2, 3), [[pass(["d"])]])
      met.add(days(3, 4), [[pass(["f"])]])
      assert.deepStrictEqual([...yield* met.shown(["b", "c", "d", "e"])], ["b", "c", "d"])
      assert.deepStrictEqual([...yield* met.touching([days(1, 3)])], ["c", "d"])
      assert.deepStrictEqual([...yield* met.touching([days(1, 2), days(3, 4)])], ["c", "f"])
    }))

  it.effect("windows are asked for together up to so many rows, the oldest first", () =>
    Effect.gen(function*() {
      const { asked, inLedger } = ledger({})
      const met = Met.make({ inLedger, atOnce: 3 })
      met.add(days(2, 3), [[pass(["e", "f"])]], true)
      met.add(days(0, 1), [[pass(["a", "b"])]], true)
      met.add(days(1, 2), [[pass(["c"])]], true)
      assert.deepStrictEqual(met.groups(), [[days(0, 1), days(1, 2)], [days(2, 3)]])
      yield* met.shown(["x"])
      assert.deepStrictEqual(asked, [[0, 1], [2]])
    }))

  it.effect("nothing is asked of the ledger for no key", () =>
    Effect.gen(function*() {
      const { asked, inLedger } = ledger({})
      const met = Met.make({ inLedger })
      met.add(days(0, 1), [[pass(["a"])]], true)
      yield* met.shown([])
      assert.deepStrictEqual(asked, [])
    }))

  it.effect("a window that is read again shows what was read last", () =>
    Effect.gen(function*() {
      const met = Met.make(ledger({ 0: ["a"] }))
      met.add(days(0, 1), [[pass(["a"])]], true)
      met.add(days(1, 2), [[pass(["c"])]])
      met.forget([days(0, 1)])
      assert.deepStrictEqual([...yield* met.shown(["a", "c"])], ["c"])
      met.add(days(0, 1), [[pass(["b"])]])
      assert.deepStrictEqual([...yield* met.shown(["a", "b"])], ["b"])
    }))

  it("rows that are listed twice count twice, until a window lists them once", () => {
    const met = Met.make()
    met.add(days(0, 1), [[pass(["a", "b"], { a: 1 })]], true)
    met.add(days(1, 2), [[pass(["c"], { c: 2 })]])
    assert.deepStrictEqual([...met.repeated()], [["a", 1], ["c", 2]])
    assert.deepStrictEqual(met.windowsSince(days(0, 1).from).map(({ rows }) => rows), [3, 3])
    assert.deepStrictEqual(met.since(days(0, 1).from), { held: 3, refused: new Set<string>(), more: 3 })
    assert.deepStrictEqual(met.since(days(1, 2).from), { held: 1, refused: new Set<string>(), more: 2 })
    met.add(days(2, 3), [[pass(["a"])]])
    assert.deepStrictEqual([...met.repeated()], [["c", 2]])
  })
  it("rows that could not be kept count as well, unless another answer of the window shows them whole", () => {
    const met = Met.make()
    met.add(days(0, 1), [[{ ...pass(["a", "b"]), refused: new Set(["b", "c", "d"]) }]])
    assert.deepStrictEqual(met.windowsSince(days(0, 1).from).map(({ rows }) => rows), [4])
    assert.deepStrictEqual([...met.since(days(0, 1).from).refused], ["b", "c", "d"])
  })
})
