/**
 * Everything the report shows, gathered from the views into one plain value.
 *
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Analytics } from "./Analytics.js"
import type { AnalyticsError } from "./AnalyticsError.js"
import * as durations from "./internal/durations.js"
import * as coverage from "./internal/report/coverage.js"
import { mask } from "./internal/report/mask.js"
import * as model from "./internal/report/model.js"
import { notices } from "./internal/report/notices.js"
import { checking } from "./internal/rows.js"

/**
 * What `trunkline report --json` prints. Every field is described in docs/analytics.md.
 *
 * @since 0.1.0
 * @category models
 */
export interface Report extends Schema.Schema.Type<typeof model.Report> {}

/**
 * @since 0.1.0
 * @category models
 */
export const Report: Schema.Schema<Report> = model.Report

/**
 * One source of a report; nothing is added up over sources.
 *
 * @since 0.1.0
 * @category models
 */
export type Source = Report["sources"][number]

/**
 * Asks the views, so that a million calls are never read one by one. Zone and rules are those of the `Analytics` it is
 * given. Without `withNumbers` the report holds no phone number, no name of a contact and no summary.
 *
 * @since 0.1.0
 * @category constructors
 */
export const gather = (
  options?: { readonly withNumbers?: boolean | undefined }
): Effect.Effect<Report, AnalyticsError, Analytics> => gathering(options?.withNumbers ?? false)

/** The longest lists a reader still reads; the report says how many were left out. */
const most = { labels: 50, agents: 50, numbers: 20 }

