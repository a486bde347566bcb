/** A person who is erased is in no file afterwards, in any spelling, and no later reading brings them back. */
import { assert, it } from "@effect/vitest"
import { Personal, PhoneNumber, tables } from "@trunkline/calls"
import { Dataset, Verify } from "@trunkline/dataset"
import type { Report, Who } from "@trunkline/dataset/Erase"
import { Disk, DiskError } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { cpSync, rmSync } from "node:fs"
import { join } from "node:path"
import { inStep } from "../fixtures/account.js"
import * as Small from "../fixtures/personal.js"
import { rowsOf, run, tags, unhurried } from "../fixtures/runs.js"
import { scan } from "../fixtures/scan.js"

const world = Sandbox.layer({ ...unhurried, size: 400, allomiaCalls: 60, days: 60, movement: false })

const { folder } = Small

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
const person = (out: string, where: string) =>
  Effect.gen(function*() {
    const calls = yield* rowsOf(out, "calls", `source = 'allo' AND summary IS NOT NULL AND ${where}`)
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
      const number = yield* person(out, "has_transcript")
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

it.scopedLive(
  "people of both vendors leave with their calls, and what the vendors remove later is no difference",
  () =>
    Effect.gen(function*() {
      const { world } = yield* Sandbox
      const out = join(yield* folder, "data")
      yield* run(out)
      const number = yield* person(out, "true")
      const patient = String(
        (yield* rowsOf(out, "calls", "source = 'allomia' AND contact_number IS NOT NULL"))[0]?.["contact_number"]
      )
      const words = [...wordsOf(number), ...wordsOf(patient)]
      const theirs = (yield* rowsOf(out, "calls")).filter(({ contact_number }) =>
        contact_number === number || contact_number === patient
      )
      const messages = yield* rowsOf(out, "messages", `contact_number = '${number}'`)
      const calls = (yield* rowsOf(out, "calls")).length
      yield* erase(out, { number: Redacted.make(number) }, true)
      yield* erase(out, { number: Redacted.make(patient) }, true)
      const isWell = (what: string, options: Parameters<typeof run>[1] = {}) =>
        Effect.gen(function*() {
          const report = yield* run(out, options)
          assert.deepStrictEqual([report.exitCode, report.problems], [0, []], what)
          assert.deepStrictEqual(report.reconciled, { allo: true, allomia: true }, what)
          assert.strictEqual((yield* rowsOf(out, "calls")).length, calls - theirs.length, what)
          assert.deepStrictEqual(yield* scan(out, words), [], what)
          assert.deepStrictEqual((yield* verified(out)).problems, [], what)
        })
      yield* isWell("as it is")
      yield* isWell("read in full", { full: true })
      for (const { call_id } of theirs.slice(0, 2)) assert.isTrue(yield* world.remove(String(call_id)))
      assert.isTrue(yield* world.remove(String(messages[0]?.["message_id"])))
      yield* isWell("removed by the vendors")
      const id = yield* world.arrive({ source: "allo", contactNumber: number, seconds: 10 })
      assert.isNotEmpty(id)
      yield* isWell("called once more")
    }).pipe(Effect.provide(world)),
  300_000
)

it.scopedLive("a ledger that is lost afterwards brings nobody back", () =>
  Effect.gen(function*() {
    const out = join(yield* folder, "data")
    yield* run(out, { transcripts: true })
    const number = yield* person(out, "has_transcript")
    const calls = (yield* rowsOf(out, "calls")).length
    yield* erase(out, { number: Redacted.make(number) })
    rmSync(join(out, "_trunkline/ledger.db"))
    const repaired = yield* Small.repaired(out).pipe(inStep)
    assert.deepStrictEqual(repaired.beyond, [])
    for (const full of [false, true]) {
      const report = yield* run(out, { transcripts: true, full })
      assert.deepStrictEqual([report.exitCode, report.problems], [0, []])
      assert.deepStrictEqual(yield* scan(out, wordsOf(number)), [])
      assert.strictEqual((yield* rowsOf(out, "calls")).length, calls)
      assert.deepStrictEqual((yield* verified(out)).problems, [])
    }
  }).pipe(Effect.provide(world)), 300_000)

/** Which third of the steps is tried: another one each day. */
const third = Math.floor(Date.now() / 86_400_000) % 3

it.scopedLive(`is in or out whatever ends it, before any of its steps (third ${third})`, () =>
  Effect.gen(function*() {
    const root = yield* folder
    const base = join(root, "base")
    yield* Small.make(base)
    const steps: Array<string> = []
    const counted = join(root, "counted")
    cpSync(base, counted, { recursive: true })
    yield* Small.opened(counted, Small.erase(Small.byNumber), (step) => Effect.sync(() => void steps.push(step)))
    assert.isAbove(steps.length, 30)
    const seen = { in: 0, out: 0 }
    for (let end = third; end < steps.length; end += 3) {
      const out = join(root, `ended-${end}`)
      const what = `ended before step ${end}, ${steps[end]}`
      cpSync(base, out, { recursive: true })
      let step = 0
      const exit = yield* Effect.exit(
        Small.opened(out, Small.erase(Small.byNumber), () =>
          step++ < end ? Effect.void : new DiskError({ step: "write", path: out, code: "EIO" }))
      )
      assert.isTrue(Exit.isFailure(exit), what)
      // A reader finds nothing wrong with what was begun.
      const beside = yield* Effect.scoped(Verify.folder({ out, tables }))
      assert.deepStrictEqual(beside.problems, [], what)
      // The next start, whatever it is for.
      yield* Small.opened(out, (dataset) =>
        dataset.standing)
      if ((yield* scan(out, Small.words)).length > 0) {
        seen.in += 1
        yield* Small.opened(out, Small.erase(Small.byNumber))
      } else seen.out += 1
      yield* Small.isOut(out, what)
      rmSync(out, { recursive: true })
    }
    assert.isTrue(seen.in > 0 && seen.out > 6, JSON.stringify(seen))
  }), 600_000)

it.scopedLive("rows of megabytes each are reached as well", () =>
  Effect.gen(function*() {
    const out = join(yield* folder, "data")
    yield* Small.opened(out, Small.landLong)
    const report = yield* Small.opened(out, Small.erase(Small.byNumber))
    assert.deepInclude(report, { done: true, damaged: [], changed: { calls: 8 } })
    assert.deepStrictEqual(yield* scan(out, Small.words), [])
    assert.deepStrictEqual(yield* Small.verified(out), [])
  }), 120_000)
