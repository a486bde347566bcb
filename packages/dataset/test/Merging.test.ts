/** Which reading of a row wins: a table of readings, each published before the next. */
import { assert, describe, it } from "@effect/vitest"
import { Ledger } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import { folder } from "./support.js"
import { type Call, call, groups, landing, line, ofCalls, ofLines, read, seen, utc, within } from "./tables.js"

interface Step {
  readonly answer: number
  readonly row: Partial<Call>
  /** All when left out. */
  readonly groups?: ReadonlyArray<string>
}

const december = utc("2026-12-05T10:00:00.123Z")
const step = (answer: number, row: Partial<Call>, asked = groups): Step => ({ answer, row, groups: asked })

type Case = readonly [
  what: string,
  steps: ReadonlyArray<Step>,
  row: Readonly<Record<string, string | null>>,
  updated: number
]

/** The row after the last step, and whether that one counted as an update. */
const cases: ReadonlyArray<Case> = [
  ["a higher number", [step(1, { agent: "a" }), step(2, { agent: "b" })], { agent: "b" }, 1],
  ["not a lower number", [step(2, { agent: "a" }), step(1, { agent: "b" })], { agent: "a" }, 0],
  ["of equal numbers the one landed later", [step(2, { agent: "a" }), step(2, { agent: "b" })], { agent: "b" }, 1],
  ["nobody where both say the same", [step(1, { agent: "a" }), step(2, { agent: "a" })], { agent: "a" }, 0],
  [
    "a number that said the same, against one in between",
    [step(1, { agent: "a" }), step(3, { agent: "a" }), step(2, { agent: "b" })],
    { agent: "a" },
    0
  ],
  ["null over a value", [step(1, { agent: "a" }), step(2, { agent: null })], { agent: null }, 1],
  [
    "each group by itself",
    [step(1, { agent: "a", summary: "a" }), step(3, { agent: "c" }, ["list"]), step(2, { summary: "b", agent: "b" })],
    { agent: "c", summary: "b" },
    1
  ],
  [
    "no group that was never asked for",
    [step(1, { agent: "a", summary: "a" }, ["list"]), step(2, { agent: "b", summary: "b" }, ["list"])],
    { agent: "b", summary: "a" },
    1
  ],
  [
    "a group that was asked for the first time, by a lower number",
    [step(2, { agent: "a" }, ["list"]), step(1, { agent: "b", summary: "b" }, ["details"])],
    { agent: "a", summary: "b" },
    1
  ],
  ["the month of a higher number", [step(1, {}), step(2, { started_at: december })], { month: "2026-12" }, 0],
  ["not the month of a lower number", [step(2, {}), step(1, { started_at: december })], { month: "2026-11" }, 0],
  ["the month of an equal number", [step(2, {}), step(2, { started_at: december })], { month: "2026-12" }, 0],
  [
    "the first month, where none was ever asked for",
    [step(1, {}, ["details"]), step(2, { started_at: december, summary: "b" }, ["details"])],
    { month: "2026-11", summary: "b" },
    1
  ],
  [
    "no month that was not asked for",
    [step(1, {}), step(2, { started_at: december, summary: "b" }, ["details"])],
    { month: "2026-11", summary: "b" },
    1
  ]
]

