/** What each chart shows, as a sentence: the title says the finding, not the topic. */
import type { Report, Source } from "./model.js"
import type { Piece, Sentence } from "./words.js"
import * as words from "./words.js"

const named = (text: string): Piece => ({ name: words.shortened(text, 60) })
const timed = (source: Source): number => source.totals.calls - source.totals.callsZero - source.totals.callsUnknown

export const durations = (source: Source): Sentence => {
  const { p50Seconds } = source.totals
  if (p50Seconds === null) return ["No call has a known duration above 0"]
  return timed(source) === 1
    ? [`One call lasted ${words.duration(p50Seconds)}`]
    : [`Half of the calls last under ${words.duration(p50Seconds)}`]
}

/** Whole days from the first to the last one with calls, those without calls among them. */
export const daysBetween = (source: Source): number => {
  const [first, last] = [source.days[0], source.days.at(-1)]
  return first === undefined || last === undefined
    ? 0
    : Math.round((Date.parse(last.day) - Date.parse(first.day)) / 86_400_000) + 1
}

export const days = (source: Source): Sentence => {
  const most = source.days.reduce<Source["days"][number] | undefined>(
    (best, day) => best === undefined || day.talkSeconds > best.talkSeconds ? day : best,
    undefined
  )
  if (most === undefined || most.talkSeconds === 0) return ["Nobody talked"]
  const between = daysBetween(source)
  return between === 1
    ? [`${words.duration(most.talkSeconds)} of talk on ${words.day(most.day)}`]
    : [
      `${words.duration(source.totals.talkSeconds / between)} of talk a day; the most, ${
        words.duration(most.talkSeconds)
      }, on ${words.day(most.day)}`
    ]
}

type Labels = Source["labels"][number]
const noun = (kind: string): string => kind === "intent" ? "intent" : kind === "tag" ? "tag" : "label"

export const labels = (of: Labels): Sentence => {
  const ranked = of.rows.filter(({ unlabelled }) => !unlabelled)
  const [first] = ranked
  if (first === undefined) {
    return of.calls === 0 && of.detailsPending > 0
      ? ["No call has its details yet, so no intent is known"]
      : [`No call carries ${of.kind === "intent" ? "an intent" : `a ${noun(of.kind)}`}`]
  }
  const leading = ranked.filter(({ calls }) => calls === first.calls)
  const [, second] = leading
  if (leading.length > 2) {
    return [
      `${words.count(leading.length)} ${noun(of.kind)}s share the lead, with ${
        words.percent(first.share)
      } of calls each`
    ]
  }
  return second === undefined
    ? [named(first.label), ` is the most frequent ${noun(of.kind)}: ${words.percent(first.share)} of calls`]
    : [
      named(first.label),
      " and ",
      named(second.label),
      ` are the most frequent ${noun(of.kind)}s: ${words.percent(first.share)} of calls each`
    ]
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
export const labelDurations = (of: Labels): Sentence => {
  const known = of.rows.filter(({ p50Seconds, unlabelled }) => p50Seconds !== null && !unlabelled)
  const solid = known.filter(({ calls, callsUnknown, callsZero }) => calls - callsZero - callsUnknown >= 10)
  const [first, ...rest] = (solid.length > 0 ? solid : known).toSorted((one, other) =>
    (other.p50Seconds ?? 0) - (one.p50Seconds ?? 0)
  )
  if (first === undefined) return ["How long each takes is not known"]
  return rest.length === 0
    ? ["Half of the calls about ", named(first.label), ` last over ${words.duration(first.p50Seconds)}`]
    : [named(first.label), ` takes longest: half of its calls last over ${words.duration(first.p50Seconds)}`]
}

export const hours = (source: Source): Sentence => {
  const [most] = source.hours.toSorted((one, other) =>
    (other.callsPerHour ?? 0) - (one.callsPerHour ?? 0) || other.calls - one.calls
  )
  if (most === undefined) return ["No call, no hour"]
  if (source.totals.calls === 1) {
    return [`One call came on a ${words.weekday(most.weekday)} after ${words.hour(most.hour)}`]
  }
  return [
    `Calls come most on ${words.weekday(most.weekday)}s between ${words.hour(most.hour)} and ${
      words.hour((most.hour + 1) % 24)
    }`
  ]
}

export const agents = (source: Source): Sentence => {
  const people = source.agents.rows.filter(({ name }) => name !== null)
  const [first] = people
  if (first === undefined) return ["No call names an agent"]
  if (source.agents.agents === 1 && first.calls === source.totals.calls) {
    return [named(first.name ?? ""), " has all calls"]
  }
  return [
    named(first.name ?? ""),
    ` has most calls: ${words.count(first.calls)}, which is ${words.percent(first.calls / source.totals.calls)} of all`
  ]
}

export const answers = (source: Source): Sentence => {
  const { answerRate, incoming, known } = source.answers
  if (incoming === 0) return ["Nobody called: there is no incoming call"]
  if (known === 0) return ["How incoming calls ended is not known"]
  return [`${words.percent(answerRate)} of incoming calls were answered`]
}

export const followup = (source: Source, report: Report): Sentence => {
  const { callers, inTimeShare, lostShare, misses, unreachable } = source.followup
  if (misses === 0) {
    const { incoming, known } = source.answers
    if (incoming === 0) return ["Nobody called, so nobody was missed"]
    // What is not known may have been missed.
    if (known === 0) return ["Who was missed is not known"]
    return [known < incoming ? "No incoming call with a known outcome was missed" : "No incoming call was missed"]
  }
  if (callers === 0) return [`${words.many(unreachable, "missed call")} came without a number to call back`]
  if (inTimeShare === null) {
    return [`${words.many(callers, "missed caller")} ${callers === 1 ? "waits" : "wait"} for an answer`]
  }
  return [
    `You got back to ${words.percent(inTimeShare)} of missed callers within ${
      words.decimal(report.rules.followupHours)
    } h` +
    (lostShare === 0 ? "; none was left without an answer" : `, and to ${words.percent(lostShare)} not at all`)
  ]
}

export const repeats = (source: Source, report: Report): Sentence => {
  const { again, callers, soon } = source.repeats
  if (callers === 0) return ["No caller showed a number"]
  if (again === 0) return ["Nobody called twice"]
  return [
    `${words.percent(soon / callers)} of callers called again within ${
      report.rules.repeatDays === 1 ? "a day" : `${words.decimal(report.rules.repeatDays)} days`
    }`
  ]
}

export const coverage = (source: Source, report: Report): Sentence => {
  const { gaps, open, provenFrom, provenTo, uncertified, windows } = source.coverage
  if (windows === 0) return ["Nothing says which time was read"]
  const troubles = [
    ...(gaps === 0 ? [] : [words.many(gaps, "gap")]),
    ...(uncertified === 0 ? [] : [words.many(uncertified, "stretch without proof", "stretches without proof")])
  ]
  if (troubles.length > 0) return [`${words.listed(troubles)}: calls may be missing`]
  if (provenFrom === null || provenTo === null) return ["No time was certified for all that was read"]
  return [
    `Nothing is missing from ${words.instant(provenFrom, report.zone)} to ${words.instant(provenTo, report.zone)}` +
    (open === 0 ? "" : "; what is younger may still change")
  ]
}
