/** How many calls run at once. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as grain from "../grain.js"

export const Row = Schema.Struct({
  ...grain.fields,
  day: cell.day("the day, in the zone"),
  hour: cell.whole("0 to 23, by the wall clock of the zone"),
  calls: cell.count("calls with a duration above 0 that began in this hour"),
  peak: cell.count("the most calls that ran at once at any moment of this hour"),
  peak_at: cell.instant("the first moment at which so many ran")
})

export const view = View.make({
  name: "concurrency",
  grain: "one row per organisation, day and hour in which a call ran",
  definition: [
    "A call runs from its start for as long as its duration says, whatever its direction and outcome; calls of 0 seconds and of unknown " +
    "duration never run. One that ends at the instant at which another begins does not run beside it.",
    "A call that began in an earlier hour and runs on counts in each hour it reaches; one that ends as the hour begins does not reach it.",
    "The hours of a call are counted from the wall clock at which it began, also where the clock changes while it runs. An hour that " +
    "happens twice is one row.",
    "The peak of all time: SELECT organization_name, max(peak) FROM concurrency GROUP BY ALL. Peaks of organisations do not add up: they " +
    "need not be at the same moment."
  ],
  row: Row,
  body: `WITH
  -- A number for every organisation: what follows is sorted by it, which is quicker than by text.
  owners AS (
    SELECT *, row_number() OVER () AS owner FROM (SELECT DISTINCT ${grain.list(grain.columns)} FROM calls)
  ),
  ran AS (
    SELECT
      owners.owner,
      epoch_ms(started_at) AS begins,
      begins + duration_seconds::BIGINT * 1000 AS ends,
      epoch_ms(started_local) - begins AS shift
    FROM calls
    JOIN owners ON ${grain.same(grain.columns, "owners", "calls")}
    WHERE duration_seconds > 0
  ),
  events AS (
    SELECT owner, begins AS happened, 1 AS change, shift FROM ran
    UNION ALL
    SELECT owner, ends, -1, shift FROM ran
    UNION ALL
    -- A mark at the beginning of each further hour that a call reaches.
    SELECT owner, unnest(range(next_hour, ends, 3600000)), 0, shift
    FROM (SELECT *, (floor((begins + shift) / 3600000)::BIGINT + 1) * 3600000 - shift AS next_hour FROM ran)
    WHERE next_hour < ends
  ),
  levels AS (
    SELECT
      owner,
      happened,
      change,
      floor((happened + shift) / 3600000)::BIGINT AS hour,
      -- At one instant calls end before others begin.
      sum(change) OVER (PARTITION BY owner ORDER BY happened, change ROWS UNBOUNDED PRECEDING) AS running
    FROM events
  ),
  hours AS (
    SELECT
      owner,
      hour,
      count(*) FILTER (change = 1) AS calls,
      max(running)::BIGINT AS peak,
      arg_min(happened, (-running, happened)) AS peaked
    FROM levels
    WHERE change >= 0
    GROUP BY ALL
  )
SELECT
  ${grain.list(grain.columns, "owners")},
  make_timestamp(hours.hour * 3600000000)::DATE AS day,
  hour(make_timestamp(hours.hour * 3600000000))::INTEGER AS hour,
  hours.calls,
  hours.peak,
  to_timestamp(hours.peaked / 1000) AS peak_at
FROM hours
JOIN owners ON owners.owner = hours.owner
ORDER BY ${grain.list(grain.columns, "owners")}, day, hour`
})
