/** When people call. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as answers from "../answers.js"
import * as cell from "../cell.js"
import * as grain from "../grain.js"

export const Row = Schema.Struct({
  ...grain.fields,
  weekday: cell.whole("1 is Monday, 7 is Sunday, in the zone"),
  hour: cell.whole("0 to 23, by the wall clock of the zone"),
  calls: cell.count("the calls that started then, of any direction"),
  ...answers.fields,
  hours: cell.count("how many hours of that name there were between the first and the last day with calls"),
  calls_per_hour: cell.maybeNumber("`calls` / `hours`: outgoing ones among them; null where there was no such hour"),
  incoming_per_hour: cell.maybeNumber("`incoming` / `hours`: when people call; null where there was no such hour")
})

/** Of hours apart by these columns. */
export const body = (by: ReadonlyArray<string>): string =>
  `WITH
  counted AS (
    SELECT
      ${grain.list(by)},
      isodow(started_local) AS weekday,
      hour(started_local) AS hour,
      count(*) AS calls,
      ${answers.sql.replaceAll("\n", "\n    ")}
    FROM calls
    GROUP BY ALL
  ),
  spans AS (
    SELECT
      ${grain.list(by)},
      min(zone) AS zone,
      date_trunc('day', min(started_local)) AS first_day,
      date_trunc('day', max(started_local)) AS last_day
    FROM calls
    GROUP BY ALL
  ),
  days AS (
    SELECT zone, unnest(range(min(first_day), max(last_day) + INTERVAL 1 DAY, INTERVAL 1 DAY)) AS day
    FROM spans
    GROUP BY zone
  ),
  passed AS (
    SELECT zone, unnest(range(
      day AT TIME ZONE zone,
      (day + INTERVAL 1 DAY) AT TIME ZONE zone,
      INTERVAL 1 HOUR
    )) AS instant
    FROM days
  ),
  hours AS (
    SELECT zone, date_trunc('hour', trunkline_local(instant, zone)) AS wall, count(*) AS hours
    FROM passed
    GROUP BY ALL
  ),
  happened AS (
    SELECT ${grain.list(by, "spans")}, isodow(wall) AS weekday, hour(wall) AS hour, sum(hours)::BIGINT AS hours
    FROM spans
    JOIN hours ON hours.zone = spans.zone AND hours.wall >= spans.first_day AND hours.wall < spans.last_day + INTERVAL 1 DAY
    GROUP BY ALL
  ),
  cells AS (
    SELECT ${grain.list(by, "spans")}, weekday::INTEGER AS weekday, hour::INTEGER AS hour
    FROM spans
    CROSS JOIN range(1, 8) AS weekdays (weekday)
    CROSS JOIN range(0, 24) AS hours (hour)
  )
SELECT
  ${grain.list(by, "cells")},
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
  ON ${grain.same(by, "counted", "cells")} AND counted.weekday = cells.weekday AND counted.hour = cells.hour
LEFT JOIN happened
  ON ${grain.same(by, "happened", "cells")} AND happened.weekday = cells.weekday AND happened.hour = cells.hour
ORDER BY ${grain.list(by, "cells")}, cells.weekday, cells.hour`

export const view = View.make({
  name: "calls_by_hour",
  grain: "one row per organisation, weekday and hour: 168 for every organisation that has calls",
  definition: [
    "Weekdays and hours are of the zone of the organisation's calls. Hours without calls are rows too.",
    "On the day the clock goes forward an hour is missing and on the day it goes back one happens twice: `hours` counts " +
    "the hours there really were, over whole days from the first to the last day on which the organisation has calls, so that `calls_per_hour` " +
    "and `incoming_per_hour` compare hours fairly. The first and the last day count whole, also where a part of them was " +
    "read.",
    ...answers.definition
  ],
  row: Row,
  body: body(grain.columns)
})
