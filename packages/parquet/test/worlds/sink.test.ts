/** A long stream becomes a file without ever being held as a whole. */
import { assert, it } from "@effect/vitest"
import { ParquetFile } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { join } from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { engines, folder, instant, live } from "../support.js"

const Small = Schema.Struct({ id: Schema.Int, text: Schema.String, at: Schema.DateTimeUtcFromSelf })
setFlagsFromString("--expose-gc")
const collect: unknown = runInNewContext("gc")
const heap = () => {
  if (typeof collect === "function") collect()
  const { external, heapUsed } = process.memoryUsage()
  return (heapUsed + external) / 1024 / 1024
}

for (const engine of engines) {
  it.scoped(`the stream of 100,000 rows is held a group at a time, over ${engine.name}`, () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "rows.parquet")
      const at = instant("2026-01-01")
      const measured: Array<number> = []
      const rows = Stream.range(0, 99_999, 1_000).pipe(
        Stream.map((id) => ({ id, text: `a text of its own, to be held or let go of, number ${id}`, at })),
        Stream.chunks,
        Stream.tap((chunk) =>
          Effect.sync(() => {
            if (measured.push(0) % 20 === 1) measured[measured.length - 1] = heap()
            assert.strictEqual(chunk.length, 1_000)
          })
        ),
        Stream.flattenChunks
      )
      const written = yield* Stream.run(rows, ParquetFile.sink(Small, { path }))
      assert.strictEqual(written.rows, 100_000)
      const [first = 0, ...later] = measured.filter((megabytes) => megabytes > 0)
      assert.strictEqual(later.length, 4)
      assert.isBelow(Math.max(...later) - first, 12, `megabytes of heap: ${first}, then ${later.join(", ")}`)
    }).pipe(Effect.provide(live(engine))), 30_000)
}
