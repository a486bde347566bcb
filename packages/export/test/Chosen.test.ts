/** A dataset from which people were erased is masked, kept for a time, and read by others. */
import { assert, it } from "@effect/vitest"
import { Masking, Personal, tables } from "@trunkline/calls"
import { Dataset, Ledger, type Mask } from "@trunkline/dataset"
import type { Writable } from "@trunkline/dataset/Dataset"
import { Disk } from "@trunkline/parquet"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { byNumber, erase, folder, ids, make, words } from "./fixtures/personal.js"
import { scan } from "./fixtures/scan.js"

const now = DateTime.unsafeMake("2027-01-15T06:00:00Z")

const within = <A, E>(
  out: string,
  use: (dataset: Writable) => Effect.Effect<A, E>,
  options: { readonly keep?: "2mo"; readonly mask?: Mask.Options; readonly umask?: number } = {}
) =>
  Effect.flatMap(Dataset, use).pipe(
    Effect.provide(
      Dataset.layer({
        out,
        tables,
        people: Personal.declaration,
        masking: Masking.make,
        activeAt: { conversations: "last_activity_at" },
        ...options
      }).pipe(Layer.provide(Disk.layer))
    )
  )

const verified = (out: string) => Effect.map(within(out, (dataset) => dataset.verify), ({ problems }) => problems)

const Remembered = Schema.Struct({ name: Schema.String })

/** The tables of rows of erased people that are remembered. */
const remembered = (out: string) =>
  Effect.scoped(Effect.gen(function*() {
    const ledger = yield* Ledger.openReader(join(out, "_trunkline/ledger.db"))
    const found = yield* ledger.all(
      Remembered,
      "SELECT name FROM erased_rows JOIN shelves ON shelves.id = shelf ORDER BY name"
    )
    return found.map(({ name }) => name)
  }))

const Listed = Schema.decodeUnknownSync(
  Schema.parseJson(Schema.Struct({ rows: Schema.Array(Schema.Struct({ table: Schema.String })) }))
)

const listed = (out: string) =>
  Listed(readFileSync(join(out, "_trunkline/erased.json"), "utf8")).rows.map(({ table }) => table).toSorted()

it.scoped(
  "bare facts, tokens and what is remembered leave, and verify passes after each",
  () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(now.epochMillis)
      const out = join(yield* folder, "data")
      yield* make(out)
      yield* within(out, erase(byNumber))
      assert.deepStrictEqual(yield* verified(out), [])
      yield* within(out, () => Effect.void, { mask: { numbers: true } })
      assert.deepStrictEqual(yield* verified(out), [])
      assert.includeMembers([...yield* remembered(out)], ["calls", "messages", "conversations", "history_calls"])
      // Nothing is kept from before the 15th of November.
      yield* within(out, (dataset) => dataset.publish, { keep: "2mo" })
      assert.deepStrictEqual(yield* verified(out), [])
      assert.deepStrictEqual(yield* ids(out, "calls", "call_id"), ["cll-d", "cll-e"])
      assert.deepStrictEqual(yield* ids(out, "messages", "message_id"), [])
      assert.deepStrictEqual(yield* remembered(out), ["calls", "calls"])
      assert.deepStrictEqual(listed(out), ["calls", "calls"])
      assert.deepStrictEqual(yield* scan(out, [...words, "699999999"]), [])
      // The next start changes nothing.
      yield* within(out, (dataset) => dataset.publish)
      assert.deepStrictEqual(yield* remembered(out), ["calls", "calls"])
      assert.deepStrictEqual(yield* verified(out), [])
    }),
  120_000
)

it.scopedLive(
  "a dataset is masked, and its tokens are made anew, after a person was erased from it",
  () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "data")
      yield* make(out)
      yield* within(out, erase(byNumber))
      assert.deepStrictEqual(yield* verified(out), [])
      yield* within(out, () => Effect.void, { mask: { numbers: true } })
      assert.deepStrictEqual(yield* verified(out), [])
      yield* within(out, (dataset) => dataset.publish, { mask: { rotate: true } })
      assert.deepStrictEqual(yield* verified(out), [])
    }),
  120_000
)

it.scopedLive(
  "files that are rewritten keep the modes that were chosen, and keys are for their owner",
  () =>
    Effect.gen(function*() {
      const root = yield* folder
      for (const [umask, folders, files] of [[undefined, 0o700, 0o600], [0o022, 0o755, 0o644]] as const) {
        const out = join(root, `data-${files}`)
        yield* make(out)
        if (umask !== undefined) yield* within(out, () => Effect.void, { umask })
        const before = process.umask(0)
        yield* Effect.addFinalizer(() => Effect.sync(() => process.umask(before)))
        yield* within(out, erase(byNumber))
        yield* within(out, (dataset) => dataset.publish, { mask: { numbers: true } })
        process.umask(before)
        for (const name of readdirSync(out, { recursive: true }).map(String)) {
          const stat = statSync(join(out, name))
          const isOwn = name.startsWith("_trunkline")
          const expected = stat.isDirectory() ? (isOwn ? 0o700 : folders) : (isOwn ? 0o600 : files)
          // What the test put there.
          if (/reader-1|aside$/.test(name)) continue
          assert.strictEqual((stat.mode & 0o777).toString(8), expected.toString(8), name)
        }
        for (const name of ["erase.key", "mask.key", "erased.json", "dataset.json"]) {
          assert.strictEqual(statSync(join(out, "_trunkline", name)).mode & 0o777, 0o600, name)
        }
      }
    }),
  120_000
)
