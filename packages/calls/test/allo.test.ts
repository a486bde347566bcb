/** Records of Allo's second interface, full, documented and minimal, as rows written out in full. */
import { assert, describe, it } from "@effect/vitest"
import { Id } from "@trunkline/calls"
import * as Effect from "effect/Effect"
import { alloCall, alloMessage, conversation, readAt, utc } from "./fixtures/mapped.js"
import {
  documentedConversation,
  documentedItem,
  fullCall,
  fullContact,
  fullMessage,
  minimalCall,
  minimalMessage
} from "./fixtures/records.js"

const sarah = {
  id: "cnt-abc123",
  name: "Sarah Johnson",
  company_id: "com-xyz789",
  company_name: "Acme Corp",
  deals: [{ id: "dea-def456", name: "Enterprise Plan", status: "OPEN" }]
}

/** What an item knows where transcripts were not asked for. */
const everyGroup = ["list", "outcome", "recording", "details", "agent", "contacts", "name", "tags", "extra", "gone"]

const nobody = {
  organization_id: null,
  ended_at: null,
  duration_seconds: null,
  outcome_raw: null,
  business_outcome: null,
  agent_id: null,
  agent_name: null,
  agent_email: null,
  team_id: null,
  team_name: null,
  line_number: null,
  contact_number: null,
  contact_country: null,
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
  created_at: null,
  extra: null,
  exported_at: readAt,
  gone_at: null
}

describe("an id", () => {
  it("has one spelling", () => {
    for (const prefix of ["cll", "msg", "cnt", "usr"]) {
      assert.deepStrictEqual([Id.key(`${prefix}_a_b`), Id.key(`${prefix}-a_b`)], [`${prefix}-a_b`, `${prefix}-a_b`])
    }
    for (const id of ["", "call_abc123", "cll", "CLL_1", "xcll_1", "pdl_1", "0f8fad5b-d9cb-469f-a165-70867728950e"]) {
      assert.strictEqual(Id.key(id), id)
    }
  })

  it.effect("stands in every row under its one spelling", () =>
    Effect.gen(function*() {
      const contacts = [{ id: "cnt_1", name: null, deals: [] }]
      const call = yield* alloCall(
        {
          ...minimalCall,
          id: "cll_1",
          contacts,
          user: { id: "usr_1" },
          transcript: [{ text: "hello" }]
        },
        { transcripts: true }
      )
      const { agent_id, call_id, contact_id } = call.row
      assert.deepStrictEqual([call_id, contact_id, agent_id], ["cll-1", "cnt-1", "usr-1"])
      assert.deepStrictEqual(call.row.contacts.map(({ id }) => id), ["cnt-1"])
      assert.deepStrictEqual(call.utterances?.map(({ call_id }) => call_id), ["cll-1"])
      const message = yield* alloMessage({ ...minimalMessage, id: "msg_1", contacts })
      assert.deepStrictEqual([message.row.message_id, message.row.contact_id], ["msg-1", "cnt-1"])
      const mapped = yield* yield* conversation({
        ...documentedConversation,
        last_item: { ...minimalCall, id: "cll_1" }
      })
      assert.strictEqual(mapped.row.last_item_id, "cll-1")
    }))
})

