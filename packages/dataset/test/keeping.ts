/** A dataset whose rows are kept for a time, and what must be true of it whenever it is looked at. */
import { Verify } from "@trunkline/dataset"
import type { Writable } from "@trunkline/dataset/Dataset"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import assert from "node:assert/strict"
import {
  call,
  landing,
  line,
  november,
  ofCalls,
  ofLines,
  ofThreads,
  proof,
  read,
  seen,
  tables,
  thread,
  utc,
  walk
} from "./tables.js"

export const activeAt = { threads: "last_at" }

/** Calls of four months, the third of which is kept from its tenth day on. */
export const now = utc("2026-12-10T06:00:00Z")
export const keep = "2mo"
export const before = "2026-10-10 00:00:00"

const months = ["2026-08", "2026-09", "2026-10", "2026-11"]
const daysOf = ["01", "09", "10", "25"]
const idsOf = (month: string) => daysOf.map((day) => `${month}-${day}`)
export const ids = months.flatMap(idsOf)
export const kept = ids.filter((id) => id >= before.slice(0, 10))

const after = (month: string) => utc(`2026-${String(Number(month.slice(5)) + 1).padStart(2, "0")}-01T00:00:00Z`)

export const fill = (dataset: Writable) =>
  Effect.gen(function*() {
    for (const month of months) {
      const calls = idsOf(month)
      yield* dataset.land(landing([
        ofCalls(read(1, ...calls.map((id) => call(id, { started_at: utc(`${id}T12:00:00Z`) })))),
        ofLines(read(1, ...calls.map((id) => line(id, 0, "one"))))
      ], {
        window: { ...november, from: utc(`${month}-01T00:00:00Z`), to: after(month) },
        proof: proof({ lists: [{ kind: "window", walks: [walk({ keys: new Set(calls), totals: [calls.length] })] }] }),
        pending: calls.map((id) => ({ id, endedAt: utc(`${id}T12:10:00Z`), dueAt: utc(`${id}T12:10:00Z`) })),
        refused: month === "2026-08" ? [{ raw: "{\"id\":\"bad\"}", reason: "no time" }] : []
      }))
    }
    yield* dataset.land(landing([
      ofThreads(read(1, ...ids.map((id) => thread(id, { last_at: utc(`${id}T12:00:00Z`) }))))
    ], { window: { ...november, stream: "threads" } }))
    yield* dataset.ask("allo", "team", utc("2026-08-01T00:00:00Z"))
    yield* dataset.publish
  })

const idsIn = (dataset: Writable, table: string, column: string) =>
  Effect.map(seen(dataset, table, column), (rows) => rows.map((row) => row[column]))

/** What is older is nowhere, what is younger is there, and everything agrees. */
export const assertKept = (dataset: Writable) =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* idsIn(dataset, "calls", "call_id"), kept)
    assert.deepStrictEqual(yield* idsIn(dataset, "lines", "call_id"), kept)
    assert.deepStrictEqual(yield* idsIn(dataset, "threads", "contact"), kept)
    const certificates = yield* seen(dataset, "certificates", "from_at")
    assert.deepStrictEqual(certificates.map((row) => [row["from_at"], row["distinct_keys"]]), [
      ["2026-11-01 00:00:00+00", 4]
    ])
    assert.deepStrictEqual(
      (yield* dataset.intervals({ source: "allo", scope: "team", stream: "items" })).map(({ from }) => from.toString()),
      [utc("2026-11-01T00:00:00Z").toString()]
    )
    assert.deepStrictEqual((yield* dataset.quarantine).length, 0)
    const due = yield* dataset.due({ source: "allo", scope: "team", now, limit: 100 })
    assert.deepStrictEqual(due.map(({ id }) => id).toSorted(), kept)
    assert.deepStrictEqual((yield* dataset.verify).problems.map(({ message }) => message), [])
  })

export const problems = (out: string) =>
  Effect.map(Verify.folder({ out, tables }), ({ problems }) => problems.map(({ message }) => message))

export const at = (instant: typeof now) => TestClock.setTime(instant.epochMillis)
