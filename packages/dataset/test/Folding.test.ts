/** Rows that were kept under two spellings of one id become one row. */
import { assert, describe, it } from "@effect/vitest"
import { Ledger, Verify } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import { before, december, folded, open, texts } from "./folding.js"
import { folder } from "./support.js"
import { landing, seen, tables, within } from "./tables.js"

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
})
