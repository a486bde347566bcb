/** Wall clocks of many zones: a zone of its own for each row is slow, so a day is asked once where it has one answer. */

/** The number of a day since 1970, in UTC. */
export const dayOf = (instant: string): string => `floor(epoch_ms(${instant}) / 86400000)::BIGINT`

/** A CTE: how far each zone is from UTC on the days of a relation of `zone` and `day`. */
export const shifts = (days: string): string =>
  `shifts AS (
    SELECT
      zone,
      day,
      epoch_us(trunkline_local(to_timestamp(day * 86400), zone)) - day * 86400000000 AS shift,
      shift = epoch_us(trunkline_local(to_timestamp((day + 1) * 86400), zone)) - (day + 1) * 86400000000 AS is_steady
    FROM (
      ${days.replaceAll("\n", "\n      ")}
    )
  )`

/** The wall clock of `trunkline_zone` where it is set, else of a zone that may be null, which is joined to its shifts. */
export const local = (instant: string, zone: string): string =>
  `CASE
    WHEN trunkline_zone() IS NOT NULL THEN trunkline_local(${instant}, trunkline_zone())
    WHEN ${zone} IS NULL THEN trunkline_local(${instant}, 'UTC')
    WHEN shifts.is_steady THEN make_timestamp(epoch_us(${instant}) + shifts.shift)
    ELSE trunkline_local(${instant}, ${zone})
  END`
