/** A person who is erased is in no file afterwards, in any spelling, and no later reading brings them back. */
import { assert, it } from "@effect/vitest"
import { Personal, PhoneNumber, tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import type { Report, Who } from "@trunkline/dataset/Erase"
import { Disk } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inStep } from "../fixtures/account.js"
import { rowsOf, run, tags, unhurried } from "../fixtures/runs.js"
import { scan } from "../fixtures/scan.js"

const world = Sandbox.layer({ ...unhurried, size: 400, allomiaCalls: 60, days: 60, movement: false })

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "trunkline-erase-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const opened = <A, E>(out: string, use: Effect.Effect<A, E, Dataset>) =>
  use.pipe(
    Effect.provide(Dataset.layer({ out, tables, people: Personal.declaration }).pipe(Layer.provide(Disk.layer))),
    inStep
  )

const erase = (out: string, who: Who, rows = false) =>
  opened(
    out,
    Effect.gen(function*() {
      const dataset = yield* Dataset
      return yield* dataset.erase({ who, rows, at: yield* DateTime.now })
    })
  )

const verified = (out: string) => opened(out, Effect.flatMap(Dataset, (dataset) => dataset.verify))

const wordsOf = (number: string): ReadonlyArray<string> => {
  const parsed = PhoneNumber.make(number)
  assert.isNotNull(parsed)
  return parsed === null ? [] : [parsed.national, number]
}

/** A number with messages, calls with lines, and a conversation. */
const person = (out: string) =>
  Effect.gen(function*() {
    const calls = yield* rowsOf(out, "calls", "source = 'allo' AND has_transcript AND summary IS NOT NULL")
    const messages = new Set((yield* rowsOf(out, "messages")).map(({ contact_number }) => contact_number))
    const conversations = new Set((yield* rowsOf(out, "conversations")).map(({ contact_number }) => contact_number))
    const found = calls.find(({ contact_number }) => messages.has(contact_number) && conversations.has(contact_number))
    return String(found?.["contact_number"])
  })

const sum = (counts: Report["left"]) => Object.values(counts).reduce((sum, count) => sum + count, 0)

it.scopedLive(
  "a number leaves every file, its calls are counted still, and the next full export leaves it out",
  () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "data")
      const first = yield* run(out, { transcripts: true })
      assert.deepStrictEqual([first.exitCode, first.problems], [0, []])
      const number = yield* person(out)
      const words = wordsOf(number)
      const before = yield* scan(out, words)
      for (const name of ["calls/", "messages/", "conversations/", "_trunkline/ledger.db"]) {
        assert.isTrue(before.some((path) => path.startsWith(name)), `${name} ${before.join()}`)
      }
      const theirs = yield* rowsOf(out, "calls", `contact_number = '${number}'`)
      const calls = (yield* rowsOf(out, "calls")).length

      const report = yield* erase(out, { number: Redacted.make(number) })
      assert.deepStrictEqual([report?.known, report?.done, report?.damaged], [false, true, []])
      assert.strictEqual(report?.changed["calls"], theirs.length)
      assert.isAbove(report?.left["messages"] ?? 0, 0)
      assert.isAbove(report?.left["conversations"] ?? 0, 0)
      assert.isAbove(report?.left["utterances"] ?? 0, 0)
      assert.deepStrictEqual(yield* scan(out, words), [])

      const after = yield* rowsOf(out, "calls")
      assert.strictEqual(after.length, calls)
      for (const { call_id, direction, duration_seconds, line_number, outcome } of theirs) {
        const bare = after.find((row) => row["call_id"] === call_id)
        assert.deepInclude(bare, {
          direction,
          duration_seconds,
          line_number,
          outcome,
          summary: null,
          contact_name: null
        })
      }
      assert.deepStrictEqual((yield* verified(out)).problems, [])

      const full = yield* run(out, { transcripts: true, full: true })
      assert.deepStrictEqual([full.exitCode, full.problems], [0, []])
      assert.deepStrictEqual(yield* scan(out, words), [])
      assert.strictEqual((yield* rowsOf(out, "calls")).length, calls)
      assert.deepStrictEqual((yield* verified(out)).problems, [])

      const again = yield* erase(out, { number: Redacted.make(number) })
      assert.deepStrictEqual([again?.known, sum(again?.left ?? {}), sum(again?.changed ?? {})], [true, 0, 0])
      assert.deepStrictEqual(tags(yield* run(out, { transcripts: true })), [])
    }).pipe(Effect.provide(world)),
  300_000
)