describe("merging takes", () => {
  for (const [what, steps, expected, updated] of cases) {
    it.scopedLive(what, () =>
      Effect.gen(function*() {
        yield* within(yield* folder, (dataset) =>
          Effect.gen(function*() {
            let last = 0
            for (const { answer, groups, row } of steps) {
              yield* dataset.land(landing([ofCalls(read(answer, call("a", row)), groups)]))
              last = (yield* dataset.publish).updated
            }
            const rows = yield* seen(dataset, "calls", "call_id")
            assert.lengthOf(rows, 1)
            assert.deepInclude(rows[0], expected)
            // A row that moves is new where it comes to.
            if (!("month" in expected) || updated > 0) assert.strictEqual(last, updated)
          }))
      }), 30_000)
  }

  for (
    const [what, answers, words] of [
      ["the lines of a higher number as a whole", [1, 2], ["c"]],
      ["not the lines of a lower number", [2, 1], ["a", "b"]],
      ["of equal numbers the lines landed later", [2, 2], ["c"]]
    ] as const
  ) {
    it.scopedLive(what, () =>
      Effect.gen(function*() {
        yield* within(yield* folder, (dataset) =>
          Effect.gen(function*() {
            const [first, second] = answers
            yield* dataset.land(landing([
              ofCalls(read(1, call("x"))),
              ofLines(read(first, line("x", 0, "a"), line("x", 1, "b")))
            ]))
            yield* dataset.publish
            yield* dataset.land(landing([ofLines(read(second, line("x", 0, "c")))]))
            yield* dataset.publish
            assert.deepStrictEqual((yield* seen(dataset, "lines", "seq")).map((row) => row["words"]), [...words])
          }))
      }), 30_000)
  }

  it.scopedLive("of one landing the highest number, and of equal ones the last row", () =>
    Effect.gen(function*() {
      yield* within(yield* folder, (dataset) =>
        Effect.gen(function*() {
          const readings = (...found: ReadonlyArray<readonly [answer: number, day: string]>) =>
            Effect.gen(function*() {
              yield* dataset.land(landing([
                ofCalls(found.map(([answer, day]) => ({
                  answer,
                  row: call("a", {
                    agent: day,
                    started_at: utc(`2026-${day}T00:00:00Z`),
                    exported_at: utc(`2027-${day}`)
                  })
                }))),
                ofLines(found.map(([answer, day]) => ({ answer, row: line("a", answer, day) })))
              ]))
              yield* dataset.publish
              const lines = (yield* seen(dataset, "lines", "seq")).map((row) => row["words"])
              const rows = yield* seen(dataset, "calls", "call_id")
              return rows.map((row) => [row["agent"], row["month"], String(row["exported_at"]).slice(5, 10), ...lines])
            })
          assert.deepStrictEqual(yield* readings([4, "11-04"], [1, "12-01"]), [["11-04", "2026-11", "11-04", "11-04"]])
          assert.deepStrictEqual(yield* readings([3, "10-03"], [2, "12-02"]), [["11-04", "2026-11", "11-04", "11-04"]])
          assert.deepStrictEqual(yield* readings([5, "09-05"], [5, "08-05"]), [["08-05", "2026-08", "08-05", "08-05"]])
        }))
    }), 30_000)
})

it.scopedLive(
  "a group that a later version added is as new as its row, and numbers take little room",
  () =>
    Effect.gen(function*() {
      const out = yield* folder
      const path = join(out, "_trunkline/ledger.db")
      const Numbers = Schema.Struct({ numbers: Schema.parseJson(Schema.Unknown) })
      const numbers = Effect.scoped(Effect.flatMap(
        Ledger.openReader(path),
        (ledger) => Effect.map(ledger.all(Numbers, "SELECT numbers FROM keys"), ([row]) => row?.numbers)
      ))
      const land = (answer: number, summary: string, asked?: ReadonlyArray<string>) =>
        within(out, (dataset) =>
          Effect.gen(function*() {
            yield* dataset.land(landing([ofCalls(read(answer, call("a", { summary })), asked)]))
            yield* dataset.publish
            const [row] = yield* seen(dataset, "calls", "call_id")
            return row?.["summary"]
          }))
      yield* land(5, "first")
      assert.deepStrictEqual(yield* numbers, { "*": 5 })
      assert.strictEqual(yield* land(7, "second", ["details"]), "second")
      assert.deepStrictEqual(yield* numbers, { "*": 7, list: 5, lines: 5, extra: 5 })
      // As a version wrote it that had no group of details.
      yield* Effect.scoped(Effect.flatMap(
        Ledger.open(path),
        (ledger) => ledger.run(`UPDATE keys SET numbers = '{"list":7,"lines":0}'`)
      ))
      assert.strictEqual(yield* land(6, "older", ["details"]), "second")
      assert.strictEqual(yield* land(8, "newer", ["details"]), "newer")
      assert.deepStrictEqual(yield* numbers, { "*": 8, list: 7, lines: 0, extra: 7 })
    }),
  30_000
)
