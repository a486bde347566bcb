/** What people call about more, and less, than before. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as grain from "../grain.js"
import * as labels from "../labels.js"
import * as periods from "../periods.js"

export const Row = Schema.Struct({
  ...grain.fields,
  kind: cell.text("`intent` or `tag`"),
  label: cell.text("the intent or tag; `(unlabelled)` for calls that have none"),
  begins: cell.day("the first day of the period, in the zone"),
  ends: cell.day("the first day after it"),
  calls: cell.count("calls of the period that have the label"),
  calls_before: cell.count("the same of the days before"),
  change: cell.count("`calls` - `calls_before`"),
  growth: cell.maybeNumber("`change` / `calls_before`: 0.5 is half as many again; null where there were none"),
  share: cell.maybeNumber("`calls` of the calls of the period whose labels are known; null where there is none"),
  share_before: cell.maybeNumber("the same of the days before"),
  before_is_whole: cell.maybeFlag(
    "whether the days before were read from their beginning; null where no window says so"
  )
})

export const view = View.make({
  name: "intent_movers",
  grain: "one row per organisation, kind and label that has calls in the period or in the one before",
  definition: [
    ...labels.definition,
    ...periods.definition,
    "Calls whose details were not read yet are in no row: where many of the latest days are pending, a label seems to shrink. Compare " +
    "`share` with `share_before`, which are over calls whose labels are known."
  ],
  row: Row,
  body: `WITH
  ${labels.asked(grain.columns, ["started_local"])},
  ${labels.sql(grain.columns, ["started_local"])},
  ${periods.sql},
  counted AS (
    SELECT
      ${grain.list(grain.columns, "labels")},
      kind,
      label,
      count(*) FILTER (started_local >= begins) AS calls,
      count(*) FILTER (started_local < begins) AS calls_before
    FROM labels
    JOIN compared ON ${grain.same(grain.columns, "compared", "labels")}
      AND started_local >= begins_before AND started_local < ends
    GROUP BY ALL
  ),
  known AS (
    SELECT
      ${grain.list(grain.columns, "asked")},
      kinds.kind,
      count(*) FILTER (started_local >= begins AND (kinds.kind = 'tag' OR NOT pending)) AS known,
      count(*) FILTER (started_local < begins AND (kinds.kind = 'tag' OR NOT pending)) AS known_before
    FROM asked
    JOIN kinds ON ${grain.same(grain.columns, "kinds", "asked")}
    JOIN compared ON ${grain.same(grain.columns, "compared", "asked")}
      AND started_local >= begins_before AND started_local < ends
    GROUP BY ALL
  )
SELECT
  ${grain.list(grain.columns, "counted")},
  counted.kind,
  counted.label,
  compared.begins,
  compared.ends,
  counted.calls,
  counted.calls_before,
  counted.calls - counted.calls_before AS change,
  (counted.calls - counted.calls_before) / nullif(counted.calls_before, 0) AS growth,
  counted.calls / nullif(known.known, 0) AS share,
  counted.calls_before / nullif(known.known_before, 0) AS share_before,
  compared.before_is_whole
FROM counted
JOIN known ON ${grain.same([...grain.columns, "kind"], "known", "counted")}
JOIN compared ON ${grain.same(grain.columns, "compared", "counted")}
ORDER BY ${grain.list(grain.columns, "counted")}, counted.kind, change DESC, counted.label`
})
