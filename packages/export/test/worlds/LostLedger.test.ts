/** A ledger is lost, and people who were erased stay out. */
import { assert, describe, it } from "@effect/vitest"
import { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { copyFileSync, cpSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  byNumber,
  erase,
  folder,
  ids,
  isOut,
  make,
  opened,
  published,
  repaired,
  verified,
  words
} from "../fixtures/personal.js"
import { scan } from "../fixtures/scan.js"

const ledgerOf = (out: string): string => join(out, "_trunkline/ledger.db")

const losses: Readonly<Record<string, (out: string, other: string) => void>> = {
  "is gone": (out) => rmSync(ledgerOf(out)),
  "is empty": (out) => truncateSync(ledgerOf(out), 0),
  "is damaged": (out) => writeFileSync(ledgerOf(out), readFileSync(ledgerOf(out)).fill(0xa5, 4096, 3 * 4096)),
  "is of another folder": (out, other) => copyFileSync(ledgerOf(other), ledgerOf(out))
}

describe("a ledger of a dataset from which a person was erased", () => {
  for (const [name, lose] of Object.entries(losses)) {
    it.scopedLive(`${name}, and the person stays out`, () =>
      Effect.gen(function*() {
        const root = yield* folder
        const [out, other] = [join(root, "data"), join(root, "other")]
        yield* make(out)
        yield* make(other)
        yield* opened(out, erase(byNumber))
        yield* published(out)
        lose(out, other)
        const report = yield* repaired(out)
        assert.deepStrictEqual(report.beyond, [])
        // The next start, whatever it is for, removes what was set aside.
        yield* opened(out, (dataset) => dataset.standing)
        yield* isOut(out, "made anew")
      }), 120_000)
  }

  it.scopedLive("is gone, and so are the calls that left", () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "data")
      yield* make(out)
      yield* opened(out, erase({ ...byNumber, rows: true }))
      yield* published(out)
      rmSync(ledgerOf(out))
      yield* repaired(out)
      assert.deepStrictEqual(yield* verified(out), [])
      assert.deepStrictEqual(yield* scan(out, [...words, "cll-a", "cll-d", "cll-e"]), [])
      assert.deepStrictEqual(yield* ids(out, "calls", "call_id"), ["cll-b"])
      assert.deepStrictEqual(yield* verified(out), [])
    }), 120_000)

  it.scopedLive(
    "is gone after whatever ended the erasure, and the person is out once it had begun",
    () =>
      Effect.gen(function*() {
        const root = yield* folder
        const base = join(root, "base")
        yield* make(base)
        const seen = { begun: 0, not: 0 }
        let isOver = false
        for (let end = 0; !isOver; end += 5) {
          const [out, what] = [join(root, `ended-${end}`), `ended before step ${end}`]
          cpSync(base, out, { recursive: true })
          let step = 0
          const exit = yield* Effect.exit(
            opened(
              out,
              erase(byNumber),
              () => step++ < end ? Effect.void : new DiskError({ step: "write", path: out, code: "EIO" })
            )
          )
          isOver = Exit.isSuccess(exit)
          const list = join(out, "_trunkline/erased.json")
          const isBegun = existsSync(list) && readFileSync(list, "utf8").includes("person")
          rmSync(ledgerOf(out))
          yield* repaired(out)
          yield* opened(out, (dataset) => dataset.publish)
          assert.deepStrictEqual(yield* verified(out), [], what)
          assert.strictEqual((yield* scan(out, words)).length === 0, isBegun, what)
          seen[isBegun ? "begun" : "not"] += 1
          rmSync(out, { recursive: true })
        }
        assert.isTrue(seen.begun > 5 && seen.not > 0, JSON.stringify(seen))
      }),
    300_000
  )

  it.scopedLive("is gone with the list of people, and nothing is written", () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "data")
      yield* make(out)
      yield* opened(out, erase(byNumber))
      yield* published(out)
      const list = join(out, "_trunkline/erased.json")
      assert.strictEqual(statSync(list).mode & 0o777, 0o600)
      const people = readFileSync(list)
      rmSync(ledgerOf(out))
      for (const spoil of [() => rmSync(list), () => writeFileSync(list, "{")]) {
        spoil()
        const error = yield* Effect.flip(repaired(out))
        assert.strictEqual(error._tag, "Damaged")
        assert.include(error.message, "people who were erased would come back")
      }
      writeFileSync(list, people)
      yield* repaired(out)
      yield* isOut(out, "with the list")
    }), 120_000)
})
