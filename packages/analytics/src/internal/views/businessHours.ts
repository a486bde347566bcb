/** What becomes of calls in and after business hours. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as answers from "../answers.js"
import * as cell from "../cell.js"
import * as grain from "../grain.js"
import * as hours from "../hours.js"

export const Row = Schema.Struct({
  ...grain.fields,
  is_open: cell.maybeFlag(
    "whether the organisation was open when the calls began; null where nobody said when it is open"
  ),
  ...answers.fields,
  incoming: cell.count("the incoming calls"),
  missed_callers: cell.count("rows of `missed_followup` that began then and have a number to call back"),
  reached: cell.count("of them, those whom you reached"),
  reached_in_time: cell.count("of `reached`, those within `trunkline_followup_hours` (24)"),
  called_again: cell.count("of `missed_callers`, those who called again and were answered before you reached them"),
  tried: cell.count("of them, those whom you tried to reach and did not"),
  waiting: cell.count("of them, those whom nobody tried to reach, whose hours were not over at the latest reading"),
  lost: cell.count("of them, those whom nobody tried to reach, whose hours were over"),
  recovered_share: cell.maybeNumber("`reached` + `called_again` of `missed_callers`; null where there is none"),
  p50_seconds_to_reach: cell.maybeNumber("the median time from the first miss until you reached them, over `reached`")
})

export const view = View.make({
  name: "business_hours",
  grain: "one row per organisation for the time in which it is open, and one for the time in which it is closed",
  definition: [
    hours.definition,
    ...answers.definition,
    "Missed callers are those of `missed_followup`, where their first miss began: an hour after closing time is after hours, whenever " +
    "they were reached. Each is one of `reached`, `called_again`, `tried`, `waiting` and `lost`. Who they are: SELECT contact_number, " +
    "missed_at, state, followup_at FROM missed_followup WHERE NOT is_open."
  ],
  row: Row,
  body: `WITH
  came AS (
    SELECT
      ${grain.list(grain.columns, "calls")},
      ${hours.isOpen} AS is_open,
      ${answers.sql.replaceAll("\n", "\n    ")}
    FROM calls
    ${hours.join.replaceAll("\n", "\n    ")}
    WHERE list_contains(trunkline_incoming(), direction)
    GROUP BY ALL
  ),
  missed AS (
    SELECT
      ${grain.list(grain.columns)},
      is_open,
      count(*) AS missed_callers,
      count(*) FILTER (state = 'reached') AS reached,
      count(*) FILTER (state = 'reached' AND in_time) AS reached_in_time,
      count(*) FILTER (state = 'called_again') AS called_again,
      count(*) FILTER (state = 'tried') AS tried,
      count(*) FILTER (state = 'waiting') AS waiting,
      count(*) FILTER (state = 'lost') AS lost,
      quantile_cont(seconds_to_followup, 0.5) FILTER (state = 'reached') AS p50_seconds_to_reach
    FROM missed_followup
    WHERE state <> 'unreachable'
    GROUP BY ALL
  )
SELECT
  ${grain.list(grain.columns, "came")},
  came.is_open,
  came.incoming,
  came.known,
  came.counted,
  came.answered,
  came.answered / nullif(came.counted, 0) AS answer_rate,
  coalesce(missed.missed_callers, 0) AS missed_callers,
  coalesce(missed.reached, 0) AS reached,
  coalesce(missed.reached_in_time, 0) AS reached_in_time,
  coalesce(missed.called_again, 0) AS called_again,
  coalesce(missed.tried, 0) AS tried,
  coalesce(missed.waiting, 0) AS waiting,
  coalesce(missed.lost, 0) AS lost,
  (missed.reached + missed.called_again) / nullif(missed.missed_callers, 0) AS recovered_share,
  missed.p50_seconds_to_reach
FROM came
LEFT JOIN missed ON ${grain.same([...grain.columns, "is_open"], "missed", "came")}
ORDER BY ${grain.list(grain.columns, "came")}, came.is_open DESC`
})
