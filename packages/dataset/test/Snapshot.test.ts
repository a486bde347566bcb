/** Readers see the files of one moment, however long a writer goes on replacing them. */
import { assert, it } from "@effect/vitest"
import { Snapshot } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { folder } from "./support.js"

it.scopedLive(
  "all files are of one moment, also where a writer replaces them more than twenty times",
  () =>
    Effect.gen(function*() {
      const out = yield* folder
      for (const name of ["_trunkline", "calls"]) mkdirSync(join(out, name))
      const replace = (name: string, text: string) => {
        writeFileSync(join(out, "other"), text)
        renameSync(join(out, "other"), join(out, name))
      }
      let moment = 0
      // Two files of a moment, one of which has another name each time.
      const publish = () => {
        moment++
        replace("calls/a.parquet", String(moment))
        writeFileSync(join(out, `calls/b-${moment}.parquet`), String(moment))
        if (moment > 1) renameSync(join(out, `calls/b-${moment - 1}.parquet`), join(out, "gone"))
      }
      publish()
      const list = Effect.sync(() => {
        const names = readdirSync(join(out, "calls")).toSorted().map((name) => `calls/${name}`)
        if (moment < 25) publish()
        return names
      })
      const found = yield* Snapshot.make(out, list)
      assert.notStrictEqual(found.folder, out)
      assert.deepStrictEqual(found.names, ["calls/a.parquet", "calls/b-25.parquet"])
      assert.deepStrictEqual(found.names.map((name) => readFileSync(join(found.folder, name), "utf8")), ["25", "25"])
    }),
  30_000
)
