/** How long calls last, day by day. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as durations from "../durations.js"
import * as grain from "../grain.js"

export const Row = Schema.Struct({
  ...grain.fields,
  day: cell.day("the day in the zone at which the calls started"),
  direction: cell.text("as in `calls`"),
  ...durations.fields
})

export const view = View.make({
  name: "call_duration_daily",
  grain: "one row per organisation, day and direction that has calls",
  definition: [
    "A call counts whole on the day it started in the zone; a day without calls has no row.",
    ...durations.definition
  ],
  row: Row,
  body: `SELECT
  ${grain.list(grain.columns)},
  started_local::DATE AS day,
  direction,
  ${durations.sql}
FROM calls
GROUP BY ALL
ORDER BY ${grain.list(grain.columns)}, day, direction`
})
