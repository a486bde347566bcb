/** Whom you try to reach, and whom you reach. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as grain from "../grain.js"

export const Row = Schema.Struct({
  ...grain.fields,
  agent_id: cell.maybeText("the agent; null for calls without one, and where the vendor gave a name only"),
  agent_name: cell.maybeText("the name in the agent's latest outbound call that has one"),
  hour: cell.whole("0 to 23, by the wall clock of the zone: when the calls began"),
  tried: cell.count("outbound calls, whatever became of them"),
  known: cell.count("of `tried`, those whose outcome is known"),
  reached: cell.count("of `tried`, those that were answered or transferred"),
  connect_rate: cell.maybeNumber("`reached` / `known`; null where none is known"),
  reached_numbered: cell.count("of `reached`, those of a number with three digits or more"),
  reached_at_once: cell.count("of `reached_numbered`, those at the first attempt"),
  attempts: cell.count("the attempts it took for `reached_numbered`, the last one of each included"),
  attempts_to_reach: cell.maybeNumber("`attempts` / `reached_numbered`; null where there is none"),
  talk_seconds: cell.count("the sum of the durations of `reached`")
})

export const view = View.make({
  name: "outbound",
  grain: "one row per organisation, agent and hour of the day that has outbound calls",
  definition: [
    "Tried is any outbound call; reached is one that was answered or transferred. A machine that took the call reached nobody. `unknown` " +
    "outcomes are on neither side of the rate. Messages stand in `messages_daily`.",
    "Attempts are counted for each number, in whatever spelling, of an organisation: the first outbound call to it is the first attempt, and " +
    "after a call that reached it counting begins anew. All attempts count for the agent and the hour of the call that reached, whoever " +
    "made the others. Of two calls at one instant the one with the smaller id comes first.",
    "All columns but the name and the two rates add up: for an agent, or for an hour, divide the sums."
  ],
  row: Row,
  body: `WITH
  made AS (
    SELECT
      ${grain.list(grain.columns)},
      agent_id,
      CASE WHEN agent_id IS NULL THEN agent_name END AS known_as,
      agent_name,
      hour(started_local)::INTEGER AS hour,
      started_at,
      call_id,
      outcome <> 'unknown' AS is_known,
      trunkline_talked(outcome) AS is_reached,
      duration_seconds,
      CASE WHEN trunkline_reachable(contact_number) THEN trunkline_number(contact_number) END AS number
    FROM calls
    WHERE direction = 'outbound'
  ),
  rounds AS (
    SELECT *, coalesce(count(*) FILTER (is_reached) OVER (
      PARTITION BY ${grain.list(grain.columns)}, number
      ORDER BY started_at, call_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS round
    FROM made
  ),
  counted AS (
    SELECT *, CASE WHEN number IS NOT NULL THEN row_number() OVER (
      PARTITION BY ${grain.list(grain.columns)}, number, round
      ORDER BY started_at, call_id
    ) END AS attempt
    FROM rounds
  ),
  names AS (
    SELECT ${grain.list(grain.columns)}, agent_id, known_as, arg_max(agent_name, (started_at, call_id)) AS agent_name
    FROM made
    GROUP BY ${grain.list(grain.columns)}, agent_id, known_as
  )
SELECT
  ${grain.list(grain.columns, "counted")},
  counted.agent_id,
  any_value(names.agent_name) AS agent_name,
  counted.hour,
  count(*) AS tried,
  count(*) FILTER (is_known) AS known,
  count(*) FILTER (is_reached) AS reached,
  count(*) FILTER (is_reached) / nullif(count(*) FILTER (is_known), 0) AS connect_rate,
  count(*) FILTER (is_reached AND number IS NOT NULL) AS reached_numbered,
  count(*) FILTER (is_reached AND attempt = 1) AS reached_at_once,
  coalesce(sum(attempt) FILTER (is_reached), 0)::BIGINT AS attempts,
  sum(attempt) FILTER (is_reached) / nullif(count(*) FILTER (is_reached AND number IS NOT NULL), 0) AS attempts_to_reach,
  coalesce(sum(duration_seconds) FILTER (is_reached), 0)::BIGINT AS talk_seconds
FROM counted
JOIN names ON ${grain.same([...grain.columns, "agent_id", "known_as"], "names", "counted")}
GROUP BY ${grain.list(grain.columns, "counted")}, counted.agent_id, counted.known_as, counted.hour
ORDER BY ${grain.list(grain.columns, "counted")}, counted.agent_id, agent_name, counted.hour`
})
