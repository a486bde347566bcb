/** What each chart shows, as a sentence: the title says the finding, not the topic. */
import * as Text from "../../Text.js"
import * as Words from "../../Words.js"
import type { Report, Source } from "./model.js"
import * as periods from "./periods.js"

/** A sentence in which names of people and labels stand apart, since they may hold anything. */
export type Piece = string | { readonly name: string }
export type Sentence = ReadonlyArray<Piece>

const named = (text: string): Piece => ({ name: Text.shortened(text, 60) })

/** `that started from 1 Mar 2026, 00:00 in Allo of Clinique du Lac`; null where all was asked for. */
export const selection = ({ selected, zone }: Omit<Report, "notices">): string | null => {
  const { accounts, organizations, since, sources, until } = selected
  const parts = [
    ...(since === null && until === null ? [] : ["that started"]),
    ...(since === null ? [] : [`from ${Words.instant(since, zone)}`]),
    ...(until === null ? [] : [`until ${Words.instant(until, zone)}`]),
    ...(sources === null ? [] : [`in ${Words.listed(sources.map(Words.source))}`]),
    ...(accounts === null
      ? []
      : [`in the ${accounts.length === 1 ? "account" : "accounts"} ${Words.listed(accounts)}`]),
    ...(organizations === null
      ? []
      : [`of ${Words.listed([...new Set(organizations.map(({ name, organizationId }) => name ?? organizationId))])}`])
  ]
  return parts.length === 0 ? null : parts.join(" ")
}

/** The ones that share the greatest value, in the order they came in. */
const leading = <Row>(rows: ReadonlyArray<Row>, value: (row: Row) => number | null): ReadonlyArray<Row> => {
  const most = rows.reduce((most, row) => Math.max(most, value(row) ?? 0), 0)
  return most === 0 ? [] : rows.filter((row) => value(row) === most)
}

/** Where a list was cut off, as many may follow. */
const sharing = (leaders: ReadonlyArray<unknown>, rows: ReadonlyArray<unknown>, all: number): string =>
  `${Words.count(leaders.length)}${leaders.length === rows.length && all > rows.length ? " or more" : ""}`

export const durations = (source: Source): Sentence => {
  const { callsTalked, p50Seconds } = source.totals
  if (p50Seconds === null) return ["No answered or transferred call has a known duration above 0"]
  return callsTalked === 1
    ? [`The one answered or transferred call lasted ${Words.duration(p50Seconds)}`]
    : [`The median answered or transferred call lasts ${Words.duration(p50Seconds)}`]
}

/** Of ten calls one is the tenth, and of fewer there is none. */
export const quantiles = ({ totals }: Source) =>
  [
    { name: "p50", seconds: totals.p50Seconds, least: 2 },
    { name: "p90", seconds: totals.p90Seconds, least: 10 },
    { name: "p99", seconds: totals.p99Seconds, least: 100 }
  ].filter(({ least }) => totals.callsTalked >= least)

/** What durations are over, and the calls they are not over. */
export const durationsOver = ({ totals }: Source): string => {
  const apart = [
    { calls: totals.callsVoicemail, text: `${Words.many(totals.callsVoicemail, "voicemail")}` },
    { calls: totals.callsOther, text: `${Words.many(totals.callsOther, "call")} of other or unknown outcome` },
    { calls: totals.callsZero, text: `${Words.many(totals.callsZero, "call")} of 0 s` },
    { calls: totals.callsUnknown, text: `${Words.many(totals.callsUnknown, "call")} of unknown duration` }
  ].filter(({ calls }) => calls > 0).map(({ text }) => text)
  return `Over ${Words.many(totals.callsTalked, "answered or transferred call")} with a duration above 0.${
    apart.length === 0 ? "" : ` Apart: ${Words.listed(apart)}.`
  }`
}

/** Whole days from the first to the last one with calls, those without calls among them. */
export const daysBetween = (source: Source): number => {
  const [first, last] = [source.days[0], source.days.at(-1)]
  return first === undefined || last === undefined
    ? 0
    : Math.round((Date.parse(last.day) - Date.parse(first.day)) / 86_400_000) + 1
}

