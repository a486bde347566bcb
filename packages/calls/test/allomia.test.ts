/** Records of Allomia, full, documented and minimal, as rows written out in full. */
import { assert, describe, it } from "@effect/vitest"
import type { Calls } from "@trunkline/calls"
import * as Effect from "effect/Effect"
import { allomiaCall, allomiaDetails, readAt, utc } from "./fixtures/mapped.js"
import { documentedCalls, fullDetails, minimalDetails } from "./fixtures/records.js"

const [first, second] = documentedCalls

const firstRow: Calls.Row = {
  call_id: "f6a7b8c9-d0e1-2345-fabc-678901234567",
  organization_id: "a1b2c3d4-e5f6-7890-abcd-123456789012",
  direction: "inbound",
  started_at: utc("2025-05-28T14:20:15Z"),
  ended_at: utc("2025-05-28T14:23:15Z"),
  duration_seconds: 180,
  outcome: "unknown",
  outcome_raw: null,
  business_outcome: null,
  agent_id: "g7b8c9d0-e1f2-3456-abcd-789012345678",
  agent_name: "Dr. Smith Assistant",
  agent_email: null,
  team_id: "t1e2a3m4-5678-9012-abcd-ef1234567890",
  team_name: "Front Desk",
  line_number: "+15559876543",
  contact_number: "+15551234567",
  contact_country: "US",
  contact_id: null,
  contact_name: null,
  company_id: null,
  company_name: null,
  contacts: [],
  primary_intent: null,
  sentiment: null,
  summary: null,
  tags: [],
  has_recording: false,
  has_transcript: null,
  details_at: null,
  created_at: utc("2025-05-28T14:23:45Z"),
  extra: null,
  exported_at: readAt,
  gone_at: null
}

const minimalRow: Calls.Row = {
  ...firstRow,
  call_id: "1",
  organization_id: null,
  direction: "unknown",
  ended_at: null,
  duration_seconds: null,
  agent_id: null,
  agent_name: null,
  team_id: null,
  team_name: null,
  line_number: null,
  contact_number: null,
  contact_country: null,
  created_at: null
}

describe("a call of a list", () => {
  it.effect("as documented is this row, and knows no details", () =>
    Effect.gen(function*() {
      const { groups, row, table } = yield* yield* allomiaCall(first)
      assert.deepStrictEqual([table.name, groups], ["calls", ["list", "agent", "contacts", "tags", "gone"]])
      assert.deepStrictEqual(row, firstRow)
    }))

  it.effect("may have no team", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* yield* allomiaCall(second)).row, {
        ...firstRow,
        call_id: "h8c9d0e1-f2a3-4567-bcde-890123456789",
        started_at: utc("2025-05-27T09:10:34Z"),
        ended_at: utc("2025-05-27T09:12:34Z"),
        duration_seconds: 120,
        team_id: null,
        team_name: null,
        contact_number: "+15552345678",
        contact_country: "US",
        created_at: utc("2025-05-27T09:12:34Z")
      })
    }))

  it.effect("with nothing in it is a row all the same", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* yield* allomiaCall(minimalDetails)).row, minimalRow)
    }))

  it.effect("belongs to the organisation that was asked for, unless it names its own", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* yield* allomiaCall(minimalDetails, "org-1")).row.organization_id, "org-1")
      assert.strictEqual((yield* yield* allomiaCall(first, "org-1")).row.organization_id, firstRow.organization_id)
    }))

  it.effect("has a length from text, and none from nonsense", () =>
    Effect.gen(function*() {
      const lengths: ReadonlyArray<readonly [unknown, number | null]> = [
        ["180", 180],
        [180, 180],
        ["0", 0],
        ["179.5", 180],
        ["-5", null],
        ["NaN", null],
        ["Infinity", null],
        ["9999999999", null],
        ["", null],
        [null, null]
      ]
      for (const [callDurationSeconds, seconds] of lengths) {
        const { row } = yield* yield* allomiaCall({ ...first, callDurationSeconds })
        assert.strictEqual(row.duration_seconds, seconds, String(callDurationSeconds))
        assert.deepStrictEqual(row.ended_at, firstRow.ended_at)
      }
    }))

  it.effect("keeps what nobody declared", () =>
    Effect.gen(function*() {
      const { row } = yield* yield* allomiaCall({ ...first, cost: { usd: 0.12 }, channel: "sip" })
      assert.strictEqual(row.extra, "{\"channel\":\"sip\",\"cost\":{\"usd\":0.12}}")
    }))
})

