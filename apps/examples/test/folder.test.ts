/** From two APIs to a folder and its views, through every package, with real parts. */
import { NodeContext, NodeHttpClient } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { AlloClient, Conversations } from "@trunkline/allo"
import { Analytics } from "@trunkline/analytics"
import { tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import { Disk } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { keep } from "../src/folder.js"

const Allo = Layer.unwrapEffect(Effect.map(Sandbox, ({ alloUrl, keys }) =>
  Conversations.layer.pipe(
    Layer.provide(AlloClient.layer({ apiKey: Redacted.make(keys.allo), baseUrl: alloUrl }))
  ))).pipe(
    Layer.provideMerge(Sandbox.layer({
      size: 600,
      startsAt: Date.UTC(2026, 10, 20, 12),
      movement: false,
      rateLimit: { reads: 1000, writes: 1000 }
    })),
    Layer.provide(NodeHttpClient.layerUndici)
  )

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "trunkline-folder-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

it.scopedLive(
  "every call and message served stands in the folder once, and a second reading changes nothing",
  () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "data")
      const writer = Dataset.layer({ out, tables }).pipe(Layer.provide(Disk.layer))
      const everything = { from: "2026-08-01", to: "2026-11-30" }
      const { history, world } = yield* Sandbox
      const served = yield* history.mustHaveSeen({ source: "allo" })
      assert.strictEqual(served.size, 600)

      const first = yield* Effect.provide(keep(everything), writer)
      assert.strictEqual(first.new, 600)
      assert.strictEqual(first.refused, 0)
      const again = yield* Effect.provide(keep(everything), writer)
      assert.deepStrictEqual([again.new, again.updated, again.files], [0, 0, 0])

      // A summary that came late replaces its row, and no other.
      assert.isTrue(yield* world.setSummary("cll-abc123", "They called about the invoice, at last."))
      const late = yield* Effect.provide(keep(everything), writer)
      assert.deepStrictEqual([late.new, late.updated, late.files], [0, 1, 1])

      const report = yield* Effect.provide(Effect.flatMap(Dataset, ({ verify }) => verify), writer)
      assert.deepStrictEqual(report.problems, [])

      const analytics = Analytics.layer({ folder: out }).pipe(Layer.provide(NodeContext.layer))
      yield* Effect.gen(function*() {
        const { sql, view } = yield* Analytics
        const calls = yield* Stream.runCollect(view("calls"))
        const messages = yield* Stream.runCollect(sql("SELECT message_id FROM messages"))
        const ids = [
          ...[...calls].map(({ call_id }) => call_id),
          ...[...messages].map(({ message_id }) => String(message_id))
        ]
        assert.strictEqual(ids.length, 600)
        assert.deepStrictEqual(new Set(ids), new Set(served))
        const invoice = [...calls].find(({ call_id }) => call_id === "cll-abc123")
        assert.strictEqual(invoice?.summary, "They called about the invoice, at last.")
        assert.isTrue(invoice !== undefined && DateTime.isDateTime(invoice.started_at))
      }).pipe(Effect.provide(analytics))
    }).pipe(Effect.provide(Allo)),
  120_000
)
