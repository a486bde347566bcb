/** How long it takes, by what it is about. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as durations from "../durations.js"
import * as grain from "../grain.js"
import * as labels from "../labels.js"

export const Row = Schema.Struct({
  ...grain.fields,
  kind: cell.text("`intent` or `tag`"),
  label: cell.text("the intent or tag; `(unlabelled)` for calls that have none"),
  ...durations.fields
})

/** Of labels apart by these columns. */
export const body = (by: ReadonlyArray<string>): string =>
  `WITH
  ${labels.asked(by)},
  ${labels.sql(by)}
SELECT
  ${grain.list(by)},
  kind,
  label,
  ${durations.sql}
FROM labels
GROUP BY ALL
ORDER BY ${grain.list(by)}, kind, talk_seconds DESC, label`

export const view = View.make({
  name: "intent_duration",
  grain: "one row per organisation, kind and label that has calls",
  definition: [
    ...labels.definition,
    "Calls whose details were not read yet are in no row; `intent_breakdown` counts them. A call with two tags counts " +
    "whole in two rows, so that the talk time of tags does not add up.",
    ...durations.definition
  ],
  row: Row,
  body: body(grain.columns)
})
