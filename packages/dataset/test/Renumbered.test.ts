/** A row that is read again and is the same: its key stays as it is written, and it is as new as its newest reading all the same. */
import { assert, describe, it } from "@effect/vitest"
import type { Writable } from "@trunkline/dataset/Dataset"
import * as Ledger from "@trunkline/dataset/Ledger"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import { push } from "./carrying.js"
import { folder } from "./support.js"
import { call, landing, line, ofCalls, ofLines, read, seen, utc, within } from "./tables.js"

const Numbers = Schema.Struct({ key: Schema.String, apart: Schema.NullOr(Schema.String) })

const newest = (numbers: string | null): unknown => numbers === null ? null : JSON.parse(numbers)["*"]

/** The newest number of the first row in its key, and apart. */
const numbersOf = (out: string) =>
  Effect.gen(function*() {
    const ledger = yield* Ledger.openReader(join(out, "_trunkline", "ledger.db"))
    const found = yield* ledger.all(
      Numbers,
      `SELECT keys.numbers AS key, renumbered.numbers AS apart FROM keys LEFT JOIN renumbered USING (shelf, unit)
        WHERE unit = 'a' ORDER BY shelf LIMIT 1`
    )
    return found.map(({ apart, key }) => [newest(key), newest(apart)])
  }).pipe(Effect.scoped)

const reading = (answer: number, summary: string) => ofCalls(read(answer, call("a", { summary })))

describe("a row that is read again and is the same", () => {
  it.scopedLive("leaves its key as it is, and wins over what was read before", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          for (const [answer, summary] of [[1, "new"], [5, "new"], [3, "old"]] as const) {
            yield* dataset.land(landing([reading(answer, summary)]))
            yield* dataset.publish
          }
          assert.deepStrictEqual((yield* seen(dataset, "calls", "call_id")).map((row) => row["summary"]), ["new"])
        }))
      assert.deepStrictEqual(yield* numbersOf(out), [[1, 5]])
    }), 60_000)

  it.scopedLive("is as new also where the older reading waits for the next start", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(landing([reading(1, "new")]))
          yield* dataset.publish
          yield* dataset.land(landing([reading(5, "new")]))
          yield* dataset.publish
          yield* dataset.land(landing([reading(3, "old")]))
        }))
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.publish
          assert.deepStrictEqual((yield* seen(dataset, "calls", "call_id")).map((row) => row["summary"]), ["new"])
        }))
      // Nothing waits any more, and what is read from now on is newer than anything that was.
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.beginRun({ id: "run", at: utc("2026-11-30T00:00:00Z"), command: "export", version: null })
          yield* dataset.land(landing([reading(6, "newest")]))
          yield* dataset.publish
          assert.deepStrictEqual((yield* seen(dataset, "calls", "call_id")).map((row) => row["summary"]), ["newest"])
        }))
      assert.deepStrictEqual(yield* numbersOf(out), [[6, null]])
    }), 60_000)

  it.scopedLive(
    "is carried as it is, as often as the dataset is opened, until the next run",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        const carried = (work: (dataset: Writable) => Effect.Effect<unknown, unknown>) =>
          within(out, (dataset) => Effect.zipRight(work(dataset), push(dataset, join(out, "away"))))
        const first = yield* carried((dataset) =>
          Effect.gen(function*() {
            for (const answer of [1, 5]) {
              yield* dataset.land(landing([reading(answer, "same")]))
              yield* dataset.publish
            }
          })
        )
        assert.deepStrictEqual(yield* numbersOf(out), [[1, 5]])
        assert.deepStrictEqual(yield* carried(() => Effect.void), first)
        yield* carried((dataset) =>
          dataset.beginRun({ id: "run", at: utc("2026-11-30T00:00:00Z"), command: "export", version: null })
        )
        assert.deepStrictEqual(yield* numbersOf(out), [[1, null]])
      }),
    60_000
  )

  it.scopedLive(
    "writes its key once it changes, and moves with its lines, which are as new as they were",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            for (const answer of [1, 5]) {
              yield* dataset.land(landing([reading(answer, "one"), ofLines(read(answer, line("a", 0, "new")))]))
              yield* dataset.publish
            }
            const moved = call("a", { summary: "two", started_at: utc("2026-12-05T10:00:00Z") })
            yield* dataset.land(landing([ofCalls(read(6, moved))]))
            yield* dataset.publish
            yield* dataset.land(landing([ofLines(read(4, line("a", 0, "old"), line("a", 1, "older")))]))
            yield* dataset.publish
            const lines = yield* seen(dataset, "lines", "seq")
            assert.deepStrictEqual(lines.map(({ month, words }) => [month, words]), [["2026-12", "new"]])
          }))
        assert.deepStrictEqual(yield* numbersOf(out), [[6, null]])
      }),
    60_000
  )

  it.scopedLive("writes its key where a group was read for the first time", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(landing([ofCalls(read(1, call("a")), ["list"])]))
          yield* dataset.publish
          yield* dataset.land(landing([ofCalls(read(2, call("a")))]))
          yield* dataset.publish
        }))
      assert.deepStrictEqual(yield* numbersOf(out), [[2, null]])
    }), 60_000)
})
