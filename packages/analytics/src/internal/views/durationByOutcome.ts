/** How long calls last by what became of them. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as grain from "../grain.js"

export const Row = Schema.Struct({
  ...grain.fields,
  by: cell.text("`outcome`, `direction` or `agent`: what the row is of, besides the outcome"),
  outcome: cell.text("as in `calls`"),
  is_talk: cell.flag("whether it is `answered` or `transferred`: whether durations are handle times"),
  direction: cell.maybeText("as in `calls`, where the row is by direction; else null"),
  agent_id: cell.maybeText("the agent, where the row is by agent; null for calls without one"),
  agent_name: cell.maybeText("the name in the agent's latest call of this outcome that has one"),
  calls: cell.count("the calls of the row"),
  calls_timed: cell.count("of `calls`, those with a duration above 0"),
  calls_zero: cell.count("of `calls`, those of 0 seconds"),
  calls_unknown: cell.count("of `calls`, those whose duration is not known"),
  total_seconds: cell.count("the sum of the durations"),
  mean_seconds: cell.maybeNumber(
    "the mean duration of `calls_timed`: the AHT where `is_talk`; null where there is none"
  ),
  p50_seconds: cell.maybeNumber("the median duration of `calls_timed`"),
  p90_seconds: cell.maybeNumber("the 90th percentile of the durations of `calls_timed`")
})

export const view = View.make({
  name: "duration_by_outcome",
  grain: "one row per organisation and outcome; one per outcome and direction; and one per outcome and agent",
  definition: [
    "The calls of an outcome stand in the rows of three kinds, so that quantiles can be read off and need not be added up: pick one " +
    "with WHERE \"by\" = 'outcome', 'direction' or 'agent'.",
    "Mean and quantiles are over `calls_timed`: `calls` = `calls_timed` + `calls_zero` + `calls_unknown`. The mean of answered and " +
    "transferred calls is what a call centre calls AHT; the length of a voicemail is none. `calls_by_agent` has the AHT of an agent " +
    "over both outcomes.",
    "A duration is what the vendor says it is, without the work after the call, which nobody reports. Quantiles are continuous, as in " +
    "`call_duration_daily`.",
    "An agent is an `agent_id` of an organisation; without an id the name is the agent."
  ],
  row: Row,
  body: `WITH
  named AS (
    SELECT *, CASE WHEN agent_id IS NULL THEN agent_name END AS known_as FROM calls
  )
SELECT
  ${grain.list(grain.columns)},
  CASE WHEN grouping(direction) = 0 THEN 'direction' WHEN grouping(agent_id) = 0 THEN 'agent' ELSE 'outcome' END AS "by",
  outcome,
  trunkline_talked(outcome) AS is_talk,
  direction,
  agent_id,
  CASE WHEN grouping(agent_id) = 0 THEN arg_max(agent_name, (started_at, call_id)) END AS agent_name,
  count(*) AS calls,
  count(*) FILTER (duration_seconds > 0) AS calls_timed,
  count(*) FILTER (duration_seconds = 0) AS calls_zero,
  count(*) FILTER (duration_seconds IS NULL) AS calls_unknown,
  coalesce(sum(duration_seconds), 0)::BIGINT AS total_seconds,
  avg(duration_seconds) FILTER (duration_seconds > 0) AS mean_seconds,
  quantile_cont(duration_seconds, 0.5) FILTER (duration_seconds > 0) AS p50_seconds,
  quantile_cont(duration_seconds, 0.9) FILTER (duration_seconds > 0) AS p90_seconds
FROM named
GROUP BY GROUPING SETS (
  (${grain.list(grain.columns)}, outcome),
  (${grain.list(grain.columns)}, outcome, direction),
  (${grain.list(grain.columns)}, outcome, agent_id, known_as)
)
ORDER BY ${grain.list(grain.columns)}, "by" DESC, outcome, calls DESC, direction, agent_id, agent_name`
})
