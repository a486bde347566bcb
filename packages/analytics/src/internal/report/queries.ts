/** What a report asks the views. A row has the fields of the report's model, and those that decide where it stands. */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as answered from "../answers.js"
import * as durations from "../durations.js"
import { instant, type Selection } from "../selection.js"
import { body as callsByAgent } from "../views/callsByAgent.js"
import { body as callsByHour } from "../views/callsByHour.js"
import { body as intentBreakdown } from "../views/intentBreakdown.js"
import { body as intentDuration } from "../views/intentDuration.js"
import * as model from "./model.js"

export interface Query<Row> {
  readonly row: Schema.Schema<Row>
  readonly text: string
}

const query = <Fields extends Schema.Struct.Fields>(fields: Fields, text: string) => ({
  row: Schema.typeSchema(Schema.Struct(fields)),
  text
})

/** `p50_seconds` as `p50Seconds`, and instants as text, also in lists and structs. */
export const camel = (value: unknown): unknown =>
  DateTime.isDateTime(value)
    ? DateTime.formatIso(value)
    : Array.isArray(value)
    ? value.map(camel)
    : typeof value === "object" && value !== null
    ? Object.fromEntries(
      Object.entries(value).map(([name, field]) => [
        name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
        camel(field)
      ])
    )
    : value

/** The longest lists a reader still reads; the report says how many were left out. */
const most = { labels: 50, agents: 50, numbers: 20, organizations: 100 }

const source = { source: Schema.String }
/** The figures of a source are over its accounts and organisations together. */
const by = ["source"]
const MaybeText = Schema.NullOr(Schema.String)

/** The days of a report are those of one zone, also where organisations lie in several. */
export const oneZone = "SET VARIABLE trunkline_zone = coalesce(trunkline_zone(), 'UTC');"

export const settings = query(
  { zone: Schema.String, ...model.Rules.fields },
  `SELECT
  trunkline_zone() AS zone,
  trunkline_incoming() AS incoming,
  trunkline_answered() AS answered,
  trunkline_uncounted() AS uncounted,
  trunkline_missed() AS missed,
  trunkline_followup_hours() AS followup_hours,
  trunkline_repeat_days() AS repeat_days,
  trunkline_gone() AS gone`
)
export const noSettings = {
  zone: "UTC",
  incoming: [],
  answered: [],
  uncounted: [],
  missed: [],
  followupHours: 0,
  repeatDays: 0,
  gone: false
}

/** Every organisation that calls name or that was listed, with its latest name. */
export const organizations = query(
  { ...source, account: MaybeText, organizationId: Schema.String, name: MaybeText },
  `SELECT source, account, organization_id, arg_max(name, last_seen_at) FILTER (name IS NOT NULL) AS name
FROM (
  SELECT source, account, organization_id, name, last_seen_at FROM organizations
  UNION ALL
  SELECT DISTINCT source, account, organization_id, NULL, NULL FROM calls WHERE organization_id IS NOT NULL
)
GROUP BY source, account, organization_id
ORDER BY source, name, organization_id`
)

