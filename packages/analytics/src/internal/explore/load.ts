/** The one table that every chart of the explorer asks: a row per call, with what can be selected and what is summed. */
import * as ParquetFiles from "@trunkline/dataset/ParquetFiles"
import * as grain from "../grain.js"
import * as selection from "../selection.js"

export interface Options {
  readonly selection: selection.Selection
  /** Whether numbers and names of those who call are loaded at all. */
  readonly withNumbers: boolean
}

/** These have few words each, so that each call holds a number in place of its word. */
const worded = [
  "account",
  "source",
  "organization",
  "agent",
  "line",
  "direction",
  "outcome",
  "business_outcome",
  "intent",
  "recovery"
]

/** What looks like a number of seven digits or more, as `mask` of the report has it. The id of a call or agent is none. */
const numberless = (text: string): string =>
  `CASE
      WHEN regexp_full_match(${text}, '(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}') THEN ${text}
      ELSE regexp_replace(${text}, '[+＋(]*(\\p{Nd}[\\s().·/\\x{2010}-\\x{2015}\\x{a0}\\x{202f}-]*){6,}\\p{Nd}', '(number)', 'g')
    END`

const among = (column: string, values: ReadonlyArray<string | null>): string =>
  `coalesce(${column}, '') IN (${values.map((value) => ParquetFiles.quoted(value ?? "")).join(", ")})`

const narrowed = ({ accounts, organizations, since, sources, until }: selection.Selection): ReadonlyArray<string> => {
  return [
    ...(accounts === null ? [] : [among("account", accounts)]),
    ...(sources === null ? [] : [among("source", sources)]),
    ...(organizations === null ? [] : [among("organization_id", organizations)]),
    ...(since === null ? [] : [`started_at >= ${selection.instant(since)}`]),
    ...(until === null ? [] : [`started_at < ${selection.instant(until)}`])
  ]
}

const organization = ["account", "source", "organization_id"]
const agent = [...organization, "agent_id", "known_as"]
const line = [...organization, "line_number"]

/** A label once: those that several have get what tells them apart. */
const apart = (label: string, by: string): string =>
  `CASE WHEN count(*) OVER (PARTITION BY ${label}) = 1 THEN ${label} ELSE ${label} || ' · ' || ${by} END`

const counted = (keys: ReadonlyArray<string>): string =>
  `row_number() OVER (PARTITION BY label ORDER BY ${keys.join(", ")})`

