/** How many of those who call are answered. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as answers from "../answers.js"
import * as cell from "../cell.js"
import * as grain from "../grain.js"

export const Row = Schema.Struct({
  ...grain.fields,
  day: cell.day("the day in the zone at which the calls started"),
  rule: cell.text("the rule by which it was counted, such as `inbound: answered + transferred`"),
  incoming: cell.count("incoming calls"),
  known: cell.count("of them, those whose outcome is known"),
  counted: answers.fields.counted,
  answered: answers.fields.answered,
  voicemail: cell.count("of `incoming`, those that reached a voicemail"),
  missed: cell.count("of `incoming`, those nobody took"),
  blocked: cell.count("of `incoming`, those of blocked callers"),
  failed: cell.count("of `incoming`, those that broke"),
  unknown: cell.count("of `incoming`, those whose outcome is not known: `incoming` - `known`"),
  answer_rate: answers.fields.answer_rate
})

export const view = View.make({
  name: "answer_rate",
  grain: "one row per organisation and day that has incoming calls",
  definition: [
    ...answers.definition,
    "For a month or for all days, divide the sums, never average the rates: " +
    "SELECT organization_name, sum(answered) / nullif(sum(counted), 0) FROM answer_rate GROUP BY ALL."
  ],
  row: Row,
  body: `SELECT
  ${grain.list(grain.columns)},
  started_local::DATE AS day,
  array_to_string(trunkline_incoming(), ' + ') || ': ' || array_to_string(trunkline_answered(), ' + ')
    || CASE WHEN len(trunkline_uncounted()) > 0 THEN ', without ' || array_to_string(trunkline_uncounted(), ', ') ELSE '' END
    AS rule,
  count(*) AS incoming,
  count(*) FILTER (outcome <> 'unknown') AS known,
  count(*) FILTER (trunkline_counts(outcome)) AS counted,
  count(*) FILTER (trunkline_counts(outcome) AND list_contains(trunkline_answered(), outcome)) AS answered,
  count(*) FILTER (outcome = 'voicemail') AS voicemail,
  count(*) FILTER (outcome = 'missed') AS missed,
  count(*) FILTER (outcome = 'blocked') AS blocked,
  count(*) FILTER (outcome = 'failed') AS failed,
  count(*) FILTER (outcome = 'unknown') AS unknown,
  answered / nullif(counted, 0) AS answer_rate
FROM calls
WHERE list_contains(trunkline_incoming(), direction)
GROUP BY ALL
ORDER BY ${grain.list(grain.columns)}, day`
})
