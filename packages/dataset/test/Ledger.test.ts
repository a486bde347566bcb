/** All or nothing, one connection, and no ledger of a later version. */
import { assert, describe, it } from "@effect/vitest"
import { Ledger, Points } from "@trunkline/dataset"
import { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { folder } from "./support.js"

const count = Schema.Struct({ count: Schema.Number })
const facts = (ledger: Ledger.Statements) => ledger.all(count, "SELECT count(*) AS count FROM facts")
const remember = (statements: Ledger.Statements, name: string) =>
  statements.run("INSERT INTO facts VALUES ('allo', '-', ?, 'x')", name)

describe("Ledger", () => {
  it.scoped("keeps all of a transaction or nothing", () =>
    Effect.gen(function*() {
      const ledger = yield* Ledger.open(join(yield* folder, "ledger.db"))
      const failed = yield* Effect.either(ledger.transaction("state commit", (transaction) =>
        Effect.zipRight(remember(transaction, "one"), Effect.fail("no"))))
      assert.strictEqual(failed._tag, "Left")
      assert.deepStrictEqual(yield* facts(ledger), [{ count: 0 }])
      yield* ledger.transaction("state commit", (transaction) =>
        remember(transaction, "one"))
      assert.deepStrictEqual(yield* facts(ledger), [{ count: 1 }])
    }))

  it.scoped("takes back a transaction whose commit fails, and goes on", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "ledger.db")
      yield* Effect.scoped(Ledger.open(path))
      const full = new DiskError({ step: "sync", path: "ledger", code: "ENOSPC" })
      const error = yield* Ledger.open(path).pipe(
        Effect.provideService(Points, () => Effect.fail(full)),
        Effect.flatMap((ledger) =>
          Effect.tap(
            Effect.flip(ledger.transaction("state commit", (transaction) => remember(transaction, "one"))),
            () => remember(ledger, "two")
          )
        ),
        Effect.scoped
      )
      assert.strictEqual(error._tag, "DiskError")
      assert.deepStrictEqual(yield* facts(yield* Ledger.open(path)), [{ count: 1 }])
    }))

  it.scoped("takes back a transaction that is interrupted, and lets nobody look into an open one", () =>
    Effect.gen(function*() {
      const ledger = yield* Ledger.open(join(yield* folder, "ledger.db"))
      const writing = yield* Effect.fork(
        ledger.transaction("state commit", (transaction) => Effect.zipRight(remember(transaction, "one"), Effect.never))
      )
      yield* Effect.yieldNow()
      const looking = yield* Effect.fork(facts(ledger))
      yield* Effect.yieldNow()
      assert.isNull(looking.unsafePoll())
      yield* writing.interruptAsFork(writing.id())
      assert.deepStrictEqual(yield* looking, [{ count: 0 }])
    }))

  it.scoped("refuses a ledger of a later version and leaves it as it is", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "ledger.db")
      yield* Effect.scoped(Effect.flatMap(Ledger.open(path), (ledger) => ledger.run("PRAGMA user_version = 999")))
      const error = yield* Effect.flip(Ledger.open(path))
      assert.strictEqual(error._tag, "NewerLedger")
      assert.match(error.message, /version 999.*Install the version that wrote it/)
      assert.strictEqual((yield* Effect.flip(Ledger.openReader(path)))._tag, "NewerLedger")
    }))

  it.scoped("says what to do when it cannot be opened", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Ledger.open(join(yield* folder, "missing", "ledger.db")))
      assert.strictEqual(error._tag, "LedgerFailed")
      assert.match(error.message, /SQLITE_CANTOPEN/)
    }))

  it.scoped("opens under any name", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "a b#c?d%20é.db")
      yield* Ledger.open(path)
      assert.isTrue(existsSync(path))
    }))
})
