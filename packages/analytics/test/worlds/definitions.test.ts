/** Every headline the report can make: the sentence of a definition it rests on, and its figure worked out from the rows. */
import { assert, describe, it } from "@effect/vitest"
import { type Report, Views, Words } from "@trunkline/analytics"
import * as ReportPage from "@trunkline/analytics/ReportPage"
import * as Effect from "effect/Effect"
import { golden } from "../golden.js"
import type { Row, World } from "../support.js"
import { gathered, until, worlds } from "../worlds.js"

const zone = "Europe/Paris"
const hour = 3_600_000
const iso = (millis: number) => new Date(millis).toISOString()

/** What the clocks of the zone show. */
const clock = new Intl.DateTimeFormat("en-CA", {
  timeZone: zone,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  weekday: "long",
  hourCycle: "h23"
})
const local = (at: unknown) => {
  const parts = Object.fromEntries(clock.formatToParts(new Date(String(at))).map(({ type, value }) => [type, value]))
  return {
    day: `${parts["year"]}-${parts["month"]}-${parts["day"]}`,
    weekday: String(parts["weekday"]),
    hour: Number(parts["hour"])
  }
}

type Rows = ReadonlyArray<Row>
const sum = (values: ReadonlyArray<number>) => values.reduce((total, value) => total + value, 0)
const outcome = (row: Row) => String(row["outcome"] ?? "unknown")
const direction = (row: Row) => String(row["direction"] ?? "inbound")
const seconds = (row: Row) => typeof row["duration_seconds"] === "number" ? row["duration_seconds"] : 0
const talked = (row: Row) => ["answered", "transferred"].includes(outcome(row)) && seconds(row) > 0
const incoming = (row: Row) => direction(row) === "inbound"
const number = (row: Row) => {
  const text = String(row["contact_number"] ?? "")
  return /\d.*\d.*\d/.test(text) ? text : null
}
const at = (row: Row) => Date.parse(String(row["started_at"] ?? row["sent_at"]))

const median = (values: ReadonlyArray<number>) => {
  const sorted = values.toSorted((one, other) => one - other)
  const [low = 0, high = 0] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]]
  return (low + high) / 2
}
const grouped = <Item>(items: ReadonlyArray<Item>, key: (item: Item) => string) => {
  const found = new Map<string, Array<Item>>()
  for (const item of items) found.set(key(item), [...found.get(key(item)) ?? [], item])
  return found
}
/** Those that share the greatest value. */
const leaders = (values: ReadonlyMap<string, number>) => {
  const most = Math.max(0, ...values.values())
  return { most, names: [...values].filter(([, value]) => value === most && most > 0).map(([name]) => name) }
}
const counts = <Item>(items: ReadonlyMap<string, ReadonlyArray<Item>>) =>
  new Map([...items].map(([key, found]) => [key, found.length]))
const share = (part: number, whole: number) => Words.percent(part / whole)

interface Facts {
  readonly calls: Rows
  readonly messages: Rows
  readonly windows: Rows
  readonly organizations: Rows
  readonly source: string
}

const known = ({ calls }: Facts) => calls.filter(incoming).filter((row) => outcome(row) !== "unknown")
const over = (facts: Facts) =>
  known(facts).length < facts.calls.filter(incoming).length
    ? "incoming calls with a known outcome"
    : "incoming calls"

const labelled = ({ calls, source }: Facts) =>
  source === "allo"
    ? calls.flatMap((row) => {
      const tags = Array.isArray(row["tags"])
        ? [...new Set(row["tags"].map(String))].filter((tag) => tag.trim() !== "")
        : []
      return tags.map((label) => ({ label, row }))
    })
    : calls.filter((row) => typeof row["primary_intent"] === "string").map((row) => ({
      label: String(row["primary_intent"]),
      row
    }))
const pending = ({ calls, source }: Facts) =>
  source === "allomia"
    ? calls.filter((row) => (row["details_at"] ?? null) === null && (row["primary_intent"] ?? null) === null).length
    : 0
const shareOfLabel = (facts: Facts, part: number) =>
  `${share(part, facts.calls.length - pending(facts))} of ${
    pending(facts) > 0 ? "calls whose details were read" : "calls"
  }`

