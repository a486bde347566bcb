/** A small world whose every figure can be worked out by hand. Its zone is Europe/Paris. */
import type { Row, World } from "./support.js"

const allo = (call_id: string, started_at: string, rest: Omit<Row, "source">): Row => ({
  source: "allo",
  call_id,
  organization_id: "team",
  started_at,
  exported_at: "2026-04-02T20:00:00Z",
  line_number: "+33100000000",
  ...rest
})
const allomia = (call_id: string, started_at: string, rest: Omit<Row, "source">): Row => ({
  source: "allomia",
  call_id,
  started_at,
  exported_at: "2026-10-27T00:00:00Z",
  outcome: "answered",
  organization_id: "o1",
  details_at: "2026-10-26T23:00:00Z",
  ...rest
})
const missed = { outcome: "missed", duration_seconds: 0 }
const ann = { agent_id: "u1", agent_name: "Ann" }
const bob = {
  agent_id: "u2",
  agent_name: "Bob",
  agent_email: "bob@example.com",
  direction: "outbound",
  outcome: "answered"
}

const window = (stream: string, from: string, to: string, verdict: string, read: string, quarantined = 0): Row => ({
  source: "allo",
  scope: "team",
  stream,
  from_at: `${from}T00:00:00Z`,
  to_at: `${to}T00:00:00Z`,
  verdict,
  quarantined,
  read_at: `${read}T00:00:00Z`
})

export const golden: World = {
  calls: [
    // Saturday before the clock goes forward at 2 in the night; the second call ends on Sunday.
    allo("A1", "2026-03-28T22:30:00Z", {
      ...ann,
      outcome: "answered",
      duration_seconds: 120,
      contact_number: "+33600000001",
      contact_name: "Zoé",
      tags: ["support", "vip"]
    }),
    allo("A2", "2026-03-28T22:59:30Z", {
      ...ann,
      agent_name: "Anna",
      outcome: "answered",
      duration_seconds: 3600,
      contact_number: "+33600000002",
      tags: ["support", "support", " "]
    }),
    // Sunday of 23 hours: 1:30, then 3:30. Two misses of one number, called back; two calls of nobody.
    allo("A3", "2026-03-29T00:30:00Z", { ...missed, contact_number: "+33600000003" }),
    allo("A4", "2026-03-29T01:30:00Z", { contact_number: "anonymous" }),
    allo("A5", "2026-03-29T02:00:00Z", { ...missed, contact_number: "+33600000003" }),
    allo("A6", "2026-03-29T05:00:00Z", { ...bob, duration_seconds: 10, contact_number: "+33600000003" }),
    allo("A7", "2026-03-29T06:00:00Z", { outcome: "voicemail", duration_seconds: 20, contact_number: "anonymous" }),
    // Monday.
    allo("A8", "2026-03-30T08:00:00Z", {
      ...bob,
      duration_seconds: 20,
      contact_number: "+33600000009",
      tags: ["outreach"]
    }),
    allo("A9", "2026-03-30T09:00:00Z", { ...missed, contact_number: "+33600000001" }),
    allo("A10", "2026-03-30T10:00:00Z", { ...missed, contact_number: "+33600000002" }),
    allo("A14", "2026-03-30T12:00:00Z", { ...missed, contact_number: "+33600000006" }),
    // Tuesday, and nothing on Wednesday.
    allo("A15", "2026-03-31T12:00:00Z", { ...missed, contact_number: "+33600000007" }),
    // Thursday. A transfer counts as answered.
    allo("A11", "2026-04-02T10:00:00Z", {
      agent_id: "u1",
      outcome: "transferred",
      duration_seconds: 59,
      contact_number: "+33600000002"
    }),
    allo("A12", "2026-04-02T11:00:00Z", { outcome: "blocked", duration_seconds: 0, contact_number: "+33600000004" }),
    allo("A13", "2026-04-02T12:00:00Z", { ...missed, contact_number: "+33600000005" }),
    // Saturday, and the Sunday of 25 hours: half past two happens twice.
    allomia("B5", "2026-10-24T12:00:00Z", {
      organization_id: "o2",
      outcome: "unknown",
      duration_seconds: 40,
      contact_number: "+33700000001",
      primary_intent: "  ",
      sentiment: "mixed"
    }),
    allomia("B1", "2026-10-25T00:30:00Z", {
      agent_id: "g1",
      agent_name: "Léa",
      duration_seconds: 30,
      contact_number: "+33700000001",
      primary_intent: "Billing",
      sentiment: "positive"
    }),
    allomia("B2", "2026-10-25T01:30:00Z", {
      agent_id: "g1",
      agent_name: "Léa",
      duration_seconds: 60,
      contact_number: "+33700000001",
      contact_name: "Zoë",
      primary_intent: "Billing",
      sentiment: "Negative"
    }),
    allomia("B4", "2026-10-25T10:00:00Z", {
      outcome: "unknown",
      duration_seconds: 0,
      contact_number: "+33700000002",
      details_at: null
    }),
    allomia("B3", "2026-10-25T23:30:00Z", { agent_name: "Robot", direction: "web", duration_seconds: 90 })
  ],
  organizations: [
    { source: "allo", organization_id: "team", name: "Équipe" },
    // Its zone does not matter where one is set.
    { source: "allomia", organization_id: "o1", name: "Clinique du Lac", zone: "America/Toronto" }
  ],
  messages: [
    // At the very instant of the miss: not later, so no follow-up.
    { id: "M1", sent_at: "2026-03-30T09:00:00Z", contact_number: "+33600000001" },
    { id: "M2", sent_at: "2026-03-30T09:30:00Z", contact_number: "+33600000001" },
    { id: "M3", sent_at: "2026-03-30T09:10:00Z", contact_number: "+33600000001", direction: "inbound" },
    { id: "M4", sent_at: "2026-04-02T12:00:00Z", contact_number: "+33600000007" },
    // In time, but it did not go out.
    { id: "M5", sent_at: "2026-03-31T13:00:00Z", contact_number: "+33600000007", status: "FAILED" }
  ].map(({ id, ...message }) => ({
    source: "allo",
    message_id: id,
    exported_at: "2026-04-02T20:00:00Z",
    ...message
  })),
  certificates: [
    window("items", "2026-03-01", "2026-03-10", "certified", "2026-03-20"),
    window("items", "2026-03-05", "2026-03-12", "open", "2026-03-12"),
    window("items+transcript", "2026-03-15", "2026-03-18", "certified", "2026-03-20"),
    window("items", "2026-03-20", "2026-04-01", "uncertified", "2026-04-01", 2),
    { ...window("calls", "2026-10-01", "2026-10-20", "certified", "2026-10-26"), source: "allomia", scope: "o1" },
    { ...window("calls", "2026-10-20", "2026-10-26", "certified", "2026-10-26"), source: "allomia", scope: "o1" },
    { ...window("calls", "2026-10-05", "2026-10-06", "open", "2026-10-26"), source: "allomia", scope: "o2" }
  ]
}
