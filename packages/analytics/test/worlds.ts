/** Datasets to look at: a plausible quarter of two sources, and the odd ones out. */
import { NodeContext } from "@effect/platform-node"
import { type Options, Report } from "@trunkline/analytics"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { folderOf, layer, type Row, type World } from "./support.js"

/** Numbers that look random and are always the same. */
export const draws = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Weighted = ReadonlyArray<readonly [value: string, weight: number]>

const pick = (draw: () => number, weighted: Weighted): string => {
  let left = draw() * weighted.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [value, weight] of weighted) {
    left -= weight
    if (left < 0) return value
  }
  return weighted[0]?.[0] ?? ""
}

const people: Weighted = [["Camille Laurent", 9], ["Noah Petit", 7], ["Inès Moreau", 6], ["Hugo Bernard", 4], [
  "Zoé Faure",
  2
]]
const intents: Weighted = [
  ["Book an appointment", 30],
  ["Move an appointment", 17],
  ["Opening hours", 14],
  ["Test results", 11],
  ["Prescription renewal", 9],
  ["Billing", 7],
  ["Emergency", 3],
  ["Wrong number", 4]
]
const tags: Weighted = [["New lead", 12], ["Support", 10], ["Quote sent", 6], ["VIP", 3], ["Complaint", 2]]
const outcomes: Weighted = [["answered", 70], ["missed", 14], ["voicemail", 9], ["transferred", 6], ["blocked", 1]]

const day = 86_400_000
const first = Date.UTC(2026, 7, 24)
export const until = Date.UTC(2026, 10, 20)
const iso = (millis: number) => new Date(millis).toISOString()

export const quarter = (options?: { readonly calls?: number; readonly seed?: number }): World => {
  const draw = draws(options?.seed ?? 7)
  const calls: Array<Row> = []
  const messages: Array<Row> = []
  const add = (source: string, index: number) => {
    const on = first + Math.floor(draw() * ((until - first) / day)) * day
    const weekday = new Date(on).getUTCDay()
    // Quiet weekends, busy mornings, a dip at noon.
    if ((weekday === 0 && draw() < 0.95) || (weekday === 6 && draw() < 0.75)) return
    const hour = draw() < 0.55 ? 8 + draw() * 3.6 : draw() < 0.9 ? 13 + draw() * 5 : 7 + draw() * 13
    const started = on + Math.round(hour * 3600) * 1000
    const outbound = source === "allo" && draw() < 0.38
    const outcome = source === "allo"
      ? pick(draw, outcomes)
      : pick(draw, [["answered", 85], ["transferred", 10], ["unknown", 5]])
    const label = source === "allomia" ? pick(draw, intents) : null
    const talked = outcome === "answered" || outcome === "transferred"
    const seconds = talked
      ? Math.round(Math.exp(3.4 + draw() * 1.4 + draw() * 1.4 + (label === "Billing" ? 0.8 : 0)))
      : outcome === "voicemail"
      ? Math.round(8 + draw() * 40)
      : 0
    const person = Math.floor(draw() ** 1.7 * 700)
    const number = draw() < 0.03 ? "anonymous" : `+336${String(10_000_000 + person * 7919)}`
    const agent = pick(draw, people)
    calls.push({
      source,
      call_id: `${source}-${index}`,
      organization_id: source === "allo" ? "team" : index % 3 === 0 ? "Clinique du Parc" : "Cabinet Lumière",
      direction: outbound ? "outbound" : source === "allomia" && draw() < 0.08 ? "web" : "inbound",
      started_at: iso(started),
      duration_seconds: draw() < 0.004 ? null : seconds,
      outcome,
      exported_at: iso(until),
      contact_number: number,
      contact_name: person % 3 === 0 ? `Contact ${person}` : null,
      line_number: "+33155501234",
      ...(source === "allo"
        ? {
          ...(talked || outbound ? { agent_id: agent, agent_name: agent } : {}),
          tags: draw() < 0.35 ? [] : draw() < 0.15 ? [pick(draw, tags), pick(draw, tags)] : [pick(draw, tags)]
        }
        : {
          agent_name: "Mia",
          agent_id: "mia",
          primary_intent: draw() < 0.06 ? null : label,
          sentiment: pick(draw, [["positive", 5], ["neutral", 8], ["negative", 2]]),
          details_at: started < until - 2 * day ? iso(until) : null
        })
    })
    if (source === "allo" && !outbound && (outcome === "missed" || outcome === "voicemail") && draw() < 0.62) {
      const back = started + Math.round(Math.exp(5 + draw() * 6.8)) * 1000
      if (back < until) {
        messages.push({
          source,
          message_id: `message-${index}`,
          sent_at: iso(back),
          contact_number: number,
          exported_at: iso(until)
        })
      }
    }
  }
  const total = options?.calls ?? 4000
  for (let index = 0; index < total; index++) add(index % 5 < 3 ? "allo" : "allomia", index)
  const window = (source: string, scope: string, from: number, to: number, verdict: string, quarantined = 0): Row => ({
    source,
    scope,
    stream: source === "allo" ? "items" : "calls",
    from_at: iso(from),
    to_at: iso(to),
    verdict,
    quarantined,
    read_at: iso(until)
  })
  const certificates = [
    window("allo", "team", first, first + 30 * day, "certified"),
    window("allo", "team", first + 30 * day, first + 60 * day, "certified"),
    window("allo", "team", first + 60 * day, until - 1.5 * day, "certified"),
    window("allo", "team", until - 1.5 * day, until, "open"),
    window("allomia", "Cabinet Lumière", first, first + 40 * day, "certified"),
    window("allomia", "Cabinet Lumière", first + 44 * day, until - day, "certified"),
    window("allomia", "Cabinet Lumière", until - day, until, "open"),
    window("allomia", "Clinique du Parc", first, first + 50 * day, "certified"),
    window("allomia", "Clinique du Parc", first + 50 * day, first + 58 * day, "uncertified", 2),
    window("allomia", "Clinique du Parc", first + 58 * day, until - day, "certified"),
    window("allomia", "Clinique du Parc", until - day, until, "open")
  ]
  return { calls, messages, certificates }
}

