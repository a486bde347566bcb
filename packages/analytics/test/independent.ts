/** What the views promise, computed again: in plain TypeScript, from the words of their definitions, without SQL. */
import type { Row } from "./support.js"

export interface Call {
  readonly source: string
  readonly call_id: string
  readonly organization_id: string | null
  readonly direction: string
  readonly started: number
  readonly duration_seconds: number | null
  readonly outcome: string
  readonly agent_id: string | null
  readonly agent_name: string | null
  readonly agent_email: string | null
  readonly line_number: string
  readonly contact_number: string | null
  readonly contact_name: string | null
  readonly business_outcome: string | null
  readonly primary_intent: string | null
  readonly sentiment: string | null
  readonly tags: ReadonlyArray<string>
  readonly details: number | null
  readonly exported: number
}

export interface Message {
  readonly source: string
  readonly message_id: string
  readonly direction: string
  readonly status: string | null
  readonly sent: number
  readonly contact_number: string | null
  readonly exported: number
}

export interface Utterance {
  readonly source: string
  readonly call_id: string
  readonly seq: number
  readonly speaker: string | null
  readonly start_seconds: number | null
  readonly end_seconds: number | null
}

/** What the configuration or the vendor says of one. */
export interface Organization {
  readonly source: string
  readonly organization_id: string
  readonly name: string | null
  readonly zone: string | null
  readonly hours: string | null
}

export interface Window {
  readonly source: string
  readonly scope: string
  readonly stream: string
  readonly from: number
  readonly to: number
  readonly verdict: string
  readonly quarantined: number
  readonly read: number
}

