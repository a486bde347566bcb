/** Contact histories of Allo's first interface: rows written out in full, and ids for messages that have none. */
import { assert, describe, it } from "@effect/vitest"
import { type HistoryCalls, HistoryMessages } from "@trunkline/calls"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { createHash } from "node:crypto"
import { history, readAt, utc } from "./fixtures/mapped.js"
import { documentedHistory } from "./fixtures/records.js"

const [documentedCall, documentedMessage] = documentedHistory

const callRow: HistoryCalls.Row = {
  contact_id: "cnt-abc123",
  call_id: "call_abc123",
  direction: "inbound",
  started_at: utc("2024-01-15T10:30:00Z"),
  ended_at: utc("2024-01-15T10:35:30Z"),
  duration_seconds: 330,
  outcome: "unknown",
  outcome_raw: null,
  line_number: "+0987654321",
  contact_number: "+1234567890",
  contact_country: "US",
  from_number: "+1234567890",
  to_number: "+0987654321",
  summary: "Customer called about order status.",
  tags: ["support", "order"],
  has_recording: true,
  has_transcript: true,
  extra: null,
  exported_at: readAt
}

const rowsOf = (raw: ReadonlyArray<unknown>, contactId?: string) =>
  Effect.gen(function*() {
    const mapped = yield* Effect.all(yield* history(raw, contactId))
    return mapped.map((one) => one._tag === "HistoryCall" ? one.call.row : one.message.row)
  })

const idsOf = (raw: ReadonlyArray<unknown>, contactId?: string) =>
  Effect.map(rowsOf(raw, contactId), (rows) => rows.flatMap((row) => "message_id" in row ? [row.message_id] : []))

const call = (fields: object) => ({ type: "CALL", call: { ...documentedCall?.call, ...fields }, message: null })

const message = (fields: object = {}) => ({
  type: "TEXT_MESSAGE",
  call: null,
  message: { ...documentedMessage?.message, ...fields }
})

describe("a call of a history", () => {
  it.effect("as documented is this row", () =>
    Effect.gen(function*() {
      const [mapped] = yield* Effect.all(yield* history([documentedCall]))
      if (mapped?._tag !== "HistoryCall") return assert.fail("no call")
      assert.deepStrictEqual([mapped.call.table.name, mapped.call.groups], ["history_calls", ["row"]])
      assert.deepStrictEqual(mapped.call.row, callRow)
    }))

  it.effect("with nothing in it is a row all the same", () =>
    Effect.gen(function*() {
      const minimal = { type: "CALL", call: { id: "1", start_date: "2024-01-15T10:30:00" } }
      assert.deepStrictEqual(yield* rowsOf([minimal]), [{
        ...callRow,
        call_id: "1",
        direction: "unknown",
        ended_at: null,
        duration_seconds: null,
        line_number: null,
        contact_number: null,
        contact_country: null,
        from_number: null,
        to_number: null,
        summary: null,
        tags: [],
        has_recording: false,
        has_transcript: false
      }])
    }))

  it.effect("has its line at the end the direction says, and nowhere without one", () =>
    Effect.gen(function*() {
      const numbers = (type: string | null) =>
        Effect.map(rowsOf([call({ type })]), ([row]) => [row?.line_number, row?.contact_number])
      assert.deepStrictEqual(yield* numbers("INBOUND"), ["+0987654321", "+1234567890"])
      assert.deepStrictEqual(yield* numbers("outbound"), ["+1234567890", "+0987654321"])
      assert.deepStrictEqual(yield* numbers("SIDEWAYS"), [null, null])
      assert.deepStrictEqual(yield* numbers(null), [null, null])
    }))

  it.effect("has the tag that stands alone, once", () =>
    Effect.gen(function*() {
      const tags = (fields: object) =>
        Effect.map(rowsOf([call(fields)]), ([row]) => row !== undefined && "tags" in row ? row.tags : null)
      assert.deepStrictEqual(yield* tags({ tags: undefined }), ["support"])
      assert.deepStrictEqual(yield* tags({ tags: ["order"] }), ["support", "order"])
      assert.deepStrictEqual(yield* tags({ tags: ["order", "support"] }), ["order", "support"])
      assert.deepStrictEqual(yield* tags({ tag: null, tags: null }), [])
      assert.deepStrictEqual(yield* tags({ tag: "", tags: [] }), [])
    }))

  it.effect("has an outcome, a length to the second, and keeps what nobody declared", () =>
    Effect.gen(function*() {
      const entry = { ...call({ result: "TRANSFERRED_AI", length_in_minutes: "1.508", ivr: ["1"] }), pinned: true }
      const [row] = yield* rowsOf([entry])
      assert.deepInclude(row, {
        outcome: "transferred",
        outcome_raw: "TRANSFERRED_AI",
        duration_seconds: 90,
        extra: "{\"entry\":{\"pinned\":true},\"ivr\":[\"1\"]}"
      })
    }))
})

