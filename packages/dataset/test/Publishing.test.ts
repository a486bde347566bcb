/** What wins: one row per key, the newest of what was asked, and nothing rewritten without need. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { folder } from "./support.js"
import { call, landing, line, ofCalls, ofLines, ofThreads, proof, read, seen, thread, utc, within } from "./tables.js"

const fileOf = (out: string, table: string, month: string) =>
  join(out, table, "source=allo", `month=${month}`, "data.parquet")

describe("publish", () => {
  it.scopedLive("makes one row per key out of landings, and leaves no landing behind", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(landing([
            ofCalls(read(1, call("a"), call("b", { started_at: utc("2026-12-01T00:00:00Z") }))),
            ofLines(read(1, line("a", 0, "hello"), line("a", 1, "you"), line("b", 0, "yes"))),
            ofThreads(read(1, thread("+2"), thread("+3")))
          ], { proof: proof() }))
          yield* dataset.land(landing([ofCalls(read(2, call("a", { summary: "new" })))]))
          assert.deepStrictEqual(yield* dataset.publish, {
            new: 7,
            updated: 0,
            removed: 0,
            files: 6,
            waiting: 0
          })
          const rows = yield* seen(dataset, "calls", "call_id")
          assert.deepStrictEqual(rows.map((row) => [row["call_id"], row["summary"], row["source"], row["month"]]), [
            ["a", "new", "allo", "2026-11"],
            ["b", null, "allo", "2026-12"]
          ])
          assert.strictEqual(rows[0]?.["started_at"], "2026-11-05 10:00:00.123+00")
          assert.deepStrictEqual(rows[0]?.["contacts"], [{ id: "c1", name: null }])
          assert.lengthOf(yield* seen(dataset, "lines", "call_id, seq"), 3)
          assert.lengthOf(yield* seen(dataset, "threads", "contact"), 2)
          const [certificate] = yield* seen(dataset, "certificates", "from_at")
          assert.strictEqual(certificate?.["verdict"], "certified")
          assert.strictEqual(certificate?.["from_at"], "2026-11-01 00:00:00+00")
          assert.deepStrictEqual(certificate?.["request_ids"], ["req_1", "req_2"])
          assert.deepStrictEqual(readdirSync(join(out, "_trunkline/landing")), [])
          assert.deepStrictEqual(readdirSync(join(out, "_trunkline/publishing")), [])
          assert.deepStrictEqual((yield* dataset.verify).problems, [])
          assert.strictEqual(statSync(join(out, "_trunkline")).mode & 0o777, 0o700)
          assert.strictEqual(statSync(fileOf(out, "calls", "2026-11")).mode & 0o777, 0o666 & ~process.umask())
          assert.isNotEmpty(readFileSync(fileOf(out, "lines", "2026-12")))
        }))
    }), 60_000)
})