const medians = (facts: Facts) => {
  const by = grouped(labelled(facts).filter(({ row }) => talked(row)), ({ label }) => label)
  const solid = [...by].filter(([, found]) => found.length >= 10)
  return new Map(
    (solid.length > 0 ? solid : [...by]).map(([label, found]) => [label, median(found.map(({ row }) => seconds(row)))])
  )
}

/** Incoming calls an hour of the week, over whole days from the first to the last one with calls. */
const week = ({ calls }: Facts) => {
  const days = calls.map((row) => local(row["started_at"]).day).toSorted()
  const [first = "", last = ""] = [days[0], days.at(-1)]
  const passed = new Map<string, number>()
  const name = (shown: ReturnType<typeof local>) => `${shown.weekday} ${shown.hour}`
  for (
    let time = Date.parse(`${first}T00:00:00Z`) - 24 * hour;
    time < Date.parse(`${last}T00:00:00Z`) + 48 * hour;
    time += hour
  ) {
    const shown = local(iso(time))
    if (shown.day >= first && shown.day <= last) passed.set(name(shown), (passed.get(name(shown)) ?? 0) + 1)
  }
  const came = counts(grouped(calls.filter(incoming), (row) => name(local(row["started_at"]))))
  return new Map([...came].map(([when, count]) => [when, count / (passed.get(when) ?? 1)]))
}
const when = (name: string) => {
  const [weekday = "", text = ""] = name.split(" ")
  return `on ${weekday}s between ${Words.hour(Number(text))} and ${Words.hour((Number(text) + 1) % 24)}`
}

/** Rows of misses of one caller: from a first miss until something reached them, or they were answered. */
const misses = ({ calls, messages, source }: Facts) => {
  const scope = (row: Row) => source === "allomia" ? String(row["organization_id"]) : ""
  const events = [
    ...calls.flatMap((row) => {
      const kind = direction(row) === "outbound"
        ? ["answered", "transferred"].includes(outcome(row)) ? "reached" : "tried"
        : !incoming(row)
        ? null
        : ["missed", "voicemail"].includes(outcome(row))
        ? "missed"
        : ["answered", "transferred"].includes(outcome(row))
        ? "called_again"
        : null
      return kind === null ? [] : [{ row, kind, at: at(row) }]
    }),
    ...messages.filter((row) => (row["direction"] ?? "outbound") === "outbound").map((row) => ({
      row,
      kind: /^(failed|refused|rejected|undeliver)/i.test(String(row["status"] ?? "").trim()) ? "tried" : "reached",
      at: at(row)
    }))
  ].filter(({ row }) => number(row) !== null)
  // At one instant a miss comes last, since nothing at that instant is later.
  const order = ["reached", "called_again", "tried", "missed"]
  const found: Array<{ first: number; ended: string | null; endedAt: number; tries: number }> = []
  for (const of of grouped(events, ({ row }) => `${scope(row)} ${number(row)}`).values()) {
    let open: (typeof found)[number] | null = null
    for (const event of of.toSorted((a, b) => a.at - b.at || order.indexOf(a.kind) - order.indexOf(b.kind))) {
      if (event.kind === "missed" && open === null) {
        open = { first: event.at, ended: null, endedAt: 0, tries: 0 }
        found.push(open)
      } else if (event.kind === "tried" && open !== null) open.tries += 1
      else if (event.kind !== "missed" && open !== null) {
        open.ended = event.kind
        open.endedAt = event.at
        open = null
      }
    }
  }
  const readAt = Math.max(...[...calls, ...messages].map((row) => Date.parse(String(row["exported_at"]))))
  const state = (one: (typeof found)[number]) =>
    one.ended === "reached"
      ? one.endedAt - one.first <= 24 * hour ? "in time" : "late"
      : one.ended ?? (one.tries > 0 ? "tried" : readAt - one.first <= 24 * hour ? "waiting" : "lost")
  return grouped(found, state)
}
const part = (facts: Facts, state: string) => {
  const found = misses(facts)
  return share(found.get(state)?.length ?? 0, sum([...found.values()].map(({ length }) => length)))
}
const has = (facts: Facts, state: string) => (misses(facts).get(state)?.length ?? 0) > 0

const callers = ({ calls, source }: Facts) =>
  grouped(
    calls.filter(incoming).filter((row) => number(row) !== null),
    (row) => `${source === "allomia" ? String(row["organization_id"]) : ""} ${number(row)}`
  )

