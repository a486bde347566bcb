/** What stands: rows in quarantine until they are read, what cannot be mended until it is accepted. */
import { assert, describe, it } from "@effect/vitest"
import { Ledger, Run } from "@trunkline/dataset"
import type { Landing, Writable } from "@trunkline/dataset/Dataset"
import { DatasetReader } from "@trunkline/dataset/DatasetReader"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { join } from "node:path"
import { folder } from "./support.js"
import { landing, november, proof, utc, walk, within } from "./tables.js"

const day = (day: number): DateTime.Utc => utc(`2026-11-${String(day).padStart(2, "0")}T00:00:00Z`)
const items = { source: "allo", scope: "team", stream: "items" } as const
const bad = { raw: "{\"id\":\"x\",\"type\":\"FAX\"}", reason: "type: expected CALL", key: "x" }

/** A window that was read to its end by this run on this day, and rows that it could not keep. */
const window = (
  run: number,
  [from, to]: readonly [number, number],
  { refused = [], ...more }: Partial<Landing<never>> = {}
): Landing<never> =>
  landing([], {
    window: { ...items, from: day(from), to: day(to) },
    runId: `run-${run}`,
    readAt: day(20 + run),
    refused,
    proof: proof({
      lists: [{
        kind: "window",
        walks: [walk({ totals: [refused.length], keys: new Set(), refused: new Set(refused.map(({ raw }) => raw)) })]
      }]
    }),
    ...more
  })

/** What would be read again on this day, beside a look-back of nothing. */
const planned = (dataset: Writable, on: number, stream = "items") =>
  Effect.map(
    dataset.plan({ ...items, stream, since: day(1), until: day(19), now: day(on), lookback: "0 seconds" }),
    (found) => found.map(({ from, to }) => [DateTime.toDateUtc(from).getUTCDate(), DateTime.toDateUtc(to).getUTCDate()])
  )

const numbers = (dataset: Writable) =>
  Effect.map(dataset.quarantine, (rows) => rows.map(({ key, number }) => `${number} ${key}`))

const test = (name: string, body: (dataset: Writable) => Effect.Effect<void, unknown>) =>
  it.scopedLive(name, () => Effect.flatMap(folder, (out) => within(out, body)), 30_000)