export const days = (source: Source): Sentence => {
  const [most, ...others] = leading(source.days, ({ talkSeconds }) => talkSeconds)
  if (most === undefined) return ["No talk time"]
  const between = daysBetween(source)
  return between === 1
    ? [`${Words.duration(most.talkSeconds)} of talk on ${Words.day(most.day)}`]
    : [
      `${Words.duration(source.totals.talkSeconds / between)} of talk a day; the most, ${
        Words.duration(most.talkSeconds)
      }, on ${others.length === 0 ? Words.day(most.day) : `each of ${Words.many(others.length + 1, "day")}`}`
    ]
}

type Labels = Source["labels"][number]
const noun = (kind: string): string => kind === "intent" ? "intent" : kind === "tag" ? "tag" : "label"

/** What the shares of labels are of. */
export const labelsOver = ({ detailsPending }: Labels): string =>
  detailsPending > 0 ? "calls whose details were read" : "calls"

export const labels = (of: Labels): Sentence => {
  const ranked = of.rows.filter(({ unlabelled }) => !unlabelled)
  const leaders = leading(ranked, ({ calls }) => calls)
  const [first, second, third] = leaders
  if (first === undefined) {
    return of.calls === 0 && of.detailsPending > 0
      ? ["No call has its details yet, so no intent is known"]
      : [`No call carries ${of.kind === "intent" ? "an intent" : `a ${noun(of.kind)}`}`]
  }
  const share = `${Words.percent(first.share)} of ${labelsOver(of)}`
  if (third !== undefined) {
    return [`${sharing(leaders, ranked, of.labels)} ${noun(of.kind)}s share the lead, with ${share} each`]
  }
  return second === undefined
    ? [named(first.label), ` is the most frequent ${noun(of.kind)}: ${share}`]
    : [named(first.label), " and ", named(second.label), ` are the most frequent ${noun(of.kind)}s: ${share} each`]
}

export const withoutLabels = ({ detailsPending, kind }: Labels): string =>
  kind === "tag"
    ? "Tags are put on calls in Allo. They come with the next export once there are some."
    : detailsPending > 0
    ? "Intents come with the details of calls. Run trunkline export again, without --no-details."
    : "An intent is what a language model heard the caller want."

/** As many as a reader takes in at once; what has no name comes last and is always among them. */
export const mostBars = 12
export const top = <Row extends { readonly calls: number }>(
  rows: ReadonlyArray<Row>,
  nameless: (row: Row) => boolean
): ReadonlyArray<Row> => [
  ...rows.filter((row) => !nameless(row)).slice(0, mostBars - 1),
  ...rows.filter((row) => nameless(row) && row.calls > 0)
]

/** Medians of a handful of calls are chance, so they take no lead where there are better ones. */
export const solidCalls = periods.solidCalls

/** The labels a chart of durations shows: the most frequent ones, the longest first. */
export const timedLabels = (of: Labels): ReadonlyArray<Labels["rows"][number]> =>
  top(of.rows, ({ unlabelled }) => unlabelled)
    .filter(({ p50Seconds, unlabelled }) => p50Seconds !== null && !unlabelled)
    .toSorted((one, other) => (other.p50Seconds ?? 0) - (one.p50Seconds ?? 0))

export const labelDurations = (of: Labels): Sentence => {
  const shown = timedLabels(of)
  const solid = shown.filter(({ callsTalked }) => callsTalked >= solidCalls)
  const leaders = leading(solid.length > 0 ? solid : shown, ({ p50Seconds }) => p50Seconds)
  const [first, second] = leaders
  if (first === undefined) return ["How long each takes is not known"]
  const median = Words.duration(first.p50Seconds)
  if (shown.length === 1) return ["The median call of ", named(first.label), ` lasts ${median}`]
  const among = of.labels > shown.length ? `Of the ${noun(of.kind)}s shown, ` : ""
  if (leaders.length > 2) {
    return [`${among}${Words.count(leaders.length)} ${noun(of.kind)}s have the longest median call: ${median} each`]
  }
  return second === undefined
    ? [among, named(first.label), ` has the longest median call: ${median}`]
    : [among, named(first.label), " and ", named(second.label), ` have the longest median call: ${median}`]
}

