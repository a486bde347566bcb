/** A dataset in which ids stand in two spellings, and what becomes of it. */
import type { Writable } from "@trunkline/dataset/Dataset"
import * as Effect from "effect/Effect"
import { call, landing, line, ofCalls, ofLines, ofThreads, read, seen, thread, utc, within } from "./tables.js"

const spelling = { sources: ["allo"], prefixes: ["cll", "cnt"] }
export const december = utc("2026-12-05T00:00:00Z")
const contacts = (id: string) => [{ id, name: null }]

/** As a program wrote it that took ids as they came. */
export const before = (out: string) =>
  within(out, (dataset) =>
    Effect.gen(function*() {
      yield* dataset.land(landing([
        ofCalls(
          read(
            1,
            call("cll_1", { agent: "old", contacts: contacts("cnt_1") }),
            call("cll_2"),
            call("cll-3"),
            call("cll_4")
          )
        ),
        ofCalls(read(2, call("cll_1", { summary: "said" })), ["details"]),
        ofLines(read(3, line("cll_1", 0, "one"), line("cll_1", 1, "two"), line("cll_2", 0, "alone"))),
        ofThreads(read(3, thread("cnt_9"))),
        ofCalls(read(4, call("cll-1", { agent: "new", contacts: contacts("cnt-1"), started_at: december })), ["list"]),
        ofCalls(read(4, call("cll-5", { contacts: contacts("cnt_5") }))),
        ofLines(read(2, line("cll-1", 0, "old")))
      ], {
        pending: ["cll_1", "cll-1", "cll_2"].map((id) => ({ id, endedAt: december, dueAt: december }))
      }))
      yield* dataset.publish
    }))

export const open = <A, E>(out: string, use: (dataset: Writable) => Effect.Effect<A, E>) =>
  within(out, use, { spelling })

export const texts = (dataset: Writable) =>
  Effect.gen(function*() {
    const calls = yield* seen(dataset, "calls", "call_id")
    const lines = yield* seen(dataset, "lines", "call_id, seq")
    return {
      calls: calls.map((
        row
      ) => [row["call_id"], row["month"], row["agent"] === "Zoé 😀" ? null : row["agent"], row["summary"]]),
      people: calls.map((row) => JSON.stringify(row["contacts"])).filter((text) => !text.includes("c1")),
      lines: lines.map((row) => [row["call_id"], row["month"], row["words"]])
    }
  })

export const folded = {
  calls: [
    ["cll-1", "2026-12", "new", "said"],
    ["cll-2", "2026-11", null, null],
    ["cll-3", "2026-11", null, null],
    ["cll-4", "2026-11", null, null],
    ["cll-5", "2026-11", null, null]
  ],
  people: ["[{\"id\":\"cnt-1\",\"name\":null}]", "[{\"id\":\"cnt-5\",\"name\":null}]"],
  lines: [["cll-1", "2026-12", "one"], ["cll-1", "2026-12", "two"], ["cll-2", "2026-11", "alone"]]
}
