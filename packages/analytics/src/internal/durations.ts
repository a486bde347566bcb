/** What every view about durations says beside its figures, and how it says it. */
import * as cell from "./cell.js"

/** Over the rows of a group. */
export const sql = `count(*) AS calls,
  count(*) FILTER (duration_seconds = 0) AS calls_zero,
  count(*) FILTER (duration_seconds IS NULL) AS calls_unknown,
  coalesce(sum(duration_seconds) FILTER (duration_seconds > 0), 0)::BIGINT AS talk_seconds,
  avg(duration_seconds) FILTER (duration_seconds > 0) AS mean_seconds,
  quantile_cont(duration_seconds, 0.5) FILTER (duration_seconds > 0) AS p50_seconds,
  quantile_cont(duration_seconds, 0.9) FILTER (duration_seconds > 0) AS p90_seconds,
  quantile_cont(duration_seconds, 0.99) FILTER (duration_seconds > 0) AS p99_seconds`

export const fields = {
  calls: cell.count("all calls of the row, whatever their duration"),
  calls_zero: cell.count("of them, those of 0 seconds"),
  calls_unknown: cell.count("of them, those whose duration is not known"),
  talk_seconds: cell.count("the sum of the durations; 0 where none is above 0"),
  mean_seconds: cell.maybeNumber("the mean of the durations above 0; null where there is none"),
  p50_seconds: cell.maybeNumber("the median of the durations above 0"),
  p90_seconds: cell.maybeNumber("nine of ten durations above 0 are not longer"),
  p99_seconds: cell.maybeNumber("99 of 100 durations above 0 are not longer")
}

export const definition = [
  "Mean and quantiles are over calls with a duration above 0; calls of 0 seconds and of unknown duration are counted " +
  "beside them.",
  "A duration is what the vendor says it is. Whether it holds ringing and waiting is the vendor's choice.",
  "Quantiles are continuous: between the two nearest durations they are interpolated in proportion, as DuckDB's " +
  "quantile_cont, NumPy and pandas do it. The median of 10 and 20 is 15."
]