const gathering = Effect.fn("Report.gather")(function*(withNumbers: boolean) {
  const analytics = yield* Analytics
  const ask = <Row>(row: Schema.Schema<Row>, text: string) =>
    Stream.runCollect(analytics.sql(text)).pipe(
      Effect.map(Chunk.toReadonlyArray),
      Effect.flatMap(checking(row))
    )
  const shown = (text: string) => withNumbers ? text : mask(text)

  const [settings] = yield* ask(Settings, settingsSql)
  const totals = yield* ask(Total, totalsSql)
  const messages = yield* ask(Messages, `SELECT source, count(*) AS messages FROM messages GROUP BY source`)
  const buckets = yield* ask(Bucket, bucketsSql)
  const days = yield* ask(Day, daysSql)
  const labels = yield* ask(Label, labelsSql)
  const hours = yield* Stream.runCollect(analytics.view("calls_by_hour"))
  const agents = yield* ask(Agent, agentsSql)
  const answers = yield* Stream.runCollect(analytics.view("answer_rate"))
  const outcomes = yield* ask(Outcome, outcomesSql)
  const followups = yield* ask(Followup, followupsSql(withNumbers))
  const repeats = yield* ask(Repeats, repeatsSql(withNumbers))
  const windows = yield* Stream.runCollect(analytics.view("coverage"))
  const now = DateTime.unsafeMake(yield* Clock.currentTimeMillis)

  const found = [...new Set([...totals, ...messages, ...windows].map(({ source }) => source))].toSorted()
  const sources = found.map((source): Source => {
    const of = <Row extends { readonly source: string }>(rows: Iterable<Row>): ReadonlyArray<Row> =>
      Array.from(rows).filter((row) => row.source === source)
    const [total] = of(totals).filter(({ direction }) => direction === null)
    const answered = of(answers)
    const [incoming, known, taken] = [sum(answered, "incoming"), sum(answered, "known"), sum(answered, "answered")]
    const [repeat] = of(repeats)
    const states = of(followups)
    const callersIn = (state: string) => sum(states.filter((row) => row.state === state), "callers")
    const [all] = states.filter(({ state }) => state === null)
    const reached = callersIn("reached")
    const reachedInTime = sum(states.filter(({ state }) => state === "reached"), "in_time")
    const unreachable = callersIn("unreachable")
    const callers = (all?.callers ?? 0) - unreachable
    const timed = sum(of(buckets), "calls")
    const talked = sum(of(buckets), "talked")
    const read = coverage.read(of(windows), shown)
    const readAt = [total?.read_at ?? null, ...of(windows).map(({ read_at }) => read_at)].filter((at) => at !== null)
    const isWhole = coverage.wholeDays(of(windows), iso(latest(readAt)), settings?.zone ?? "UTC")
    return {
      source,
      totals: {
        ...(total === undefined ? nothing : durationsOf(total)),
        incoming: total?.incoming ?? 0,
        outgoing: total?.outgoing ?? 0,
        messages: sum(of(messages), "messages"),
        firstAt: iso(total?.first_at),
        lastAt: iso(total?.last_at),
        readAt: iso(latest(readAt))
      },
      durations: {
        directions: of(totals).flatMap((row) =>
          row.direction === null ? [] : [{ direction: shown(row.direction), ...durationsOf(row) }]
        ),
        buckets: of(buckets).map(({ calls, from_seconds, talked: inBucket, to_seconds }) => ({
          fromSeconds: from_seconds,
          toSeconds: to_seconds,
          calls,
          share: ratio(calls, timed),
          talked: inBucket,
          talkedShare: ratio(inBucket, talked)
        }))
      },
      days: of(days).map(({ calls, day, talk_seconds }) => ({
        day,
        calls,
        talkSeconds: talk_seconds,
        whole: isWhole(day)
      })),
      labels: kindsOf(of(labels)).map(({ kind, rows }) => ({
        kind,
        sharesAddUp: rows[0]?.shares_add_up ?? false,
        calls: rows[0]?.known_calls ?? 0,
        unlabelled: sum(rows.filter(({ unlabelled }) => unlabelled), "calls"),
        detailsPending: rows[0]?.details_pending ?? 0,
        labels: rows[0]?.labels ?? 0,
        rows: rows.map((row) => ({
          label: shown(row.label),
          unlabelled: row.unlabelled,
          share: row.share,
          ...durationsOf(row),
          sentiment: {
            positive: row.sentiment_positive,
            neutral: row.sentiment_neutral,
            negative: row.sentiment_negative,
            other: row.sentiment_other,
            unknown: row.sentiment_unknown
          }
        }))
      })),
      hours: of(hours).map((row) => ({
        weekday: row.weekday,
        hour: row.hour,
        calls: row.calls,
        incoming: row.incoming,
        answerRate: row.answer_rate,
        hours: row.hours,
        callsPerHour: row.calls_per_hour,
        incomingPerHour: row.incoming_per_hour
      })),
      agents: {
        agents: of(agents)[0]?.agents ?? 0,
        rows: of(agents).map((row) => ({
          name: row.nobody ? null : shown(row.agent_name ?? row.agent_id ?? ""),
          ...durationsOf(row),
          outgoing: row.outgoing,
          incoming: row.incoming,
          known: row.known,
          answered: row.answered,
          answerRate: row.answer_rate
        }))
      },
      answers: {
        incoming,
        known,
        answered: taken,
        answerRate: ratio(taken, known),
        outcomes: of(outcomes).map(({ answered, calls, outcome }) => ({ outcome: shown(outcome), calls, answered })),
        days: answered.map((row) => ({
          day: row.day,
          incoming: row.incoming,
          known: row.known,
          answered: row.answered,
          answerRate: row.answer_rate,
          whole: isWhole(row.day)
        }))
      },
      followup: {
        misses: all?.misses ?? 0,
        callers,
        reached,
        reachedInTime,
        reachedLate: reached - reachedInTime,
        tried: callersIn("tried"),
        calledAgain: callersIn("called_again"),
        waiting: callersIn("waiting"),
        lost: callersIn("lost"),
        unreachable,
        reachedShare: ratio(reached, callers),
        reachedInTimeShare: ratio(reachedInTime, callers),
        triedShare: ratio(callersIn("tried"), callers),
        lostShare: ratio(callersIn("lost"), callers),
        p50Seconds: all?.p50_seconds ?? null,
        p90Seconds: all?.p90_seconds ?? null,
        within: [
          { hours: 0.25, callers: all?.within_15m ?? 0 },
          { hours: 1, callers: all?.within_1h ?? 0 },
          { hours: 4, callers: all?.within_4h ?? 0 },
          { hours: 24, callers: all?.within_24h ?? 0 },
          { hours: 72, callers: all?.within_72h ?? 0 }
        ],
        asOf: iso(all?.as_of),
        open: withNumbers
          ? (all?.open ?? []).map((row) => ({
            contactNumber: row.contact_number,
            contactName: row.contact_name,
            missedAt: DateTime.formatIso(row.missed_at),
            lastMissedAt: DateTime.formatIso(row.last_missed_at),
            misses: row.misses,
            tries: row.tries,
            state: row.state
          }))
          : null
      },
      repeats: {
        callers: repeat?.callers ?? 0,
        again: repeat?.again ?? 0,
        calls: repeat?.calls ?? 0,
        soon: repeat?.soon ?? 0,
        spread: [
          { from: 2, to: 2, callers: repeat?.two ?? 0 },
          { from: 3, to: 3, callers: repeat?.three ?? 0 },
          { from: 4, to: 5, callers: repeat?.five ?? 0 },
          { from: 6, to: 9, callers: repeat?.nine ?? 0 },
          { from: 10, to: null, callers: repeat?.more ?? 0 }
        ],
        top: withNumbers
          ? (repeat?.top ?? []).map((row) => ({
            contactNumber: row.contact_number,
            contactName: row.contact_name,
            calls: row.calls,
            answered: row.answered,
            repeats: row.repeats,
            lastAt: DateTime.formatIso(row.last_at)
          }))
          : null
      },
      coverage: read
    }
  })
  const report = {
    version: 1 as const,
    generatedAt: DateTime.formatIso(now),
    withNumbers,
    zone: settings?.zone ?? "UTC",
    rules: {
      incoming: settings?.incoming ?? [],
      answered: settings?.answered ?? [],
      missed: settings?.missed ?? [],
      followupHours: settings?.followup_hours ?? 0,
      repeatDays: settings?.repeat_days ?? 0
    },
    sources
  }
  return { ...report, notices: notices(report) }
})

