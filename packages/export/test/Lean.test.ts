/** What a batch leaves out stays as a search told it, and what it holds is newer. */
import { assert, it } from "@effect/vitest"
import { ConversationItem } from "@trunkline/allo"
import { FromAllo, tables } from "@trunkline/calls"
import { Dataset, Gathered } from "@trunkline/dataset"
import { gathered } from "@trunkline/dataset/Dataset"
import { Disk } from "@trunkline/parquet"
import { DateTime, Effect, Layer, Schema } from "effect"
import { folder } from "./fixtures/account.js"
import { rowsOf } from "./fixtures/runs.js"

const started = "2026-11-05T10:00:00Z"

const searched = {
  id: "cll-1",
  type: "CALL",
  direction: "INBOUND",
  allo_number: "+14155550100",
  contact_number: "+14155551234",
  contacts: [{
    id: "cnt-1",
    name: "Sarah",
    company: { id: "com-1", name: "Acme" },
    deals: [{ id: "d", name: "n", status: "s" }]
  }],
  user: { id: "usr-1", name: "John", email: "john@example.com" },
  date: started,
  duration: 60,
  result: "ANSWERED",
  recording_url: "https://example.com/1.mp3",
  summary: null,
  tags: ["vip"],
  job: "kept"
}

/** The first answer is a search, the others are batches. */
const merged = (answers: ReadonlyArray<object>, at: "once" | "each") =>
  Effect.gen(function*() {
    const out = yield* folder
    const readings = yield* Effect.forEach(answers, (raw, index) =>
      Effect.gen(function*() {
        const item = yield* Schema.decodeUnknown(ConversationItem)(raw)
        const readAt = DateTime.unsafeMake(`2026-11-06T00:00:0${index}Z`)
        return yield* FromAllo.item(item, { readAt, organizationId: "team", transcripts: false, lean: index > 0 })
      }))
    const dataset = Dataset.layer({ out, tables }).pipe(Layer.provide(Disk.layer))
    yield* Effect.gen(function*() {
      const { answer, land, publish } = yield* Dataset
      for (const mapped of readings) {
        const { groups, row, table } = mapped._tag === "Call" ? mapped.call : mapped.message
        const rows = Gathered.make(table)
        rows.add({ answer: yield* answer, row })
        yield* land({
          window: {
            source: "allo",
            scope: "-",
            stream: "items",
            from: DateTime.unsafeMake(0),
            to: DateTime.unsafeMake(1)
          },
          proof: null,
          tables: [gathered(table, { groups, taken: rows.take() })],
          runId: "run",
          readAt: DateTime.unsafeMake(0)
        })
        if (at === "each") yield* publish
      }
      yield* publish
    }).pipe(Effect.provide(dataset))
    return out
  })

const callOf = (answers: ReadonlyArray<object>, at: "once" | "each") =>
  Effect.flatMap(merged(answers, at), (out) => Effect.map(rowsOf(out, "calls"), ([row]) => row ?? {}))

for (const at of ["once", "each"] as const) {
  it.scopedLive(`of a call, published ${at}`, () =>
    Effect.gen(function*() {
      const before = yield* callOf([searched], at)
      const { date, id, type } = searched
      const bare = { id, type, date, summary: "said" }
      const nothing = yield* callOf([searched, bare], at)
      assert.deepStrictEqual({ ...nothing, exported_at: 0 }, { ...before, summary: "said", exported_at: 0 })

      const partly = yield* callOf([
        searched,
        { ...bare, tags: ["new"], user: { id: "usr-2", name: "Ann", email: "ann@example.com" }, result: "TRANSFERRED" },
        { ...bare, summary: null, user: { id: "usr-3" }, contacts: [{ id: "cnt-1", name: "Sally" }] }
      ], at)
      assert.deepInclude(partly, {
        summary: "said",
        tags: ["new"],
        agent_id: "usr-2",
        outcome: "transferred",
        direction: "inbound",
        duration_seconds: 60,
        has_recording: true,
        contact_name: "Sally",
        company_name: "Acme",
        extra: before["extra"]
      })
      assert.deepStrictEqual(partly["contacts"], before["contacts"])
    }))

  it.scopedLive(`of a message, published ${at}`, () =>
    Effect.gen(function*() {
      const message = { ...searched, id: "msg-1", type: "SMS", content: "hello", status: "SENT", message_type: "SMS" }
      const { date, id, type } = message
      const out = yield* merged([message, { id, type, date, status: "DELIVERED" }], at)
      const [row] = yield* rowsOf(out, "messages")
      assert.deepInclude(row, { content: "hello", status: "DELIVERED", agent_id: "usr-1", tags: ["vip"] })
    }))
}

it.scopedLive("a batch alone is a row like any other", () =>
  Effect.gen(function*() {
    const { date, id, type } = searched
    const out = yield* merged([{ ...searched, id: "cll-0" }, { id, type, date, summary: "said" }], "once")
    const found = yield* rowsOf(out, "calls")
    assert.deepStrictEqual(found.map((row) => [row["call_id"], row["summary"], row["outcome"], row["tags"]]), [
      ["cll-0", null, "answered", ["vip"]],
      ["cll-1", "said", "unknown", []]
    ])
  }))