/** The row of a direction, and the row of all of them, whose direction is null. */
export const totals = query(
  { ...source, direction: MaybeText, ...Struct.omit(model.Totals.fields, "messages") },
  `SELECT
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
)
export const noTotals = {
  calls: 0,
  callsTalked: 0,
  callsVoicemail: 0,
  callsOther: 0,
  callsZero: 0,
  callsUnknown: 0,
  talkSeconds: 0,
  voicemailSeconds: 0,
  otherSeconds: 0,
  meanSeconds: null,
  p50Seconds: null,
  p90Seconds: null,
  p99Seconds: null,
  incoming: 0,
  outgoing: 0,
  firstAt: null,
  lastAt: null,
  readAt: null
}

export const messages = query(
  { ...source, messages: Schema.Int },
  "SELECT source, count(*) AS messages FROM messages GROUP BY source"
)

export const buckets = query(
  { ...source, ...Struct.omit(model.Bucket.fields, "share", "talkedShare") },
  `SELECT
  source, from_seconds, to_seconds, sum(calls)::BIGINT AS calls, sum(talked)::BIGINT AS talked
FROM call_duration_histogram
GROUP BY ALL
ORDER BY source, from_seconds`
)

export const days = query(
  { ...source, ...Struct.omit(model.Day.fields, "whole") },
  `SELECT source, day, sum(calls)::BIGINT AS calls, sum(talk_seconds)::BIGINT AS talk_seconds
FROM call_duration_daily
GROUP BY ALL
ORDER BY source, day`
)

export const labels = query(
  {
    ...source,
    ...model.Label.fields,
    ...Struct.pick(model.Labels.fields, "kind", "sharesAddUp", "detailsPending", "labels"),
    knownCalls: Schema.Int
  },
  `SELECT
  breakdown.*,
  breakdown.label = '(unlabelled)' AS unlabelled,
  coalesce(duration.talk_seconds, 0) AS talk_seconds,
  coalesce(duration.voicemail_seconds, 0) AS voicemail_seconds,
  coalesce(duration.other_seconds, 0) AS other_seconds,
  duration.p50_seconds,
  duration.p90_seconds,
  duration.p99_seconds,
  struct_pack(${
    Object.keys(model.Sentiment.fields).map((word) => `${word} := breakdown.sentiment_${word}`).join(", ")
  }) AS sentiment,
  totals.calls - breakdown.details_pending AS known_calls,
  count(*) FILTER (breakdown.label <> '(unlabelled)') OVER (PARTITION BY breakdown.source, breakdown.kind) AS labels
FROM (${intentBreakdown(by)}) AS breakdown
LEFT JOIN (${intentDuration(by)}) AS duration
  ON duration.source = breakdown.source AND duration.kind = breakdown.kind AND duration.label = breakdown.label
JOIN (SELECT source, count(*) AS calls FROM calls GROUP BY source) AS totals ON totals.source = breakdown.source
QUALIFY unlabelled OR row_number() OVER (
  PARTITION BY breakdown.source, breakdown.kind
  ORDER BY breakdown.label = '(unlabelled)', breakdown.calls DESC, breakdown.label
) <= ${most.labels}
ORDER BY breakdown.source, breakdown.kind, unlabelled, breakdown.calls DESC, breakdown.label`
)

export const hours = query({ ...source, ...model.Hour.fields }, callsByHour(by))

export const agents = query(
  { ...source, agentId: MaybeText, ...model.Agent.fields, agents: Schema.Int },
  `SELECT
  *,
  coalesce(agent_name, agent_id) AS name,
  count(*) FILTER (agent_id IS NOT NULL OR agent_name IS NOT NULL) OVER (PARTITION BY source) AS agents
FROM (${callsByAgent(by)})
QUALIFY name IS NULL OR row_number() OVER (
  PARTITION BY source
  ORDER BY agent_id IS NULL AND agent_name IS NULL, calls DESC, agent_id, agent_name
) <= ${most.agents}
ORDER BY source, name IS NULL, calls DESC, agent_id, agent_name`
)

export const answers = query(
  { ...source, ...Struct.omit(model.AnswerDay.fields, "whole") },
  `SELECT
  source, day, sum(incoming)::BIGINT AS incoming, sum(known)::BIGINT AS known,
  sum(counted)::BIGINT AS counted, sum(answered)::BIGINT AS answered,
  sum(answered) / nullif(sum(counted), 0) AS answer_rate
FROM answer_rate
GROUP BY ALL
ORDER BY source, day`
)

/** Agents whose calls are all of one organisation. */
export const agentOrganizations = query(
  { ...source, agentId: Schema.String, organizationId: Schema.String },
  `SELECT source, agent_id, any_value(organization_id) AS organization_id
FROM calls
WHERE agent_id IS NOT NULL
GROUP BY source, agent_id
HAVING count(DISTINCT organization_id) = 1`
)

/** Those with most calls, each with how many there are. */
export const organizationCalls = query(
  { ...source, ...Struct.omit(model.Organization.fields, "name"), organizations: Schema.Int },
  `WITH counted AS (
  SELECT
    source,
    organization_id,
    ${durations.sql},
    ${answered.sql},
    count(*) FILTER (direction = 'outbound') AS outgoing,
    count(*) FILTER (list_contains(trunkline_incoming(), direction) AND list_contains(trunkline_missed(), outcome)) AS missed
  FROM calls
  GROUP BY source, organization_id
)
SELECT
  *,
  answered / nullif(counted, 0) AS answer_rate,
  count(organization_id) OVER (PARTITION BY source) AS organizations
FROM counted
QUALIFY row_number() OVER (PARTITION BY source ORDER BY calls DESC, organization_id) <= ${most.organizations}
ORDER BY source, calls DESC, organization_id`
)

/** `answer_rate` counts what the rule says is answered; here every outcome has its own row, and says whether it is. */
export const outcomes = query(
  { ...source, ...model.Outcome.fields },
  `SELECT
  source, outcome, count(*) AS calls, list_contains(trunkline_answered(), outcome) AS answered
FROM calls
WHERE list_contains(trunkline_incoming(), direction)
GROUP BY ALL
ORDER BY source, calls DESC, outcome`
)

const within = [0.25, 1, 4, 24, 72]
const byYou = "state = 'reached'"
/** A row as one value. */
const packed = (fields: string): string =>
  `struct_pack(${fields.split(", ").map((name) => `${name} := ${name}`).join(", ")})`

/**
 * The row of a state, and the row of all of them, whose state is null; numbers only where they are wanted. A range is of the
 * first misses: what followed is looked for in all that was read.
 */
export const followups = (
  withNumbers: boolean,
  { since, until }: Pick<Selection, "since" | "until"> = { since: null, until: null }
) =>
  query(
    {
      ...source,
      state: MaybeText,
      inTime: Schema.Int,
      ...Struct.pick(
        model.Followup.fields,
        "misses",
        "callers",
        "p50Seconds",
        "p90Seconds",
        "within",
        "asOf",
        "open"
      )
    },
    `WITH
  missed AS MATERIALIZED (
    FROM missed_followup
    WHERE ${since === null ? "true" : `missed_at >= ${instant(since)}`}
      AND ${until === null ? "true" : `missed_at < ${instant(until)}`}
  ),
  open AS (
    SELECT
      source,
      list(
        ${packed("contact_number, contact_name, missed_at, last_missed_at, misses, tries, state")}
        ORDER BY last_missed_at DESC, call_id
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
      [${
      within.map((hours) =>
        `{'hours': ${hours}::DOUBLE, 'callers': count(*) FILTER (${byYou} AND seconds_to_followup <= ${hours * 3600})}`
      ).join(",\n        ")
    }] AS within,
      max(as_of) AS as_of
    FROM missed
    GROUP BY GROUPING SETS ((source), (source, state))
  )
SELECT counted.*, open.rows AS open
FROM counted
LEFT JOIN open ON open.source = counted.source
ORDER BY counted.source, counted.state`
  )
export const noFollowup = {
  misses: 0,
  callers: 0,
  p50Seconds: null,
  p90Seconds: null,
  within: within.map((hours) => ({ hours, callers: 0 })),
  asOf: null,
  open: null
}

const spread = [[2, 2], [3, 3], [4, 5], [6, 9], [10, null]] as const

export const repeats = (withNumbers: boolean) =>
  query(
    { ...source, ...model.Repeats.fields },
    `WITH
  callers AS (
    SELECT source, count(*) AS callers
    FROM (
      SELECT DISTINCT account, source, organization_id, trunkline_number(contact_number) AS number
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
        ${packed("contact_number, contact_name, calls, answered, repeats, last_at")}
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
  [${
      spread.map(([from, to]) =>
        `{'from': ${from}, 'to': ${to}, 'callers': count(*) FILTER (repeating.calls >= ${from}${
          to === null ? "" : ` AND repeating.calls <= ${to}`
        })}`
      ).join(",\n    ")
    }] AS spread,
  any_value(top.rows) AS top
FROM callers
LEFT JOIN repeating ON repeating.source = callers.source
LEFT JOIN top ON top.source = callers.source
GROUP BY callers.source
ORDER BY callers.source`
  )
export const noRepeats = {
  callers: 0,
  again: 0,
  calls: 0,
  soon: 0,
  spread: spread.map(([from, to]) => ({ from, to, callers: 0 })),
  top: null
}
