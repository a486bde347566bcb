/** What a reader decides, and which numbers and instants are the same. */
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Analytics } from "@trunkline/analytics"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { folderOf, layer, type Row, rows } from "./support.js"

const collected = (text: string) =>
  Effect.flatMap(Analytics, ({ sql }) => Effect.map(Stream.runCollect(sql(text)), Chunk.toReadonlyArray))

const call = (call_id: string, minute: number, rest: Omit<Row, "source"> = {}): Row => ({
  source: "allo",
  call_id,
  organization_id: "team",
  started_at: `2026-05-05T10:${String(minute).padStart(2, "0")}:00Z`,
  exported_at: "2026-05-05T12:00:00Z",
  ...rest
})

describe("the answer rate", () => {
  it.scoped("leaves out blocked callers where it is told to, and says by which rule it counts", () =>
    Effect.gen(function*() {
      const folder = yield* folderOf({
        calls: [
          call("1", 0, { outcome: "answered", agent_id: "u1" }),
          call("2", 1, { outcome: "missed", agent_id: "u1" }),
          call("3", 2, { outcome: "blocked", agent_id: "u1" }),
          call("4", 3, { outcome: "unknown", agent_id: "u1" })
        ]
      })
      const rates = (view: string) =>
        `SELECT incoming, known, counted, answered, answer_rate FROM ${view} WHERE incoming > 0`
      const all = { incoming: 4, known: 3, counted: 3, answered: 1, answer_rate: 1 / 3 }
      const without = { incoming: 4, known: 3, counted: 2, answered: 1, answer_rate: 0.5 }
      for (const view of ["answer_rate", "calls_by_agent", "calls_by_hour"]) {
        const ask = collected(rates(view))
        assert.deepStrictEqual(yield* Effect.provide(ask, layer({ folder })), [all], view)
        assert.deepStrictEqual(yield* Effect.provide(ask, layer({ folder, uncounted: ["blocked"] })), [without], view)
      }
      const told = collected(
        "SET VARIABLE trunkline_uncounted = ['blocked']; SELECT rule, blocked, answer_rate FROM answer_rate"
      )
      assert.deepStrictEqual(yield* Effect.provide(told, layer({ folder })), [
        { rule: "inbound: answered + transferred, without blocked", blocked: 1, answer_rate: 0.5 }
      ])
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("numbers of one person in two spellings", () => {
  it.scoped("are one caller who was missed and reached, and one who called again", () =>
    Effect.gen(function*() {
      const missed = { outcome: "missed" }
      const folder = yield* folderOf({
        calls: [
          call("m1", 0, { ...missed, contact_number: "+33 6 12 34 56 78" }),
          call("m2", 1, { ...missed, contact_number: "0033612345678" }),
          call("back", 2, { direction: "outbound", outcome: "answered", contact_number: "+33612345678" }),
          call("m3", 3, { ...missed, contact_number: "+33 (0)6 12.34.56.79" }),
          // What holds letters is compared as it stands: a token may be any text.
          call("m4", 5, { ...missed, contact_number: "tok-123a" }),
          call("m5", 6, { ...missed, contact_number: "tok 123a" })
        ],
        messages: [{
          source: "allo",
          message_id: "text",
          sent_at: "2026-05-05T10:04:00Z",
          exported_at: "2026-05-05T12:00:00Z",
          contact_number: "33-612-345-679"
        }]
      })
      const [missedCallers, repeating] = yield* Effect.provide(
        Effect.all([rows("missed_followup"), rows("repeat_callers")]),
        layer({ folder })
      )
      assert.deepStrictEqual(
        missedCallers.map(({ call_id, contact_number, followup_id, misses, state }) => [
          call_id,
          contact_number,
          misses,
          followup_id,
          state
        ]),
        [
          ["m1", "+33 6 12 34 56 78", 2, "back", "reached"],
          ["m3", "+33 (0)6 12.34.56.79", 1, "text", "reached"],
          ["m4", "tok-123a", 1, null, "waiting"],
          ["m5", "tok 123a", 1, null, "waiting"]
        ]
      )
      // The spelling of the latest call is shown.
      assert.deepStrictEqual(
        repeating.map(({ calls, contact_number }) => [contact_number, calls]),
        [["0033612345678", 2]]
      )
    }).pipe(Effect.provide(NodeContext.layer)))
})

it.scoped("business_outcome of a call that was read before it had a column is read from extra", () =>
  Effect.gen(function*() {
    const allomia = (call_id: string, rest: Omit<Row, "source">): Row => ({
      ...call(call_id, 0, rest),
      source: "allomia"
    })
    const folder = yield* folderOf({
      calls: [
        allomia("1", { business_outcome: "message_taken", extra: "{\"outcome\":\"appointment_confirmed\"}" }),
        allomia("2", { extra: "{\"outcome\":\"appointment_confirmed\"}" }),
        allomia("3", { extra: "{\"callOutcome\":\"voicemail_left\",\"outcome\":{\"raw\":1}}" }),
        allomia("4", { extra: "{\"callOutcome\":7}" }),
        allomia("5", {}),
        call("6", 0, { extra: "{\"outcome\":\"of another vendor\"}" })
      ]
    })
    const found = yield* Effect.provide(
      collected("SELECT call_id, business_outcome FROM calls ORDER BY call_id"),
      layer({ folder })
    )
    assert.deepStrictEqual(found.map((row) => row["business_outcome"]), [
      "message_taken",
      "appointment_confirmed",
      "voicemail_left",
      null,
      null,
      null
    ])
  }).pipe(Effect.provide(NodeContext.layer)))
