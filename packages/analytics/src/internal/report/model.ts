/** What a report is, field by field. The descriptions become docs/analytics.md. */
import * as Schema from "effect/Schema"
import { views } from "../../Views.js"

const described = <A, I>(schema: Schema.Schema<A, I>, description: string) => schema.annotations({ description })
const text = (meaning: string) => described(Schema.String, meaning)
const count = (meaning: string) => described(Schema.Int, meaning)
const maybeNumber = (meaning: string) => described(Schema.NullOr(Schema.JsonNumber), meaning)
const number = (meaning: string) => described(Schema.JsonNumber, meaning)
const flag = (meaning: string) => described(Schema.Boolean, meaning)
const instant = (meaning: string) => described(Schema.String, meaning)
const maybeInstant = (meaning: string) => described(Schema.NullOr(Schema.String), meaning)
const list = <A, I>(item: Schema.Schema<A, I>, meaning: string) => described(Schema.Array(item), meaning)

/** The words of the view, so that the report cannot come to mean something else. */
export const meaning = (view: keyof typeof views, column: string): string =>
  views[view].columns.find(({ name }) => name === column)?.meaning ?? ""

const durationMeaning = (column: string) => meaning("call_duration_daily", column)
const durations = {
  calls: count("calls, whatever their outcome and duration"),
  callsTalked: count(durationMeaning("calls_talked")),
  callsVoicemail: count(durationMeaning("calls_voicemail")),
  callsOther: count(durationMeaning("calls_other")),
  callsZero: count(durationMeaning("calls_zero")),
  callsUnknown: count(durationMeaning("calls_unknown")),
  talkSeconds: count(durationMeaning("talk_seconds")),
  voicemailSeconds: count(durationMeaning("voicemail_seconds")),
  otherSeconds: count(durationMeaning("other_seconds")),
  meanSeconds: maybeNumber(durationMeaning("mean_seconds")),
  p50Seconds: maybeNumber(durationMeaning("p50_seconds")),
  p90Seconds: maybeNumber(durationMeaning("p90_seconds")),
  p99Seconds: maybeNumber(durationMeaning("p99_seconds"))
}

export const Totals = Schema.Struct({
  ...durations,
  incoming: count("calls somebody made to you: those of `rules.incoming`"),
  outgoing: count("calls whose direction is `outbound`"),
  messages: count(
    "messages of either direction in the dataset; they count in no figure but as a follow-up or an attempt at one"
  ),
  firstAt: maybeInstant("the start of the first call; null where there is none"),
  lastAt: maybeInstant("the start of the last call"),
  readAt: maybeInstant("when the source was last read")
})

export const Bucket = Schema.Struct({
  fromSeconds: count(meaning("call_duration_histogram", "from_seconds")),
  toSeconds: described(Schema.NullOr(Schema.Int), meaning("call_duration_histogram", "to_seconds")),
  calls: count(meaning("call_duration_histogram", "calls")),
  share: maybeNumber("`calls` of all calls with a duration above 0 of this source; null where there is none"),
  talked: count(meaning("call_duration_histogram", "talked")),
  talkedShare: maybeNumber(
    "`talked` of all answered and transferred calls with a duration above 0 of this source; null where there is none"
  )
})

const Spread = Schema.Struct({
  directions: list(
    Schema.Struct({ direction: text(meaning("calls", "direction")), ...durations }),
    "the same figures for every direction, the one with most calls first"
  ),
  buckets: list(
    Bucket,
    "the buckets of `call_duration_histogram`, over all directions"
  )
})

const whole = flag(
  "whether all of the day was read: false for the day on which reading began, and for the one on which it ended"
)

export const Day = Schema.Struct({
  day: text(meaning("call_duration_daily", "day")),
  calls: count("the calls that started then"),
  talkSeconds: count(durationMeaning("talk_seconds")),
  whole
})

export const Sentiment = Schema.Struct({
  positive: count(meaning("intent_breakdown", "sentiment_positive")),
  neutral: count(meaning("intent_breakdown", "sentiment_neutral")),
  negative: count(meaning("intent_breakdown", "sentiment_negative")),
  other: count(meaning("intent_breakdown", "sentiment_other")),
  unknown: count(meaning("intent_breakdown", "sentiment_unknown"))
})