/** Agents by their latest name. */
const agents = ({ calls }: Facts) => {
  const found = grouped(
    calls.filter((row) => (row["agent_id"] ?? row["agent_name"] ?? null) !== null),
    (row) =>
      row["agent_id"] === undefined || row["agent_id"] === null ? `name ${row["agent_name"]}` : `id ${row["agent_id"]}`
  )
  return new Map(
    [...found].map(([key, of]) => {
      const named = of.filter((row) => typeof row["agent_name"] === "string").toSorted((a, b) => at(b) - at(a))
      return [String(named[0]?.["agent_name"] ?? key.replace(/^(id|name) /, "")), of.length]
    })
  )
}

const days = ({ calls }: Facts) =>
  new Map([...grouped(calls, (row) => local(row["started_at"]).day)].map(([day, of]) => [
    day,
    sum(of.filter(talked).map(seconds))
  ]))
const meanDay = (facts: Facts) => {
  const all = [...days(facts).keys()].toSorted()
  const between = Math.round((Date.parse(all.at(-1) ?? "") - Date.parse(all[0] ?? "")) / (24 * hour)) + 1
  return Words.duration(sum([...days(facts).values()]) / between)
}

interface Headline {
  /** The end of its section's id. */
  readonly topic: RegExp
  readonly form: RegExp
  readonly view: Views.Name
  /** The sentence of the definition, or the meaning of the column, that it rests on. */
  readonly definition: string
  /** The whole headline, from the rows alone. */
  readonly from: (facts: Facts) => string
}
const fixed = (
  topic: RegExp,
  text: string,
  view: Views.Name,
  definition: string,
  holds: (facts: Facts) => boolean
) => ({
  topic,
  form: new RegExp(`^${text}$`),
  view,
  definition,
  from: (facts: Facts) => holds(facts) ? text : `not: ${text}`
})
const kind = ({ source }: Facts) => source === "allo" ? "tag" : "intent"
const talkOver = "Talk time, mean and quantiles are over"
const durationsOf = /durations$/
const talkOf = /talk$/
const labelsOf = /labels$/
const lengthsOf = /lengths$/
const hoursOf = /hours$/
const agentsOf = /agents$/
const answersOf = /answers$/
const followupOf = /followup$/
const repeatsOf = /repeats$/
const coverageOf = /coverage$/

