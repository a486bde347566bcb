/** What every view about durations says beside its figures, and how it says it. */
import * as cell from "./cell.js"

const timed = "duration_seconds > 0"
const talked = `trunkline_talked(outcome) AND ${timed}`
const voicemail = `outcome = 'voicemail' AND ${timed}`
const other = `NOT trunkline_talked(outcome) AND outcome <> 'voicemail' AND ${timed}`
const sum = (which: string) => `coalesce(sum(duration_seconds) FILTER (${which}), 0)::BIGINT`

/** Over the rows of a group, which need `duration_seconds` and `outcome`. */
export const partsSql = `count(*) AS calls,
  count(*) FILTER (${talked}) AS calls_talked,
  count(*) FILTER (${voicemail}) AS calls_voicemail,
  count(*) FILTER (${other}) AS calls_other,
  count(*) FILTER (duration_seconds = 0) AS calls_zero,
  count(*) FILTER (duration_seconds IS NULL) AS calls_unknown`

export const meanSql = `avg(duration_seconds) FILTER (${talked}) AS mean_seconds`

export const sql = `${partsSql},
  ${sum(talked)} AS talk_seconds,
  ${sum(voicemail)} AS voicemail_seconds,
  ${sum(other)} AS other_seconds,
  ${meanSql},
  quantile_cont(duration_seconds, 0.5) FILTER (${talked}) AS p50_seconds,
  quantile_cont(duration_seconds, 0.9) FILTER (${talked}) AS p90_seconds,
  quantile_cont(duration_seconds, 0.99) FILTER (${talked}) AS p99_seconds`

/** The parts of `calls`; of each of them every call is in one. */
export const parts = {
  calls_talked: cell.count("of `calls`, those answered or transferred with a duration above 0"),
  calls_voicemail: cell.count("of `calls`, voicemails with a duration above 0"),
  calls_other: cell.count("of `calls`, those with another or an unknown outcome and a duration above 0"),
  calls_zero: cell.count("of `calls`, those of 0 seconds, whatever their outcome"),
  calls_unknown: cell.count("of `calls`, those whose duration is not known, whatever their outcome")
}

export const fields = {
  calls: cell.count("all calls of the row, whatever their outcome and duration"),
  ...parts,
  talk_seconds: cell.count("the sum of the durations of `calls_talked`; 0 where there is none"),
  voicemail_seconds: cell.count("the sum of the durations of `calls_voicemail`"),
  other_seconds: cell.count("the sum of the durations of `calls_other`"),
  mean_seconds: cell.maybeNumber("the mean duration of `calls_talked`; null where there is none"),
  p50_seconds: cell.maybeNumber("the median duration of `calls_talked`"),
  p90_seconds: cell.maybeNumber("the 90th percentile of the durations of `calls_talked`"),
  p99_seconds: cell.maybeNumber("the 99th percentile of the durations of `calls_talked`")
}

export const definition = [
  "Talk time, mean and quantiles are over `calls_talked`: answered and transferred calls with a duration above 0, " +
  "whatever their direction. Voicemails and calls of other outcomes stand apart, and so do calls of 0 seconds and of " +
  "unknown duration. Every call is in one of the five: `calls` = `calls_talked` + `calls_voicemail` + `calls_other` + " +
  "`calls_zero` + `calls_unknown`.",
  "A duration is what the vendor says it is. Whether it holds ringing and waiting is the vendor's choice.",
  "Quantiles are continuous: between the two nearest durations they are interpolated in proportion, as DuckDB's " +
  "quantile_cont, NumPy and pandas do it. The median of 10 and 20 is 15."
]
