/** A dataset of which some is final and some may still change, and what a run after a repair reads of it. */
import { Verify } from "@trunkline/dataset"
import type { Writable } from "@trunkline/dataset/Dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { join } from "node:path"
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
  walk,
  within
} from "./tables.js"

const month = (name: string, from: string, to: string, id: string) => ({
  name,
  id,
  window: { ...november, from: utc(from), to: utc(to) },
  startedAt: utc(from.replace("-01T00", "-05T10"))
})

/** Two months that are final, one of which has two calls, and two that may still change. */
export const months = [
  month("may", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z", "m"),
  month("june", "2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z", "j"),
  month("november", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", "a"),
  month("december", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "b")
]

const idsOf = ({ id, name }: typeof months[number]) => name === "may" ? [id, `${id}2`] : [id]

export const landMonth = (
  dataset: Writable,
  answer: number,
  one: typeof months[number],
  gone: ReadonlyArray<string> = []
) => {
  const ids = idsOf(one).filter((id) => !gone.includes(id))
  return dataset.land(landing([
    ofCalls(read(answer, ...ids.map((id) => call(id, { started_at: one.startedAt, summary: `of ${id}` })))),
    ofLines(read(answer, ...ids.flatMap((id) => [line(id, 0, "one"), line(id, 1, "two")])))
  ], {
    window: one.window,
    proof: proof({ lists: [{ kind: "window", walks: [walk({ keys: new Set(ids), totals: [ids.length] })] }] }),
    readAt: utc("2027-01-02T00:00:00Z")
  }))
}

const landThreads = (dataset: Writable, answer: number) =>
  dataset.land(landing([ofThreads(read(answer, thread("+2")))], {
    window: { ...november, stream: "threads" },
    facts: { "frontier +1": "2026-11-20T00:00:00Z" }
  }))

export const runAt = utc("2027-01-02T00:00:00Z")

const summary = {
  exit_code: 0,
  rows_new: 5,
  rows_updated: 0,
  rows_quarantined: 3,
  rows_landed: [{ table_name: "calls", rows: 5 }],
  rows_held: [],
  windows_certified: 4,
  windows_open: 0,
  windows_uncertified: 0,
  scopes: [{
    source: "allo",
    scope: "team",
    from_at: utc("2026-05-01T00:00:00Z"),
    until_at: runAt,
    reconciled: true,
    proved: true
  }],
  problems: [],
  standing_quarantine: 2000,
  standing_vanished: 0,
  standing_differences: 0,
  standing_accepted: 0,
  requests: 1,
  retried: 0,
  throttled: 0
}

export const good = (out: string) =>
  within(out, (dataset) =>
    Effect.gen(function*() {
      yield* dataset.beginRun({ id: "run", at: runAt, command: "export", version: "1" })
      for (const one of months) yield* landMonth(dataset, 1, one)
      yield* landThreads(dataset, 1)
      yield* dataset.publish
      yield* dataset.endRun({ id: "run", at: runAt, status: "certified", summary })
    }))

/** Reads whatever is not certified, and says which months that were. */
export const readAgain = (dataset: Writable, gone: ReadonlyArray<string> = []) =>
  Effect.gen(function*() {
    const [first, last] = [months[0], months.at(-1)]
    if (first === undefined || last === undefined) return []
    const open = yield* dataset.plan({
      source: "allo",
      scope: "team",
      stream: "items",
      since: first.window.from,
      until: last.window.to,
      now: utc("2027-03-01T00:00:00Z"),
      lookback: 0
    })
    const names: Array<string> = []
    for (const one of months) {
      const { from, to } = one.window
      if (!open.some((range) => DateTime.lessThan(range.from, to) && DateTime.greaterThan(range.to, from))) continue
      names.push(one.name)
      yield* landMonth(dataset, yield* dataset.answer, one, gone)
    }
    if ((yield* dataset.fact("allo", "team", "frontier +1"))._tag === "None") {
      names.push("threads")
      yield* landThreads(dataset, yield* dataset.answer)
    }
    yield* dataset.publish
    return names
  })

export const rowsOf = (dataset: Writable) =>
  Effect.map(
    Effect.all([
      seen(dataset, "calls", "call_id"),
      seen(dataset, "lines", "call_id, seq"),
      seen(dataset, "threads", "contact"),
      seen(dataset, "runs", "run_id")
    ]),
    (found) => found.map((rows) => rows.map((row) => ({ ...row, exported_at: null })))
  )

export const ledgerOf = (out: string) => join(out, "_trunkline/ledger.db")
export const repairing = { frontier: "frontier " }
export const tags = (out: string) =>
  Effect.map(Verify.folder({ out, tables }), ({ problems }) => problems.map(({ _tag }) => _tag))