/** A kind is an intent or a tag; in the order they came in. */
const kindsOf = (rows: ReadonlyArray<typeof Label.Type>) =>
  [...new Set(rows.map(({ kind }) => kind))].map((kind) => ({ kind, rows: rows.filter((row) => row.kind === kind) }))

const iso = (instant: DateTime.Utc | null | undefined): string | null =>
  instant === null || instant === undefined ? null : DateTime.formatIso(instant)

const ratio = (part: number, whole: number): number | null => whole === 0 ? null : part / whole

const latest = (instants: ReadonlyArray<DateTime.Utc>): DateTime.Utc | undefined =>
  instants.toSorted((one, other) => one.epochMillis - other.epochMillis).at(-1)

const sum = <Field extends string>(
  rows: ReadonlyArray<{ readonly [field in Field]: number }>,
  field: Field
): number => rows.reduce((total, row) => total + row[field], 0)

type Durations = Schema.Struct.Type<typeof durations.fields>

const durationsOf = (row: Durations) => ({
  calls: row.calls,
  callsTalked: row.calls_talked,
  callsVoicemail: row.calls_voicemail,
  callsOther: row.calls_other,
  callsZero: row.calls_zero,
  callsUnknown: row.calls_unknown,
  talkSeconds: row.talk_seconds,
  voicemailSeconds: row.voicemail_seconds,
  otherSeconds: row.other_seconds,
  meanSeconds: row.mean_seconds,
  p50Seconds: row.p50_seconds,
  p90Seconds: row.p90_seconds,
  p99Seconds: row.p99_seconds
})