const headlines: ReadonlyArray<Headline> = [
  fixed(
    durationsOf,
    "No answered or transferred call has a known duration above 0",
    "call_duration_daily",
    talkOver,
    ({ calls }) => !calls.some(talked)
  ),
  {
    topic: durationsOf,
    form: /^The one answered or transferred call lasted /,
    view: "call_duration_daily",
    definition: talkOver,
    from: ({ calls }) =>
      `The one answered or transferred call lasted ${Words.duration(sum(calls.filter(talked).map(seconds)))}`
  },
  {
    topic: durationsOf,
    form: /^The median answered or transferred call lasts /,
    view: "call_duration_daily",
    definition: talkOver,
    from: ({ calls }) =>
      `The median answered or transferred call lasts ${Words.duration(median(calls.filter(talked).map(seconds)))}`
  },
  fixed(talkOf, "No talk time", "call_duration_daily", talkOver, ({ calls }) => !calls.some(talked)),
  {
    topic: talkOf,
    form: /^\S.* of talk on /,
    view: "call_duration_daily",
    definition: "A call counts whole on the day it started",
    from: (facts) => {
      const { most, names } = leaders(days(facts))
      return `${Words.duration(most)} of talk on ${Words.day(names[0] ?? "")}`
    }
  },
  {
    topic: talkOf,
    form: /^\S.* of talk a day; the most, /,
    view: "call_duration_daily",
    definition: "A call counts whole on the day it started",
    from: (facts) => {
      const { most, names } = leaders(days(facts))
      return `${meanDay(facts)} of talk a day; the most, ${Words.duration(most)}, on ${
        names.length === 1 ? Words.day(names[0] ?? "") : `each of ${names.length} days`
      }`
    }
  },
  fixed(
    labelsOf,
    "No call has its details yet, so no intent is known",
    "intent_breakdown",
    "The share of an intent is over the calls of its organisation whose details were read",
    (facts) => pending(facts) === facts.calls.length
  ),
  {
    topic: labelsOf,
    form: /^No call carries (an intent|a tag)$/,
    view: "intent_breakdown",
    definition: "A label of kind",
    from: (facts) =>
      labelled(facts).length === 0 ? `No call carries ${kind(facts) === "tag" ? "a tag" : "an intent"}` : "some do"
  },
  {
    topic: labelsOf,
    form: /(share the lead, with .* each|most frequent (intent|tag)s?: .*)$/,
    view: "intent_breakdown",
    definition: "The share of an intent is over the calls of its organisation whose details were read",
    from: (facts) => {
      const { most, names } = leaders(counts(grouped(labelled(facts), ({ label }) => label)))
      const [first = "", second = ""] = names.toSorted()
      const of = shareOfLabel(facts, most)
      return names.length === 1
        ? `${first} is the most frequent ${kind(facts)}: ${of}`
        : names.length === 2
        ? `${first} and ${second} are the most frequent ${kind(facts)}s: ${of} each`
        : `${names.length > 50 ? "50 or more" : names.length} ${kind(facts)}s share the lead, with ${of} each`
    }
  },
  {
    topic: lengthsOf,
    form: /median call/,
    view: "intent_duration",
    definition: talkOver,
    from: (facts) => {
      const found = medians(facts)
      const { most, names } = leaders(found)
      const [first = "", second = ""] = names.toSorted()
      const all = counts(grouped(labelled(facts), ({ label }) => label)).size
      const timed = counts(grouped(labelled(facts).filter(({ row }) => talked(row)), ({ label }) => label)).size
      const among = all > timed ? `Of the ${kind(facts)}s shown, ` : ""
      return timed === 1
        ? `The median call of ${first} lasts ${Words.duration(most)}`
        : names.length === 1
        ? `${among}${first} has the longest median call: ${Words.duration(most)}`
        : names.length === 2
        ? `${among}${first} and ${second} have the longest median call: ${Words.duration(most)}`
        : `${among}${names.length} ${kind(facts)}s have the longest median call: ${Words.duration(most)} each`
    }
  },
  fixed(
    hoursOf,
    "No incoming call, so no hour of the week",
    "calls_by_hour",
    "Incoming calls are those of",
    ({ calls }) => !calls.some(incoming)
  ),
  {
    topic: hoursOf,
    form: /^One incoming call came, on a /,
    view: "calls_by_hour",
    definition: "Weekdays and hours are of the zone",
    from: ({ calls }) => {
      const [one] = calls.filter(incoming).map((row) => local(row["started_at"]))
      return `One incoming call came, on a ${one?.weekday} after ${Words.hour(one?.hour ?? 0)}`
    }
  },
  {
    topic: hoursOf,
    form: /^(Incoming calls come most|\d+ hours of the week share the lead)/,
    view: "calls_by_hour",
    definition: "On the day the clock goes forward an hour is missing",
    from: (facts) => {
      const { most, names } = leaders(week(facts))
      const found = names.map(when)
      return names.length === 1
        ? `Incoming calls come most ${found[0]}: ${Words.decimal(most)} an hour`
        : names.length === 2
        ? `Incoming calls come most ${found[0]} and ${found[1]}: ${Words.decimal(most)} an hour each`
        : `${names.length} hours of the week share the lead, with ${Words.decimal(most)} incoming ${
          most === 1 ? "call" : "calls"
        } an hour each`
    }
  },
  fixed(agentsOf, "No call names an agent", "calls_by_agent", "An agent is an", (facts) => agents(facts).size === 0),
  {
    topic: agentsOf,
    form: /(has all calls|has most calls|have most calls|agents share the lead)/,
    view: "calls_by_agent",
    definition: "A call counts for the one agent the vendor names",
    from: (facts) => {
      const { most, names } = leaders(agents(facts))
      const [first = "", second = ""] = names.toSorted()
      const of = `which is ${share(most, facts.calls.length)} of all`
      return agents(facts).size === 1 && most === facts.calls.length
        ? `${first} has all calls`
        : names.length === 1
        ? `${first} has most calls: ${Words.count(most)}, ${of}`
        : names.length === 2
        ? `${first} and ${second} have most calls: ${Words.count(most)} each, ${of}`
        : `${names.length > 50 ? "50 or more" : names.length} agents share the lead, with ${
          Words.many(most, "call")
        } each`
    }
  },
  {
    topic: /organizations$/,
    form: /(most calls of all organisations: |organisations share the lead, with )/,
    view: "calls",
    definition: "the team or organisation",
    from: (facts) => {
      const names = new Map(facts.organizations.map((row) => [row["organization_id"], String(row["name"])]))
      const { most, names: ids } = leaders(
        counts(grouped(facts.calls, (row) => String(row["organization_id"] ?? "(no organisation)")))
      )
      const [first = "", second = ""] = ids.toSorted().map((id) => names.get(id) ?? id)
      const of = `which is ${share(most, facts.calls.length)} of all`
      return ids.length === 1
        ? `${first} has most calls of all organisations: ${Words.count(most)}, ${of}`
        : ids.length === 2
        ? `${first} and ${second} have most calls of all organisations: ${Words.count(most)} each, ${of}`
        : `${ids.length} organisations share the lead, with ${Words.many(most, "call")} each`
    }
  },
  fixed(
    answersOf,
    "Nobody called: there is no incoming call",
    "answer_rate",
    "Incoming calls are those of",
    ({ calls }) => !calls.some(incoming)
  ),
  fixed(
    answersOf,
    "How incoming calls ended is not known",
    "answer_rate",
    "The answer rate is answered over",
    (facts) => known(facts).length === 0
  ),
  {
    topic: answersOf,
    form: /^[<>]? ?\d+ % of incoming calls( with a known outcome)? were answered$/,
    view: "answer_rate",
    definition: "The answer rate is answered over",
    from: (facts) =>
      `${
        share(
          known(facts).filter((row) => ["answered", "transferred"].includes(outcome(row))).length,
          known(facts).length
        )
      } of ${over(facts)} were answered`
  },
  fixed(
    followupOf,
    "Nobody called, so nobody was missed",
    "missed_followup",
    "A miss is an incoming call",
    ({ calls }) => !calls.some(incoming)
  ),
  fixed(
    followupOf,
    "Who was missed is not known",
    "missed_followup",
    "A miss is an incoming call",
    (facts) => known(facts).length === 0
  ),
  {
    topic: followupOf,
    form: /^No incoming call.* ended as missed or voicemail$/,
    view: "missed_followup",
    definition: "A miss is an incoming call",
    from: (facts) =>
      `No incoming call${over(facts).slice("incoming calls".length)} ended as missed or voicemail${
        known(facts).some((row) => ["missed", "voicemail"].includes(outcome(row))) ? ", but some did" : ""
      }`
  },
  {
    topic: followupOf,
    form: /came without a number to call back$/,
    view: "missed_followup",
    definition: "`unreachable`: no number to call back",
    from: (facts) =>
      `${
        Words.many(
          known(facts).filter((row) => ["missed", "voicemail"].includes(outcome(row)) && number(row) === null).length,
          "missed call"
        )
      } came without a number to call back`
  },
  {
    topic: followupOf,
    form: /for an answer$/,
    view: "missed_followup",
    definition: "`reached`: you reached them",
    from: (facts) => {
      const waiting = misses(facts).get("waiting")?.length ?? 0
      return `${Words.many(waiting, "missed caller")} ${waiting === 1 ? "waits" : "wait"} for an answer`
    }
  },
  {
    topic: followupOf,
    form: /^You reached /,
    view: "missed_followup",
    definition: "A caller is reached by an outbound call that was answered or transferred",
    // What became of every missed caller stands in it, so that its shares add up to all of them.
    from: (facts) =>
      [
        `You reached ${part(facts, "in time")} of missed callers within 24 h${
          has(facts, "late") ? `, and ${part(facts, "late")} later` : ""
        }`,
        [
          ...(has(facts, "called_again") ? [`${part(facts, "called_again")} called again and were answered`] : []),
          ...(has(facts, "tried") ? [`${part(facts, "tried")} were tried and not reached`] : []),
          ...(has(facts, "waiting") ? [`${part(facts, "waiting")} still wait`] : []),
          ...(has(facts, "lost") ? [`${part(facts, "lost")} were never tried`] : [])
        ].join(", ")
      ].filter((text) => text !== "").join("; ")
  },
  fixed(
    repeatsOf,
    "Nobody called, so nobody called again",
    "repeat_callers",
    "Counted are incoming calls",
    ({ calls }) => !calls.some(incoming)
  ),
  fixed(
    repeatsOf,
    "No caller showed a number",
    "repeat_callers",
    "A caller is a number with three digits or more",
    (facts) => callers(facts).size === 0
  ),
  fixed(
    repeatsOf,
    "Nobody called twice",
    "repeat_callers",
    "Counted are incoming calls",
    (facts) => [...callers(facts).values()].every(({ length }) => length === 1)
  ),
  {
    topic: repeatsOf,
    form: /of callers called again within 7 days of a call before$/,
    view: "repeat_callers",
    definition: "A caller is a number with three digits or more",
    from: (facts) => {
      const all = [...callers(facts).values()]
      const soon = all.filter((of) => {
        const times = of.map(at).toSorted((a, b) => a - b)
        return times.some((time, index) => index > 0 && time - (times[index - 1] ?? 0) <= 7 * 24 * hour)
      })
      return `${share(soon.length, all.length)} of callers called again within 7 days of a call before`
    }
  },
  fixed(
    coverageOf,
    "Nothing says which time was read",
    "coverage",
    "`certified`",
    ({ windows }) => windows.length === 0
  ),
  {
    topic: coverageOf,
    form: /calls may be missing$/,
    view: "coverage",
    definition: "`gap`",
    from: ({ windows }) => {
      const gaps =
        [...grouped(windows, (row) => `${row["scope"]} ${row["stream"]}`).values()].flatMap((of) =>
          of.slice(1).filter((row, index) => String(row["from_at"]) > String(of[index]?.["to_at"]))
        ).length
      const failed = windows.filter((row) => row["verdict"] === "uncertified").length
      return `${
        Words.listed([
          ...(gaps === 0 ? [] : [Words.many(gaps, "gap")]),
          ...(failed === 0 ? [] : [Words.many(failed, "stretch without proof", "stretches without proof")])
        ])
      }: calls may be missing`
    }
  },
  fixed(
    coverageOf,
    "No time was certified for all that was read",
    "coverage",
    "`certified`",
    ({ windows }) => windows.every((row) => row["verdict"] !== "certified")
  ),
  {
    topic: coverageOf,
    form: /^Nothing the vendor lists is missing from /,
    view: "coverage",
    definition: "`certified`",
    from: ({ windows }) => {
      const certified = windows.filter((row) => row["verdict"] === "certified")
      return `Nothing the vendor lists is missing from ${
        Words.instant(certified.map((row) => String(row["from_at"])).toSorted()[0] ?? null, zone)
      } to ${Words.instant(certified.map((row) => String(row["to_at"])).toSorted().at(-1) ?? null, zone)}${
        windows.some((row) => Number(row["quarantined"] ?? 0) > 0) ? ", but some rows could not be read" : ""
      }${windows.some((row) => row["verdict"] === "open") ? "; what is younger may still change" : ""}`
    }
  }
]

