/** How long it takes, by what it is about. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as durations from "../durations.js"
import * as labels from "../labels.js"

export const Row = Schema.Struct({
  source: cell.text("`allo` or `allomia`"),
  kind: cell.text("`intent` or `tag`"),
  label: cell.text("the intent or tag; `(unlabelled)` for calls that have none"),
  ...durations.fields
})

export const view = View.make({
  name: "intent_duration",
  grain: "one row per source, kind and label that has calls",
  definition: [
    ...labels.definition,
    "Calls whose details were not read yet are in no row; `intent_breakdown` counts them. A call with two tags counts " +
    "whole in two rows, so that the talk time of tags does not add up.",
    ...durations.definition
  ],
  row: Row,
  body: `WITH
  ${labels.asked},
  ${labels.sql}
SELECT
  source,
  kind,
  label,
  ${durations.sql}
FROM labels
GROUP BY ALL
ORDER BY source, kind, talk_seconds DESC, label`
})