export const Label = Schema.Struct({
  label: text(meaning("intent_breakdown", "label")),
  unlabelled: flag("true in the row of the calls that have none"),
  share: maybeNumber(meaning("intent_breakdown", "share")),
  ...durations,
  sentiment: described(
    Sentiment,
    "how callers felt"
  )
})

export const Labels = Schema.Struct({
  kind: text(meaning("intent_breakdown", "kind")),
  sharesAddUp: flag(meaning("intent_breakdown", "shares_add_up")),
  calls: count("the calls whose labels are known: what shares are of"),
  unlabelled: count("of them, those that have none"),
  detailsPending: count("calls whose details were not read yet, so that nobody knows their intent; in no share"),
  labels: count("how many labels there are, also those left out of `rows`"),
  rows: list(
    Label,
    "the 50 most frequent labels, the one with most calls first; `(unlabelled)` comes last"
  )
})

export const Hour = Schema.Struct({
  weekday: count(meaning("calls_by_hour", "weekday")),
  hour: count(meaning("calls_by_hour", "hour")),
  calls: count(meaning("calls_by_hour", "calls")),
  incoming: count(meaning("calls_by_hour", "incoming")),
  answerRate: maybeNumber(meaning("calls_by_hour", "answer_rate")),
  hours: count(meaning("calls_by_hour", "hours")),
  callsPerHour: maybeNumber(meaning("calls_by_hour", "calls_per_hour")),
  incomingPerHour: maybeNumber(meaning("calls_by_hour", "incoming_per_hour"))
})

/** The calls of an agent or an organisation. */
const taken = {
  ...durations,
  outgoing: count(meaning("calls_by_agent", "outgoing")),
  incoming: count(meaning("calls_by_agent", "incoming")),
  known: count(meaning("calls_by_agent", "known")),
  counted: count(meaning("calls_by_agent", "counted")),
  answered: count(meaning("calls_by_agent", "answered")),
  answerRate: maybeNumber(meaning("calls_by_agent", "answer_rate"))
}

export const Agent = Schema.Struct({
  name: described(
    Schema.NullOr(Schema.String),
    "the latest name, or else the id; with the organisation or the id behind it where several have that name; null in the row of " +
      "calls of nobody"
  ),
  ...taken
})

const Agents = Schema.Struct({
  agents: count("how many agents there are, also those left out of `rows`"),
  rows: list(
    Agent,
    "the 50 agents with most calls, the one with most first; the calls of nobody come last"
  )
})

export const Organization = Schema.Struct({
  organizationId: described(
    Schema.NullOr(Schema.String),
    "the team or organisation; null in the row of calls that name none"
  ),
  name: described(Schema.NullOr(Schema.String), "its name; null where the dataset knows none"),
  ...taken,
  missed: count("the incoming ones whose outcome is in `rules.missed`")
})

const Organizations = Schema.Struct({
  organizations: count("how many organisations there are, also those left out of `rows`"),
  rows: list(Organization, "the 100 organisations with most calls, the one with most first")
})

export const Outcome = Schema.Struct({
  outcome: text(meaning("calls", "outcome")),
  calls: count("the incoming calls that ended so"),
  answered: flag("whether the rule counts it as answered")
})

/** How many incoming calls were answered. */
const answering = {
  incoming: count(meaning("answer_rate", "incoming")),
  known: count(meaning("answer_rate", "known")),
  counted: count(meaning("answer_rate", "counted")),
  answered: count(meaning("answer_rate", "answered")),
  answerRate: maybeNumber(meaning("answer_rate", "answer_rate"))
}

export const AnswerDay = Schema.Struct({
  day: text(meaning("answer_rate", "day")),
  ...answering,
  whole
})

const Answers = Schema.Struct({
  ...answering,
  outcomes: list(
    Outcome,
    "incoming calls by outcome, the most frequent first"
  ),
  days: list(
    AnswerDay,
    "days with incoming calls"
  )
})

