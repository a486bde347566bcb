/** What cannot become a row comes back whole, with a reason that tells no values. */
import { assert, describe, it } from "@effect/vitest"
import { ConversationItem } from "@trunkline/allo"
import { Calls, check, FromAllo, unreadable, Utterances, validate } from "@trunkline/calls"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { allomiaCall, allomiaDetails, conversation, history, item, readAt, refusal } from "./fixtures/mapped.js"
import {
  documentedCalls,
  documentedConversation,
  documentedHistory,
  documentedItem,
  fullDetails
} from "./fixtures/records.js"

const [documentedCall, documentedMessage] = documentedHistory

/** The first instant of the year 10000. */
const distant = 253_402_300_800_000

describe("an item", () => {
  it.effect("that says to be neither a call nor a message is refused, with all that was sent", () =>
    Effect.gen(function*() {
      const fax = { ...documentedItem, type: "FAX", duration: "soon", zeta: 1 }
      const refused = refusal(yield* item(fax))
      if (typeof refused === "string") return assert.fail(refused)
      assert.deepInclude(refused, { table: null, reason: "type is neither a call nor a message" })
      // The same, but for names of a known list in the case the vendor documents.
      assert.deepStrictEqual(JSON.parse(refused.raw), {
        ...fax,
        date: "2023-11-07T05:31:56Z",
        transcript: [{ ...fax.transcript[0], start_seconds: null, end_seconds: null }]
      })
    }))

  it.effect("that does not say what it is is refused, whatever its id looks like", () =>
    Effect.gen(function*() {
      for (const type of [null, undefined, 5]) {
        assert.deepInclude(refusal(yield* item({ ...documentedItem, type })), {
          table: null,
          reason: "type is missing"
        })
      }
    }))

  it.effect("of no year a folder could be named after is refused", () =>
    Effect.gen(function*() {
      const reason = (column: string) => `${column} lies outside the years 1 to 9999`
      assert.deepInclude(refusal(yield* item({ ...documentedItem, date: distant })), {
        table: "calls",
        reason: reason("started_at")
      })
      assert.deepInclude(refusal(yield* item({ ...documentedItem, date: distant, type: "SMS" })), {
        table: "messages",
        reason: reason("sent_at")
      })
      assert.strictEqual(refusal(yield* item({ ...documentedItem, date: "1900-01-01T00:00:00Z" })), "a row")
      assert.strictEqual(refusal(yield* item({ ...documentedItem, date: "9999-12-31T23:59:59Z" })), "a row")
    }))

  it.effect("nested deeper than anybody can write is refused, with all the rest of it", () =>
    Effect.gen(function*() {
      let deep: unknown = 1
      for (let depth = 0; depth < 100_000; depth++) deep = [deep]
      const record = yield* Schema.decodeUnknown(ConversationItem)({ ...documentedItem, deep })
      const refused = refusal(FromAllo.item(record, { readAt, organizationId: null, transcripts: false }))
      if (typeof refused === "string") return assert.fail(refused)
      assert.deepInclude(refused, { table: "calls", reason: "extra cannot be written as JSON" })
      assert.deepInclude(JSON.parse(refused.raw), { id: "cll-abc123", deep: "(nested too deep to be written)" })
    }))
})

describe("a conversation", () => {
  it.effect("without a line is refused", () =>
    Effect.gen(function*() {
      for (const line of [null, ""]) {
        assert.deepInclude(refusal(yield* conversation(documentedConversation, line)), {
          table: "conversations",
          reason: "line_number is missing"
        })
      }
    }))

  it.effect("without a contact number is not even read", () =>
    Effect.gen(function*() {
      for (const contact_number of [null, undefined, ""]) {
        const read = yield* Effect.either(conversation({ ...documentedConversation, contact_number }))
        assert.isTrue(Either.isLeft(read))
      }
    }))
})

describe("a call of Allomia", () => {
  it.effect("of no year a folder could be named after is refused, with lengths as they were sent", () =>
    Effect.gen(function*() {
      const raw = { ...documentedCalls[0], callStartedAt: distant }
      const refused = refusal(yield* allomiaCall(raw))
      if (typeof refused === "string") return assert.fail(refused)
      assert.deepInclude(refused, { table: "calls", reason: "started_at lies outside the years 1 to 9999" })
      assert.deepInclude(JSON.parse(refused.raw), { id: documentedCalls[0]?.id, callDurationSeconds: 180 })
      const detailed = refusal(yield* allomiaDetails({ ...fullDetails, callStartedAt: distant }))
      if (typeof detailed === "string") return assert.fail(detailed)
      assert.deepInclude(JSON.parse(detailed.raw), {
        callSummary: "Booked a visit.",
        callSummaryFr: "A pris rendez-vous."
      })
    }))
})

