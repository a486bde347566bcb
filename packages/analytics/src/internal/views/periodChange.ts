/** What changed since the period before. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as answers from "../answers.js"
import * as cell from "../cell.js"
import * as durations from "../durations.js"
import * as grain from "../grain.js"
import * as periods from "../periods.js"

export const Row = Schema.Struct({
  ...grain.fields,
  metric: cell.text(
    "`calls`, `incoming`, `outgoing`, `answered`, `answer_rate`, `talk_seconds`, `mean_seconds`, `p50_seconds` or `p90_seconds`"
  ),
  begins: cell.day("the first day of the period, in the zone"),
  ends: cell.day("the first day after it"),
  value: cell.maybeNumber("the figure of the period; null for a rate, mean or quantile of nothing"),
  value_before: cell.maybeNumber("the same of the days before"),
  change: cell.maybeNumber("`value` - `value_before`; null where one of them is"),
  growth: cell.maybeNumber("`change` / `value_before`: 0.5 is half as much again; null where that is 0 or null"),
  before_is_whole: cell.maybeFlag(
    "whether the days before were read from their beginning; null where no window says so"
  )
})

/** In the order in which they are shown. */
const counts = ["calls", "incoming", "outgoing", "answered"]
const sums = ["talk_seconds"]
const others = ["mean_seconds", "p50_seconds", "p90_seconds"]
const metrics = [...counts, "answer_rate", ...sums, ...others]

export const view = View.make({
  name: "period_change",
  grain: "one row per organisation and metric",
  definition: [
    ...periods.definition,
    "Each metric is that of its column in `calls_by_agent`, over all agents. A period without calls has 0 calls, and no rate, mean or quantile.",
    ...answers.definition,
    ...durations.definition
  ],
  row: Row,
  body: `WITH
  ${periods.sql},
  counted AS (
    SELECT
      ${grain.list(grain.columns, "calls")},
      started_local >= begins AS is_now,
      ${durations.sql.replaceAll("\n", "\n    ")},
      count(*) FILTER (direction = 'outbound') AS outgoing,
      ${answers.sql.replaceAll("\n", "\n    ")}
    FROM calls
    JOIN compared ON ${grain.same(grain.columns, "compared", "calls")}
      AND started_local >= begins_before AND started_local < ends
    GROUP BY ALL
  ),
  figures AS (
    SELECT *, answered / nullif(counted, 0) AS answer_rate FROM counted
  ),
  listed AS (
    SELECT
      compared.*,
      unnest([${
    metrics.map((metric, place) => {
      const value = (of: string) =>
        [...counts, ...sums].includes(metric) ? `coalesce(${of}.${metric}, 0)::DOUBLE` : `${of}.${metric}::DOUBLE`
      return `{'place': ${place}, 'metric': '${metric}', 'value': ${value("figures")}, 'value_before': ${
        value("earlier")
      }}`
    }).join(",\n        ")
  }], recursive := true)
    FROM compared
    LEFT JOIN figures ON figures.is_now AND ${grain.same(grain.columns, "figures", "compared")}
    LEFT JOIN figures AS earlier ON NOT earlier.is_now AND ${grain.same(grain.columns, "earlier", "compared")}
  )
SELECT
  ${grain.list(grain.columns)},
  metric,
  begins,
  ends,
  value,
  value_before,
  value - value_before AS change,
  (value - value_before) / nullif(value_before, 0) AS growth,
  before_is_whole
FROM listed
ORDER BY ${grain.list(grain.columns)}, place`
})