describe("a call", () => {
  it.effect("of the document is this row", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* alloCall(documentedItem), {
        table: "calls",
        groups: everyGroup,
        utterances: null,
        row: {
          call_id: "cll-abc123",
          organization_id: "team-1",
          direction: "inbound",
          started_at: utc("2023-11-07T05:31:56Z"),
          ended_at: utc("2023-11-07T05:33:59Z"),
          duration_seconds: 123,
          outcome: "answered",
          outcome_raw: "ANSWERED",
          business_outcome: null,
          agent_id: "usr-abc123",
          agent_name: "John",
          agent_email: "[email protected]",
          team_id: null,
          team_name: null,
          line_number: "+14155550100",
          contact_number: "+14155551234",
          contact_country: "US",
          contact_id: "cnt-abc123",
          contact_name: "Sarah Johnson",
          company_id: "com-xyz789",
          company_name: "Acme Corp",
          contacts: [sarah],
          primary_intent: null,
          sentiment: null,
          summary: "<string>",
          tags: ["<string>"],
          has_recording: true,
          has_transcript: null,
          details_at: null,
          created_at: null,
          extra: null,
          exported_at: readAt,
          gone_at: null
        }
      })
    }))

  it.effect("of the document has this line, where transcripts were asked for", () =>
    Effect.gen(function*() {
      const { groups, row, utterances } = yield* alloCall(documentedItem, { transcripts: true })
      assert.deepStrictEqual(groups, [...everyGroup, "transcript"])
      assert.strictEqual(row.has_transcript, true)
      assert.deepStrictEqual(utterances, [
        {
          call_id: "cll-abc123",
          seq: 0,
          speaker: "user",
          spoken_at: utc("2023-11-07T05:31:56Z"),
          start_seconds: null,
          end_seconds: null,
          text: "<string>",
          exported_at: readAt
        }
      ])
    }))

  it.effect("with everything in it is this row, with these lines", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* alloCall(fullCall, { transcripts: true, organizationId: null }), {
        table: "calls",
        groups: [...everyGroup, "transcript"],
        row: {
          call_id: "cll-abc123",
          organization_id: null,
          direction: "outbound",
          started_at: utc("2023-11-07T05:31:56Z"),
          ended_at: utc("2023-11-07T05:33:59Z"),
          duration_seconds: 123,
          outcome: "transferred",
          outcome_raw: "TRANSFERRED_BLAND",
          business_outcome: null,
          agent_id: "usr-abc123",
          agent_name: "John",
          agent_email: "john@example.com",
          team_id: null,
          team_name: null,
          line_number: "+14155550100",
          contact_number: "+14155551234",
          contact_country: "US",
          contact_id: "cnt-abc123",
          contact_name: "Sarah Johnson",
          company_id: "com-xyz789",
          company_name: "Acme Corp",
          contacts: [
            {
              ...sarah,
              deals: [
                { id: "dea-def456", name: "Enterprise Plan", status: "OPEN" },
                { id: "dea-def457", name: "Pilot", status: "negotiation" }
              ]
            },
            { id: "cnt-other", name: "Sam Johnson", company_id: null, company_name: null, deals: [] }
          ],
          primary_intent: null,
          sentiment: null,
          summary: "Asked about prices.",
          tags: ["interested", "follow_up"],
          has_recording: true,
          has_transcript: true,
          details_at: null,
          created_at: null,
          extra:
            "{\"contacts\":[{\"company\":{\"size\":40},\"deals\":[{\"amount\":12000},{}],\"job_title\":\"Head of Sales\"},{}],"
            + "\"data_collected\":{\"budget\":null,\"zip\":\"75011\"},\"extracted_data\":{\"contact\":{\"name\":\"null\"}},"
            + "\"user\":{\"role\":\"ADMIN\"}}",
          exported_at: readAt,
          gone_at: null
        },
        utterances: [
          {
            call_id: "cll-abc123",
            seq: 0,
            speaker: "agent",
            spoken_at: utc("2023-11-07T05:31:58Z"),
            start_seconds: 2,
            end_seconds: 2.75,
            text: "Hello?",
            exported_at: readAt
          },
          {
            call_id: "cll-abc123",
            seq: 1,
            speaker: "whisper",
            spoken_at: null,
            start_seconds: null,
            end_seconds: null,
            text: "A secret.",
            exported_at: readAt
          },
          {
            call_id: "cll-abc123",
            seq: 2,
            speaker: null,
            spoken_at: null,
            start_seconds: null,
            end_seconds: null,
            text: null,
            exported_at: readAt
          }
        ]
      })
    }))

  it.effect("with nothing in it is a row all the same, at a time in UTC", () =>
    Effect.gen(function*() {
      const { row } = yield* alloCall(minimalCall, { organizationId: null })
      assert.deepStrictEqual(row, {
        ...nobody,
        call_id: "cll-1",
        direction: "unknown",
        started_at: utc("2023-11-07T05:31:56Z"),
        outcome: "unknown"
      })
    }))

  it.effect("asked for its transcript and having none, knows that there is none and removes no line", () =>
    Effect.gen(function*() {
      for (const transcript of [null, undefined, 5]) {
        const { groups, row, utterances } = yield* alloCall({ ...minimalCall, transcript }, { transcripts: true })
        assert.include(groups, "transcript")
        assert.strictEqual(row.has_transcript, false)
        assert.isNull(utterances)
      }
    }))

  it.effect("with an empty transcript has none, and says that no line is left", () =>
    Effect.gen(function*() {
      const { row, utterances } = yield* alloCall({ ...minimalCall, transcript: [] }, { transcripts: true })
      assert.strictEqual(row.has_transcript, false)
      assert.deepStrictEqual(utterances, [])
    }))

  it.effect("keeps a transcript of one text, and lines that are text only, in their order", () =>
    Effect.gen(function*() {
      const text = yield* alloCall({ ...minimalCall, transcript: "Hello. Goodbye." }, { transcripts: true })
      assert.deepStrictEqual(text.utterances?.map(({ seq, text }) => [seq, text]), [[0, "Hello. Goodbye."]])
      assert.isTrue(text.row.has_transcript)
      const mixed = ["Hello.", { text: "Who is it?" }, null, 7, { text: "Nobody." }, ["a"]]
      const lines = yield* alloCall({ ...minimalCall, transcript: mixed }, { transcripts: true })
      assert.deepStrictEqual(lines.utterances?.map(({ seq, text }) => [seq, text]), [
        [0, "Hello."],
        [1, "Who is it?"],
        [2, "7"],
        [3, "Nobody."],
        [4, "[\"a\"]"]
      ])
    }))

  it.effect("has the same columns whether its transcript was asked for or not", () =>
    Effect.gen(function*() {
      for (const transcript of [fullCall.transcript, "Hello.", ["Hello."], null]) {
        const asked = yield* alloCall({ ...fullCall, transcript }, { transcripts: true })
        const { transcript: _, ...without } = fullCall
        const not = yield* alloCall(without)
        assert.deepStrictEqual({ ...asked.row, has_transcript: null }, not.row)
      }
    }))

  it.effect("has whole seconds, or none where there is no such number", () =>
    Effect.gen(function*() {
      const lengths: ReadonlyArray<readonly [unknown, number | null]> = [
        [0, 0],
        ["123", 123],
        [0.4, 0],
        [0.5, 1],
        [122.5, 123],
        [2_147_483_647, 2_147_483_647],
        [2_147_483_647.6, null],
        [1e300, null],
        [-1, null],
        ["soon", null],
        [null, null]
      ]
      for (const [duration, seconds] of lengths) {
        const { row } = yield* alloCall({ ...minimalCall, duration })
        assert.strictEqual(row.duration_seconds, seconds, String(duration))
        assert.deepStrictEqual(
          row.ended_at,
          seconds === null ? null : utc(new Date(Date.UTC(2023, 10, 7, 5, 31, 56) + seconds * 1000).toISOString())
        )
      }
    }))

  it.effect("has a direction in lower case, and keeps one that nobody knows", () =>
    Effect.gen(function*() {
      for (const [sent, kept] of [["INBOUND", "inbound"], ["Outbound", "outbound"], ["SideWays", "sideways"]]) {
        assert.strictEqual((yield* alloCall({ ...minimalCall, direction: sent })).row.direction, kept)
      }
    }))

  it.effect("keeps the vendor's word beside an outcome nobody knows", () =>
    Effect.gen(function*() {
      const { row } = yield* alloCall({ ...minimalCall, result: "Abducted" })
      assert.strictEqual(row.outcome, "unknown")
      assert.strictEqual(row.outcome_raw, "Abducted")
    }))

  it.effect("never has a null list, and keeps a list it could read in part", () =>
    Effect.gen(function*() {
      for (const nothing of [null, undefined, "x"]) {
        const { row } = yield* alloCall({ ...minimalCall, tags: nothing, contacts: nothing })
        assert.deepStrictEqual([row.tags, row.contacts], [[], []])
      }
      const { row } = yield* alloCall({ ...minimalCall, tags: ["a", 1], contacts: [fullContact, "Bob"] })
      assert.deepStrictEqual(row.tags, ["a"])
      assert.strictEqual(row.contacts.length, 1)
      assert.deepStrictEqual(JSON.parse(row.extra ?? ""), { tags: ["a", 1], contacts: [fullContact, "Bob"] })
    }))

  it.effect("keeps what it could not read, and stores no link", () =>
    Effect.gen(function*() {
      const { row } = yield* alloCall({ ...minimalCall, duration: "soon", user: "John", summary: "N/A" })
      assert.strictEqual(row.extra, "{\"duration\":\"soon\",\"summary\":\"N/A\",\"user\":\"John\"}")
      for (const link of ["", " ", null]) {
        assert.isFalse((yield* alloCall({ ...minimalCall, recording_url: link })).row.has_recording)
      }
      const linked = yield* alloCall(fullCall)
      assert.notInclude(JSON.stringify(linked.row), "http")
    }))

  it.effect("has the same extra whatever order its fields were sent in", () =>
    Effect.gen(function*() {
      const one = yield* alloCall({ ...minimalCall, b: { y: [{ d: 1, c: 2 }], x: 1 }, a: 1 })
      const other = yield* alloCall({ a: 1, b: { x: 1, y: [{ c: 2, d: 1 }] }, ...minimalCall })
      assert.strictEqual(one.row.extra, "{\"a\":1,\"b\":{\"x\":1,\"y\":[{\"c\":2,\"d\":1}]}}")
      assert.strictEqual(other.row.extra, one.row.extra)
    }))
})