/** A generator of numbers from 0 to 1 that a seed repeats. */
export const random = (seed: number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const iso = (instant: number): string => new Date(instant).toISOString()
const maybeIso = (instant: number | null): string | null => instant === null ? null : iso(instant)
const hour = 3_600_000
const day = 24 * hour

/** A year around both changes of the clock. Few numbers and round minutes, so that much happens to one, and at once. */
export const generate = (seed: number, count: number) => {
  const next = random(seed)
  const below = (limit: number) => Math.floor(next() * limit)
  const one = <A>(...choices: readonly [A, ...ReadonlyArray<A>]): A => choices[below(choices.length)] ?? choices[0]
  const start = Date.parse("2026-01-01T00:00:00Z")
  const instant = () => start + below(300 * 24 * 60) * 60_000 + one(0, 0, 0, 500)
  const number = (): string | null =>
    one<() => string | null>(
      () => `+336${String(below(900)).padStart(8, "0")}`,
      () => {
        const [high, low] = [String(below(40)).padStart(2, "0"), String(below(100)).padStart(2, "0")]
        // One number in five spellings.
        return one(
          `+33700${high}${low}00`,
          `+33 7 00 ${high} ${low} 00`,
          `0033700${high}${low}00`,
          `+33 (0)7.00.${high}.${low}.00`,
          `33-700-${high}${low}00`
        )
      },
      () => `+338${String(below(100000)).padStart(8, "0")}`,
      () => one("anonymous", "", "private 12", "+33 6 12", null)
    )()
  const opened = (hours: { readonly [day: string]: ReadonlyArray<string> }) =>
    JSON.stringify({ mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [], ...hours })
  const organizations: ReadonlyArray<Organization> = [
    {
      source: "allo",
      organization_id: "team",
      name: "Team",
      zone: "Asia/Kolkata",
      // Ranges that meet, overlap, end with the day and run into the next one, also over the end of the week.
      hours: opened({
        mon: ["08:00-12:00", "12:00-13:15", "09:30-10:00"],
        tue: ["18:45-24:00"],
        fri: ["22:00-06:30"],
        sun: ["23:00-01:15"]
      })
    },
    {
      source: "allomia",
      organization_id: "o0",
      name: "Same name",
      zone: "America/Toronto",
      hours: opened({ mon: ["00:00-24:00"], wed: ["09:00-17:30"] })
    },
    // No zone that DuckDB knows: as none.
    { source: "allomia", organization_id: "o1", name: "Same name", zone: "Somewhere", hours: null }
  ]
  const calls = Array.from({ length: count }, (_, index): Call => {
    const source = one("allo", "allo", "allomia")
    const read = source === "allomia" && next() < 0.8
    const started = instant()
    const agent = below(12)
    return {
      source,
      call_id: `${one("a", "b", "c")}-${index}`,
      organization_id: source === "allomia" ? one("o0", "o1", "o2", null) : "team",
      direction: one("inbound", "inbound", "outbound", source === "allomia" ? "web" : "inbound"),
      started,
      duration_seconds: one<() => number | null>(() => null, () => 0, () => below(70), () => below(5000), () => 60)(),
      outcome: source === "allomia" && !read
        ? "unknown"
        : one("answered", "answered", "transferred", "missed", "missed", "voicemail", "blocked", "failed", "unknown"),
      agent_id: agent < 8 ? `u${agent}` : null,
      agent_name: agent < 10 ? one(null, `Name ${agent}`, `Other ${agent}`) : null,
      agent_email: one(null, `${agent}@example.com`),
      line_number: `+3310000000${below(4)}`,
      contact_number: number(),
      contact_name: one(null, `Somebody ${below(50)}`),
      business_outcome: read
        ? one(null, " ", "appointment_confirmed", "Appointment_Confirmed", "message_taken", "information_given")
        : null,
      primary_intent: read ? one(null, "", "billing", "Billing", "opening hours", "complaint") : null,
      sentiment: read ? one(null, " ", "positive", "POSITIVE", "neutral", "negative", "mixed") : null,
      tags: source === "allo" ? one([], ["vip"], ["vip", "vip"], ["lead", "vip"], ["", "lead"], ["  "]) : [],
      details: read ? started + hour : null,
      exported: started + below(48) * hour
    }
  })
  const messages = Array.from({ length: Math.floor(count / 4) }, (_, index): Message => {
    const sent = instant()
    return {
      source: "allo",
      message_id: `m-${index}`,
      direction: one("inbound", "outbound"),
      status: one(null, "SENT", "DELIVERED", "FAILED", " failed", "Rejected by carrier", "UNDELIVERED", "unfailed"),
      sent,
      contact_number: number(),
      exported: sent
    }
  })
  const windows = new Map<string, Window>()
  for (let index = 0; index < 60; index++) {
    const from = start + below(300) * day
    const window = {
      source: one("allo", "allomia"),
      scope: one("-", "o1"),
      stream: one("items", "items+transcript", "calls"),
      from,
      to: from + (1 + below(9)) * day,
      verdict: one("certified", "open", "uncertified"),
      quarantined: below(3),
      read: start + 301 * day + below(60) * hour
    }
    windows.set(JSON.stringify([window.source, window.scope, window.stream, window.from, window.to]), window)
  }
  // Lines overlap, leave gaps, come in disorder, and some have no times.
  const utterances = calls.filter(({ source }, index) => source === "allo" && index % 40 === 0).flatMap((
    { call_id, source }
  ) =>
    Array.from({ length: 1 + below(12) }, (_, seq): Utterance => {
      const start = one<() => number | null>(() => seq * 4, () => below(40), () => seq * 4 + 0.5, () => null)()
      return {
        source,
        call_id,
        seq,
        speaker: one("user", "user", "external", "external", "agent", "system", null),
        start_seconds: start,
        end_seconds: start === null
          ? one(null, 3)
          : one<number | null>(start, start + below(8), start + 3.25, start - 1, null)
      }
    })
  )
  return { calls, messages, organizations, utterances, windows: [...windows.values()] }
}

export type Generated = ReturnType<typeof generate>

/** The rows of the tables. */
export const stored = (
  { calls, messages, organizations, utterances, windows }: Generated
): { readonly [table: string]: ReadonlyArray<Row> } => ({
  calls: calls.map(({ details, exported, started, ...call }) => ({
    ...call,
    started_at: iso(started),
    details_at: maybeIso(details),
    exported_at: iso(exported)
  })),
  messages: messages.map(({ exported, sent, ...message }) => ({
    ...message,
    sent_at: iso(sent),
    exported_at: iso(exported)
  })),
  organizations: organizations.map((one) => ({ ...one })),
  utterances: utterances.map((one) => ({ ...one })),
  certificates: windows.map(({ from, read, to, ...window }) => ({
    ...window,
    from_at: iso(from),
    to_at: iso(to),
    read_at: iso(read)
  }))
})

/** What a clock on the wall shows, by the calendar of JavaScript. */
export const wallClock = (zone: string) => {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    weekday: "short"
  })
  // A clock that is read once in a quarter of an hour shows its beginning.
  const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
  const known = new Map<
    number,
    { readonly day: string; readonly hour: number; readonly minute: number; readonly weekday: number }
  >()
  return (instant: number) => {
    const quarter = Math.floor(instant / 900_000)
    const before = known.get(quarter)
    if (before !== undefined) return before
    const parts = new Map(format.formatToParts(quarter * 900_000).map(({ type, value }) => [type, value]))
    const found = {
      day: `${parts.get("year")}-${parts.get("month")}-${parts.get("day")}`,
      hour: Number(parts.get("hour")),
      minute: Number(parts.get("minute")),
      weekday: 1 + weekdays.indexOf(parts.get("weekday") ?? "")
    }
    known.set(quarter, found)
    return found
  }
}

