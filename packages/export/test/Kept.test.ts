/** What a run keeps of the pages it reads: nothing, since many lists are read at once. */
import { assert, it } from "@effect/vitest"
import { Dataset } from "@trunkline/dataset"
import * as Export from "@trunkline/export/Export"
import { Sources } from "@trunkline/export/Sources"
import { Disk } from "@trunkline/parquet"
import { DateTime, Effect, Layer } from "effect"
import { inspect } from "node:util"
import { watched } from "../../http/test/fixtures/endings.js"
import { folder } from "./fixtures/account.js"
import * as Vendor from "./fixtures/vendor.js"

it.scopedLive("no fiber and no span ends with a page", () =>
  Effect.gen(function*() {
    const { fibers, layer, spans } = watched()
    const now = Date.now()
    const notes = Array.from({ length: 300 }, (_, number): Vendor.Note => ({
      id: `note-${number}`,
      at: DateTime.unsafeMake(now - (300 - number) * 60 * 60 * 1000),
      text: `The text of ${number}`
    }))
    const dataset = Dataset.layer({ out: yield* folder, tables: [Vendor.table], sources: {} }).pipe(
      Layer.provide(Disk.layer)
    )
    const sources = Sources.layer(Effect.succeed([Vendor.make(Effect.succeed(notes))]))
    const report = yield* Export.run().pipe(Effect.provide([layer, sources, dataset]))
    assert.deepStrictEqual([report.status, report.rows["notes"]], ["certified", 300])
    assert.isAbove(fibers.length, 10)
    assert.notInclude(inspect([fibers, spans], { depth: 12, maxArrayLength: null }), "The text of")
  }))
