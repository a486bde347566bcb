/** The one table that every chart of the explorer asks: a row per call, with what can be selected and what is summed. */
import * as ParquetFiles from "@trunkline/dataset/ParquetFiles"
import * as grain from "../grain.js"
import * as selection from "../selection.js"

export interface Options {
  readonly selection: selection.Selection
  /** Whether numbers and names of those who call are loaded at all. */
  readonly withNumbers: boolean
}

/** Columns with few words each: a call holds a number in place of its word. They are found in these tables, by these names. */
const worded = {
  account: "SELECT account FROM selected",
  source: "SELECT source FROM selected",
  organization: "SELECT label FROM organization_labels",
  agent: "SELECT label FROM agent_labels UNION ALL SELECT '(none)'",
  line: "SELECT label FROM line_labels UNION ALL SELECT '(none)'",
  direction: "SELECT direction FROM selected",
  outcome: "SELECT outcome FROM selected",
  business_outcome: "SELECT business_outcome FROM selected",
  intent: "SELECT intent FROM selected",
  recovery: "SELECT recovery FROM missed",
  tags: "SELECT unnest(tags) FROM selected"
}

const heldAs = (column: string): string => `word_of_${column}${column === "tags" ? "[]" : ""}`

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
const line = ["account", "source", "line_number"]

/** A label once: those that several have get what tells them apart. */
const apart = (label: string, by: string): string =>
  `CASE WHEN count(*) OVER (PARTITION BY ${label}) = 1 THEN ${label} ELSE ${label} || ' · ' || ${by} END`

const counted = (keys: ReadonlyArray<string>): string =>
  `row_number() OVER (PARTITION BY label ORDER BY ${keys.join(", ")})`

/** A NUL ends a word where DuckDB holds it as one of few. */
const word = (text: string): string => `replace(${text}, chr(0), '')`

interface Part {
  readonly name: string
  readonly sql: string
}

/** What the table is made of, in this order. */
const parts = ({ selection, withNumbers }: Options): ReadonlyArray<Part> => {
  const conditions = narrowed(selection)
  const shown = (text: string) => word(withNumbers ? text : numberless(text))
  return [
    {
      name: "missed",
      sql: `-- By the first missed call of a caller.
SELECT
  account,
  source,
  call_id,
  CASE state
    WHEN 'reached' THEN CASE WHEN in_time THEN 'reached in time' ELSE 'reached later' END
    WHEN 'called_again' THEN 'called again'
    ELSE state
  END AS recovery
FROM missed_followup`
    },
    {
      name: "selected",
      sql: `SELECT
  call_id,
  account,
  source,
  organization_id,
  organization_name,
  agent_id,
  agent_name,
  CASE WHEN agent_id IS NULL THEN agent_name END AS known_as,
  line_number,
  ${word("direction")} AS direction,
  ${word("outcome")} AS outcome,
  -- What came of a call and what the caller wanted are null until the details of the call were read.
  source = 'allomia' AND details_at IS NULL AND primary_intent IS NULL AS pending,
  CASE WHEN trim(business_outcome) <> '' THEN ${
        word("business_outcome")
      } WHEN source = 'allomia' AND NOT pending THEN '(none)' END AS business_outcome,
  CASE WHEN trim(primary_intent) <> '' THEN ${
        shown("primary_intent")
      } WHEN source = 'allomia' AND NOT pending THEN '(unlabelled)' END AS intent,
  CASE
    WHEN len([tag FOR tag IN tags IF trim(tag) <> '']) > 0 THEN list_distinct([${
        shown("tag")
      } FOR tag IN tags IF trim(tag) <> ''])
    WHEN source = 'allo' THEN ['(unlabelled)']
    ELSE []
  END AS tags,
  started_at,
  started_local,
  duration_seconds,
  coalesce(NOT pending AND trim(calls.business_outcome) <> '', false) AS judged,
  judged AND list_contains([lower(word) FOR word IN trunkline_converted()], lower(trim(calls.business_outcome))) AS converted${
        withNumbers ? ",\n  contact_number,\n  contact_name" : ""
      }
FROM calls${conditions.length === 0 ? "" : `\nWHERE ${conditions.join("\n  AND ")}`}`
    },
    {
      name: "organization_labels",
      sql: `SELECT * EXCLUDE (label), ${apart("label", counted(organization))} AS label
FROM (
  SELECT
    ${grain.list(organization)},
    coalesce(${shown("any_value(organization_name)")}, ${word("organization_id")}, '(none)') AS label
  FROM selected
  GROUP BY ${grain.list(organization)}
)`
    },
    {
      name: "agent_labels",
      sql: `SELECT * EXCLUDE (label), ${apart("label", counted(agent))} AS label
FROM (
  SELECT * EXCLUDE (label, organization_label), ${apart("label", "organization_label")} AS label
  FROM (
    SELECT
      ${grain.list(agent, "agents")},
      organizations.label AS organization_label,
      coalesce(${shown("agents.name")}, ${word("agents.agent_id")}) AS label
    FROM (
      SELECT ${grain.list(agent)}, arg_max(agent_name, (started_at, call_id)) AS name
      FROM selected
      WHERE agent_id IS NOT NULL OR agent_name IS NOT NULL
      GROUP BY ${grain.list(agent)}
    ) AS agents
    JOIN organization_labels AS organizations ON ${grain.same(organization, "organizations", "agents")}
  )
)`
    },
    {
      name: "line_labels",
      sql: `SELECT * EXCLUDE (label), ${apart("label", counted(line))} AS label
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
)`
    }
  ]
}