export const grouped = <A>(
  values: Iterable<A>,
  key: (value: A) => ReadonlyArray<unknown>
): ReadonlyArray<ReadonlyArray<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const value of values) {
    const name = JSON.stringify(key(value))
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [value])
    else group.push(value)
  }
  return [...groups.values()]
}

export const firstOf = <A>(values: ReadonlyArray<A>): A => {
  const [value] = values
  if (value === undefined) throw new Error("an empty group")
  return value
}

export const ratio = (part: number, whole: number): number | null => whole === 0 ? null : part / whole
export const many = <A>(values: ReadonlyArray<A>, holds: (value: A) => boolean): number => values.filter(holds).length

export const quantile = (sorted: ReadonlyArray<number>, share: number): number | null => {
  const place = (sorted.length - 1) * share
  const low = sorted[Math.floor(place)]
  const high = sorted[Math.ceil(place)]
  return low === undefined || high === undefined ? null : low + (high - low) * (place - Math.floor(place))
}

type Timed = { readonly duration_seconds: number | null; readonly outcome: string }

/** Each call goes into one of five heaps. */
export const heaps = (calls: ReadonlyArray<Timed>) => {
  const talked: Array<number> = []
  const voicemail: Array<number> = []
  const other: Array<number> = []
  let [zero, unknown] = [0, 0]
  for (const { duration_seconds: seconds, outcome } of calls) {
    if (seconds === null) unknown += 1
    else if (seconds === 0) zero += 1
    else if (outcome === "answered" || outcome === "transferred") talked.push(seconds)
    else if (outcome === "voicemail") voicemail.push(seconds)
    else other.push(seconds)
  }
  return { talked: talked.toSorted((one, two) => one - two), voicemail, other, zero, unknown }
}

const added = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0)

const parts = (calls: ReadonlyArray<Timed>) => {
  const { other, talked, unknown, voicemail, zero } = heaps(calls)
  return {
    calls: calls.length,
    calls_talked: talked.length,
    calls_voicemail: voicemail.length,
    calls_other: other.length,
    calls_zero: zero,
    calls_unknown: unknown,
    mean_seconds: ratio(added(talked), talked.length)
  }
}

export const durations = (calls: ReadonlyArray<Timed>) => {
  const { other, talked, voicemail } = heaps(calls)
  return {
    ...parts(calls),
    talk_seconds: added(talked),
    voicemail_seconds: added(voicemail),
    other_seconds: added(other),
    p50_seconds: quantile(talked, 0.5),
    p90_seconds: quantile(talked, 0.9),
    p99_seconds: quantile(talked, 0.99)
  }
}

export const isIncoming = (call: Call) => call.direction === "inbound"
export const isAnswered = (call: Call) => call.outcome === "answered" || call.outcome === "transferred"

export const answers = (calls: ReadonlyArray<Call>) => {
  const incoming = calls.filter(isIncoming)
  const known = many(incoming, (call) => call.outcome !== "unknown")
  const answered = many(incoming, isAnswered)
  return { incoming: incoming.length, known, counted: known, answered, answer_rate: ratio(answered, known) }
}

/** The latest call that has one, of two at one instant the one with the greater id. */
export const latest = (calls: ReadonlyArray<Call>, of: (call: Call) => string | null): string | null =>
  calls.filter((call) => of(call) !== null)
    .toSorted((one, other) => one.started - other.started || (one.call_id < other.call_id ? -1 : 1))
    .map(of).at(-1) ?? null

export const reachable = (number: string | null): boolean => number !== null && number.replaceAll(/\D/g, "").length >= 3