const when = ({ hour, weekday }: Source["hours"][number]): string =>
  `on ${Words.weekday(weekday)}s between ${Words.hour(hour)} and ${Words.hour((hour + 1) % 24)}`

export const hours = (source: Source): Sentence => {
  const most = leading(source.hours, ({ incomingPerHour }) => incomingPerHour)
  const [first, second, third] = most
  if (first === undefined) return ["No incoming call, so no hour of the week"]
  if (source.totals.incoming === 1) {
    return [`One incoming call came, on a ${Words.weekday(first.weekday)} after ${Words.hour(first.hour)}`]
  }
  const rate = `${Words.decimal(first.incomingPerHour)} an hour`
  if (second === undefined) return [`Incoming calls come most ${when(first)}: ${rate}`]
  if (third === undefined) return [`Incoming calls come most ${when(first)} and ${when(second)}: ${rate} each`]
  return [
    `${Words.count(most.length)} hours of the week share the lead, with ${
      Words.decimal(first.incomingPerHour)
    } incoming ${first.incomingPerHour === 1 ? "call" : "calls"} an hour each`
  ]
}

export const agents = (source: Source): Sentence => {
  const people = source.agents.rows.filter(({ name }) => name !== null)
  const leaders = leading(people, ({ calls }) => calls)
  const [first, second, third] = leaders
  if (first === undefined) return ["No call names an agent"]
  if (source.agents.agents === 1 && first.calls === source.totals.calls) {
    return [named(first.name ?? ""), " has all calls"]
  }
  const [calls, share] = [Words.count(first.calls), Words.percent(first.calls / source.totals.calls)]
  if (third !== undefined) {
    return [
      `${sharing(leaders, people, source.agents.agents)} agents share the lead, with ${
        Words.many(first.calls, "call")
      } each`
    ]
  }
  return second === undefined
    ? [named(first.name ?? ""), ` has most calls: ${calls}, which is ${share} of all`]
    : [
      named(first.name ?? ""),
      " and ",
      named(second.name ?? ""),
      ` have most calls: ${calls} each, which is ${share} of all`
    ]
}

/** By its name, else by its id. */
export const organization = ({ name, organizationId }: Source["organizations"]["rows"][number]): string =>
  name ?? organizationId ?? "(no organisation)"

export const organizations = ({ organizations: { organizations, rows }, totals }: Source): Sentence => {
  const leaders = leading(rows, ({ calls }) => calls)
  const [first, second, third] = leaders
  if (first === undefined) return ["No call names an organisation"]
  if (third !== undefined) {
    return [
      `${sharing(leaders, rows, organizations)} organisations share the lead, with ${
        Words.many(first.calls, "call")
      } each`
    ]
  }
  const of = `which is ${Words.percent(first.calls / totals.calls)} of all`
  return second === undefined
    ? [named(organization(first)), ` has most calls of all organisations: ${Words.count(first.calls)}, ${of}`]
    : [
      named(organization(first)),
      " and ",
      named(organization(second)),
      ` have most calls of all organisations: ${Words.count(first.calls)} each, ${of}`
    ]
}

/** An organisation by its name, else by its id. */
export const scope = (
  { organizationName, scope }: { readonly organizationName: string | null; readonly scope: string }
): string => organizationName ?? scope

/** Which calls the answer rate leaves out. */
export const leftOut = ({ rules: { uncounted } }: Report): string =>
  uncounted.length === 0 ? "" : ` that were not ${Words.listed(uncounted, "or")}`