const nothing = durationsOf({
  calls: 0,
  calls_talked: 0,
  calls_voicemail: 0,
  calls_other: 0,
  calls_zero: 0,
  calls_unknown: 0,
  talk_seconds: 0,
  voicemail_seconds: 0,
  other_seconds: 0,
  mean_seconds: null,
  p50_seconds: null,
  p90_seconds: null,
  p99_seconds: null
})

const typed = <Fields extends Schema.Struct.Fields>(fields: Fields) => Schema.typeSchema(Schema.Struct(fields))
/** A row as one value. */
const packed = (fields: Schema.Struct.Fields): string =>
  `struct_pack(${Object.keys(fields).map((name) => `${name} := ${name}`).join(", ")})`
const Instant = Schema.DateTimeUtcFromSelf
const MaybeNumber = Schema.NullOr(Schema.Number)
const MaybeText = Schema.NullOr(Schema.String)

const Settings = typed({
  zone: Schema.String,
  incoming: Schema.Array(Schema.String),
  answered: Schema.Array(Schema.String),
  missed: Schema.Array(Schema.String),
  followup_hours: Schema.Number,
  repeat_days: Schema.Number
})
const settingsSql = `SELECT
  trunkline_zone() AS zone,
  trunkline_incoming() AS incoming,
  trunkline_answered() AS answered,
  trunkline_missed() AS missed,
  trunkline_followup_hours() AS followup_hours,
  trunkline_repeat_days() AS repeat_days`

const Total = typed({
  source: Schema.String,
  direction: MaybeText,
  ...durations.fields,
  incoming: Schema.Int,
  outgoing: Schema.Int,
  first_at: Instant,
  last_at: Instant,
  read_at: Instant
})
/** The row of a direction, and the row of all of them, whose direction is null. */
const totalsSql = `SELECT
  source,
  direction,
  ${durations.sql},
  count(*) FILTER (list_contains(trunkline_incoming(), direction)) AS incoming,
  count(*) FILTER (direction = 'outbound') AS outgoing,
  min(started_at) AS first_at,
  max(started_at) AS last_at,
  max(exported_at) AS read_at
FROM calls
GROUP BY GROUPING SETS ((source), (source, direction))
ORDER BY source, calls DESC, direction`

const Messages = typed({ source: Schema.String, messages: Schema.Int })

const Bucket = typed({
  source: Schema.String,
  from_seconds: Schema.Int,
  to_seconds: Schema.NullOr(Schema.Int),
  calls: Schema.Int,
  talked: Schema.Int
})
const bucketsSql = `SELECT
  source, from_seconds, to_seconds, sum(calls)::BIGINT AS calls, sum(talked)::BIGINT AS talked
FROM call_duration_histogram
GROUP BY ALL
ORDER BY source, from_seconds`

const Day = typed({ source: Schema.String, day: Schema.String, calls: Schema.Int, talk_seconds: Schema.Int })
const daysSql = `SELECT source, day, sum(calls)::BIGINT AS calls, sum(talk_seconds)::BIGINT AS talk_seconds
FROM call_duration_daily
GROUP BY ALL
ORDER BY source, day`