/** What is left of the spelling of a number; a text with letters is none. */
export const digits = (number: string | null): string | null =>
  number === null || /[^+0-9 ()./-]/.test(number)
    ? number
    : number.replace(/^((?:\+|00).*)\(0\)/, "$1").replaceAll(/\D/g, "").replace(/^00/, "")

/** At Allomia a caller belongs to an organisation. */
const callerOf = (
  item: { readonly source: string; readonly contact_number: string | null },
  organization: string | null
) => [
  item.source,
  item.source === "allomia" ? organization : null,
  digits(item.contact_number)
]

type Whose = Pick<Call, "source" | "organization_id">
type Hours = { readonly [day: string]: ReadonlyArray<string> }

/** Whose calls these are, and what their clocks show. Without a zone each call has that of its organisation. */
export const contextOf = ({ organizations }: Generated, zone: string | null) => {
  const clocks = new Map<string, ReturnType<typeof wallClock>>()
  const clockOf = (zone: string) => {
    const clock = clocks.get(zone) ?? wallClock(zone)
    clocks.set(zone, clock)
    return clock
  }
  const found = new Map(organizations.map((one) => [JSON.stringify([one.source, one.organization_id]), one]))
  const organizationOf = ({ organization_id, source }: Whose) => found.get(JSON.stringify([source, organization_id]))
  const zoneOf = (call: Whose) => {
    const own = organizationOf(call)?.zone ?? "UTC"
    return zone ?? (own.includes("/") ? own : "UTC")
  }
  const localOf = (call: Call) => clockOf(zoneOf(call))(call.started)
  /** The columns that say whose rows these are. */
  const grain = (call: Whose) => ({
    account: null,
    source: call.source,
    organization_id: call.organization_id,
    organization_name: organizationOf(call)?.name ?? null
  })
  const whose = ({ organization_id, source }: Whose) => [source, organization_id]
  const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
  const schedules = new Map<Organization, Hours | null>(
    organizations.map((one) => [one, one.hours === null ? null : JSON.parse(one.hours)])
  )
  /** Walks back over the ranges of the day and of the one before. */
  const isOpen = (call: Call): boolean | null => {
    const organization = organizationOf(call)
    const hours = organization === undefined ? null : schedules.get(organization) ?? null
    if (hours === null) return null
    const { hour, minute, weekday } = localOf(call)
    const now = hour * 60 + minute
    const spans = (day: number): ReadonlyArray<readonly [number, number]> =>
      (hours[days[day] ?? ""] ?? []).map((span) => {
        const [opens = 0, closes = 0] = span.split("-").map((time) => {
          const [hours = 0, minutes = 0] = time.split(":").map(Number)
          return hours * 60 + minutes
        })
        return [opens, closes > opens ? closes : closes + 1440]
      })
    return spans(weekday - 1).some(([opens, closes]) => now >= opens && now < closes) ||
      spans((weekday + 5) % 7).some(([opens, closes]) => now + 1440 >= opens && now + 1440 < closes)
  }
  return { clockOf, grain, isOpen, localOf, whose, zoneOf }
}

