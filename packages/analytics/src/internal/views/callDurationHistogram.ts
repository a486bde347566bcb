/** How durations are spread. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as grain from "../grain.js"

export const Row = Schema.Struct({
  ...grain.fields,
  direction: cell.text("as in `calls`"),
  from_seconds: cell.whole("the shortest duration of the bucket"),
  to_seconds: cell.maybeWhole("the first duration that is too long for it; null for the last bucket"),
  calls: cell.count("the calls in the bucket, whatever their outcome"),
  share: cell.maybeNumber(
    "`calls` of all calls with a duration above 0 of this organisation and direction; null where there is none"
  ),
  talked: cell.count("of `calls`, those answered or transferred"),
  talked_share: cell.maybeNumber(
    "`talked` of all answered and transferred calls with a duration above 0 of this organisation and direction; null where " +
      "there is none"
  ),
  calls_zero: cell.count("calls of 0 seconds of this organisation and direction, in no bucket; the same in every row"),
  calls_unknown: cell.count("calls of unknown duration, in no bucket; the same in every row")
})

export const view = View.make({
  name: "call_duration_histogram",
  grain: "one row per organisation, direction and bucket of durations",
  definition: [
    "The buckets begin at 1, 10 and 30 seconds and at 1, 2, 5, 10, 20, 30 and 60 minutes. A bucket holds its first " +
    "second and not the first of the next one: a call of 60 seconds is in the bucket from 60 to 120.",
    "Empty buckets are rows too. Each of the two shares adds up to 1 within an organisation and direction."
  ],
  row: Row,
  body: `WITH
  buckets (from_seconds, to_seconds) AS (
    VALUES (1, 10), (10, 30), (30, 60), (60, 120), (120, 300), (300, 600), (600, 1200), (1200, 1800), (1800, 3600),
      (3600, NULL)
  ),
  lengths AS (
    SELECT
      ${grain.list(grain.columns)},
      direction,
      duration_seconds AS seconds,
      count(*) AS calls,
      count(*) FILTER (trunkline_talked(outcome)) AS talked
    FROM calls
    GROUP BY ALL
  ),
  totals AS (
    SELECT
      ${grain.list(grain.columns)},
      direction,
      coalesce(sum(calls) FILTER (seconds > 0), 0) AS timed,
      coalesce(sum(talked) FILTER (seconds > 0), 0) AS talked,
      coalesce(sum(calls) FILTER (seconds = 0), 0) AS calls_zero,
      coalesce(sum(calls) FILTER (seconds IS NULL), 0) AS calls_unknown
    FROM lengths
    GROUP BY ALL
  )
SELECT
  ${grain.list(grain.columns, "totals")},
  totals.direction,
  buckets.from_seconds,
  buckets.to_seconds,
  coalesce(sum(lengths.calls), 0)::BIGINT AS calls,
  coalesce(sum(lengths.calls), 0)::DOUBLE / nullif(any_value(totals.timed), 0)::DOUBLE AS share,
  coalesce(sum(lengths.talked), 0)::BIGINT AS talked,
  coalesce(sum(lengths.talked), 0)::DOUBLE / nullif(any_value(totals.talked), 0)::DOUBLE AS talked_share,
  any_value(totals.calls_zero)::BIGINT AS calls_zero,
  any_value(totals.calls_unknown)::BIGINT AS calls_unknown
FROM totals
CROSS JOIN buckets
LEFT JOIN lengths
  ON ${grain.same(grain.columns, "lengths", "totals")}
  AND lengths.direction = totals.direction
  AND lengths.seconds >= buckets.from_seconds
  AND lengths.seconds < coalesce(buckets.to_seconds, 2147483648)
GROUP BY ${grain.list(grain.columns, "totals")}, totals.direction, buckets.from_seconds, buckets.to_seconds
ORDER BY ${grain.list(grain.columns, "totals")}, totals.direction, buckets.from_seconds`
})