describe("a row in quarantine", () => {
  test("keeps its number however its text changes, and its window is read again by every run", (dataset) =>
    Effect.gen(function*() {
      assert.strictEqual((yield* dataset.land(window(1, [1, 19]))).quarantined, 0)
      const { quarantined } = yield* dataset.land(
        window(1, [5, 8], { refused: [bad, { raw: "[]", reason: "no row" }] })
      )
      assert.strictEqual(quarantined, 2)
      assert.deepStrictEqual(yield* planned(dataset, 21), [[5, 8]])
      assert.deepStrictEqual(yield* planned(dataset, 21, "items+transcript"), [[1, 19]])

      const other = { ...bad, raw: "{\"id\":\"x\",\"type\":\"TELEX\"}", reason: "other" }
      const again = yield* dataset.land(window(2, [6, 7], { refused: [other, { raw: "[]", reason: "no row" }] }))
      assert.strictEqual(again.quarantined, 0)
      const [first, second] = yield* dataset.quarantine
      assert.deepInclude(first, { ...items, number: 1, key: "x", reason: "other", runId: "run-2", acceptedAt: null })
      assert.deepStrictEqual([first?.firstAt, first?.lastAt], [day(21), day(22)])
      assert.deepInclude(second, { number: 2, key: createHash("sha256").update("[]").digest("hex") })
      assert.deepStrictEqual(yield* dataset.refused(1), Option.some(other.raw))
      assert.deepStrictEqual(yield* dataset.refused(3), Option.none())
      assert.deepStrictEqual(yield* planned(dataset, 22), [[6, 7]])
    }))

  test("leaves it when it is read whole, also with more or less than before", (dataset) =>
    Effect.gen(function*() {
      for (const stream of ["items", "items+transcript"]) {
        yield* dataset.land(window(1, [5, 8], { refused: [bad] }))
        assert.lengthOf(yield* dataset.quarantine, 1)
        yield* dataset.land(landing([], { window: { ...november, stream: "details" }, shown: ["x"], runId: "run-2" }))
        yield* dataset.land(landing([], { window: { ...november, scope: "other" }, shown: ["x"], runId: "run-2" }))
        assert.lengthOf(yield* dataset.quarantine, 1)
        yield* dataset.land(landing([], { window: { ...november, stream }, shown: ["x"], runId: "run-2" }))
        assert.deepStrictEqual(yield* dataset.quarantine, [])
        assert.deepStrictEqual(yield* planned(dataset, 22), [[1, 5], [8, 19]])
      }
    }))

  test("is put into it once more where it cannot be read again, accepted or not", (dataset) =>
    Effect.gen(function*() {
      yield* dataset.land(window(1, [5, 8], { refused: [bad] }))
      assert.isTrue(yield* dataset.accept(1, day(21)))
      yield* dataset.land(window(2, [5, 8], { shown: ["x"] }))
      assert.isFalse(yield* dataset.accept(1, day(22)))
      assert.strictEqual((yield* dataset.land(window(3, [5, 8], { refused: [bad], shown: ["x"] }))).quarantined, 1)
      assert.deepStrictEqual((yield* dataset.quarantine).map(({ acceptedAt, number }) => [number, acceptedAt]), [
        [1, null]
      ])
    }))

  test("leaves it once other runs have read all of its window without it", (dataset) =>
    Effect.gen(function*() {
      yield* dataset.land(window(1, [5, 9], { refused: [bad] }))
      // The same run, a reading without a proof, and a part of the window.
      yield* dataset.land(window(1, [1, 19]))
      yield* dataset.land(window(2, [1, 19], { proof: proof({ verdict: "uncertified" }) }))
      yield* dataset.land(window(2, [7, 19]))
      assert.deepStrictEqual(yield* numbers(dataset), ["1 x"])
      yield* dataset.land(window(2, [1, 7], { proof: proof({ verdict: "open" }) }))
      assert.deepStrictEqual(yield* dataset.quarantine, [])
      const ledger = yield* Effect.scoped(Effect.flatMap(
        Ledger.openReader(join(dataset.out, "_trunkline", "ledger.db")),
        ({ all }) => all(Schema.Struct({ raw: Schema.String }), "SELECT raw FROM quarantine")
      ))
      assert.deepStrictEqual(ledger, [{ raw: "" }])
    }))

  test("that is accepted is asked for again after a week", (dataset) =>
    Effect.gen(function*() {
      yield* dataset.land(window(1, [1, 19], { refused: [bad] }))
      assert.deepStrictEqual(yield* planned(dataset, 21), [[1, 19]])
      assert.isTrue(yield* dataset.accept(1, day(21)))
      assert.isTrue(yield* dataset.accept(1, day(22)))
      assert.isFalse(yield* dataset.accept(2, day(22)))
      assert.deepStrictEqual((yield* dataset.quarantine).map(({ acceptedAt }) => acceptedAt), [day(21)])
      assert.deepStrictEqual(yield* planned(dataset, 27), [])
      assert.deepStrictEqual(yield* planned(dataset, 28), [[1, 19]])
      yield* dataset.land(window(8, [1, 19], { refused: [bad] }))
      assert.deepStrictEqual(yield* planned(dataset, 29), [])
    }))

  test("that came by its id is due in every run, and leaves it when it is read or no longer there", (dataset) =>
    Effect.gen(function*() {
      const details = (run: number, more: Partial<Landing<never>>) =>
        landing([], {
          window: { ...items, stream: "details", from: day(20 + run), to: day(20 + run) },
          runId: `run-${run}`,
          readAt: day(20 + run),
          ...more
        })
      const due = (on: number) =>
        Effect.map(
          dataset.due({ source: "allo", scope: "team", now: day(on), limit: 10 }),
          (found) => found.map(({ id }) => id)
        )
      const later = [{ id: "x", dueAt: day(29) }]
      yield* dataset.beginRun({ id: "run-1", at: day(21), command: "export", version: null })
      yield* dataset.land(landing([], { pending: [{ id: "x", endedAt: day(1), dueAt: day(21) }] }))
      yield* dataset.land(details(1, { refused: [bad], postponed: later }))
      assert.deepStrictEqual(yield* due(21), [])
      // The run before was killed. Whatever the clock says, another one asks again.
      yield* dataset.beginRun({ id: "run-2", at: day(22), command: "export", version: null })
      assert.deepStrictEqual([yield* due(21), yield* due(22)], [["x"], ["x"]])
      yield* dataset.land(details(2, { refused: [bad], settled: ["x"] }))
      assert.deepStrictEqual(yield* due(22), [])
      yield* dataset.endRun({ id: "run-2", at: day(22), status: "partial", summary: Run.silent })
      assert.deepStrictEqual(yield* due(22), ["x"])
      // A window has nothing to say of it.
      yield* dataset.land(window(3, [1, 28], { shown: ["x"] }))
      assert.deepStrictEqual(yield* numbers(dataset), ["1 x"])
      yield* dataset.land(details(3, { postponed: later }))
      assert.deepStrictEqual([yield* numbers(dataset), yield* due(24)], [[], []])
    }))
})

