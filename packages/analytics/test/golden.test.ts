/** What every view says of a world small enough to be worked out by hand. */
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it, layer as provided } from "@effect/vitest"
import { Analytics } from "@trunkline/analytics"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { golden } from "./golden.js"
import { expected, folderOf, layer, rows } from "./support.js"

const Paris = Layer.unwrapScoped(
  Effect.map(folderOf(golden), (folder) => layer({ folder, zone: "Europe/Paris" }))
).pipe(Layer.provide(NodeContext.layer))

/** Account, source, id and name. */
const team = [null, "allo", "team", "Équipe"]
const o1 = [null, "allomia", "o1", "Clinique du Lac"]
const o2 = [null, "allomia", "o2", null]

describe("by hand", () => {
  provided(Paris)((it) => {
    it.effect("calls: local time, also over midnight and through both changes of the clock", () =>
      Effect.gen(function*() {
        const found = yield* rows("calls")
        assert.strictEqual(found.length, 20)
        assert.deepStrictEqual(
          found.map((row) => [row["call_id"], row["started_local"]]).filter(([id]) =>
            ["A2", "A3", "A4", "B1", "B2", "B3"].includes(String(id))
          ).toSorted(),
          [
            ["A2", "2026-03-28 23:59:30"],
            ["A3", "2026-03-29 01:30:00"],
            ["A4", "2026-03-29 03:30:00"],
            ["B1", "2026-10-25 02:30:00"],
            ["B2", "2026-10-25 02:30:00"],
            ["B3", "2026-10-26 00:30:00"]
          ]
        )
        // Partitions are of UTC.
        assert.deepStrictEqual([...new Set(found.map((row) => `${row["source"]} ${row["month"]}`))].toSorted(), [
          "allo 2026-03",
          "allo 2026-04",
          "allomia 2026-10"
        ])
      }))

    it.effect("call_duration_daily", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(
          yield* rows("call_duration_daily"),
          expected("call_duration_daily", [
            // Talked, voicemails, other outcomes, of 0 seconds, of unknown duration; the seconds of the first three.
            [...team, "2026-03-28", "inbound", 2, 2, 0, 0, 0, 0, 3720, 0, 0, 1860, 1860, 3252, 3565.2],
            [...team, "2026-03-29", "inbound", 4, 0, 1, 0, 2, 1, 0, 20, 0, null, null, null, null],
            [...team, "2026-03-29", "outbound", 1, 1, 0, 0, 0, 0, 10, 0, 0, 10, 10, 10, 10],
            [...team, "2026-03-30", "inbound", 3, 0, 0, 0, 3, 0, 0, 0, 0, null, null, null, null],
            [...team, "2026-03-30", "outbound", 1, 1, 0, 0, 0, 0, 20, 0, 0, 20, 20, 20, 20],
            [...team, "2026-03-31", "inbound", 1, 0, 0, 0, 1, 0, 0, 0, 0, null, null, null, null],
            [...team, "2026-04-02", "inbound", 3, 1, 0, 0, 2, 0, 59, 0, 0, 59, 59, 59, 59],
            [...o1, "2026-10-25", "inbound", 3, 2, 0, 0, 1, 0, 90, 0, 0, 45, 45, 57, 59.7],
            [...o1, "2026-10-26", "web", 1, 1, 0, 0, 0, 0, 90, 0, 0, 90, 90, 90, 90],
            [...o2, "2026-10-24", "inbound", 1, 0, 0, 1, 0, 0, 0, 0, 40, null, null, null, null]
          ])
        )
      }))

    it.effect("call_duration_histogram: ten buckets each, also empty ones", () =>
      Effect.gen(function*() {
        const added = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0)
        const from = [1, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600]
        const buckets = (
          organization: ReadonlyArray<unknown>,
          direction: string,
          calls: ReadonlyArray<number>,
          talked: ReadonlyArray<number>,
          zero: number,
          unknown: number
        ) =>
          from.map((seconds, index) => [
            ...organization,
            direction,
            seconds,
            from[index + 1] ?? null,
            calls[index] ?? 0,
            added(calls) === 0 ? null : (calls[index] ?? 0) / added(calls),
            talked[index] ?? 0,
            added(talked) === 0 ? null : (talked[index] ?? 0) / added(talked),
            zero,
            unknown
          ])
        assert.deepStrictEqual(
          yield* rows("call_duration_histogram"),
          expected("call_duration_histogram", [
            // A call of 120 seconds is in the bucket that begins there.
            ...buckets(team, "inbound", [0, 1, 1, 0, 1, 0, 0, 0, 0, 1], [0, 0, 1, 0, 1, 0, 0, 0, 0, 1], 8, 1),
            ...buckets(team, "outbound", [0, 2], [0, 2], 0, 0),
            ...buckets(o1, "inbound", [0, 0, 1, 1], [0, 0, 1, 1], 1, 0),
            ...buckets(o1, "web", [0, 0, 0, 1], [0, 0, 0, 1], 0, 0),
            ...buckets(o2, "inbound", [0, 0, 1], [], 0, 0)
          ])
        )
      }))

    it.effect("calls_by_agent: the latest name, an agent without an id, and calls of nobody", () =>
      Effect.gen(function*() {
        const [a1, a3, a6, a8] = [
          "2026-03-28T22:30:00.000Z",
          "2026-03-29T00:30:00.000Z",
          "2026-03-29T05:00:00.000Z",
          "2026-03-30T08:00:00.000Z"
        ]
        const [a11, a13] = ["2026-04-02T10:00:00.000Z", "2026-04-02T12:00:00.000Z"]
        const [b5, b1, b2, b4, b3] = [
          "2026-10-24T12:00:00.000Z",
          "2026-10-25T00:30:00.000Z",
          "2026-10-25T01:30:00.000Z",
          "2026-10-25T10:00:00.000Z",
          "2026-10-25T23:30:00.000Z"
        ]
        assert.deepStrictEqual(
          yield* rows("calls_by_agent"),
          expected("calls_by_agent", [
            [
              ...team,
              null,
              null,
              null,
              10,
              0,
              1,
              0,
              8,
              1,
              0,
              20,
              0,
              null,
              null,
              null,
              null,
              0,
              10,
              9,
              9,
              0,
              0,
              a3,
              a13
            ],
            [
              ...team,
              "u1",
              "Anna",
              null,
              3,
              3,
              0,
              0,
              0,
              0,
              3779,
              0,
              0,
              3779 / 3,
              120,
              2904,
              3530.4,
              0,
              3,
              3,
              3,
              3,
              1,
              a1,
              a11
            ],
            [
              ...team,
              "u2",
              "Bob",
              "bob@example.com",
              2,
              2,
              0,
              0,
              0,
              0,
              30,
              0,
              0,
              15,
              15,
              19,
              19.9,
              2,
              0,
              0,
              0,
              0,
              null,
              a6,
              a8
            ],
            [...o1, "g1", "Léa", null, 2, 2, 0, 0, 0, 0, 90, 0, 0, 45, 45, 57, 59.7, 0, 2, 2, 2, 2, 1, b1, b2],
            [...o1, null, "Robot", null, 1, 1, 0, 0, 0, 0, 90, 0, 0, 90, 90, 90, 90, 0, 0, 0, 0, 0, null, b3, b3],
            [...o1, null, null, null, 1, 0, 0, 0, 1, 0, 0, 0, 0, null, null, null, null, 0, 1, 0, 0, 0, null, b4, b4],
            [...o2, null, null, null, 1, 0, 0, 1, 0, 0, 0, 0, 40, null, null, null, null, 0, 1, 0, 0, 0, null, b5, b5]
          ])
        )
      }))

    it.effect("intent_breakdown: shares of tags overlap, what is pending is in none", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(
          yield* rows("intent_breakdown"),
          expected("intent_breakdown", [
            [...team, "tag", "(unlabelled)", 12, 12 / 15, false, 2, 1, 0, 8, 1, 34.5, 0, 0, 0, 0, 12, 0],
            [...team, "tag", "support", 2, 2 / 15, false, 2, 0, 0, 0, 0, 1860, 0, 0, 0, 0, 2, 0],
            [...team, "tag", "outreach", 1, 1 / 15, false, 1, 0, 0, 0, 0, 20, 0, 0, 0, 0, 1, 0],
            [...team, "tag", "vip", 1, 1 / 15, false, 1, 0, 0, 0, 0, 120, 0, 0, 0, 0, 1, 0],
            [...o1, "intent", "Billing", 2, 2 / 3, true, 2, 0, 0, 0, 0, 45, 1, 0, 1, 0, 0, 1],
            [...o1, "intent", "(unlabelled)", 1, 1 / 3, true, 1, 0, 0, 0, 0, 90, 0, 0, 0, 0, 1, 1],
            [...o2, "intent", "(unlabelled)", 1, 1, true, 0, 0, 1, 0, 0, null, 0, 0, 0, 1, 0, 0]
          ])
        )
      }))

    it.effect("intent_duration", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(
          yield* rows("intent_duration"),
          expected("intent_duration", [
            [...team, "tag", "support", 2, 2, 0, 0, 0, 0, 3720, 0, 0, 1860, 1860, 3252, 3565.2],
            [...team, "tag", "vip", 1, 1, 0, 0, 0, 0, 120, 0, 0, 120, 120, 120, 120],
            [...team, "tag", "(unlabelled)", 12, 2, 1, 0, 8, 1, 69, 20, 0, 34.5, 34.5, 54.1, 58.51],
            [...team, "tag", "outreach", 1, 1, 0, 0, 0, 0, 20, 0, 0, 20, 20, 20, 20],
            [...o1, "intent", "(unlabelled)", 1, 1, 0, 0, 0, 0, 90, 0, 0, 90, 90, 90, 90],
            [...o1, "intent", "Billing", 2, 2, 0, 0, 0, 0, 90, 0, 0, 45, 45, 57, 59.7],
            [...o2, "intent", "(unlabelled)", 1, 0, 0, 1, 0, 0, 0, 0, 40, null, null, null, null]
          ])
        )
      }))

    it.effect("answer_rate: null on a day whose every outcome is unknown", () =>
      Effect.gen(function*() {
        const rule = "inbound: answered + transferred"
        assert.deepStrictEqual(
          yield* rows("answer_rate"),
          expected("answer_rate", [
            [...team, "2026-03-28", rule, 2, 2, 2, 2, 0, 0, 0, 0, 0, 1],
            [...team, "2026-03-29", rule, 4, 3, 3, 0, 1, 2, 0, 0, 1, 0],
            [...team, "2026-03-30", rule, 3, 3, 3, 0, 0, 3, 0, 0, 0, 0],
            [...team, "2026-03-31", rule, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0],
            [...team, "2026-04-02", rule, 3, 3, 3, 1, 0, 1, 1, 0, 0, 1 / 3],
            [...o1, "2026-10-25", rule, 3, 2, 2, 2, 0, 0, 0, 0, 1, 1],
            [...o2, "2026-10-24", rule, 1, 0, 0, 0, 0, 0, 0, 0, 1, null]
          ])
        )
      }))

    it.effect("calls_by_hour: a Sunday of 23 hours and one of 25", () =>
      Effect.gen(function*() {
        const found = yield* rows("calls_by_hour")
        assert.strictEqual(found.length, 3 * 168)
        assert.deepStrictEqual(
          found.filter((row) => Number(row["calls"]) > 0),
          expected("calls_by_hour", [
            [...team, 1, 10, 1, 0, 0, 0, 0, null, 1, 1, 0],
            [...team, 1, 11, 1, 1, 1, 1, 0, 0, 1, 1, 1],
            [...team, 1, 12, 1, 1, 1, 1, 0, 0, 1, 1, 1],
            [...team, 1, 14, 1, 1, 1, 1, 0, 0, 1, 1, 1],
            [...team, 2, 14, 1, 1, 1, 1, 0, 0, 1, 1, 1],
            [...team, 4, 12, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            [...team, 4, 13, 1, 1, 1, 1, 0, 0, 1, 1, 1],
            [...team, 4, 14, 1, 1, 1, 1, 0, 0, 1, 1, 1],
            [...team, 6, 23, 2, 2, 2, 2, 2, 1, 1, 2, 2],
            [...team, 7, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1],
            [...team, 7, 3, 1, 1, 0, 0, 0, null, 1, 1, 1],
            [...team, 7, 4, 1, 1, 1, 1, 0, 0, 1, 1, 1],
            [...team, 7, 7, 1, 0, 0, 0, 0, null, 1, 1, 0],
            [...team, 7, 8, 1, 1, 1, 1, 0, 0, 1, 1, 1],
            [...o1, 1, 0, 1, 0, 0, 0, 0, null, 1, 1, 0],
            // Half past two came twice, so two calls are one an hour.
            [...o1, 7, 2, 2, 2, 2, 2, 2, 1, 2, 1, 1],
            [...o1, 7, 11, 1, 1, 0, 0, 0, null, 1, 1, 1],
            [...o2, 6, 14, 1, 1, 0, 0, 0, null, 1, 1, 1]
          ])
        )
        const hours = (source: string) =>
          found.filter((row) => row["source"] === source).reduce((sum, row) => sum + Number(row["hours"]), 0)
        assert.strictEqual(hours("allo"), 6 * 24 - 1)
        // The one organisation has calls on two days, the other on one.
        assert.strictEqual(hours("allomia"), 2 * 24 + 1 + 24)
        assert.deepStrictEqual(
          found.filter((row) => row["source"] === "allo" && row["hours"] === 0 && (row["weekday"] !== 5)),
          expected("calls_by_hour", [[...team, 7, 2, 0, 0, 0, 0, 0, null, 0, null, null]])
        )
      }))

    it.effect("missed_followup: ties, repeated misses, a message as follow-up, one that did not go out, nobody to call back", () =>
      Effect.gen(function*() {
        const line = "+33100000000"
        const read = "2026-04-02T20:00:00.000Z"
        const at = (text: string) => `2026-${text}:00.000Z`
        const missed = (
          id: string,
          number: string,
          first: string,
          last: string,
          misses: number,
          followup: ReadonlyArray<unknown>,
          state: string
        ) => [...team, id, number, null, line, at(first), at(last), misses, ...followup, state, null, read]
        const nothing = [0, null, null, null, null, null, null, null]
        assert.deepStrictEqual(
          yield* rows("missed_followup"),
          expected("missed_followup", [
            missed(
              "A3",
              "+33600000003",
              "03-29T00:30",
              "03-29T02:00",
              2,
              [0, at("03-29T05:00"), "call", "A6", at("03-29T05:00"), 16200, 16200, true],
              "reached"
            ),
            missed("A7", "anonymous", "03-29T06:00", "03-29T06:00", 1, nothing, "unreachable"),
            missed(
              "A9",
              "+33600000001",
              "03-30T09:00",
              "03-30T09:00",
              1,
              [0, at("03-30T09:30"), "message", "M2", at("03-30T09:30"), 1800, 1800, true],
              "reached"
            ),
            missed(
              "A10",
              "+33600000002",
              "03-30T10:00",
              "03-30T10:00",
              1,
              [0, null, "caller", "A11", at("04-02T10:00"), null, 259200, false],
              "called_again"
            ),
            missed("A14", "+33600000006", "03-30T12:00", "03-30T12:00", 1, nothing, "lost"),
            // Tried in time, reached late.
            missed(
              "A15",
              "+33600000007",
              "03-31T12:00",
              "03-31T12:00",
              1,
              [1, at("03-31T13:00"), "message", "M4", at("04-02T12:00"), 3600, 172800, false],
              "reached"
            ),
            missed("A13", "+33600000005", "04-02T12:00", "04-02T12:00", 1, nothing, "waiting")
          ])
        )
      }))

    it.effect("repeat_callers: one organisation's caller is not another's, anonymous ones are nobody", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(
          yield* rows("repeat_callers"),
          expected("repeat_callers", [
            [
              ...team,
              "+33600000002",
              null,
              3,
              3,
              2,
              2,
              3,
              126030,
              "2026-03-28T22:59:30.000Z",
              "2026-04-02T10:00:00.000Z"
            ],
            [
              ...team,
              "+33600000001",
              "Zoé",
              2,
              2,
              1,
              1,
              2,
              124200,
              "2026-03-28T22:30:00.000Z",
              "2026-03-30T09:00:00.000Z"
            ],
            [
              ...team,
              "+33600000003",
              null,
              2,
              2,
              0,
              1,
              1,
              5400,
              "2026-03-29T00:30:00.000Z",
              "2026-03-29T02:00:00.000Z"
            ],
            [
              ...o1,
              "+33700000001",
              "Zoë",
              2,
              2,
              2,
              1,
              1,
              3600,
              "2026-10-25T00:30:00.000Z",
              "2026-10-25T01:30:00.000Z"
            ]
          ])
        )
      }))

    it.effect("coverage: gaps between windows, which a richer stream fills", () =>
      Effect.gen(function*() {
        const day = (text: string) => `2026-${text}T00:00:00.000Z`
        assert.deepStrictEqual(
          yield* rows("coverage"),
          expected("coverage", [
            [...team, "team", "items", day("03-01"), day("03-10"), "certified", 0, 0, day("03-20")],
            [...team, "team", "items", day("03-05"), day("03-12"), "open", 0, 0, day("03-12")],
            [...team, "team", "items", day("03-12"), day("03-15"), "gap", null, null, null],
            [...team, "team", "items", day("03-18"), day("03-20"), "gap", null, null, null],
            [...team, "team", "items", day("03-20"), day("04-01"), "uncertified", 2, 0, day("04-01")],
            [...team, "team", "items+transcript", day("03-15"), day("03-18"), "certified", 0, 0, day("03-20")],
            [...o1, "o1", "calls", day("10-01"), day("10-20"), "certified", 0, 0, day("10-26")],
            [...o1, "o1", "calls", day("10-20"), day("10-26"), "certified", 0, 0, day("10-26")],
            [...o2, "o2", "calls", day("10-05"), day("10-06"), "open", 0, 0, day("10-26")]
          ])
        )
      }))
  })

  it.scoped("rows that are gone count where they are asked for, and in coverage", () =>
    Effect.gen(function*() {
      const gone = { source: "allo", exported_at: "2026-03-21T00:00:00Z", gone_at: "2026-03-22T00:00:00Z" }
      const there = { ...gone, gone_at: null }
      const call = { started_at: "2026-03-20T09:00:00Z", organization_id: "team" }
      const message = { sent_at: "2026-03-20T09:00:00Z" }
      const conversation = { line_number: "+33100000000", contacts: [], last_activity_at: "2026-03-20T09:00:00Z" }
      const window = {
        source: "allo",
        scope: "team",
        stream: "items",
        from_at: "2026-03-20T00:00:00Z",
        to_at: "2026-03-21T00:00:00Z",
        verdict: "certified",
        read_at: "2026-03-22T00:00:00Z"
      }
      const folder = yield* folderOf({
        calls: [
          { ...there, ...call, call_id: "1" },
          { ...gone, ...call, call_id: "2" },
          { ...gone, ...call, call_id: "3", organization_id: "other" },
          { ...gone, ...call, call_id: "4", started_at: "2026-03-21T00:00:00Z" }
        ],
        messages: [{ ...there, ...message, message_id: "5" }, { ...gone, ...message, message_id: "6" }],
        conversations: [
          { ...there, ...conversation, contact_number: "+33600000001" },
          { ...gone, ...conversation, contact_number: "+33600000002" }
        ],
        certificates: [window, { ...window, stream: "conversations" }, {
          ...window,
          scope: "-",
          from_at: "2026-03-19T00:00:00Z"
        }]
      })
      const counts = ["calls", "messages", "conversations"].map((table) =>
        `(SELECT count(*) FROM ${table}) AS ${table}`
      )
      const counted = (options: { readonly gone?: boolean }) =>
        Effect.provide(
          Effect.gen(function*() {
            const analytics = yield* Analytics
            const found = yield* Stream.runCollect(analytics.sql(`SELECT ${counts.join(", ")}`))
            const coverage = yield* Stream.runCollect(analytics.view("coverage"))
            return [
              ...found,
              ...Chunk.map(coverage, ({ gone, scope, stream }) => [scope, stream, gone])
            ]
          }),
          layer({ folder, ...options })
        )
      const windows = [["-", "items", 3], ["team", "conversations", 1], ["team", "items", 2]]
      assert.deepStrictEqual(yield* counted({}), [{ calls: 1, messages: 1, conversations: 1 }, ...windows])
      assert.deepStrictEqual(yield* counted({ gone: true }), [{ calls: 4, messages: 2, conversations: 2 }, ...windows])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("missed_followup: only a follow-up ends a row, organisations are apart, ties are ordered", () =>
    Effect.gen(function*() {
      const call = (call_id: string, minute: number, rest: Record<string, unknown>) => ({
        source: "allomia",
        call_id,
        organization_id: "o1",
        started_at: `2026-05-05T10:${String(minute).padStart(2, "0")}:00Z`,
        exported_at: "2026-05-05T11:00:00Z",
        outcome: "missed",
        contact_number: "+33700000001",
        ...rest
      })
      const outbound = { direction: "outbound" }
      const folder = yield* folderOf({
        calls: [
          // Tried before the miss, and at its very instant: not later, so for something else.
          call("before", 0, { ...outbound, started_at: "2026-05-05T09:00:00Z" }),
          call("same instant", 0, outbound),
          call("c2", 0, {}),
          call("c1", 0, {}),
          call("elsewhere", 1, { organization_id: "o2", ...outbound, outcome: "answered" }),
          // Three attempts nobody took, a miss between them, one at the instant at which they are reached.
          call("tried", 2, { ...outbound, outcome: "failed" }),
          call("again", 2, { ...outbound, outcome: "unknown" }),
          call("c3", 3, {}),
          call("machine", 4, { ...outbound, outcome: "voicemail" }),
          call("too late", 5, outbound),
          call("two", 5, { ...outbound, outcome: "transferred" }),
          call("one", 5, { ...outbound, outcome: "answered" }),
          call("c4", 6, {}),
          call("answered", 7, { outcome: "answered" }),
          // Answered at the very instant of the next miss: not later, so it begins a new row.
          call("c5", 7, {}),
          call("in vain", 8, outbound)
        ]
      })
      const found = yield* Effect.provide(rows("missed_followup"), layer({ folder }))
      assert.deepStrictEqual(
        found.map((
          { call_id, followup, followup_id, misses, seconds_to_followup, seconds_to_try, state, tries }
        ) => [call_id, misses, tries, seconds_to_try, followup, followup_id, seconds_to_followup, state]),
        [
          // Of two calls back at one instant the one with the smaller id is the first.
          ["c1", 3, 3, 120, "call", "one", 300, "reached"],
          ["c4", 1, 0, null, "caller", "answered", 60, "called_again"],
          ["c5", 1, 1, 60, null, null, null, "tried"]
        ]
      )
    }).pipe(Effect.provide(NodeContext.layer)))
})
