/** Two periods of equal length: the latest whole days, and those before. */
import * as grain from "./grain.js"
import * as readings from "./readings.js"

/** CTEs: one row per organisation that has calls. */
export const sql = `${readings.sql},
  periods AS (
    SELECT
      *,
      ends - trunkline_period_days() AS begins,
      ends - 2 * trunkline_period_days() AS begins_before
    FROM (
      SELECT
        ${grain.list(grain.columns, "calls")},
        min(calls.zone) AS zone,
        trunkline_local(max(readings.as_of), min(calls.zone))::DATE AS ends
      FROM calls
      JOIN readings ON ${grain.same(["account", "source"], "readings", "calls")}
      GROUP BY ALL
    )
  ),
  compared AS (
    SELECT
      periods.*,
      (
        SELECT min(from_at)
        FROM certificates
        WHERE certificates.account IS NOT DISTINCT FROM periods.account
          AND certificates.source = periods.source
          AND certificates.scope IN (periods.organization_id, '-')
      -- The days of Allo are its own, in a zone it does not tell.
      ) + CASE WHEN periods.source = 'allo' THEN INTERVAL 12 HOUR ELSE INTERVAL 0 HOUR END
        <= periods.begins_before::TIMESTAMP AT TIME ZONE periods.zone AS before_is_whole
    FROM periods
  )`

export const definition = [
  "The period is the latest `trunkline_period_days` (30) whole days of the organisation: it ends with the day before the one on which " +
  "its source was last read. It is compared with as many days before it.",
  "`before_is_whole` says whether reading began before those earlier days did: where it is false, part of a growth may be that they " +
  "were not read. It is null where no window says so."
]