export const Followup = Schema.Struct({
  misses: count("missed calls, as `missed_followup` counts them"),
  callers: count(
    "missed callers with a number to call back: one for each row of `missed_followup`, in which misses of one number " +
      "are one until they are reached or answered"
  ),
  reached: count("of `callers`, those you reached: see `missed_followup`"),
  reachedInTime: count("of `reached`, those within `rules.followupHours` of their first miss"),
  reachedLate: count("of `reached`, those after that"),
  tried: count("of `callers`, those to whom every call was not taken and every message refused"),
  calledAgain: count("of `callers`, those who called again and were answered before you reached them"),
  waiting: count("of `callers`, those nobody tried to reach, whose hours were not over at the latest reading"),
  lost: count("of `callers`, those nobody tried to reach, whose hours were over"),
  unreachable: count("misses without a number to call back; in no share"),
  reachedShare: maybeNumber("`reached` / `callers`; null where there is none"),
  reachedInTimeShare: maybeNumber("`reachedInTime` / `callers`"),
  triedShare: maybeNumber("`tried` / `callers`"),
  lostShare: maybeNumber("`lost` / `callers`"),
  p50Seconds: maybeNumber("the median time from the first miss until you reached them, over `reached`"),
  p90Seconds: maybeNumber("the 90th percentile of the same"),
  within: list(
    Schema.Struct({
      hours: number("hours after the first miss"),
      callers: count("of `reached`, those you had reached by then")
    }),
    "how fast you reached them"
  ),
  asOf: maybeInstant(meaning("missed_followup", "as_of")),
  open: described(
    Schema.NullOr(
      Schema.Array(Schema.Struct({
        contactNumber: described(Schema.NullOr(Schema.String), meaning("missed_followup", "contact_number")),
        contactName: described(Schema.NullOr(Schema.String), meaning("missed_followup", "contact_name")),
        missedAt: instant(meaning("missed_followup", "missed_at")),
        lastMissedAt: instant(meaning("missed_followup", "last_missed_at")),
        misses: count(meaning("missed_followup", "misses")),
        tries: count(meaning("missed_followup", "tries")),
        state: text("`tried`, `waiting` or `lost`")
      }))
    ),
    "the 20 missed last who were neither reached nor answered; null unless numbers were asked for"
  )
})

export const Repeats = Schema.Struct({
  callers: count("different numbers that called; anonymous callers are left out"),
  again: count("of them, those that called twice or more"),
  calls: count("the calls of those that called twice or more"),
  soon: count("of `again`, those with a call at most `rules.repeatDays` days after their call before"),
  spread: list(
    Schema.Struct({
      from: count("so many calls or more"),
      to: described(Schema.NullOr(Schema.Int), "so many calls or fewer; null for no bound"),
      callers: count("callers with that many calls")
    }),
    "how often they called"
  ),
  top: described(
    Schema.NullOr(
      Schema.Array(Schema.Struct({
        contactNumber: text(meaning("repeat_callers", "contact_number")),
        contactName: described(Schema.NullOr(Schema.String), meaning("repeat_callers", "contact_name")),
        calls: count(meaning("repeat_callers", "calls")),
        answered: count(meaning("repeat_callers", "answered")),
        repeats: count(meaning("repeat_callers", "repeats")),
        lastAt: instant(meaning("repeat_callers", "last_at"))
      }))
    ),
    "the 20 who called most; null unless numbers were asked for"
  )
})

const stretch = {
  fromAt: instant(meaning("coverage", "from_at")),
  toAt: instant(meaning("coverage", "to_at")),
  state: text("`certified`, `open`, `uncertified` or `gap`, as in `coverage`")
}
export const Coverage = Schema.Struct({
  windows: count("windows that were read"),
  certified: count("of them, those with proof that nothing is missing"),
  open: count("of them, those too young to be settled"),
  uncertified: count("stretches of time whose latest reading failed its proof"),
  gaps: count("stretches between windows that were never asked for"),
  gapSeconds: count("how long they are together"),
  quarantined: count("rows that could not be read or did not fit; one that two windows met counts twice"),
  provenFrom: maybeInstant(
    "from when on nothing is missing in any scope; null where there is no such time. A stream that asks for more than " +
      "another one of its scope is left out"
  ),
  provenTo: maybeInstant("until when"),
  streams: count("how many there are of scope and stream, also those left out of `rows`"),
  rows: list(
    Schema.Struct({
      scope: text(meaning("coverage", "scope")),
      organizationName: described(Schema.NullOr(Schema.String), meaning("coverage", "organization_name")),
      stream: text(meaning("coverage", "stream")),
      fromAt: instant("the first instant that was asked for"),
      toAt: instant("the first instant after it"),
      certifiedTo: maybeInstant(
        "up to when nothing is missing since `fromAt`, in whichever zone the vendor counts its days; null where not even its beginning is certified"
      ),
      quarantined: count("rows that could not be read or did not fit"),
      stretches: list(
        Schema.Struct(stretch),
        "what is known of which time: of windows that overlap the one read last speaks; at most the latest 400"
      )
    }),
    "the 40 with most to worry about, by scope and stream"
  ),
  troubles: list(
    Schema.Struct({
      scope: text(meaning("coverage", "scope")),
      organizationName: described(Schema.NullOr(Schema.String), meaning("coverage", "organization_name")),
      stream: text(meaning("coverage", "stream")),
      ...stretch
    }),
    "the latest 100 stretches that are `uncertified` or a `gap`"
  )
})

