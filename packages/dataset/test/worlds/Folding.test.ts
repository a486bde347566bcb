/** Rows under two spellings of one id become one row, whatever is killed on the way. */
import { assert, it } from "@effect/vitest"
import { Points, Verify } from "@trunkline/dataset"
import { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { rmSync } from "node:fs"
import { before, folded, open, texts } from "../folding.js"
import { folder } from "../support.js"
import { seen, tables } from "../tables.js"

it.scopedLive("two spellings of one id become one, wherever the publish is killed", () =>
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