const only = (world: World, source: string): World =>
  Object.fromEntries(Object.entries(world).map(([table, rows]) => [table, rows.filter((row) => row.source === source)]))

/** Everything a name may hold. */
export const hostileNames = [
  "<script>alert(1)</script>",
  "\"quoted\" & 'single' `back` </text></svg><img src=x onerror=alert(1)>",
  "👩‍👩‍👧‍👦 Famille 🇫🇷 🎉",
  "مرحبا بالعالم שלום",
  "\u202egnirts desrever\u202c",
  "東京カスタマーサポートセンター第一営業部",
  "x".repeat(500),
  "W".repeat(60),
  "line\nbreak\ttab\u0007bell\u001b[31mred\u0000nul",
  "&lt;b&gt; --> ]]> {{x}} ${x}",
  ""
]

export const hostile = (): World => {
  const world = quarter({ calls: 1500, seed: 3 })
  return {
    ...world,
    calls: (world["calls"] ?? []).map((row, index) => {
      const name = hostileNames[index % hostileNames.length] ?? ""
      return {
        ...row,
        agent_id: `agent-${index % hostileNames.length}`,
        agent_name: name,
        contact_name: name,
        direction: index % 50 === 0 ? name : row["direction"],
        ...(row.source === "allo" ? { tags: [name] } : { primary_intent: name, organization_id: name })
      }
    }),
    certificates: (world["certificates"] ?? []).map((row, index) => ({
      ...row,
      scope: hostileNames[index % hostileNames.length] ?? ""
    }))
  }
}

const noDetails = (world: World): World => ({
  ...only(world, "allomia"),
  calls: (only(world, "allomia")["calls"] ?? []).map((row) => ({
    ...row,
    outcome: "unknown",
    primary_intent: null,
    sentiment: null,
    details_at: null
  }))
})

export const worlds: { readonly [name: string]: World } = {
  "quarter": quarter(),
  "empty": {},
  "one-call": {
    calls: [{
      source: "allo",
      call_id: "1",
      started_at: "2026-11-19T10:00:00Z",
      duration_seconds: 95,
      outcome: "answered",
      agent_name: "Zoé",
      contact_number: "+33612345678",
      exported_at: iso(until)
    }]
  },
  "only-allo": only(quarter(), "allo"),
  "only-allomia": only(quarter(), "allomia"),
  "no-details": noDetails(quarter()),
  "no-calls": { certificates: quarter()["certificates"] ?? [] },
  "hostile": hostile()
}

const known = new Map<World, Map<string, Report.Report>>()

/** The report of a world, an hour after its latest reading unless another time is said. What was asked before is not gathered again. */
export const gathered = (
  world: World,
  options: Partial<Omit<Options, "accounts">> & Report.Options & { readonly at?: number } = {}
) =>
  Effect.gen(function*() {
    const reports = known.get(world) ?? new Map<string, Report.Report>()
    known.set(world, reports)
    const key = JSON.stringify(options)
    const report = reports.get(key)
    if (report !== undefined) return report
    const { at = until + 3_600_000, organizations, since, sources, until: end, withNumbers, ...rest } = options
    const folder = yield* folderOf(world)
    yield* TestClock.setTime(at)
    const gathered = yield* Effect.provide(
      Report.gather({ withNumbers, since, until: end, sources, organizations }),
      layer({ ...rest, folder })
    )
    reports.set(key, gathered)
    return gathered
  }).pipe(Effect.provide(NodeContext.layer))
