/** Who talks, how much and how long. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as answers from "../answers.js"
import * as cell from "../cell.js"
import * as durations from "../durations.js"
import * as grain from "../grain.js"

export const Row = Schema.Struct({
  ...grain.fields,
  agent_id: cell.maybeText("the agent; null in the row of calls without one, and where the vendor gave a name only"),
  agent_name: cell.maybeText("the name in the agent's latest call that has one; null where none has"),
  agent_email: cell.maybeText("the address in the agent's latest call that has one"),
  ...durations.fields,
  outgoing: cell.count("the calls whose direction is `outbound`"),
  ...answers.fields,
  first_at: cell.instant("the start of the first call"),
  last_at: cell.instant("the start of the last call")
})

/** Of agents apart by these columns. */
export const body = (by: ReadonlyArray<string>): string =>
  `WITH
  agents AS (
    SELECT
      ${grain.list(by)},
      agent_id,
      CASE WHEN agent_id IS NULL THEN agent_name END AS known_as,
      arg_max(agent_name, (started_at, call_id)) AS agent_name,
      arg_max(agent_email, (started_at, call_id)) AS agent_email,
      ${durations.sql.replaceAll("\n", "\n    ")},
      count(*) FILTER (direction = 'outbound') AS outgoing,
      ${answers.sql.replaceAll("\n", "\n    ")},
      min(started_at) AS first_at,
      max(started_at) AS last_at
    FROM calls
    GROUP BY ${grain.list(by)}, agent_id, known_as
  )
SELECT
  ${grain.list(by)},
  agent_id,
  agent_name,
  agent_email,
  ${Object.keys(durations.fields).join(",\n  ")},
  outgoing,
  incoming,
  known,
  counted,
  answered,
  answered / nullif(counted, 0) AS answer_rate,
  first_at,
  last_at
FROM agents
ORDER BY ${grain.list(by)}, calls DESC, agent_id, agent_name`

export const view = View.make({
  name: "calls_by_agent",
  grain: "one row per organisation and agent, and one for the calls that have none",
  definition: [
    "An agent is an `agent_id` of an organisation, under any name; without an id the name is the agent. So two agents of one " +
    "name are two rows, and one who works for two organisations has a row of each. Calls with neither are one row in " +
    "which both are null.",
    "A call counts for the one agent the vendor names, also when it was transferred. Of two latest calls at the same " +
    "instant the one with the greater id gives the name.",
    ...answers.definition,
    ...durations.definition
  ],
  row: Row,
  body: body(grain.columns)
})