/** What the answer rate is of. */
const answersOver = ({ answers: { counted, incoming, known } }: Source, report: Report): string => {
  const calls = known < incoming ? "incoming calls with a known outcome" : "incoming calls"
  return counted < known ? `${calls}${leftOut(report)}` : calls
}

export const answers = (source: Source, report: Report): Sentence => {
  const { answerRate, counted, incoming, known } = source.answers
  if (incoming === 0) return ["Nobody called: there is no incoming call"]
  if (known === 0) return ["How incoming calls ended is not known"]
  if (counted === 0) return ["No incoming call is among those that the answer rate counts"]
  return [`${Words.percent(answerRate)} of ${answersOver(source, report)} were answered`]
}

export const followup = (source: Source, { rules }: Report): Sentence => {
  const { calledAgain, callers, lost, misses, reachedInTime, reachedLate, tried, unreachable, waiting } =
    source.followup
  if (misses === 0) {
    const { incoming, known, outcomes } = source.answers
    if (incoming === 0) return ["Nobody called, so nobody was missed"]
    // A range may hold misses of somebody who was missed before it began.
    if (outcomes.some(({ outcome }) => rules.missed.includes(outcome))) {
      return ["Whoever was missed had been missed before the range began"]
    }
    // What is not known may have been missed.
    if (known === 0) return ["Who was missed is not known"]
    return [
      `No incoming call${known < incoming ? " with a known outcome" : ""} ended as ${Words.listed(rules.missed, "or")}`
    ]
  }
  if (callers === 0) return [`${Words.many(unreachable, "missed call")} came without a number to call back`]
  if (waiting === callers) {
    return [`${Words.many(callers, "missed caller")} ${callers === 1 ? "waits" : "wait"} for an answer`]
  }
  const share = (part: number) => Words.percent(part / callers)
  const late = reachedLate === 0 ? "" : `, and ${share(reachedLate)} later`
  // All that became of them, so that the shares add up to everybody.
  const others = [
    ...(calledAgain === 0 ? [] : [`${share(calledAgain)} called again and were answered`]),
    ...(tried === 0 ? [] : [`${share(tried)} were tried and not reached`]),
    ...(waiting === 0 ? [] : [`${share(waiting)} still wait`]),
    ...(lost === 0 ? [] : [`${share(lost)} were never tried`])
  ]
  return [
    `You reached ${share(reachedInTime)} of missed callers within ${Words.decimal(rules.followupHours)} h${late}${
      others.length === 0 ? "" : `; ${others.join(", ")}`
    }`
  ]
}

export const repeats = (source: Source, report: Report): Sentence => {
  const { again, callers, soon } = source.repeats
  if (source.answers.incoming === 0) return ["Nobody called, so nobody called again"]
  if (callers === 0) return ["No caller showed a number"]
  if (again === 0) return ["Nobody called twice"]
  return [
    `${Words.percent(soon / callers)} of callers called again within ${
      Words.days(report.rules.repeatDays)
    } of a call before`
  ]
}

export const coverage = (source: Source, report: Report): Sentence => {
  const { gaps, provenFrom, provenTo, quarantined, rows, uncertified, windows } = source.coverage
  if (windows === 0) return ["Nothing says which time was read"]
  const troubles = [
    ...(gaps === 0 ? [] : [Words.many(gaps, "gap")]),
    ...(uncertified === 0 ? [] : [Words.many(uncertified, "stretch without proof", "stretches without proof")])
  ]
  if (troubles.length > 0) return [`${Words.listed(troubles)}: calls may be missing`]
  if (provenFrom === null || provenTo === null) return ["No time was certified for all that was read"]
  const open = rows.some(({ stretches }) => stretches.some(({ state, toAt }) => state === "open" && toAt > provenTo))
  return [
    `Nothing the vendor lists is missing from ${Words.instant(provenFrom, report.zone)} to ${
      Words.instant(provenTo, report.zone)
    }` +
    (quarantined === 0 ? "" : ", but some rows could not be read") +
    (open ? "; what is younger may still change" : "")
  ]
}