/** Of the parts: a row per call. */
const made = ({ withNumbers }: Options): string =>
  `SELECT
  selected.call_id,
  selected.account,
  selected.source,
  organization_labels.label AS organization,
  coalesce(agent_labels.label, '(none)') AS agent,
  coalesce(line_labels.label, '(none)') AS line,
  direction,
  outcome,
  business_outcome,
  intent,
  tags,
  missed.recovery,
  started_at,
  started_local,
  started_local::DATE AS day,
  isodow(started_local)::TINYINT AS weekday,
  hour(started_local)::TINYINT AS hour,
  duration_seconds,
  CASE WHEN trunkline_talked(outcome) AND duration_seconds > 0 THEN duration_seconds END AS talk_seconds,
  list_contains(trunkline_incoming(), direction) AS incoming,
  incoming AND trunkline_counts(outcome) AS counted,
  counted AND list_contains(trunkline_answered(), outcome) AS answered,
  judged,
  converted${withNumbers ? ",\n  contact_number,\n  contact_name" : ""}
FROM selected
JOIN organization_labels ON ${grain.same(organization, "organization_labels", "selected")}
LEFT JOIN agent_labels ON ${grain.same(agent, "agent_labels", "selected")}
LEFT JOIN line_labels ON ${grain.same(line, "line_labels", "selected")}
LEFT JOIN missed
  ON missed.account IS NOT DISTINCT FROM selected.account AND missed.source = selected.source
  AND missed.call_id = selected.call_id`

const indented = (text: string): string => text.replaceAll("\n", "\n    ")

/** A query over the views that gives the table, for whoever wants the figures elsewhere. */
export const query = (options: Options): string =>
  `WITH
  ${parts(options).map(({ name, sql }) => `${name} AS (\n    ${indented(sql)}\n  )`).join(",\n  ")}
${made(options)}`

/** Statements that hold the table in memory. */
export const script = (options: Options): string => {
  const all = parts(options)
  return [
    ...all.map(({ name, sql }) => `CREATE TABLE ${name} AS ${sql};`),
    ...Object.entries(worded).map(([column, words]) =>
      // In the order in which charts show words of equal counts.
      `CREATE TYPE word_of_${column} AS ENUM (
  SELECT DISTINCT word::VARCHAR AS word FROM (${words}) AS found (word) WHERE word IS NOT NULL ORDER BY word
);`
    ),
    `CREATE TABLE explored AS SELECT * REPLACE (${
      Object.keys(worded).map((column) => `${column}::${heldAs(column)} AS ${column}`).join(", ")
    }) FROM (${made(options)});`,
    ...all.map(({ name }) => `DROP TABLE ${name};`)
  ].join("\n")
}
