/** One writer, whichever process it is, and nobody waits for the dead. */
import { assert, describe, it } from "@effect/vitest"
import { Ledger, Lock } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { ended, folder, says, start } from "./support.js"

const dataset = Effect.tap(folder, (out) => Effect.sync(() => mkdirSync(join(out, "_trunkline"), { mode: 0o700 })))

describe("Lock", () => {
  it.scopedLive("refuses a second process and names the first", () =>
    Effect.gen(function*() {
      const out = yield* dataset
      const holder = yield* start("hold", [out])
      yield* says(holder, "held")

      const error = yield* Effect.flip(Effect.scoped(Lock.acquire(out)))
      assert.strictEqual(error._tag, "DatasetLocked")
      if (error._tag === "DatasetLocked") assert.strictEqual(error.holder?.pid, holder.pid)
      assert.include(error.message, `process ${holder.pid} on ${hostname()}`)
    }), 20_000)

  it.scopedLive("says who holds it without taking it", () =>
    Effect.gen(function*() {
      const out = yield* dataset
      assert.isNull(yield* Lock.holder(out))
      const holder = yield* start("hold", [out])
      yield* says(holder, "held")
      assert.strictEqual((yield* Lock.holder(out))?.pid, holder.pid)
      if (process.platform === "linux") assert.isTrue(yield* Lock.isHeld(out))
      holder.kill("SIGKILL")
      yield* ended(holder)
      if (process.platform === "linux") assert.isFalse(yield* Lock.isHeld(out))
    }), 20_000)

  it.scopedLive("is refused to a second process by the first", () =>
    Effect.gen(function*() {
      const out = yield* dataset
      yield* Lock.acquire(out)
      const second = yield* start("hold", [out])
      yield* says(second, `DatasetLocked: ${out} is being written by process ${process.pid}`)
    }), 20_000)

  it.scopedLive("is free at once when its process is killed, whatever its file says", () =>
    Effect.gen(function*() {
      const out = yield* dataset
      const holder = yield* start("hold", [out])
      yield* says(holder, "held")
      const gone = yield* Effect.fork(ended(holder))
      holder.kill("SIGKILL")
      yield* gone
      // As another container's process of the same number would have left it.
      const beside = join(out, "_trunkline", "lock.json")
      writeFileSync(beside, JSON.stringify({ pid: process.pid, host: hostname(), since: "2026-01-01T00:00:00.000Z" }))

      yield* Lock.acquire(out)
      assert.notInclude(readFileSync(beside, "utf8"), "2026-01-01")
    }), 20_000)

  it.scopedLive("is free when its scope has ended, and refused twice in one process", () =>
    Effect.gen(function*() {
      const out = yield* dataset
      const scope = yield* Scope.make()
      yield* Scope.extend(Lock.acquire(out), scope)
      assert.strictEqual((yield* Effect.flip(Effect.scoped(Lock.acquire(out))))._tag, "DatasetLocked")
      // The refused one has closed the file once; the lock must have outlived that.
      const other = yield* start("hold", [out])
      yield* says(other, "DatasetLocked")
      yield* Scope.close(scope, Exit.void)
      yield* Effect.scoped(Lock.acquire(out))
    }), 20_000)

  it.scopedLive("never makes a reader of the ledger wait, and its files are ours alone", () =>
    Effect.gen(function*() {
      const out = yield* dataset
      const path = join(out, "_trunkline", "ledger.db")
      yield* Lock.acquire(out)
      const writer = yield* Ledger.open(path)
      yield* writer.run("INSERT INTO facts VALUES ('allo', '-', 'one', 'x')")
      const count = Schema.Struct({ count: Schema.Number })
      yield* writer.transaction("state commit", (transaction) =>
        Effect.gen(function*() {
          yield* transaction.run("INSERT INTO facts VALUES ('allo', '-', 'two', 'x')")
          const reader = yield* Ledger.openReader(path)
          assert.deepStrictEqual(yield* reader.all(count, "SELECT count(*) AS count FROM facts"), [{ count: 1 }])
        }).pipe(Effect.scoped))
      assert.strictEqual(statSync(join(out, "_trunkline", "lock.json")).mode & 0o777, 0o600)
      assert.strictEqual(statSync(join(out, "_trunkline", "lock.db")).mode & 0o777, 0o600)
    }), 20_000)
})