describe("a line of a transcript", () => {
  it.effect("has a time in UTC, whatever its zone, and none where there is none", () =>
    Effect.gen(function*() {
      const times: ReadonlyArray<readonly [unknown, string | null]> = [
        ["2023-11-07T05:31:56Z", "2023-11-07T05:31:56Z"],
        ["2023-11-07t05:31:56z", "2023-11-07T05:31:56Z"],
        ["2023-11-07T05:31:56", "2023-11-07T05:31:56Z"],
        ["2023-11-07 05:31", "2023-11-07T05:31:00Z"],
        ["2023-11-07T05:31:56.123456", "2023-11-07T05:31:56.123Z"],
        ["2023-11-07T05:31:56+02:00", "2023-11-07T03:31:56Z"],
        ["2023-11-07T05:31:56-0530", "2023-11-07T11:01:56Z"],
        ["1965-02-03T04:05:06Z", "1965-02-03T04:05:06Z"],
        ["2023-02-30T05:31:56Z", null],
        ["2023-11-07T25:31:56Z", null],
        ["2023-11-07", null],
        ["00:05", null],
        ["", null],
        [5, null],
        [null, null]
      ]
      const { utterances } = yield* alloCall(
        { ...minimalCall, transcript: times.map(([time]) => ({ time })) },
        { transcripts: true }
      )
      assert.deepStrictEqual(
        utterances?.map((_) => _.spoken_at),
        times.map(([, expected]) => expected === null ? null : utc(expected))
      )
    }))
})