const call = (index: number, rest?: Omit<Row, "source">): Row => ({
  source: "allo",
  call_id: `c${index}`,
  started_at: iso(Date.parse("2026-11-10T10:00:00Z") + index * 25 * hour),
  exported_at: iso(until),
  outcome: "answered",
  duration_seconds: 60 + index,
  contact_number: `+336000000${String(index).padStart(2, "0")}`,
  ...rest
})
const missed = (index: number, rest?: Omit<Row, "source">) =>
  call(index, { outcome: "missed", duration_seconds: 0, ...rest })
const of = (length: number, make: (index: number) => Row) => Array.from({ length }, (_, index) => make(index))
const window = (rest?: Omit<Row, "source">): Row => ({
  source: "allomia",
  scope: "o1",
  stream: "calls",
  from_at: "2026-11-01T00:00:00Z",
  to_at: "2026-11-10T00:00:00Z",
  verdict: "certified",
  read_at: iso(until),
  ...rest
})
const tag = (index: number) => ({ tags: [`tag ${index}`], agent_id: `u${index}`, agent_name: `Agent ${index}` })
const late = iso(until - 3 * hour)

const seen: { readonly [name: string]: World } = {
  quarter: worlds["quarter"] ?? {},
  "one call": worlds["one-call"] ?? {},
  "no details": worlds["no-details"] ?? {},
  golden: { calls: golden["calls"] ?? [], messages: golden["messages"] ?? [] },
  "outgoing alone": { calls: of(3, (index) => call(index, { direction: "outbound" })) },
  "nothing known": { calls: of(3, (index) => call(index, { outcome: "unknown" })) },
  "two lead": { calls: of(2, (index) => call(index, { ...tag(index), duration_seconds: 60 })) },
  "three lead": { calls: of(3, (index) => call(index, { ...tag(index), duration_seconds: 60 })) },
  "sixty lead": { calls: of(60, (index) => call(index, tag(index))) },
  "one label": { calls: of(3, (index) => call(index, tag(0))) },
  "several states": {
    calls: [
      ...of(8, (index) => missed(index, { started_at: "2026-11-10T10:00:00Z" })),
      call(20, { direction: "outbound", contact_number: "+33600000000", started_at: "2026-11-10T12:00:00Z" }),
      call(21, { direction: "outbound", contact_number: "+33600000001", started_at: "2026-11-12T12:00:00Z" }),
      call(22, { direction: "outbound", contact_number: "+33600000002", outcome: "missed" }),
      call(23, { contact_number: "+33600000003" }),
      missed(30, { started_at: late })
    ]
  },
  "two organisations": {
    calls: of(4, (index) => call(index, { organization_id: `o${index % 2}` })),
    organizations: [{
      source: "allo",
      organization_id: "o1",
      name: "Clinique du Lac",
      first_seen_at: iso(until),
      last_seen_at: iso(until)
    }]
  },
  "three organisations": { calls: of(3, (index) => call(index, { organization_id: `o${index}` })) },
  "nobody to call back": { calls: of(2, (index) => missed(index, { contact_number: "anonymous" })) },
  "all wait": { calls: of(2, (index) => missed(index, { started_at: late })) },
  "gaps and no proof": {
    certificates: [window(), window({ from_at: "2026-11-12T00:00:00Z", to_at: "2026-11-13T00:00:00Z" })]
  },
  "nothing certified": { certificates: [window({ verdict: "open" })] },
  "all certified": {
    certificates: [
      window({ quarantined: 2 }),
      window({ from_at: "2026-11-10T00:00:00Z", to_at: "2026-11-12T00:00:00Z", verdict: "open" })
    ]
  }
}