/** A query over the views that gives the table, for whoever wants the figures elsewhere. */
export const query = ({ selection, withNumbers }: Options): string => {
  const conditions = narrowed(selection)
  const shown = withNumbers ? (text: string) => text : numberless
  return `WITH
  selected AS (
    SELECT
      *,
      CASE WHEN agent_id IS NULL THEN agent_name END AS known_as,
      CASE WHEN trim(primary_intent) <> '' THEN primary_intent END AS said_intent,
      CASE WHEN trim(business_outcome) <> '' THEN business_outcome END AS said_outcome,
      source = 'allomia' AND details_at IS NULL AND primary_intent IS NULL AS pending,
      coalesce(list_distinct([tag FOR tag IN tags IF trim(tag) <> '']), []) AS said_tags
    FROM calls${conditions.length === 0 ? "" : `\n    WHERE ${conditions.join("\n      AND ")}`}
  ),
  organization_labels AS (
    SELECT * EXCLUDE (label), ${apart("label", counted(organization))} AS label
    FROM (
      SELECT ${grain.list(organization)}, coalesce(${
    shown("any_value(organization_name)")
  }, organization_id, '(none)') AS label
      FROM selected
      GROUP BY ${grain.list(organization)}
    )
  ),
  agent_labels AS (
    SELECT * EXCLUDE (label), ${apart("label", counted(agent))} AS label
    FROM (
      SELECT * EXCLUDE (label, organization_label), ${apart("label", "organization_label")} AS label
      FROM (
        SELECT
          ${grain.list(agent, "agents")},
          organizations.label AS organization_label,
          coalesce(${shown("agents.name")}, agents.agent_id) AS label
        FROM (
          SELECT ${grain.list(agent)}, arg_max(agent_name, (started_at, call_id)) AS name
          FROM selected
          WHERE agent_id IS NOT NULL OR agent_name IS NOT NULL
          GROUP BY ${grain.list(agent)}
        ) AS agents
        JOIN organization_labels AS organizations ON ${grain.same(organization, "organizations", "agents")}
      )
    )
  ),
  line_labels AS (
    SELECT * EXCLUDE (label), ${apart("label", counted(line))} AS label
    FROM (
      SELECT
        ${grain.list(line, "numbers")},
        ${
    withNumbers
      ? "concat_ws(' ', any_value(lines.name), numbers.line_number)"
      : `coalesce(${shown("any_value(lines.name)")}, '…' || right(numbers.line_number, 2))`
  } AS label
      FROM (SELECT DISTINCT ${grain.list(line)} FROM selected WHERE line_number IS NOT NULL) AS numbers
      LEFT JOIN lines
        ON lines.account IS NOT DISTINCT FROM numbers.account AND lines.source = numbers.source
        AND lines.number = numbers.line_number
      GROUP BY ${grain.list(line, "numbers")}
    )
  )
SELECT
  selected.call_id,
  selected.account,
  selected.source,
  organization_labels.label AS organization,
  coalesce(agent_labels.label, '(none)') AS agent,
  coalesce(line_labels.label, '(none)') AS line,
  selected.direction,
  selected.outcome,
  -- What came of a call and what the caller wanted are null until the details of the call were read.
  CASE WHEN NOT pending AND selected.source = 'allomia' THEN coalesce(said_outcome, '(none)') ELSE said_outcome END AS business_outcome,
  CASE WHEN NOT pending AND selected.source = 'allomia' THEN coalesce(${shown("said_intent")}, '(unlabelled)')
    ELSE ${shown("said_intent")} END AS intent,
  CASE WHEN len(said_tags) > 0 THEN ${
    withNumbers ? "said_tags" : `[${numberless("tag")} FOR tag IN said_tags]`
  } WHEN selected.source = 'allo' THEN ['(unlabelled)'] ELSE [] END AS tags,
  -- Of the first missed call of a caller.
  CASE missed.state
    WHEN 'reached' THEN CASE WHEN missed.in_time THEN 'reached in time' ELSE 'reached later' END
    WHEN 'called_again' THEN 'called again'
    ELSE missed.state END AS recovery,
  selected.started_at,
  selected.started_local,
  selected.started_local::DATE AS day,
  isodow(selected.started_local)::TINYINT AS weekday,
  hour(selected.started_local)::TINYINT AS hour,
  selected.duration_seconds,
  CASE WHEN trunkline_talked(selected.outcome) AND selected.duration_seconds > 0 THEN selected.duration_seconds END AS talk_seconds,
  list_contains(trunkline_incoming(), selected.direction) AS incoming,
  incoming AND trunkline_counts(selected.outcome) AS counted,
  counted AND list_contains(trunkline_answered(), selected.outcome) AS answered,
  NOT pending AND said_outcome IS NOT NULL AS judged,
  judged AND list_contains([lower(word) FOR word IN trunkline_converted()], lower(trim(said_outcome))) AS converted${
    withNumbers ? ",\n  selected.contact_number,\n  selected.contact_name" : ""
  }
FROM selected
JOIN organization_labels ON ${grain.same(organization, "organization_labels", "selected")}
LEFT JOIN agent_labels ON ${grain.same(agent, "agent_labels", "selected")}
LEFT JOIN line_labels ON ${grain.same(line, "line_labels", "selected")}
LEFT JOIN missed_followup AS missed
  ON missed.account IS NOT DISTINCT FROM selected.account AND missed.source = selected.source
  AND missed.call_id = selected.call_id`
}

/** Statements that hold the table in memory. */
export const script = (query: string): string =>
  [
    `CREATE TABLE loaded AS ${query};`,
    ...worded.map((column) =>
      `CREATE TYPE word_of_${column} AS ENUM (SELECT DISTINCT ${column}::VARCHAR FROM loaded WHERE ${column} IS NOT NULL);`
    ),
    `CREATE TABLE explored AS SELECT * REPLACE (${
      worded.map((column) => `${column}::word_of_${column} AS ${column}`).join(", ")
    }) FROM loaded ORDER BY started_at, call_id;`,
    "DROP TABLE loaded;"
  ].join("\n")
