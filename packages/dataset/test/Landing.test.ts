/** Files of landed rows: read when they are what was written, and named when they are not; those of an earlier version too. */
import { assert, describe, it } from "@effect/vitest"
import { Ledger, Verify } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync, gzipSync } from "node:zlib"
import { landParquet } from "./earlier.js"
import { folder } from "./support.js"
import { call, calls, landing, ofCalls, read, seen, tables, within } from "./tables.js"

const landingIn = (out: string): string => {
  const [name = ""] = readdirSync(join(out, "_trunkline/landing"))
  return join(out, "_trunkline/landing", name)
}

const overLedger = (out: string, ...sql: ReadonlyArray<string>) =>
  Effect.scoped(Effect.flatMap(
    Ledger.open(join(out, "_trunkline/ledger.db")),
    (ledger) => Effect.forEach(sql, (one) => ledger.run(one), { discard: true })
  ))

const waits = (out: string) => within(out, (dataset) => dataset.land(landing([ofCalls(read(1, call("a"), call("b")))])))

describe("a landing", () => {
  it.scopedLive("is lines of JSON, each with its answer and its place", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* waits(out)
      const path = landingIn(out)
      assert.match(path, /\.ndjson\.gz$/)
      const lines = gunzipSync(readFileSync(path)).toString().trimEnd().split("\n").map((line) => JSON.parse(line))
      assert.deepStrictEqual(lines.map(({ answer, row, seq }) => [answer, seq, row.call_id, row.started_at]), [
        [1, 0, "a", "2026-11-05T10:00:00.123Z"],
        [1, 1, "b", "2026-11-05T10:00:00.123Z"]
      ])
    }))

  it.scopedLive("that read one row of an erased person names it in the list beside the ledger", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const trace = { table: "calls", person: "person", unit: "unit", id: "id", says: null }
      yield* within(out, (dataset) =>
        Effect.zipRight(
          overLedger(out, "INSERT INTO erasures (person, begun_at, with_rows, check_hash) VALUES ('person', 0, 1, '')"),
          dataset.land(landing([], { traces: [trace] }))
        ))
      const { rows } = JSON.parse(readFileSync(join(out, "_trunkline/erased.json"), "utf8"))
      assert.deepStrictEqual(rows, [{ source: "allo", ...trace, gone_at: null }])
    }))

  const line = "{\"answer\":1,\"seq\":2,\"row\":{\"call_id\":\"c\"}}\n"
  for (
    const [what, harm] of [
      ["with a flipped bit", (path: string) => {
        const bytes = readFileSync(path)
        bytes[60] = (bytes[60] ?? 0) ^ 1
        writeFileSync(path, bytes)
      }],
      ["that is cut", (path: string) => truncateSync(path, readFileSync(path).length - 30)],
      ["without a byte", (path: string) => truncateSync(path, 0)],
      ["with one more member", (path: string) => appendFileSync(path, gzipSync(line))]
    ] as const
  ) {
    it.scopedLive(`${what} is named, and not read`, () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* waits(out)
        const path = landingIn(out)
        harm(path)
        assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems.map(({ _tag }) => _tag), [
          "ChangedLanding"
        ])
        const { damaged, files } = yield* within(out, (dataset) => dataset.publish)
        assert.strictEqual(files, 0)
        assert.deepStrictEqual(damaged.map(({ problem }) => [problem._tag, problem.path]), [["ChangedLanding", path]])
      }))
  }

  it.scopedLive("with other rows than the ledger counts is named, and not published", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* waits(out)
      yield* overLedger(out, "UPDATE landings SET rows = 3")
      for (const mergeAtMost of [100, 1]) {
        const error = yield* Effect.flip(within(out, (dataset) => dataset.publish, { mergeAtMost }))
        assert.strictEqual(error._tag, "Damaged")
        assert.include(error.message, `${landingIn(out)} has 2 rows instead of 3`)
      }
    }))
})

describe("landings of an earlier version", () => {
  it.scopedLive("are found by verify, and published with those of this one, the newest of each group", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) => dataset.land(landing([ofCalls(read(5, call("b", { agent: "new" })), ["list"])])))
      yield* landParquet(out, calls, read(4, call("a"), call("b", { agent: "old", summary: "old" })))
      yield* overLedger(out, "DROP TABLE landed_lines", "DELETE FROM landings WHERE id = 1", "PRAGMA user_version = 5")
      const { problems, waiting } = yield* Verify.folder({ out, tables })
      assert.deepStrictEqual([problems, waiting], [[], 1])
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(landing([ofCalls(read(6, call("b", { agent: "new" })), ["list"])]))
          yield* dataset.publish
          const found = yield* seen(dataset, "calls", "call_id")
          assert.deepStrictEqual(found.map((row) => [row["call_id"], row["agent"], row["summary"]]), [
            ["a", "Zoé 😀", null],
            ["b", "new", "old"]
          ])
          assert.deepStrictEqual(readdirSync(join(out, "_trunkline/landing")), [])
          assert.deepStrictEqual((yield* dataset.verify).problems, [])
        }))
    }))
})