describe("an entry of a history", () => {
  it.effect("is refused where its type does not say what is in it, or where it is two things", () =>
    Effect.gen(function*() {
      const refused = (entry: unknown) =>
        Effect.map(history([entry]), ([one]) => one === undefined ? one : refusal(one))
      const unclear = { table: null, reason: "type does not say what is in it" }
      assert.deepInclude(yield* refused({ ...documentedCall, type: "FAX" }), unclear)
      assert.deepInclude(yield* refused({ ...documentedCall, type: "TEXT_MESSAGE" }), unclear)
      assert.deepInclude(yield* refused({ ...documentedMessage, type: "CALL" }), unclear)
      assert.deepInclude(yield* refused({ ...documentedCall, message: documentedMessage?.message }), {
        table: null,
        reason: "holds both a call and a message"
      })
      assert.strictEqual(yield* refused({ ...documentedCall, type: null }), "a row")
      assert.strictEqual(yield* refused({ ...documentedMessage, type: null }), "a row")
    }))

  it.effect("comes back with its length in minutes, as it was sent", () =>
    Effect.gen(function*() {
      const [refused] = (yield* history([{ ...documentedCall, type: "FAX" }])).map(refusal)
      if (refused === undefined || typeof refused === "string") return assert.fail("not refused")
      assert.include(refused.raw, "\"length_in_minutes\":5.5")
    }))

  it.effect("of no year a folder could be named after is refused", () =>
    Effect.gen(function*() {
      const start_date = distant
      const refused = (yield* history([
        { ...documentedCall, call: { ...documentedCall?.call, start_date } },
        { ...documentedMessage, message: { ...documentedMessage?.message, start_date } }
      ])).map(refusal)
      assert.deepInclude(refused[0], { table: "history_calls", reason: "started_at lies outside the years 1 to 9999" })
      assert.deepInclude(refused[1], { table: "history_messages", reason: "sent_at lies outside the years 1 to 9999" })
    }))
})

describe("a row that could not be read", () => {
  it.effect("is refused with the places that differ and its raw text", () =>
    Effect.sync(() => {
      const raw = Redacted.make("{\"id\":null}")
      assert.deepStrictEqual(unreadable({ paths: ["id", "date"], raw }), {
        table: null,
        reason: "cannot read id, date",
        raw
      })
      assert.strictEqual(unreadable({ paths: ["id"], raw }, "calls").table, "calls")
    }))
})

describe("the check before the sink", () => {
  const checkSlowly = validate(Calls.table)
  const checkCall = check(Calls.table)

  it.effect("names every column that differs, and no value", () =>
    Effect.gen(function*() {
      const rows = yield* yield* item(documentedItem)
      if (rows._tag !== "Call") return assert.fail("no call")
      const { row } = rows.call
      assert.deepStrictEqual(checkSlowly(row), Either.right(row))
      assert.deepStrictEqual(checkCall(row), Either.right(row))
      const wrong: ReadonlyArray<readonly [object, string]> = [
        [{ call_id: null }, "call_id"],
        [{ started_at: "secret" }, "started_at"],
        [{ duration_seconds: 1.5, outcome: "secret" }, "duration_seconds, outcome"],
        [{ tags: null }, "tags"],
        [{ tags: ["a", 7] }, "tags.1"],
        [{ contacts: [{ ...row.contacts[0], deals: [{ id: 7, name: null, status: null }] }] }, "contacts.0.deals.0.id"],
        [{ exported_at: undefined }, "exported_at"]
      ]
      for (const [fields, columns] of wrong) {
        const refused = Either.left(`not of the table's type: ${columns}`)
        assert.deepStrictEqual(checkSlowly({ ...row, ...fields }), refused)
        assert.deepStrictEqual(checkCall({ ...row, ...fields }), refused)
      }
      assert.deepStrictEqual(checkSlowly("secret"), Either.left("not of the table's type: the row itself"))
    }))

  it.effect("of a table filed under no time takes any time", () =>
    Effect.gen(function*() {
      const old = { ...documentedConversation, last_activity: distant }
      const { row } = yield* yield* conversation(old)
      assert.strictEqual(DateTime.getPartUtc(row.last_activity_at, "year"), 10_000)
    }))
})

describe("a refusal", () => {
  it.effect("shows nothing of the record to whoever prints it", () =>
    Effect.gen(function*() {
      const refused = Either.flip(yield* item({ ...documentedItem, type: "FAX" }))
      const printed = [JSON.stringify(refused), String(refused), `${Either.getOrThrow(refused).raw}`]
      for (const text of printed) assert.notMatch(text, /\+1415555|Sarah|usr-abc123|<string>/)
    }))
})

describe("a row that its schema takes and a file does not", () => {
  const fits = validate(Utterances.table)
  const checks = check(Utterances.table)
  const utterance = {
    call_id: "cll-1",
    seq: 0,
    speaker: "user",
    spoken_at: null,
    start_seconds: 1.5,
    end_seconds: null,
    text: "Hello?",
    exported_at: readAt
  }

  it("is refused here, so that it does not end the file of a thousand others", () => {
    assert.isTrue(Either.isRight(fits(utterance)))
    for (
      const [column, value] of [
        ["start_seconds", Number.POSITIVE_INFINITY],
        ["end_seconds", Number.NaN],
        ["seq", 2 ** 40]
      ] as const
    ) {
      const row = { ...utterance, [column]: value }
      assert.deepStrictEqual(Either.getLeft(checks(row)), Either.getLeft(fits(row)))
      const reason = Either.match(fits({ ...utterance, [column]: value }), { onLeft: String, onRight: () => "a row" })
      assert.include(reason, column)
    }
  })
})
