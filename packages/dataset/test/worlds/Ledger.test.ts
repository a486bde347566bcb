/** The ledger opens no file for good: thousands of transactions run where a process may open few files. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { folder } from "../support.js"

it.scoped("Ledger does 2,000 transactions with 256 open files allowed", () =>
  Effect.gen(function*() {
    const driver = fileURLToPath(new URL("../../dist-test/drivers/transactions.js", import.meta.url))
    const path = join(yield* folder, "ledger.db")
    const { status, stderr, stdout } = spawnSync(
      "sh",
      ["-c", "ulimit -n 256 && exec \"$0\" \"$@\"", process.execPath, driver, path],
      { encoding: "utf8" }
    )
    assert.strictEqual(stderr, "")
    assert.strictEqual(status, 0)
    assert.strictEqual(stdout.trim(), "2000 rows, synchronous 2")
  }), 30_000)