describe("a call with details", () => {
  it.effect("and everything in it is this row", () =>
    Effect.gen(function*() {
      const { groups, row, table } = yield* yield* allomiaDetails(fullDetails)
      assert.deepStrictEqual([table.name, groups], ["calls", table.groups.map(({ name }) => name)])
      assert.deepStrictEqual(row, {
        ...firstRow,
        direction: "web",
        outcome: "answered",
        outcome_raw: "customer-ended-call",
        business_outcome: "appointment_confirmed",
        contact_name: "Amelia Roy",
        primary_intent: "book_appointment",
        sentiment: "positive",
        summary: "Booked a visit.",
        has_recording: true,
        has_transcript: true,
        details_at: readAt,
        extra: "{\"callSummaryFr\":\"A pris rendez-vous.\",\"outcome\":\"appointment_confirmed\"}"
      })
    }))

  it.effect("and nothing in it is a row all the same, which knows when it was read", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* yield* allomiaDetails(minimalDetails)).row, {
        ...minimalRow,
        has_transcript: false,
        details_at: readAt
      })
    }))

  it.effect("has the outcome of its ending, else of what was made of it, under either name", () =>
    Effect.gen(function*() {
      const outcome = (fields: object) =>
        Effect.gen(function*() {
          const plain = { ...first, callDurationSeconds: "60" }
          return (yield* yield* allomiaDetails({ ...plain, ...fields })).row.outcome
        })
      assert.strictEqual(yield* outcome({ callEndedReason: "Voicemail" }), "voicemail")
      assert.strictEqual(yield* outcome({ callEndedReason: "no-answer", callDurationSeconds: "0" }), "missed")
      assert.strictEqual(yield* outcome({ outcome: "transferred_to_human" }), "transferred")
      assert.strictEqual(yield* outcome({ callOutcome: "voicemail_left" }), "voicemail")
      assert.strictEqual(yield* outcome({ callEndedReason: "hung up" }), "answered")
      assert.strictEqual(yield* outcome({ callEndedReason: "hung up", callDurationSeconds: "0" }), "unknown")
      assert.strictEqual(yield* outcome({}), "unknown")
    }))

  it.effect("says what came of it, under whichever name the API sends", () =>
    Effect.gen(function*() {
      const cameOfIt = (fields: object) =>
        Effect.map(Effect.flatten(allomiaDetails({ ...first, ...fields })), ({ row }) => row.business_outcome)
      assert.strictEqual(yield* cameOfIt({ outcome: "appointment_confirmed" }), "appointment_confirmed")
      assert.strictEqual(yield* cameOfIt({ callOutcome: "message_taken" }), "message_taken")
      assert.strictEqual(yield* cameOfIt({ callOutcome: 7 }), null)
      assert.strictEqual(yield* cameOfIt({}), null)
    }))

  it.effect("whose length is not known lasted from its beginning to its end", () =>
    Effect.gen(function*() {
      const ended = { ...first, callEndedReason: "hung up", callDurationSeconds: null }
      assert.strictEqual((yield* yield* allomiaDetails(ended)).row.outcome, "answered")
      const backwards = { ...ended, callEndedAt: "2025-05-28T14:20:00Z" }
      assert.strictEqual((yield* yield* allomiaDetails(backwards)).row.outcome, "unknown")
    }))

  it.effect("has no words for nothing, and no links", () =>
    Effect.gen(function*() {
      const { row } = yield* yield* allomiaDetails({ ...fullDetails, userName: "N/A", userSentiment: "-" })
      assert.deepStrictEqual([row.contact_name, row.sentiment], [null, null])
      assert.deepInclude(JSON.parse(row.extra ?? ""), { userName: "N/A", userSentiment: "-" })
      assert.notInclude(JSON.stringify(row), "http")
      const unlinked = yield* yield* allomiaDetails({ ...fullDetails, transcriptUrl: null, recordingUrl: "" })
      assert.deepStrictEqual([unlinked.row.has_transcript, unlinked.row.has_recording], [false, false])
    }))
})