/** What has tests of its own: windows of Allo, whose zone nobody knows, and durations of more labels than a chart shows. */
const told = (world: string, { id }: { readonly id: string }) =>
  !(world === "quarter" && id === "s1-coverage") && !(world === "sixty lead" && id.endsWith("lengths"))

const found = (report: Report.Report) =>
  [...ReportPage.render(report).matchAll(/<h3 id="(s\d+-[^"]*)-finding">(.*?)<\/h3>/gs)].map((
    [, id = "", title = ""]
  ) => ({
    id,
    title: title.replaceAll(/<[^>]*>/g, ""),
    source: report.sources[Number(/^s(\d+)/.exec(id)?.[1]) - 1]?.source ?? ""
  }))

describe("a headline", () => {
  const met = new Set<Headline>()

  it.scoped.each(Object.keys(seen))(
    "of %s says what its definition says, and what its rows hold",
    (name) =>
      Effect.gen(function*() {
        const world = seen[name] ?? {}
        const report = yield* gathered(world, { zone })
        for (const headline of found(report).filter((one) => told(name, one))) {
          const forms = headlines.filter(({ form, topic }) => topic.test(headline.id) && form.test(headline.title))
          assert.lengthOf(forms, 1, `${headline.id}: ${headline.title}`)
          const ofSource = (table: string) => (world[table] ?? []).filter(({ source }) => source === headline.source)
          for (const one of forms) {
            met.add(one)
            assert.isTrue(
              [...Views.views[one.view].definition, ...Views.views[one.view].columns.map(({ meaning }) => meaning)]
                .some((sentence) => sentence.includes(one.definition)),
              `${one.view} has no sentence "${one.definition}"`
            )
            assert.strictEqual(
              headline.title,
              one.from({
                source: headline.source,
                calls: ofSource("calls"),
                messages: ofSource("messages"),
                windows: ofSource("certificates"),
                organizations: ofSource("organizations")
              })
            )
          }
        }
      })
  )

  it("is met in each of its forms", () => {
    assert.deepStrictEqual(headlines.filter((one) => !met.has(one)).map(({ form }) => String(form)), [])
  })
})
