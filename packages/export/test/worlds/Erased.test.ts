/** A person leaves a dataset wherever they stand in it. */
import { assert, describe, it } from "@effect/vitest"
import { tables } from "@trunkline/calls"
import { declaration } from "@trunkline/calls/Personal"
import { Division, Ledger } from "@trunkline/dataset"
import { Disk } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Personal from "../fixtures/personal.js"
import { scan } from "../fixtures/scan.js"

const {
  byContact,
  byNumber,
  contact,
  erase,
  folder,
  ids,
  isOut,
  make,
  number,
  opened,
  published,
  verified,
  words
} = Personal

describe("erase", () => {
  it.scopedLive(
    "by number takes a person out of files, landings, texts, keys, copies and what was set aside",
    () =>
      Effect.gen(function*() {
        const out = join(yield* folder, "data")
        yield* make(out)
        const before = yield* scan(out, words)
        for (
          const name of [
            "calls/",
            "messages/",
            "conversations/",
            "utterances/",
            "history_calls/",
            "_trunkline/ledger.db",
            "_trunkline/ledger-8.db",
            "_trunkline/aside/",
            "_trunkline/temporary/",
            "_trunkline/landing/"
          ]
        ) {
          assert.isTrue(before.some((path) => path.startsWith(name)), `${name}: ${before.join()}`)
        }
        assert.isTrue(
          before.some((path) => path.endsWith(".ndjson.gz")) && before.some((path) => /landing.*parquet$/.test(path))
        )
        const report = yield* opened(out, erase(byNumber))
        assert.deepInclude(report, { known: false, quarantined: 2, removed: 2, damaged: [], done: true })
        yield* isOut(out, "by number")
        assert.isNull(yield* opened(out, erase({ ...byNumber, who: { number: Redacted.make("nobody") } })))
      }),
    120_000
  )

  it.scopedLive("by contact takes the numbers along that are theirs alone", () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "data")
      yield* make(out)
      const report = yield* opened(out, erase(byContact))
      assert.deepInclude(report, { known: false, done: true })
      yield* isOut(out, "by contact")
    }), 120_000)

  it.scopedLive("lets calls leave as well, and counts them still", () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "data")
      yield* make(out)
      const list = { source: "allo", tables: [{ table: "calls", id: "call_id", at: "started_at" }], only: null }
      yield* opened(out, erase({ ...byNumber, rows: true }))
      yield* published(out)
      assert.deepStrictEqual(yield* scan(out, [...words, "cll-a", "cll-d", "cll-e"]), [])
      assert.deepStrictEqual(yield* ids(out, "calls", "call_id"), ["cll-b"])
      assert.deepStrictEqual(yield* verified(out), [])
      assert.strictEqual(yield* opened(out, (dataset) => dataset.held(list, null)), 4)
    }), 120_000)

  it.scopedLive(
    "is known again once it is forgotten, and what counted the person is read again",
    () =>
      Effect.gen(function*() {
        const out = join(yield* folder, "data")
        yield* make(out)
        yield* opened(out, erase(byNumber))
        const stream = { source: "allo", scope: "team-1", stream: "items+transcript" }
        const forgotten = yield* opened(out, (dataset) =>
          Effect.gen(function*() {
            const before = yield* dataset.intervals(stream)
            const found = yield* dataset.forgetErased({ number: Redacted.make(number) }, { frontier: "frontier " })
            return { before: before.length, found, after: (yield* dataset.intervals(stream)).length }
          }))
        assert.deepStrictEqual(forgotten, { before: 1, found: true, after: 0 })
        assert.deepStrictEqual(yield* verified(out), [])
        assert.isFalse(
          yield* opened(
            out,
            (dataset) => dataset.forgetErased({ contact: Redacted.make(contact) }, { frontier: "frontier " })
          )
        )
      }),
    120_000
  )

  it.scopedLive("is not opened without its key, or with another one", () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "data")
      yield* make(out)
      yield* opened(out, erase(byNumber))
      const path = join(out, "_trunkline/erase.key")
      const key = readFileSync(path)
      rmSync(path)
      const missing = yield* Effect.flip(opened(out, (dataset) => dataset.standing))
      writeFileSync(path, "another")
      const other = yield* Effect.flip(opened(out, (dataset) => dataset.standing))
      for (const error of [missing, other]) {
        assert.strictEqual(error._tag, "Damaged")
        assert.include(error.message, "people who were erased would come back")
      }
      writeFileSync(path, key)
      yield* isOut(out, "with its key")
    }), 120_000)

  it.scopedLive("lasts in the parts of a dataset that is divided by source", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const [out, part] = [join(root, "data"), join(root, "part")]
      yield* make(out)
      yield* opened(out, erase(byNumber))
      yield* Effect.provide(
        Effect.zipRight(
          Division.copy({ from: out, to: part, tables }),
          Division.keep({ out: part, tables, people: declaration, keeps: (source) => source === "allo" })
        ),
        Disk.layer
      )
      yield* isOut(part, "in a part")
    }), 120_000)

  it.scopedLive("names a file that cannot be read, and goes on once it is back", () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "data")
      yield* make(out)
      const path = join(out, "messages/source=allo/month=2026-11/data.parquet")
      const whole = readFileSync(path)
      writeFileSync(path, "nothing of it")
      const report = yield* opened(out, erase(byNumber))
      assert.isFalse(report?.done)
      assert.deepStrictEqual(report?.damaged.map(({ problem }) => [problem._tag, problem.path]), [["Damaged", path]])
      writeFileSync(path, whole)
      // The next start, whatever it is for.
      yield* opened(out, (dataset) => dataset.standing)
      yield* isOut(out, "once the file is back")
    }), 120_000)

  it.scopedLive(
    "is not done while a reader keeps old pages of the ledger, and is once the reader is gone",
    () =>
      Effect.gen(function*() {
        const out = join(yield* folder, "data")
        yield* make(out)
        const report = yield* Effect.scoped(Effect.gen(function*() {
          const reader = yield* Ledger.openReader(join(out, "_trunkline/ledger.db"))
          yield* reader.run("BEGIN")
          yield* reader.all(Schema.Struct({ id: Schema.String }), "SELECT id FROM dataset")
          return yield* Effect.ensuring(opened(out, erase(byNumber)), Effect.ignore(reader.run("ROLLBACK")))
        }))
        assert.deepInclude(report, { done: false, damaged: [] })
        // The next start, whatever it is for.
        yield* opened(out, (dataset) => dataset.standing)
        yield* isOut(out, "after a reader")
      }),
    120_000
  )
})