describe("a message", () => {
  it.effect("with everything in it is this row", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* alloMessage(fullMessage), {
        table: "messages",
        groups: ["row", "content", "status", "agent", "contacts", "name", "tags", "extra", "gone"],
        row: {
          message_id: "msg-def456",
          direction: "inbound",
          sent_at: utc("2023-11-07T03:31:56Z"),
          line_number: "+14155550100",
          contact_number: "+14155551234",
          contact_country: "US",
          contact_id: "cnt-abc123",
          contact_name: "Sarah Johnson",
          contacts: [sarah],
          agent_id: "usr-abc123",
          agent_name: "John",
          agent_email: "john@example.com",
          content: "Are you open? 🕰",
          status: "DELIVERED",
          message_type: "WHATSAPP",
          tags: ["urgent"],
          extra: "{\"media\":[\"a.jpg\"]}",
          exported_at: readAt,
          gone_at: null
        }
      })
    }))

  it.effect("with nothing in it is a row all the same", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* alloMessage(minimalMessage)).row, {
        message_id: "msg-1",
        direction: "unknown",
        sent_at: utc("2023-11-07T05:31:56Z"),
        line_number: null,
        contact_number: null,
        contact_country: null,
        contact_id: null,
        contact_name: null,
        contacts: [],
        agent_id: null,
        agent_name: null,
        agent_email: null,
        content: null,
        status: null,
        message_type: null,
        tags: [],
        extra: null,
        exported_at: readAt,
        gone_at: null
      })
    }))
})

describe("a conversation", () => {
  it.effect("of the document is this row", () =>
    Effect.gen(function*() {
      const { groups, row, table } = yield* yield* conversation(documentedConversation)
      assert.deepStrictEqual([table.name, groups], ["conversations", ["row", "gone"]])
      assert.deepStrictEqual(row, {
        line_number: "+14155550100",
        contact_number: "+14155551234",
        contact_country: "US",
        contacts: [sarah],
        last_activity_at: utc("2026-04-21T14:30:00Z"),
        last_item_id: "cll-abc123",
        last_item_type: "CALL",
        extra: null,
        exported_at: readAt,
        gone_at: null
      })
    }))

  it.effect("keeps what nobody declared, of itself and of its contacts", () =>
    Effect.gen(function*() {
      const { row } = yield* yield* conversation({ ...documentedConversation, contacts: [fullContact], unread: 3 })
      assert.deepStrictEqual(JSON.parse(row.extra ?? ""), {
        unread: 3,
        contacts: [{ job_title: "Head of Sales", company: { size: 40 }, deals: [{ amount: 12_000 }, {}] }]
      })
    }))

  it.effect("with nothing in it is a row all the same", () =>
    Effect.gen(function*() {
      const { row } = yield* yield* conversation({ contact_number: "anonymous", last_activity: "2026-04-21T14:30:00Z" })
      assert.deepStrictEqual(row, {
        line_number: "+14155550100",
        contact_number: "anonymous",
        contact_country: null,
        contacts: [],
        last_activity_at: utc("2026-04-21T14:30:00Z"),
        last_item_id: null,
        last_item_type: null,
        extra: null,
        exported_at: readAt,
        gone_at: null
      })
    }))
})
