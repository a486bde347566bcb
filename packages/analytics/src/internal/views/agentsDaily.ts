/** What each agent does, day by day. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as answers from "../answers.js"
import * as cell from "../cell.js"
import * as durations from "../durations.js"
import * as grain from "../grain.js"

export const Row = Schema.Struct({
  ...grain.fields,
  day: cell.day("the day in the zone at which the calls started"),
  agent_id: cell.maybeText("the agent; null where the vendor gave a name only"),
  agent_name: cell.maybeText("the name in the agent's latest call of the day that has one; null where none has"),
  ...durations.fields,
  outgoing: cell.count("the calls whose direction is `outbound`"),
  reached: cell.count("of `outgoing`, those that were answered or transferred"),
  ...answers.fields,
  first_at: cell.instant("the start of the first call of the day"),
  last_at: cell.instant("the start of the last call of the day")
})

export const view = View.make({
  name: "agents_daily",
  grain: "one row per organisation, day and agent that has calls",
  definition: [
    "An agent is an `agent_id` of an organisation, under any name; without an id the name is the agent. Calls with neither are in no row. A " +
    "call counts whole for the one agent the vendor names and on the day it started in the zone.",
    ...answers.definition,
    ...durations.definition
  ],
  row: Row,
  body: `WITH
  counted AS (
    SELECT
      ${grain.list(grain.columns)},
      started_local::DATE AS day,
      agent_id,
      CASE WHEN agent_id IS NULL THEN agent_name END AS known_as,
      arg_max(agent_name, (started_at, call_id)) AS agent_name,
      ${durations.sql.replaceAll("\n", "\n    ")},
      count(*) FILTER (direction = 'outbound') AS outgoing,
      count(*) FILTER (direction = 'outbound' AND trunkline_talked(outcome)) AS reached,
      ${answers.sql.replaceAll("\n", "\n    ")},
      min(started_at) AS first_at,
      max(started_at) AS last_at
    FROM calls
    WHERE agent_id IS NOT NULL OR agent_name IS NOT NULL
    GROUP BY ${grain.list(grain.columns)}, started_local::DATE, agent_id, known_as
  )
SELECT
  ${grain.list(grain.columns)},
  day,
  agent_id,
  agent_name,
  ${Object.keys(durations.fields).join(",\n  ")},
  outgoing,
  reached,
  incoming,
  known,
  counted,
  answered,
  answered / nullif(counted, 0) AS answer_rate,
  first_at,
  last_at
FROM counted
ORDER BY ${grain.list(grain.columns)}, day, calls DESC, agent_id, agent_name`
})
