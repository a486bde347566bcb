/** Rows wait as compressed lines, and land as the rows that they were. */
import { assert, describe, it } from "@effect/vitest"
import { Gathered } from "@trunkline/dataset"
import { gathered } from "@trunkline/dataset/Dataset"
import * as Effect from "effect/Effect"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { folder } from "./support.js"
import { call, calls, groups, landing, seen, within } from "./tables.js"

const linesOf = ({ pieces }: Gathered.Taken) =>
  pieces.flatMap((piece) =>
    gunzipSync(piece).toString().trimEnd().split("\n").map((line) => {
      const { answer, row, seq } = JSON.parse(line)
      return [answer, seq, row.call_id]
    })
  )

describe("gathered rows", () => {
  it("are handed over once, in their order, whole lines at a time", () => {
    const rows = Gathered.make(calls)
    rows.add({ answer: 1, row: call("a") })
    assert.strictEqual(rows.rows(), 1)
    assert.strictEqual(rows.takeFull().rows, 0)
    const long = "é".repeat(300_000)
    rows.add({ answer: 2, row: call("b", { summary: long }) })
    const full = rows.takeFull()
    assert.deepStrictEqual([full.rows, linesOf(full)], [2, [[1, 0, "a"], [2, 1, "b"]]])
    assert.isAtLeast(full.longest, 2 * long.length)
    rows.add({ answer: 3, row: call("c") })
    assert.deepStrictEqual(linesOf(rows.take()), [[3, 2, "c"]])
    assert.deepStrictEqual(rows.take(), { pieces: [], rows: 0, longest: 0, refused: null })
  })

  it.scopedLive("land as they fit, and not where one does not", () =>
    Effect.gen(function*() {
      yield* within(yield* folder, (dataset) =>
        Effect.gen(function*() {
          const rows = Gathered.make(calls)
          rows.add({ answer: 1, row: call("a") })
          rows.add({ answer: 1, row: call("b", { summary: "half \ud83d" }) })
          yield* dataset.land(landing([gathered(calls, { groups, taken: rows.take() })]))
          rows.add({ answer: 2, row: call("c") })
          rows.add({ answer: 2, row: { ...call("d"), seconds: 0.5 } })
          const error = yield* Effect.flip(
            dataset.land(landing([gathered(calls, { groups, taken: rows.take() })]))
          )
          assert.strictEqual(error._tag, "BadValue")
          assert.include(error.message, "row 1, column seconds holds a fraction")
          yield* dataset.publish
          const found = yield* seen(dataset, "calls", "call_id")
          assert.deepStrictEqual(found.map((row) => [row["call_id"], row["summary"]]), [
            ["a", null],
            ["b", "half \ufffd"]
          ])
          assert.deepStrictEqual(readdirSync(join(dataset.out, "_trunkline/landing")), [])
        }))
    }))
})
