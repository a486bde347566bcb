/** What the views that answer questions of a call centre say of small worlds, worked out by hand. */
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Analytics, type Options } from "@trunkline/analytics"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { folderOf, layer, type Row, type World } from "./support.js"

const lac = "Lac"
const parc = "Parc"
const opened = JSON.stringify({
  mon: ["08:00-12:00"],
  tue: [],
  wed: [],
  thu: [],
  fri: [],
  sat: [],
  sun: ["23:00-01:00"]
})
/** One in Toronto with hours, one in Paris without. */
const organizations: ReadonlyArray<Row> = [
  { source: "allomia", organization_id: "lac", name: lac, zone: "America/Toronto", hours: opened },
  { source: "allomia", organization_id: "parc", name: parc, zone: "Europe/Paris" }
]

const call = (call_id: string, started_at: string, rest: Omit<Row, "source"> = {}): Row => ({
  source: "allomia",
  call_id,
  organization_id: "lac",
  started_at,
  outcome: "answered",
  duration_seconds: 60,
  exported_at: "2026-11-02T20:00:00Z",
  details_at: "2026-11-02T20:00:00Z",
  ...rest
})

/** The values of a query, row by row; instants as text. */
const answers = (world: World, query: string, options: Partial<Options> = {}) =>
  Effect.gen(function*() {
    const folder = yield* folderOf({ organizations, ...world })
    const ask = Effect.flatMap(Analytics, ({ sql }) => Stream.runCollect(sql(query)))
    const found = yield* Effect.provide(ask, layer({ folder, ...options }))
    return Chunk.toReadonlyArray(found).map((row) =>
      Object.values(row).map((value) => DateTime.isDateTime(value) ? DateTime.formatIso(value) : value)
    )
  })