export const compute = (generated: Generated, zone: string | null) => {
  const { calls, messages, windows } = generated
  const { clockOf, grain, isOpen, localOf, whose, zoneOf } = contextOf(generated, zone)
  const scoped = ({ scope, source }: { readonly source: string; readonly scope: string }) =>
    grain({ source, organization_id: scope === "-" ? null : scope })
  const byOrganization = grouped(calls, whose)
  const starts = (group: ReadonlyArray<Call>) => group.map((call) => call.started)
  const least = (values: ReadonlyArray<number>) => values.reduce((one, other) => Math.min(one, other))
  const greatest = (values: ReadonlyArray<number>) => values.reduce((one, other) => Math.max(one, other))

  const edges = [1, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600]
  const labelled = calls.flatMap((call): ReadonlyArray<Call & { readonly kind: string; readonly label: string }> => {
    if (call.source === "allomia") {
      const intent = call.primary_intent?.trim() === "" ? null : call.primary_intent
      return call.details === null ? [] : [{ ...call, kind: "intent", label: intent ?? "(unlabelled)" }]
    }
    const tags = [...new Set(call.tags.filter((tag) => tag.trim() !== ""))]
    return (tags.length === 0 ? ["(unlabelled)"] : tags).map((label) => ({ ...call, kind: "tag", label }))
  })
  const pending = (of: Whose) =>
    many(
      calls,
      (call) =>
        call.source === of.source && call.organization_id === of.organization_id && of.source === "allomia" &&
        call.details === null
    )
  const feeling = (call: Call) => call.sentiment?.trim().toLowerCase() ?? ""

  const readings = new Map<string, number>()
  const readAt = (source: string, at: number) => readings.set(source, Math.max(at, readings.get(source) ?? at))
  for (const call of calls) readAt(call.source, call.exported)
  for (const message of messages) readAt(message.source, message.exported)
  for (const window of windows) readAt(window.source, window.read)

  // What happened between one number and you, walked through from one miss to what came of it.
  type Event = { readonly kind: string; readonly at: number; readonly id: string; readonly call: Call | null }
  const missedRow = (
    first: Call,
    misses: ReadonlyArray<Event>,
    followup: Event | undefined,
    attempts: ReadonlyArray<Event>,
    known: boolean
  ) => {
    const failed = attempts.filter(({ kind }) => kind === "try")
    const tried = attempts.length === 0 ? null : least(attempts.map(({ at }) => at))
    const asOf = readings.get(first.source) ?? 0
    const waited = followup === undefined ? null : followup.at - first.started
    const state = !known
      ? "unreachable"
      : followup?.kind === "caller"
      ? "called_again"
      : followup !== undefined
      ? "reached"
      : failed.length > 0
      ? "tried"
      : asOf - first.started <= day
      ? "waiting"
      : "lost"
    return {
      ...grain(first),
      call_id: first.call_id,
      contact_number: first.contact_number,
      contact_name: first.contact_name,
      line_number: first.line_number,
      missed_at: iso(first.started),
      last_missed_at: iso(greatest(misses.map(({ at }) => at))),
      misses: misses.length,
      tries: failed.length,
      tried_at: maybeIso(tried),
      followup: followup?.kind ?? null,
      followup_id: followup?.id ?? null,
      followup_at: maybeIso(followup?.at ?? null),
      seconds_to_try: tried === null ? null : (tried - first.started) / 1000,
      seconds_to_followup: waited === null ? null : waited / 1000,
      in_time: waited === null ? null : waited <= day,
      state,
      is_open: isOpen(first),
      as_of: iso(asOf)
    }
  }
  const isMiss = (call: Call) => isIncoming(call) && (call.outcome === "missed" || call.outcome === "voicemail")
  const kindOf = (call: Call): string | null =>
    call.direction === "outbound"
      ? isAnswered(call) ? "call" : "try"
      : isMiss(call)
      ? "miss"
      : isIncoming(call) && isAnswered(call)
      ? "caller"
      : null
  const isRefused = (status: string | null) =>
    ["failed", "refused", "rejected", "undeliver"].some((word) =>
      status?.trim().toLowerCase().startsWith(word) === true
    )
  const happened = [
    ...calls.filter((call) => reachable(call.contact_number)).flatMap((call) => {
      const kind = kindOf(call)
      const key = callerOf(call, call.organization_id)
      return kind === null ? [] : [{ key, event: { kind, at: call.started, id: call.call_id, call } }]
    }),
    ...messages.filter((message) => message.direction === "outbound" && reachable(message.contact_number)).map((
      message
    ) => ({
      key: callerOf(message, null),
      event: {
        kind: isRefused(message.status) ? "try" : "message",
        at: message.sent,
        id: message.message_id,
        call: null
      }
    }))
  ]
  const byId = (one: string, other: string) => one < other ? -1 : one > other ? 1 : 0
  const missed = grouped(happened, ({ key }) => key).flatMap((group) => {
    const events: ReadonlyArray<Event> = group.map(({ event }) => event)
    const followups = events.filter(({ kind }) => kind !== "miss" && kind !== "try")
      .toSorted((one, other) => one.at - other.at || byId(one.kind, other.kind) || byId(one.id, other.id))
    const misses = events.filter(({ kind }) => kind === "miss")
      .toSorted((one, other) => one.at - other.at || byId(one.id, other.id))
    // A miss belongs to its first later follow-up; misses with the same one are one row.
    return grouped(
      misses.map((miss) => ({ miss, place: followups.findIndex(({ at }) => at > miss.at) })),
      ({ place }) => [place]
    ).map((run) => {
      const { miss, place } = firstOf(run)
      if (miss.call === null) throw new Error("a miss is a call")
      const followup = followups[place]
      // A failed attempt at the instant of the follow-up comes after it; the follow-up is an attempt itself, if it is yours.
      const attempts = events.filter((event) =>
        event.at > miss.at && (event.kind === "try"
          ? followup === undefined || event.at < followup.at
          : event === followup && event.kind !== "caller")
      )
      return missedRow(miss.call, run.map(({ miss }) => miss), followup, attempts, true)
    })
  })
  const unreachable = calls.filter((call) => isMiss(call) && !reachable(call.contact_number)).map((call) =>
    missedRow(call, [{ kind: "miss", at: call.started, id: call.call_id, call }], undefined, [], false)
  )

  const views: { readonly [view: string]: ReadonlyArray<Record<string, unknown>> } = {
    calls: calls.map((call) => ({
      source: call.source,
      call_id: call.call_id,
      duration_seconds: call.duration_seconds,
      tags: call.tags,
      local: `${localOf(call).day} ${localOf(call).hour}`,
      organization_name: grain(call).organization_name,
      zone: zoneOf(call)
    })),
    call_duration_daily: grouped(calls, (call) => [...whose(call), localOf(call).day, call.direction]).map(
      (group) => {
        const call = firstOf(group)
        return { ...grain(call), day: localOf(call).day, direction: call.direction, ...durations(group) }
      }
    ),
    call_duration_histogram: grouped(calls, (call) => [...whose(call), call.direction]).flatMap((group) => {
      const { direction } = firstOf(group)
      const timed = many(group, (call) => (call.duration_seconds ?? 0) > 0)
      const { talked } = heaps(group)
      return edges.map((from, index) => {
        const to = edges[index + 1] ?? null
        const isInside = (seconds: number | null) =>
          seconds !== null && seconds >= from && (to === null || seconds < to)
        const inside = many(group, (call) => isInside(call.duration_seconds))
        return {
          ...grain(firstOf(group)),
          direction,
          from_seconds: from,
          to_seconds: to,
          calls: inside,
          share: ratio(inside, timed),
          talked: many(talked, isInside),
          talked_share: ratio(many(talked, isInside), talked.length),
          calls_zero: many(group, (call) => call.duration_seconds === 0),
          calls_unknown: many(group, (call) => call.duration_seconds === null)
        }
      })
    }),
    calls_by_agent: grouped(
      calls,
      (call) => [...whose(call), call.agent_id, call.agent_id === null ? call.agent_name : null]
    )
      .map((group) => ({
        ...grain(firstOf(group)),
        agent_id: firstOf(group).agent_id,
        agent_name: latest(group, (call) => call.agent_name),
        agent_email: latest(group, (call) => call.agent_email),
        ...durations(group),
        outgoing: many(group, (call) => call.direction === "outbound"),
        ...answers(group),
        first_at: iso(least(starts(group))),
        last_at: iso(greatest(starts(group)))
      })),
    intent_breakdown: grouped(labelled, (call) => [...whose(call), call.label]).map((group) => {
      const { kind, label } = firstOf(group)
      const { calls: count, ...rest } = parts(group)
      const sentiments = (...words: ReadonlyArray<string>) => many(group, (call) => words.includes(feeling(call)))
      const waiting = pending(firstOf(group))
      const all = byOrganization.find((calls) =>
        JSON.stringify(whose(firstOf(calls))) === JSON.stringify(whose(firstOf(group)))
      ) ?? []
      return {
        ...grain(firstOf(group)),
        kind,
        label,
        calls: count,
        share: ratio(count, all.length - waiting),
        shares_add_up: kind === "intent",
        ...rest,
        sentiment_positive: sentiments("positive"),
        sentiment_neutral: sentiments("neutral"),
        sentiment_negative: sentiments("negative"),
        sentiment_other: count - sentiments("positive", "neutral", "negative", ""),
        sentiment_unknown: sentiments(""),
        details_pending: waiting
      }
    }),
    intent_duration: grouped(labelled, (call) => [...whose(call), call.label]).map((group) => ({
      ...grain(firstOf(group)),
      kind: firstOf(group).kind,
      label: firstOf(group).label,
      ...durations(group)
    })),
    answer_rate: grouped(calls.filter(isIncoming), (call) => [...whose(call), localOf(call).day]).map((group) => {
      const of = (outcome: string) => many(group, (call) => call.outcome === outcome)
      return {
        ...grain(firstOf(group)),
        day: localOf(firstOf(group)).day,
        rule: "inbound: answered + transferred",
        ...answers(group),
        voicemail: of("voicemail"),
        missed: of("missed"),
        blocked: of("blocked"),
        failed: of("failed"),
        unknown: of("unknown")
      }
    }),
    calls_by_hour: byOrganization.flatMap((group) => {
      const local = clockOf(zoneOf(firstOf(group)))
      const [earliest, latest] = [least(starts(group)), greatest(starts(group))]
      const [first, last] = [local(earliest).day, local(latest).day]
      const passed = new Map<string, number>()
      const cell = ({ hour, weekday }: { readonly hour: number; readonly weekday: number }) => `${weekday} ${hour}`
      for (let instant = earliest - 2 * day; instant < latest + 2 * day; instant += hour) {
        const clock = local(Math.floor(instant / hour) * hour)
        if (clock.day >= first && clock.day <= last) passed.set(cell(clock), (passed.get(cell(clock)) ?? 0) + 1)
      }
      const cells = new Map(
        grouped(group, (call) => [cell(local(call.started))]).map((inside) => [
          cell(local(firstOf(inside).started)),
          inside
        ])
      )
      return Array.from({ length: 168 }, (_, index) => {
        const place = { weekday: 1 + Math.floor(index / 24), hour: index % 24 }
        const inside = cells.get(cell(place)) ?? []
        const hours = passed.get(cell(place)) ?? 0
        return {
          ...grain(firstOf(group)),
          ...place,
          calls: inside.length,
          ...answers(inside),
          hours,
          calls_per_hour: ratio(inside.length, hours),
          incoming_per_hour: ratio(many(inside, isIncoming), hours)
        }
      })
    }),
    missed_followup: [...missed, ...unreachable],
    repeat_callers: grouped(
      calls.filter((call) => isIncoming(call) && reachable(call.contact_number)),
      (call) => [...whose(call), digits(call.contact_number)]
    ).filter((group) => group.length > 1).map((group) => {
      const sorted = starts(group).toSorted((one, other) => one - other)
      const gaps = sorted.slice(1).map((start, index) => (start - (sorted[index] ?? start)) / 1000)
      const { answered, known } = answers(group)
      return {
        ...grain(firstOf(group)),
        contact_number: latest(group, (call) => call.contact_number),
        contact_name: latest(group, (call) => call.contact_name),
        calls: group.length,
        known,
        answered,
        repeats: many(gaps, (gap) => gap <= 7 * 86400),
        days: new Set(group.map((call) => localOf(call).day)).size,
        shortest_gap_seconds: least(gaps),
        first_at: iso(least(sorted)),
        last_at: iso(greatest(sorted))
      }
    }),
    coverage: [
      ...windows.map((window) => ({
        ...scoped(window),
        scope: window.scope,
        stream: window.stream,
        from_at: iso(window.from),
        to_at: iso(window.to),
        state: window.verdict,
        quarantined: window.quarantined,
        gone: 0,
        read_at: iso(window.read)
      })),
      // Windows begin and end at midnight here, so a gap is a run of days that no window holds.
      ...grouped(windows, ({ scope, source, stream }) => [source, scope, stream]).flatMap((group) => {
        const { scope, source, stream } = firstOf(group)
        const holding = windows.filter((window) =>
          window.source === source && window.scope === scope &&
          (window.stream === stream || window.stream.startsWith(`${stream}+`))
        )
        const gaps: Array<Record<string, unknown>> = []
        let open: number | null = null
        for (let at = least(group.map(({ from }) => from)); at <= greatest(group.map(({ to }) => to)); at += day) {
          const end = at === greatest(group.map(({ to }) => to))
          const held = end || holding.some(({ from, to }) => from <= at && at < to)
          if (!held) open ??= at
          else if (open !== null) {
            gaps.push({
              ...scoped({ source, scope }),
              scope,
              stream,
              from_at: iso(open),
              to_at: iso(at),
              state: "gap",
              quarantined: null,
              gone: null,
              read_at: null
            })
            open = null
          }
        }
        return gaps
      })
    ]
  }
  return views
}
