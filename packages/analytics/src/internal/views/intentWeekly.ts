/** What people call about, week by week. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as grain from "../grain.js"
import * as labels from "../labels.js"

export const Row = Schema.Struct({
  ...grain.fields,
  kind: cell.text("`intent` or `tag`"),
  label: cell.text("the intent or tag; `(unlabelled)` for calls that have none"),
  week: cell.day("the Monday of the week, in the zone"),
  days: cell.count("how many of its days lie between the first and the last day with calls: 7 where the week is whole"),
  calls: cell.count("the calls that have the label"),
  calls_before: cell.maybeCount("the same of the week before; null in the first week"),
  change: cell.maybeCount("`calls` - `calls_before`"),
  week_calls: cell.count("the calls of the week whose labels are known; the same for every label of a kind"),
  share: cell.maybeNumber("`calls` / `week_calls`; null where there is none")
})

export const view = View.make({
  name: "intent_weekly",
  grain: "one row per organisation, kind, label and week, also where the label has no call",
  definition: [
    ...labels.definition,
    "Weeks begin on Monday in the zone, and there is a row for each from the first to the last week in which the organisation has " +
    "calls. A first or last week of fewer than 7 `days` is a part, and its change is no trend.",
    "Calls whose details were not read yet are in no row. Shares of tags may sum to more than 1, since a call may have two."
  ],
  row: Row,
  body: `WITH
  ${labels.asked(grain.columns, ["started_local"])},
  ${labels.sql(grain.columns, ["started_local"])},
  counted AS (
    SELECT ${grain.list(grain.columns)}, kind, label, date_trunc('week', started_local)::DATE AS week, count(*) AS calls
    FROM labels
    GROUP BY ALL
  ),
  known AS (
    SELECT
      ${grain.list(grain.columns, "asked")},
      kinds.kind,
      date_trunc('week', started_local)::DATE AS week,
      count(*) FILTER (kinds.kind = 'tag' OR NOT pending) AS week_calls
    FROM asked
    JOIN kinds ON ${grain.same(grain.columns, "kinds", "asked")}
    GROUP BY ALL
  ),
  spans AS (
    SELECT ${grain.list(grain.columns)}, min(started_local)::DATE AS first_day, max(started_local)::DATE AS last_day
    FROM asked
    GROUP BY ALL
  ),
  weeks AS (
    SELECT
      *,
      unnest(range(date_trunc('week', first_day), last_day + INTERVAL 1 DAY, INTERVAL 7 DAY))::DATE AS week
    FROM spans
  ),
  cells AS (
    SELECT
      ${grain.list(grain.columns, "weeks")},
      found.kind,
      found.label,
      weeks.week,
      least(weeks.week + 6, weeks.last_day) - greatest(weeks.week, weeks.first_day) + 1 AS days
    FROM (SELECT DISTINCT ${grain.list(grain.columns)}, kind, label FROM counted) AS found
    JOIN weeks ON ${grain.same(grain.columns, "weeks", "found")}
  )
SELECT
  ${grain.list(grain.columns, "cells")},
  cells.kind,
  cells.label,
  cells.week,
  cells.days::BIGINT AS days,
  coalesce(counted.calls, 0) AS calls,
  lag(coalesce(counted.calls, 0)) OVER of_label AS calls_before,
  coalesce(counted.calls, 0) - lag(coalesce(counted.calls, 0)) OVER of_label AS change,
  coalesce(known.week_calls, 0) AS week_calls,
  coalesce(counted.calls, 0) / nullif(known.week_calls, 0) AS share
FROM cells
LEFT JOIN counted
  ON ${grain.same([...grain.columns, "kind", "label", "week"], "counted", "cells")}
LEFT JOIN known
  ON ${grain.same([...grain.columns, "kind", "week"], "known", "cells")}
WINDOW of_label AS (PARTITION BY ${grain.list([...grain.columns, "kind", "label"], "cells")} ORDER BY cells.week)
ORDER BY ${grain.list([...grain.columns, "kind", "label", "week"], "cells")}`
})