const Source = Schema.Struct({
  source: text("`allo`, `allomia`, or `allo-v1` for histories of contacts, which have no figures but their coverage"),
  totals: described(Totals, "all calls of the source"),
  durations: described(Spread, "how durations are spread"),
  days: list(Day, "days with calls, in the zone"),
  labels: list(Labels, "what calls are about, one for each kind of label the source has"),
  hours: list(Hour, "168 rows, or none where there are no calls"),
  organizations: described(Organizations, "whose calls they are"),
  agents: described(Agents, "who talks"),
  answers: described(Answers, "how many of those who call are answered"),
  followup: described(Followup, "who was missed, and whether you reached them"),
  repeats: described(Repeats, "who calls again"),
  coverage: described(Coverage, "what was read, and what was not")
})

export const Rules = Schema.Struct({
  incoming: list(Schema.String, "`trunkline_incoming`"),
  answered: list(Schema.String, "`trunkline_answered`"),
  uncounted: list(Schema.String, "`trunkline_uncounted`"),
  missed: list(Schema.String, "`trunkline_missed`"),
  followupHours: number("`trunkline_followup_hours`"),
  repeatDays: number("`trunkline_repeat_days`"),
  gone: flag("`trunkline_gone`")
})

const nullable = <A, I>(schema: Schema.Schema<A, I>, meaning: string) => described(Schema.NullOr(schema), meaning)

export const Selected = Schema.Struct({
  since: maybeInstant("the first instant; null for no bound"),
  until: maybeInstant("the first instant after it; null for no bound"),
  sources: nullable(Schema.Array(Schema.String), "the sources; null for all"),
  accounts: nullable(
    Schema.Array(Schema.String),
    "the accounts of the configuration; null for all or for no configuration"
  ),
  organizations: nullable(
    Schema.Array(Schema.Struct({
      source: text("`allo` or `allomia`"),
      organizationId: text("the team or organisation"),
      name: nullable(Schema.String, "its name; null where the dataset knows none")
    })),
    "the organisations; null for all"
  )
})

const Notice = Schema.Struct({
  kind: described(Schema.Literal("attention", "note"), "`attention` where something should be done"),
  source: described(Schema.NullOr(Schema.String), "the source it is about; null where it is about all of them"),
  message: text("what is so, and what to do about it")
})

export const Report = Schema.typeSchema(Schema.Struct({
  version: described(Schema.Literal(1), "of this shape; fields may be added without another version"),
  generatedAt: instant("when it was made"),
  withNumbers: flag("whether phone numbers and names of contacts were asked for"),
  zone: text("`trunkline_zone`: of days, weekdays and hours; instants are in UTC"),
  rules: described(Rules, "by which it was counted"),
  selected: described(
    Selected,
    "what was asked for: every figure is of calls that started then, and of missed callers whose first miss came then; whether " +
      "they were reached is looked up to the latest reading"
  ),
  sources: list(Source, "in the order of their names; nothing is added up over them"),
  notices: list(Notice, "what a reader should know before trusting or using the figures")
}))

export type Report = typeof Report.Type
export type Source = Report["sources"][number]
export type Durations = Pick<Source["totals"], keyof typeof durations>