describe("a message of a history", () => {
  it.effect("as documented is this row", () =>
    Effect.gen(function*() {
      const fields = ["+1234567890", null, "+0987654321", "outbound", "Thank you for contacting us!", 1_705_316_400_000]
      const hashed = createHash("sha256").update(JSON.stringify(fields)).digest("hex")
      const [mapped] = yield* Effect.all(yield* history([documentedMessage]))
      if (mapped?._tag !== "HistoryMessage") return assert.fail("no message")
      assert.deepStrictEqual([mapped.message.table.name, mapped.message.groups], ["history_messages", ["row"]])
      assert.deepStrictEqual(mapped.message.row, {
        contact_id: "cnt-abc123",
        message_id: `${hashed}-0`,
        direction: "outbound",
        sent_at: utc("2024-01-15T11:00:00Z"),
        line_number: "+1234567890",
        contact_number: "+0987654321",
        contact_country: null,
        from_number: "+1234567890",
        to_number: "+0987654321",
        sender_id: null,
        content: "Thank you for contacting us!",
        extra: null,
        exported_at: readAt
      })
    }))

  it.effect("with nothing in it is a row all the same", () =>
    Effect.gen(function*() {
      const [row] = yield* rowsOf([{ message: { start_date: "2024-01-15T11:00:00" } }])
      assert.deepInclude(row, {
        direction: "unknown",
        sent_at: utc("2024-01-15T11:00:00Z"),
        line_number: null,
        contact_number: null,
        contact_country: null,
        from_number: null,
        to_number: null,
        sender_id: null,
        content: null,
        extra: null
      })
    }))

  it.effect("has an id of its own, also among equal ones, and the same at the next reading", () =>
    Effect.gen(function*() {
      const raw = [message(), message({ content: "Hm?" }), message(), documentedCall, message()]
      const ids = yield* idsOf(raw)
      assert.strictEqual(new Set(ids).size, 4)
      assert.deepStrictEqual(ids.map((id) => id.slice(64)), ["-0", "-0", "-1", "-2"])
      assert.deepStrictEqual(yield* idsOf(raw), ids)
      assert.sameMembers(yield* idsOf(raw.toReversed()), ids)
    }))

  it.effect("has the same ids when newer messages have come before it", () =>
    Effect.gen(function*() {
      const ids = yield* idsOf([message(), message()])
      const later = yield* idsOf([message({ content: "new" }), message(), message()])
      assert.deepStrictEqual(later.slice(1), ids)
    }))

  it.effect("has another id where any declared field differs, and the same where others do", () =>
    Effect.gen(function*() {
      const others = [
        { from_number: "+1" },
        { sender_id: "ACME" },
        { to_number: "+1" },
        { type: "INBOUND" },
        { content: "Thanks" },
        { start_date: "2024-01-15T11:00:01" }
      ]
      const ids = yield* idsOf([message(), ...others.map(message)])
      assert.strictEqual(new Set(ids.map((id) => id.slice(0, 64))).size, 7)
      assert.deepStrictEqual(yield* idsOf([message({ type: "outbound", mood: "good" })]), ids.slice(0, 1))
    }))

  it.effect("counts in one reading only, side by side too", () =>
    Effect.gen(function*() {
      const identify = yield* HistoryMessages.ids
      const [one] = yield* history([message()])
      assert.isTrue(one !== undefined && Either.isRight(one))
      const record = {
        fromNumber: null,
        senderId: null,
        toNumber: null,
        direction: null,
        content: "x",
        startDate: utc("2024-01-15T11:00:00Z"),
        extra: {}
      }
      const ids = yield* Effect.forEach(Array.from({ length: 50 }, () => record), identify, { concurrency: 10 })
      assert.strictEqual(new Set(ids).size, 50)
      const again = yield* HistoryMessages.ids
      assert.strictEqual((yield* again(record)).slice(64), "-0")
    }))

  it.effect("belongs to the contact whose history it is", () =>
    Effect.gen(function*() {
      const [row] = yield* rowsOf([message()], "cnt_other")
      assert.strictEqual(row?.contact_id, "cnt-other")
    }))
})
