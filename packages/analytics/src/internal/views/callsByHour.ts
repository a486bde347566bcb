/** When people call. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as answers from "../answers.js"
import * as cell from "../cell.js"

export const Row = Schema.Struct({
  source: cell.text("`allo` or `allomia`"),
  weekday: cell.whole("1 is Monday, 7 is Sunday, in the zone"),
  hour: cell.whole("0 to 23, by the wall clock of the zone"),
  calls: cell.count("the calls that started then, of any direction"),
  ...answers.fields,
  hours: cell.count("how many hours of that name there were between the first and the last day with calls"),
  calls_per_hour: cell.maybeNumber("`calls` / `hours`: outgoing ones among them; null where there was no such hour"),
  incoming_per_hour: cell.maybeNumber("`incoming` / `hours`: when people call; null where there was no such hour")
})

export const view = View.make({
  name: "calls_by_hour",
  grain: "one row per source, weekday and hour: 168 for every source that has calls",
  definition: [
    "Weekdays and hours are of the zone. Hours without calls are rows too.",
    "On the day the clock goes forward an hour is missing and on the day it goes back one happens twice: `hours` counts " +
    "the hours there really were, over whole days from the first to the last day with calls, so that `calls_per_hour` " +
    "and `incoming_per_hour` compare hours fairly. The first and the last day count whole, also where a part of them was " +
    "read.",
    ...answers.definition
  ],
  row: Row,
  body: `WITH
  counted AS (
    SELECT
      source,
      isodow(trunkline_local(started_at)) AS weekday,
      hour(trunkline_local(started_at)) AS hour,
      count(*) AS calls,
      ${answers.sql.replaceAll("\n", "\n    ")}
    FROM calls
    GROUP BY ALL
  ),
  days AS (
    SELECT source, unnest(range(first_day, last_day + INTERVAL 1 DAY, INTERVAL 1 DAY)) AS day
    FROM (
      SELECT
        source,
        date_trunc('day', min(trunkline_local(started_at))) AS first_day,
        date_trunc('day', max(trunkline_local(started_at))) AS last_day
      FROM calls
      GROUP BY source
    )
  ),
  passed AS (
    SELECT
      source,
      unnest(range(
        day AT TIME ZONE trunkline_zone(),
        (day + INTERVAL 1 DAY) AT TIME ZONE trunkline_zone(),
        INTERVAL 1 HOUR
      )) AS instant
    FROM days
  ),
  happened AS (
    SELECT
      source,
      isodow(trunkline_local(instant)) AS weekday,
      hour(trunkline_local(instant)) AS hour,
      count(*) AS hours
    FROM passed
    GROUP BY ALL
  ),
  cells AS (
    SELECT sources.source, weekday::INTEGER AS weekday, hour::INTEGER AS hour
    FROM (SELECT DISTINCT source FROM counted) AS sources
    CROSS JOIN range(1, 8) AS weekdays (weekday)
    CROSS JOIN range(0, 24) AS hours (hour)
  )
SELECT
  cells.source,
  cells.weekday,
  cells.hour,
  coalesce(counted.calls, 0) AS calls,
  coalesce(counted.incoming, 0) AS incoming,
  coalesce(counted.known, 0) AS known,
  coalesce(counted.counted, 0) AS counted,
  coalesce(counted.answered, 0) AS answered,
  counted.answered / nullif(counted.counted, 0) AS answer_rate,
  coalesce(happened.hours, 0) AS hours,
  coalesce(counted.calls, 0) / nullif(happened.hours, 0) AS calls_per_hour,
  coalesce(counted.incoming, 0) / nullif(happened.hours, 0) AS incoming_per_hour
FROM cells
LEFT JOIN counted
  ON counted.source = cells.source AND counted.weekday = cells.weekday AND counted.hour = cells.hour
LEFT JOIN happened
  ON happened.source = cells.source AND happened.weekday = cells.weekday AND happened.hour = cells.hour
ORDER BY cells.source, cells.weekday, cells.hour`
})