describe("concurrency", () => {
  it.scoped("counts who runs at once, over the hour, over midnight and over the hour that happens twice", () =>
    Effect.gen(function*() {
      const found = yield* answers(
        {
          calls: [
            // 1:30, then a quarter past one again, since the clock went back at 2:00. Both end as the third begins.
            call("c1", "2026-11-01T05:30:00Z", { duration_seconds: 3600 }),
            call("c2", "2026-11-01T06:15:00Z", { duration_seconds: 900, outcome: "voicemail" }),
            call("c3", "2026-11-01T06:30:00Z"),
            call("never", "2026-11-01T06:20:00Z", { duration_seconds: 0 }),
            call("unknown", "2026-11-01T06:20:00Z", { duration_seconds: null }),
            // The clock goes forward at 2:00: a minute to two is followed by three.
            call("c4", "2026-03-08T06:59:30Z"),
            // Half a minute before midnight in Paris, at midnight, and one that ends at eleven.
            call("p1", "2026-11-01T22:59:30Z", { organization_id: "parc" }),
            call("p2", "2026-11-01T23:00:00Z", { organization_id: "parc", direction: "outbound" }),
            call("p3", "2026-11-01T21:59:00Z", { organization_id: "parc" })
          ]
        },
        "SELECT organization_name, day, hour, calls, peak, peak_at FROM concurrency"
      )
      assert.deepStrictEqual(found, [
        [lac, "2026-03-08", 1, 1, 1, "2026-03-08T06:59:30.000Z"],
        // By the clock at which it began the call runs on at two.
        [lac, "2026-03-08", 2, 0, 1, "2026-03-08T07:00:00.000Z"],
        [lac, "2026-11-01", 1, 3, 2, "2026-11-01T06:15:00.000Z"],
        [lac, "2026-11-01", 2, 0, 1, "2026-11-01T06:00:00.000Z"],
        [parc, "2026-11-01", 22, 1, 1, "2026-11-01T21:59:00.000Z"],
        [parc, "2026-11-01", 23, 1, 1, "2026-11-01T22:59:30.000Z"],
        [parc, "2026-11-02", 0, 1, 2, "2026-11-01T23:00:00.000Z"]
      ])
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("business_hours", () => {
  const missed = { outcome: "missed", duration_seconds: 0 }
  const world: World = {
    calls: [
      // Monday, a second before eight, at eight, and at noon, when it closes.
      call("early", "2026-11-02T12:59:59Z", { ...missed, contact_number: "+15140000001" }),
      call("eight", "2026-11-02T13:00:00Z", { contact_number: "+15140000009" }),
      call("back", "2026-11-02T14:00:00Z", { direction: "outbound", contact_number: "+1 514 000 0001" }),
      call("noon", "2026-11-02T17:00:00Z", { ...missed, contact_number: "+15140000002" }),
      // Sunday night is open until one in the morning.
      call("night", "2026-11-02T04:30:00Z", { ...missed, contact_number: "+15140000003" }),
      call("again", "2026-11-02T05:59:59Z", { contact_number: "+15140000003" }),
      call("one", "2026-11-02T06:00:00Z", { ...missed, contact_number: "anonymous" }),
      call("p", "2026-11-02T09:00:00Z", { organization_id: "parc", outcome: "unknown" })
    ]
  }

  it.scoped("tells calls in hours from those after, and who was missed and recovered", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* answers(
          world,
          `SELECT organization_name, is_open, incoming, counted, answered, answer_rate, missed_callers, reached, reached_in_time,
            called_again, waiting, lost, recovered_share, p50_seconds_to_reach FROM business_hours`
        ),
        [
          [lac, true, 3, 3, 2, 2 / 3, 1, 0, 0, 1, 0, 0, 1, null],
          [lac, false, 3, 3, 0, 0, 2, 1, 1, 0, 1, 0, 0.5, 3601],
          [parc, null, 1, 0, 0, null, 0, 0, 0, 0, 0, 0, null, null]
        ]
      )
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("who was missed after hours, and reached when", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* answers(
          world,
          "SELECT contact_number, missed_at, state, followup_at FROM missed_followup WHERE NOT is_open"
        ),
        [
          ["anonymous", "2026-11-02T06:00:00.000Z", "unreachable", null],
          ["+15140000001", "2026-11-02T12:59:59.000Z", "reached", "2026-11-02T14:00:00.000Z"],
          ["+15140000002", "2026-11-02T17:00:00.000Z", "waiting", null]
        ]
      )
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("outbound", () => {
  it.scoped("counts attempts until a number is reached, in any spelling, and for whoever reached it", () =>
    Effect.gen(function*() {
      const out = (id: string, at: string, agent: string | null, number: string | null, outcome: string) =>
        call(id, `2026-11-02T${at}:00Z`, {
          direction: "outbound",
          agent_id: agent,
          agent_name: agent === null ? null : "Mia",
          contact_number: number,
          outcome
        })
      assert.deepStrictEqual(
        yield* answers(
          {
            calls: [
              out("1", "14:00", "a", "+1 514 000 0001", "missed"),
              out("2", "14:30", "b", "+15140000001", "unknown"),
              out("3", "15:00", "a", "+15140000001", "transferred"),
              // Reached: counting begins anew.
              out("4", "15:30", "a", "+15140000001", "answered"),
              // At one instant: the smaller id is the first, and the other begins anew.
              out("5", "16:00", "b", "+15140000002", "answered"),
              out("6", "16:00", "b", "+15140000002", "missed"),
              // Reached, but nobody knows whom; and a machine.
              out("7", "16:30", null, "anonymous", "answered"),
              out("8", "16:45", null, "+15140000003", "voicemail")
            ]
          },
          "SELECT agent_id, agent_name, hour, tried, known, reached, connect_rate, reached_numbered, reached_at_once, attempts, " +
            "attempts_to_reach, talk_seconds FROM outbound ORDER BY agent_id, hour"
        ),
        [
          ["a", "Mia", 9, 1, 1, 0, 0, 0, 0, 0, null, 0],
          ["a", "Mia", 10, 2, 2, 2, 1, 2, 1, 4, 2, 120],
          ["b", "Mia", 9, 1, 0, 0, null, 0, 0, 0, null, 0],
          ["b", "Mia", 11, 2, 2, 1, 0.5, 1, 1, 1, 1, 60],
          [null, null, 11, 2, 2, 1, 0.5, 0, 0, 0, null, 60]
        ]
      )
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("duration_by_outcome", () => {
  it.scoped("gives quantiles by outcome, by direction and by agent, and leaves out calls without a length", () =>
    Effect.gen(function*() {
      const lasting = (id: string, duration_seconds: number | null, rest: Omit<Row, "source"> = {}) =>
        call(id, "2026-11-02T12:00:00Z", { duration_seconds, agent_id: "a", agent_name: "Mia", ...rest })
      const world = {
        calls: [
          lasting("1", 10),
          lasting("2", 20, { direction: "outbound" }),
          lasting("3", 0),
          lasting("4", null, { agent_id: null, agent_name: null }),
          lasting("5", 40, { agent_id: "b" }),
          lasting("6", 5, { outcome: "voicemail", agent_id: null })
        ]
      }
      const columns =
        "outcome, is_talk, direction, agent_id, calls, calls_timed, calls_zero, calls_unknown, total_seconds, " +
        "mean_seconds, p50_seconds, p90_seconds"
      assert.deepStrictEqual(
        yield* answers(world, `SELECT "by", ${columns} FROM duration_by_outcome`),
        [
          ["outcome", "answered", true, null, null, 5, 3, 1, 1, 70, 70 / 3, 20, 36],
          ["outcome", "voicemail", false, null, null, 1, 1, 0, 0, 5, 5, 5, 5],
          ["direction", "answered", true, "inbound", null, 4, 2, 1, 1, 50, 25, 25, 37],
          ["direction", "answered", true, "outbound", null, 1, 1, 0, 0, 20, 20, 20, 20],
          ["direction", "voicemail", false, "inbound", null, 1, 1, 0, 0, 5, 5, 5, 5],
          ["agent", "answered", true, null, "a", 3, 2, 1, 0, 30, 15, 15, 19],
          ["agent", "answered", true, null, "b", 1, 1, 0, 0, 40, 40, 40, 40],
          ["agent", "answered", true, null, null, 1, 0, 0, 1, 0, null, null, null],
          ["agent", "voicemail", false, null, null, 1, 1, 0, 0, 5, 5, 5, 5]
        ]
      )
    }).pipe(Effect.provide(NodeContext.layer)))
})

const about = (id: string, at: string, primary_intent: string | null, rest: Omit<Row, "source"> = {}) =>
  call(id, at, { primary_intent, ...rest })

describe("intent_outcome", () => {
  it.scoped("says which intents convert, of calls of which something came", () =>
    Effect.gen(function*() {
      const at = "2026-11-02T12:00:00Z"
      const world = {
        calls: [
          about("1", at, "Booking", { business_outcome: "appointment_confirmed" }),
          about("2", at, "Booking", { business_outcome: "Appointment_Confirmed " }),
          about("3", at, "Booking", { business_outcome: "message_taken" }),
          about("4", at, "Booking", { business_outcome: " " }),
          about("5", at, " ", { extra: "{\"callOutcome\":\"message_taken\"}" }),
          about("6", at, "Hours"),
          about("pending", at, null, { details_at: null }),
          about("7", at, "Booking", { organization_id: "parc", business_outcome: "message_taken" })
        ]
      }
      const query =
        "SELECT organization_name, label, business_outcome, is_conversion, calls, share, label_calls, label_known, " +
        "label_conversions, conversion_rate FROM intent_outcome"
      assert.deepStrictEqual(yield* answers(world, query), [
        [lac, "Booking", "(none)", false, 1, 0.25, 4, 3, 2, 2 / 3],
        [lac, "Booking", "Appointment_Confirmed ", true, 1, 0.25, 4, 3, 2, 2 / 3],
        [lac, "Booking", "appointment_confirmed", true, 1, 0.25, 4, 3, 2, 2 / 3],
        [lac, "Booking", "message_taken", false, 1, 0.25, 4, 3, 2, 2 / 3],
        [lac, "(unlabelled)", "message_taken", false, 1, 1, 1, 1, 0, 0],
        [lac, "Hours", "(none)", false, 1, 1, 1, 0, 0, null],
        [parc, "Booking", "message_taken", false, 1, 1, 1, 1, 0, 0]
      ])
      const other = yield* answers(world, query, { converted: ["MESSAGE_TAKEN"] })
      assert.deepStrictEqual(other.map((row) => row.at(-1)), [1 / 3, 1 / 3, 1 / 3, 1 / 3, 1, null, 1])
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("intent_weekly", () => {
  it.scoped("has a row for every week, by the Monday of the organisation, and says which weeks are whole", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* answers(
          {
            calls: [
              // Saturday; a second before Monday, which is Monday in Paris already; and two weeks on, a Tuesday.
              about("1", "2026-10-24T16:00:00Z", "Booking"),
              about("2", "2026-10-26T03:59:59Z", "Booking"),
              about("3", "2026-10-26T03:59:59Z", "Hours"),
              about("4", "2026-11-03T15:00:00Z", "Booking"),
              about("5", "2026-11-03T15:00:00Z", null, { details_at: null }),
              about("6", "2026-10-26T03:59:59Z", "Booking", { organization_id: "parc" })
            ]
          },
          "SELECT organization_name, label, week, days, calls, calls_before, change, week_calls, share FROM intent_weekly"
        ),
        [
          [lac, "Booking", "2026-10-19", 2, 2, null, null, 3, 2 / 3],
          [lac, "Booking", "2026-10-26", 7, 0, 2, -2, 0, null],
          [lac, "Booking", "2026-11-02", 2, 1, 0, 1, 1, 1],
          [lac, "Hours", "2026-10-19", 2, 1, null, null, 3, 1 / 3],
          [lac, "Hours", "2026-10-26", 7, 0, 1, -1, 0, null],
          [lac, "Hours", "2026-11-02", 2, 0, 0, 0, 1, 0],
          [parc, "Booking", "2026-10-26", 1, 1, null, null, 1, 1]
        ]
      )
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("intent_movers", () => {
  it.scoped("compares whole days before the latest reading with as many before them", () =>
    Effect.gen(function*() {
      const window = { source: "allomia", stream: "calls", verdict: "certified", to_at: "2026-11-02T20:00:00Z" }
      const found = yield* answers(
        {
          calls: [
            // Read on November 2nd at three in the afternoon in Toronto: two days are October 31st and November 1st, of 25 hours.
            about("today", "2026-11-02T05:00:00Z", "Booking"),
            about("1", "2026-11-02T04:59:59Z", "Booking"),
            about("2", "2026-10-31T04:00:00Z", "Booking"),
            about("3", "2026-10-31T03:59:59Z", "Booking"),
            about("4", "2026-10-29T04:00:00Z", "Hours"),
            about("old", "2026-10-29T03:59:59Z", "Hours"),
            about("pending", "2026-11-01T12:00:00Z", null, { details_at: null }),
            about("5", "2026-11-01T12:00:00Z", "Booking", { organization_id: "parc" })
          ],
          certificates: [
            { ...window, scope: "lac", from_at: "2026-10-29T04:00:00Z", read_at: "2026-11-02T20:00:00Z" },
            { ...window, scope: "parc", from_at: "2026-10-30T00:00:00Z", read_at: "2026-11-02T20:00:00Z" }
          ]
        },
        "SELECT organization_name, label, begins, ends, calls, calls_before, change, growth, share, share_before, before_is_whole " +
          "FROM intent_movers",
        { periodDays: 2 }
      )
      assert.deepStrictEqual(found, [
        [lac, "Booking", "2026-10-31", "2026-11-02", 2, 1, 1, 1, 1, 0.5, true],
        [lac, "Hours", "2026-10-31", "2026-11-02", 0, 1, -1, -1, 0, 0.5, true],
        [parc, "Booking", "2026-10-31", "2026-11-02", 1, 0, 1, null, 1, null, false]
      ])
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("repeat_by_intent", () => {
  it.scoped("says who calls again about the same thing, within a week to the second", () =>
    Effect.gen(function*() {
      const one = { contact_number: "+15140000001" }
      assert.deepStrictEqual(
        yield* answers(
          {
            calls: [
              about("1", "2026-10-19T12:00:00Z", "Booking", one),
              about("2", "2026-10-20T12:00:00Z", "Hours", one),
              // A week later, to the second; and two at one instant.
              about("3", "2026-10-26T12:00:00Z", "Booking", { contact_number: "+1 514 000 0001", outcome: "missed" }),
              about("4", "2026-11-02T12:00:01Z", "Booking", { ...one, contact_name: "Zoé" }),
              about("5", "2026-11-02T12:00:01Z", "Booking", { contact_number: "001 514 000 0001" }),
              about("6", "2026-10-26T12:00:00Z", "Booking", { contact_number: "+15140000002" }),
              about("7", "2026-10-26T12:00:00Z", " ", one),
              about("8", "2026-10-27T12:00:00Z", " ", one),
              about("9", "2026-10-27T12:00:00Z", "Hours", { ...one, direction: "outbound" }),
              about("10", "2026-10-27T12:00:00Z", "Booking", { ...one, organization_id: "parc" })
            ]
          },
          "SELECT organization_name, kind, label, contact_number, contact_name, calls, answered, repeats, first_at, last_at, " +
            "label_callers, label_repeating FROM repeat_by_intent"
        ),
        [[
          lac,
          "intent",
          "Booking",
          "001 514 000 0001",
          "Zoé",
          4,
          3,
          2,
          "2026-10-19T12:00:00.000Z",
          "2026-11-02T12:00:01.000Z",
          2,
          1
        ]]
      )
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("agents_daily", () => {
  it.scoped("has a row for each agent and day of the organisation, also where two have one name", () =>
    Effect.gen(function*() {
      const mia = (id: string, at: string, agent_id: string | null, rest: Omit<Row, "source"> = {}) =>
        call(id, at, { agent_id, agent_name: "Mia", ...rest })
      assert.deepStrictEqual(
        yield* answers(
          {
            calls: [
              // A second before midnight of the Sunday of 25 hours, and at midnight.
              mia("1", "2026-11-02T04:59:59Z", "a", { duration_seconds: 30 }),
              mia("2", "2026-11-02T05:00:00Z", "a", { outcome: "missed", duration_seconds: 0 }),
              mia("3", "2026-11-02T05:00:00Z", "a", {
                direction: "outbound",
                outcome: "failed",
                duration_seconds: null
              }),
              mia("4", "2026-11-02T05:00:00Z", "b", { direction: "outbound", duration_seconds: 90 }),
              mia("5", "2026-11-02T05:00:00Z", null),
              mia("6", "2026-11-02T04:59:59Z", "a", { organization_id: "parc" }),
              call("nobody", "2026-11-02T05:00:00Z")
            ]
          },
          "SELECT organization_name, day, agent_id, calls, calls_talked, talk_seconds, outgoing, reached, incoming, answered, answer_rate " +
            "FROM agents_daily"
        ),
        [
          [lac, "2026-11-01", "a", 1, 1, 30, 0, 0, 1, 1, 1],
          [lac, "2026-11-02", "a", 2, 0, 0, 1, 0, 1, 0, 0],
          [lac, "2026-11-02", "b", 1, 1, 90, 1, 1, 0, 0, null],
          [lac, "2026-11-02", null, 1, 1, 60, 0, 0, 1, 1, 1],
          [parc, "2026-11-02", "a", 1, 1, 60, 0, 0, 1, 1, 1]
        ]
      )
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("messages_daily", () => {
  it.scoped("files messages with the organisation of their line, and says how fast questions are replied to", () =>
    Effect.gen(function*() {
      const seen = { first_seen_at: "2026-01-01T00:00:00Z", last_seen_at: "2026-01-01T00:00:00Z" }
      const teams = [["montreal", "America/Toronto"], ["paris", "Europe/Paris"]].map(([organization_id, zone]) => ({
        source: "allo",
        organization_id,
        name: organization_id,
        zone
      }))
      const message = (message_id: string, sent_at: string, rest: Omit<Row, "source">): Row => ({
        source: "allo",
        message_id,
        sent_at,
        direction: "inbound",
        line_number: "+15145550000",
        contact_number: "+15140000001",
        exported_at: "2026-11-02T20:00:00Z",
        ...rest
      })
      const sent = { direction: "outbound", status: "DELIVERED" }
      assert.deepStrictEqual(
        yield* answers(
          {
            organizations: teams,
            lines: [
              { source: "allo", number: "+15145550000", organization_id: "montreal", ...seen },
              { source: "allo", number: "+33155500000", organization_id: "paris", ...seen }
            ],
            messages: [
              // Half past one, twice; the reply to the first also replies to the second, and is written in another spelling.
              message("1", "2026-11-01T05:30:00Z", {}),
              message("2", "2026-11-01T06:30:00Z", {}),
              message("refused", "2026-11-01T06:40:00Z", { ...sent, status: "FAILED" }),
              message("3", "2026-11-01T07:30:00Z", { ...sent, contact_number: "+1 514 000 0001" }),
              // At one instant: not later, so no reply. A second before midnight, and replied to on the next day.
              message("4", "2026-11-02T04:59:59Z", {}),
              message("5", "2026-11-02T04:59:59Z", sent),
              message("6", "2026-11-02T05:00:59Z", { ...sent, status: null }),
              message("7", "2026-11-02T06:00:00Z", {}),
              message("8", "2026-11-02T06:00:00Z", { contact_number: "anonymous" }),
              message("9", "2026-11-01T23:00:00Z", { line_number: "+33155500000" }),
              message("10", "2026-11-01T23:00:00Z", { line_number: null })
            ]
          },
          "SELECT organization_name, day, inbound, outbound, refused, refused_share, asked, replied, replied_share, p50_seconds_to_reply " +
            "FROM messages_daily"
        ),
        [
          ["montreal", "2026-11-01", 3, 3, 1, 1 / 3, 2, 2, 1, 3630],
          ["montreal", "2026-11-02", 2, 1, 0, 0, 1, 0, 0, null],
          ["paris", "2026-11-02", 1, 0, 0, null, 1, 0, 0, null],
          [null, "2026-11-01", 1, 0, 0, null, 1, 0, 0, null]
        ]
      )
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("transcript_stats", () => {
  it.scoped("says who speaks, for how long at a time, and how long nobody does", () =>
    Effect.gen(function*() {
      const lines = (
        call_id: string,
        ...spoken: ReadonlyArray<readonly [string | null, number | null, number | null]>
      ) =>
        spoken.map(([speaker, start_seconds, end_seconds], seq): Row => ({
          source: "allomia",
          call_id,
          seq,
          speaker,
          start_seconds,
          end_seconds
        }))
      assert.deepStrictEqual(
        yield* answers(
          {
            calls: ["a", "b", "c", "d"].map((id, index) => call(id, `2026-11-02T12:00:0${index}Z`)),
            utterances: [
              // A machine and a person of ours in turn, a pause of two seconds, they while we still speak, four seconds of nothing.
              ...lines("a", ["agent", 0, 4], ["user", 6, 12], ["external", 10, 15], ["user", 19, 20], [
                "user",
                null,
                null
              ]),
              // No length at all, an end before its beginning, and a speaker of neither side.
              ...lines("b", ["external", 3, 3], ["user", 5, 4], ["system", 3, 3]),
              ...lines("c", [null, null, 2]),
              // Two monologues as long: the first one counts.
              ...lines("d", ["external", 0, 5], ["user", 5, 10]),
              ...lines("no such call", ["user", 0, 9])
            ]
          },
          "SELECT call_id, lines, lines_timed, our_seconds, their_seconds, talk_ratio, longest_monologue_seconds, longest_monologue_by, " +
            "silence_seconds, silence_share FROM transcript_stats"
        ),
        [
          ["a", 5, 4, 11, 5, 11 / 16, 12, "ours", 6, 0.3],
          ["b", 3, 2, 0, 0, null, 0, "theirs", 0, null],
          ["c", 1, 0, null, null, null, null, null, null, null],
          ["d", 2, 2, 5, 5, 0.5, 5, "theirs", 0, 0]
        ]
      )
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("period_change", () => {
  it.scoped("compares figures of whole days, and has none for a period without calls", () =>
    Effect.gen(function*() {
      const found = yield* answers(
        {
          calls: [
            // Read in the afternoon of November 2nd in Toronto: the period is the Sunday of 25 hours.
            call("today", "2026-11-02T05:00:00Z"),
            call("1", "2026-11-02T04:59:59Z", { duration_seconds: 30 }),
            call("2", "2026-11-01T04:00:00Z", { outcome: "missed", duration_seconds: 0 }),
            call("3", "2026-11-01T05:30:00Z", { direction: "outbound", duration_seconds: 60 }),
            call("4", "2026-11-01T03:59:59Z", { duration_seconds: 20 }),
            call("old", "2026-10-31T03:59:59Z"),
            call("5", "2026-10-31T12:00:00Z", { organization_id: "parc", outcome: "unknown", duration_seconds: null })
          ]
        },
        "SELECT organization_name, metric, begins, ends, value, value_before, change, growth, before_is_whole FROM period_change",
        {
          periodDays: 1
        }
      )
      const of = (organization: string, ...rows: ReadonlyArray<ReadonlyArray<unknown>>) =>
        rows.map(([metric, ...values]) => [organization, metric, "2026-11-01", "2026-11-02", ...values, null])
      assert.deepStrictEqual(found, [
        ...of(
          lac,
          ["calls", 3, 1, 2, 2],
          ["incoming", 2, 1, 1, 1],
          ["outgoing", 1, 0, 1, null],
          ["answered", 1, 1, 0, 0],
          ["answer_rate", 0.5, 1, -0.5, -0.5],
          ["talk_seconds", 90, 20, 70, 3.5],
          ["mean_seconds", 45, 20, 25, 1.25],
          ["p50_seconds", 45, 20, 25, 1.25],
          ["p90_seconds", 57, 20, 37, 1.85]
        ),
        ...of(
          parc,
          ["calls", 0, 1, -1, -1],
          ["incoming", 0, 1, -1, -1],
          ["outgoing", 0, 0, 0, null],
          ["answered", 0, 0, 0, null],
          ["answer_rate", null, null, null, null],
          ["talk_seconds", 0, 0, 0, null],
          ["mean_seconds", null, null, null, null],
          ["p50_seconds", null, null, null, null],
          ["p90_seconds", null, null, null, null]
        )
      ])
    }).pipe(Effect.provide(NodeContext.layer)))
})