describe("what stands", () => {
  const lost = { kind: "vanished", source: "allo", scope: "team", name: "line 12" } as const
  const differs = { kind: "difference", source: "allo", scope: "team", name: "items" } as const

  test("has a number, shared with quarantine, and is accepted while it says the same", (dataset) =>
    Effect.gen(function*() {
      const stand = (says: string, at: number) => dataset.stand({ ...differs, says, at: day(at) })
      assert.deepStrictEqual(yield* stand("9 and 10", 1), { number: 1, accepted: false })
      yield* dataset.land(window(1, [5, 8], { refused: [bad] }))
      assert.deepStrictEqual(yield* dataset.stand({ ...lost, says: "", at: day(2) }), { number: 3, accepted: false })
      assert.isTrue(yield* dataset.accept(1, day(3)))
      assert.deepStrictEqual(yield* stand("9 and 10", 4), { number: 1, accepted: true })
      const row = { source: "allo", scope: "team", name: "items", says: bad.reason, firstAt: day(21), lastAt: day(21) }
      assert.deepStrictEqual(yield* dataset.standing, [
        { ...differs, number: 1, says: "9 and 10", firstAt: day(1), lastAt: day(4), acceptedAt: day(3) },
        { ...row, kind: "quarantine", number: 2, acceptedAt: null },
        { ...lost, number: 3, says: "", firstAt: day(2), lastAt: day(2), acceptedAt: null }
      ])
      assert.deepStrictEqual(yield* stand("9 and 11", 5), { number: 1, accepted: false })
    }))

  test("is forgotten when it is resolved, and its number is never given again", (dataset) =>
    Effect.gen(function*() {
      yield* dataset.stand({ ...lost, says: "", at: day(1) })
      yield* dataset.resolve(differs)
      assert.lengthOf(yield* dataset.standing, 1)
      yield* dataset.resolve(lost)
      assert.deepStrictEqual(yield* dataset.standing, [])
      assert.isFalse(yield* dataset.accept(1, day(2)))
      assert.deepStrictEqual(yield* dataset.stand({ ...lost, says: "", at: day(3) }), { number: 2, accepted: false })
    }))
})

it.scopedLive(
  "a quarantine of an earlier version gets numbers, keys and windows, for readers as well",
  () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(window(1, [3, 5], { refused: [{ raw: "1", reason: "" }] }))
          yield* dataset.land(window(1, [7, 9], { refused: [{ raw: "2", reason: "" }] }))
        }))
      yield* Effect.scoped(Effect.gen(function*() {
        const ledger = yield* Ledger.open(join(out, "_trunkline", "ledger.db"))
        yield* ledger.run("DROP TABLE quarantine")
        yield* ledger.run("DROP TABLE standing")
        yield* ledger.run("DELETE FROM counters WHERE name = 'standing'")
        yield* ledger.run(`CREATE TABLE quarantine (
        source TEXT NOT NULL, scope TEXT NOT NULL, stream TEXT NOT NULL, sha256 TEXT NOT NULL, raw TEXT NOT NULL,
        reason TEXT NOT NULL, first_at INTEGER NOT NULL, run_id TEXT NOT NULL,
        PRIMARY KEY (source, scope, stream, sha256)
      ) WITHOUT ROWID`)
        const texts = ["no json", "[]", "{\"id\":7}", "{\"id\":\"x\"}", "{\"id\":\"x\",\"more\":1}", "{\"id\":\"\"}"]
        for (const [index, raw] of texts.entries()) {
          yield* ledger.run(
            "INSERT INTO quarantine VALUES ('allo', 'team', 'items', ?, ?, 'no', ?, 'run')",
            `hash ${index}`,
            raw,
            day(10 + index).epochMillis
          )
        }
        yield* ledger.run("PRAGMA user_version = 2")
      }))
      const expected = ["1 hash 0", "2 hash 1", "3 hash 2", "4 x", "5 hash 5"]
      const read = Effect.flatMap(DatasetReader, (dataset) =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* dataset.refused(4), Option.some("{\"id\":\"x\",\"more\":1}"))
          return (yield* dataset.quarantine).map(({ key, number }) => `${number} ${key}`)
        })).pipe(Effect.provide(DatasetReader.layer({ out })))
      assert.deepStrictEqual(yield* read, expected)
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* numbers(dataset), expected)
          assert.deepStrictEqual(yield* planned(dataset, 21), [[1, 19]])
          assert.strictEqual(
            (yield* dataset.stand({ kind: "vanished", ...items, name: "", says: "", at: day(1) })).number,
            6
          )
          yield* dataset.land(window(2, [1, 19]))
          assert.deepStrictEqual(yield* dataset.quarantine, [])
        }))
    }),
  30_000
)
