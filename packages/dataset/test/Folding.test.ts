/** Rows that were kept under two spellings of one id become one row, whatever is killed on the way. */
import { assert, describe, it } from "@effect/vitest"
import { Ledger, Points, Verify } from "@trunkline/dataset"
import type { Writable } from "@trunkline/dataset/Dataset"
import { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { folder } from "./support.js"
import { call, landing, line, ofCalls, ofLines, ofThreads, read, seen, tables, thread, utc, within } from "./tables.js"

const spelling = { sources: ["allo"], prefixes: ["cll", "cnt"] }
const december = utc("2026-12-05T00:00:00Z")
const contacts = (id: string) => [{ id, name: null }]

/** As a program wrote it that took ids as they came. */
const before = (out: string) =>
  within(out, (dataset) =>
    Effect.gen(function*() {
      yield* dataset.land(landing([
        ofCalls(
          read(
            1,
            call("cll_1", { agent: "old", contacts: contacts("cnt_1") }),
            call("cll_2"),
            call("cll-3"),
            call("cll_4")
          )
        ),
        ofCalls(read(2, call("cll_1", { summary: "said" })), ["details"]),
        ofLines(read(3, line("cll_1", 0, "one"), line("cll_1", 1, "two"), line("cll_2", 0, "alone"))),
        ofThreads(read(3, thread("cnt_9"))),
        ofCalls(read(4, call("cll-1", { agent: "new", contacts: contacts("cnt-1"), started_at: december })), ["list"]),
        ofCalls(read(4, call("cll-5", { contacts: contacts("cnt_5") }))),
        ofLines(read(2, line("cll-1", 0, "old")))
      ], {
        pending: ["cll_1", "cll-1", "cll_2"].map((id) => ({ id, endedAt: december, dueAt: december }))
      }))
      yield* dataset.publish
    }))

const open = <A, E>(out: string, use: (dataset: Writable) => Effect.Effect<A, E>) => within(out, use, { spelling })

const texts = (dataset: Writable) =>
  Effect.gen(function*() {
    const calls = yield* seen(dataset, "calls", "call_id")
    const lines = yield* seen(dataset, "lines", "call_id, seq")
    return {
      calls: calls.map((
        row
      ) => [row["call_id"], row["month"], row["agent"] === "Zoé 😀" ? null : row["agent"], row["summary"]]),
      people: calls.map((row) => JSON.stringify(row["contacts"])).filter((text) => !text.includes("c1")),
      lines: lines.map((row) => [row["call_id"], row["month"], row["words"]])
    }
  })

const folded = {
  calls: [
    ["cll-1", "2026-12", "new", "said"],
    ["cll-2", "2026-11", null, null],
    ["cll-3", "2026-11", null, null],
    ["cll-4", "2026-11", null, null],
    ["cll-5", "2026-11", null, null]
  ],
  people: ["[{\"id\":\"cnt-1\",\"name\":null}]", "[{\"id\":\"cnt-5\",\"name\":null}]"],
  lines: [["cll-1", "2026-12", "one"], ["cll-1", "2026-12", "two"], ["cll-2", "2026-11", "alone"]]
}

const keysOf = (out: string) =>
  Effect.scoped(Effect.flatMap(
    Ledger.openReader(join(out, "_trunkline/ledger.db")),
    (ledger) =>
      ledger.all(Schema.Struct({ unit: Schema.String }), "SELECT unit FROM keys WHERE unit LIKE '%cll\\_%' ESCAPE '\\'")
  ))

describe("two spellings of one id", () => {
  it.scopedLive("become one with the next publish, the newest of each group", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* before(out)
      yield* open(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.publish
          assert.deepStrictEqual(yield* texts(dataset), folded)
          assert.deepStrictEqual((yield* dataset.publish).files, 0)
        }))
      assert.deepStrictEqual(yield* keysOf(out), [])
      const { problems, rows, waiting } = yield* Verify.folder({ out, tables })
      assert.deepStrictEqual([problems, waiting], [[], 0])
      assert.deepInclude(rows, { calls: 5, lines: 3, threads: 1 })
    }), 30_000)

  it.scopedLive("are asked for as they were last received", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* before(out)
      yield* open(out, (dataset) =>
        Effect.gen(function*() {
          const due = yield* dataset.due({ source: "allo", scope: "team", now: december, limit: 10 })
          assert.deepStrictEqual(due.map(({ id }) => id), ["cll-1", "cll-2"])
          yield* dataset.publish
          const spelled = (...keys: ReadonlyArray<string>) => dataset.spelled("allo", keys)
          assert.deepStrictEqual(yield* spelled("cll-4", "cll-1", "cll-2", "x"), ["cll_4", "cll-1", "cll_2", "x"])
          yield* dataset.land(landing([], { received: [["cll-4", "cll-4"], ["cll-3", "cll_3"]] }))
          assert.deepStrictEqual(yield* spelled("cll-3", "cll-4"), ["cll_3", "cll-4"])
        }))
    }), 30_000)

  it.scopedLive("are told apart in another source, and by a program that knows of none", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* before(out)
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.publish
          assert.lengthOf(yield* seen(dataset, "calls", "call_id"), 6)
        }), { spelling: { sources: ["other"], prefixes: ["cll"] } })
    }), 30_000)

  it.scopedLive("become one, wherever the publish is killed", () =>
    Effect.gen(function*() {
      let steps = 0
      for (let at = 1;; at++) {
        const out = yield* folder
        yield* before(out)
        steps = 0
        const points = Layer.succeed(Points, (point) =>
          Effect.suspend(() =>
            ++steps === at
              ? new DiskError({ step: "write", path: point, code: "EIO" })
              : Effect.void
          ))
        const killed = yield* Effect.option(
          open(out, (dataset) => dataset.publish).pipe(Effect.provide(points))
        )
        yield* open(out, (dataset) =>
          Effect.gen(function*() {
            const calls = yield* seen(dataset, "calls", "call_id")
            const ids = calls.map((row) => String(row["call_id"]))
            // Both spellings of the first call stood there before.
            const others = ids.map((id) => id.replace("_", "-")).filter((id) => id !== "cll-1")
            assert.strictEqual(new Set(others).size, others.length, `killed at step ${at}`)
            const { problems } = yield* dataset.verify
            assert.deepStrictEqual(problems, [], `killed at step ${at}`)
            yield* dataset.publish
            assert.deepStrictEqual(yield* texts(dataset), folded, `killed at step ${at}`)
          }))
        assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
        rmSync(out, { recursive: true })
        if (Option.isSome(killed)) break
      }
      assert.isAbove(steps, 10)
    }), 110_000)
})