const Label = typed({
  source: Schema.String,
  kind: Schema.String,
  label: Schema.String,
  unlabelled: Schema.Boolean,
  share: MaybeNumber,
  shares_add_up: Schema.Boolean,
  ...durations.fields,
  sentiment_positive: Schema.Int,
  sentiment_neutral: Schema.Int,
  sentiment_negative: Schema.Int,
  sentiment_other: Schema.Int,
  sentiment_unknown: Schema.Int,
  details_pending: Schema.Int,
  known_calls: Schema.Int,
  labels: Schema.Int
})
const labelsSql = `SELECT
  breakdown.source,
  breakdown.kind,
  breakdown.label,
  breakdown.label = '(unlabelled)' AS unlabelled,
  breakdown.share,
  breakdown.shares_add_up,
  breakdown.calls,
  ${Object.keys(durations.parts).map((part) => `breakdown.${part}`).join(",\n  ")},
  coalesce(duration.talk_seconds, 0) AS talk_seconds,
  coalesce(duration.voicemail_seconds, 0) AS voicemail_seconds,
  coalesce(duration.other_seconds, 0) AS other_seconds,
  breakdown.mean_seconds,
  duration.p50_seconds,
  duration.p90_seconds,
  duration.p99_seconds,
  breakdown.sentiment_positive,
  breakdown.sentiment_neutral,
  breakdown.sentiment_negative,
  breakdown.sentiment_other,
  breakdown.sentiment_unknown,
  breakdown.details_pending,
  totals.calls - breakdown.details_pending AS known_calls,
  count(*) FILTER (breakdown.label <> '(unlabelled)') OVER (PARTITION BY breakdown.source, breakdown.kind) AS labels
FROM intent_breakdown AS breakdown
LEFT JOIN intent_duration AS duration
  ON duration.source = breakdown.source AND duration.kind = breakdown.kind AND duration.label = breakdown.label
JOIN (SELECT source, count(*) AS calls FROM calls GROUP BY source) AS totals ON totals.source = breakdown.source
QUALIFY unlabelled OR row_number() OVER (
  PARTITION BY breakdown.source, breakdown.kind
  ORDER BY breakdown.label = '(unlabelled)', breakdown.calls DESC, breakdown.label
) <= ${most.labels}
ORDER BY breakdown.source, breakdown.kind, unlabelled, breakdown.calls DESC, breakdown.label`

const Agent = typed({
  source: Schema.String,
  agent_id: MaybeText,
  agent_name: MaybeText,
  nobody: Schema.Boolean,
  ...durations.fields,
  outgoing: Schema.Int,
  incoming: Schema.Int,
  known: Schema.Int,
  answered: Schema.Int,
  answer_rate: MaybeNumber,
  agents: Schema.Int
})
const agentsSql = `SELECT
  source, agent_id, agent_name, agent_id IS NULL AND agent_name IS NULL AS nobody,
  ${Object.keys(durations.fields).join(", ")},
  outgoing, incoming, known, answered, answer_rate,
  count(*) FILTER (agent_id IS NOT NULL OR agent_name IS NOT NULL) OVER (PARTITION BY source) AS agents
FROM calls_by_agent
QUALIFY nobody OR row_number() OVER (
  PARTITION BY source
  ORDER BY agent_id IS NULL AND agent_name IS NULL, calls DESC, agent_id, agent_name
) <= ${most.agents}
ORDER BY source, nobody, calls DESC, agent_id, agent_name`

const Outcome = typed({
  source: Schema.String,
  outcome: Schema.String,
  calls: Schema.Int,
  answered: Schema.Boolean
})
/** `answer_rate` counts what the rule says is answered; here every outcome has its own row, and says whether it is. */
const outcomesSql = `SELECT
  source, outcome, count(*) AS calls, list_contains(trunkline_answered(), outcome) AS answered
FROM calls
WHERE list_contains(trunkline_incoming(), direction)
GROUP BY ALL
ORDER BY source, calls DESC, outcome`

