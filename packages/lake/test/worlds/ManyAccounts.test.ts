/** A table that hundreds of accounts share. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { change, file, logKey, opened } from "../lake.js"

it.scoped(
  "is written down as a checkpoint by every tenth commit of 400 accounts, and by every twentieth of more",
  () =>
    Effect.gen(function*() {
      const { log, memory, store } = yield* opened
      for (let number = 0; number <= 440; number++) {
        const account = `clinic-${number}`
        const one = yield* file(store, { account, name: `${number}.parquet`, keys: [account] })
        yield* log.commit("calls", change({ account, sequence: 1, adds: [one] }))
      }
      const checkpoints = Array.from({ length: 441 }, (_, version) => version)
        .filter((version) => memory.objects.has(logKey(version).replace(".json", ".checkpoint.parquet")))
      assert.deepStrictEqual(checkpoints.slice(0, 3), [10, 20, 30])
      assert.deepStrictEqual(checkpoints.slice(-4), [390, 400, 420, 440])
    }),
  120_000
)