const Waiting = Schema.Struct({
  contact_number: MaybeText,
  contact_name: MaybeText,
  missed_at: Instant,
  last_missed_at: Instant,
  misses: Schema.Int,
  tries: Schema.Int,
  state: Schema.String
})
const Followup = typed({
  source: Schema.String,
  state: MaybeText,
  callers: Schema.Int,
  misses: Schema.Int,
  in_time: Schema.Int,
  p50_seconds: MaybeNumber,
  p90_seconds: MaybeNumber,
  within_15m: Schema.Int,
  within_1h: Schema.Int,
  within_4h: Schema.Int,
  within_24h: Schema.Int,
  within_72h: Schema.Int,
  as_of: Schema.NullOr(Instant),
  open: Schema.NullOr(Schema.Array(Waiting))
})
const byYou = "state = 'reached'"
/** The row of a state, and the row of all of them, whose state is null; numbers only where they are wanted. */
const followupsSql = (withNumbers: boolean) =>
  `WITH
  missed AS MATERIALIZED (FROM missed_followup),
  open AS (
    SELECT
      source,
      list(
        ${packed(Waiting.fields)} ORDER BY last_missed_at DESC, call_id
      ) AS rows
    FROM (
      FROM missed
      WHERE ${withNumbers} AND state IN ('tried', 'waiting', 'lost')
      QUALIFY row_number() OVER (PARTITION BY source ORDER BY last_missed_at DESC, call_id) <= ${most.numbers}
    )
    GROUP BY source
  ),
  counted AS (
    SELECT
      source,
      state,
      count(*) AS callers,
      sum(misses)::BIGINT AS misses,
      count(*) FILTER (in_time) AS in_time,
      quantile_cont(seconds_to_followup, 0.5) FILTER (${byYou}) AS p50_seconds,
      quantile_cont(seconds_to_followup, 0.9) FILTER (${byYou}) AS p90_seconds,
      count(*) FILTER (${byYou} AND seconds_to_followup <= 900) AS within_15m,
      count(*) FILTER (${byYou} AND seconds_to_followup <= 3600) AS within_1h,
      count(*) FILTER (${byYou} AND seconds_to_followup <= 14400) AS within_4h,
      count(*) FILTER (${byYou} AND seconds_to_followup <= 86400) AS within_24h,
      count(*) FILTER (${byYou} AND seconds_to_followup <= 259200) AS within_72h,
      max(as_of) AS as_of
    FROM missed
    GROUP BY GROUPING SETS ((source), (source, state))
  )
SELECT counted.*, open.rows AS open
FROM counted
LEFT JOIN open ON open.source = counted.source
ORDER BY counted.source, counted.state`

const Caller = Schema.Struct({
  contact_number: Schema.String,
  contact_name: MaybeText,
  calls: Schema.Int,
  answered: Schema.Int,
  repeats: Schema.Int,
  last_at: Instant
})
const Repeats = typed({
  source: Schema.String,
  callers: Schema.Int,
  again: Schema.Int,
  calls: Schema.Int,
  soon: Schema.Int,
  two: Schema.Int,
  three: Schema.Int,
  five: Schema.Int,
  nine: Schema.Int,
  more: Schema.Int,
  top: Schema.NullOr(Schema.Array(Caller))
})
const repeatsSql = (withNumbers: boolean) =>
  `WITH
  callers AS (
    SELECT source, count(*) AS callers
    FROM (
      SELECT DISTINCT source, CASE WHEN source = 'allomia' THEN organization_id END AS scope, contact_number
      FROM calls
      WHERE list_contains(trunkline_incoming(), direction) AND trunkline_reachable(contact_number)
    )
    GROUP BY source
  ),
  repeating AS MATERIALIZED (FROM repeat_callers),
  top AS (
    SELECT
      source,
      list(
        ${packed(Caller.fields)}
        ORDER BY calls DESC, contact_number, organization_id
      ) AS rows
    FROM (
      FROM repeating
      WHERE ${withNumbers}
      QUALIFY row_number() OVER (
        PARTITION BY source
        ORDER BY calls DESC, contact_number, organization_id
      ) <= ${most.numbers}
    )
    GROUP BY source
  )
SELECT
  callers.source,
  any_value(callers.callers) AS callers,
  count(repeating.calls) AS again,
  coalesce(sum(repeating.calls), 0)::BIGINT AS calls,
  count(*) FILTER (repeating.repeats > 0) AS soon,
  count(*) FILTER (repeating.calls = 2) AS two,
  count(*) FILTER (repeating.calls = 3) AS three,
  count(*) FILTER (repeating.calls BETWEEN 4 AND 5) AS five,
  count(*) FILTER (repeating.calls BETWEEN 6 AND 9) AS nine,
  count(*) FILTER (repeating.calls >= 10) AS more,
  any_value(top.rows) AS top
FROM callers
LEFT JOIN repeating ON repeating.source = callers.source
LEFT JOIN top ON top.source = callers.source
GROUP BY callers.source
ORDER BY callers.source`
