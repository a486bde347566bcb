/** Who calls again and again. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as grain from "../grain.js"

export const Row = Schema.Struct({
  ...grain.fields,
  contact_number: cell.text("who calls, as their latest call has it"),
  contact_name: cell.maybeText("the name in their latest call that has one"),
  calls: cell.count("their incoming calls, two or more"),
  known: cell.count("of them, those whose outcome is known"),
  answered: cell.count("of them, those that were answered"),
  repeats: cell.count("of them, those that came at most `trunkline_repeat_days` (7) after their call before"),
  days: cell.count("on how many different days of the zone they called"),
  shortest_gap_seconds: cell.maybeNumber("the shortest time from the start of one call to the start of the next"),
  first_at: cell.instant("the start of their first call"),
  last_at: cell.instant("the start of their latest call")
})

/**
 * Stands where it is read: files are read again more cheaply than what is kept of every call is held in memory. As a common
 * table that is not materialized it would be copied by DuckDB, which looks for the files of a copy anew and takes their names
 * for patterns.
 */
const incoming = `(
  SELECT
    ${grain.list(grain.columns)},
    contact_number,
    trunkline_number(contact_number) AS number,
    contact_name,
    call_id,
    outcome,
    started_at,
    started_local
  FROM calls
  WHERE list_contains(trunkline_incoming(), direction) AND trunkline_reachable(contact_number)
)`

export const view = View.make({
  name: "repeat_callers",
  grain: "one row per organisation and number that called twice or more",
  definition: [
    "Counted are incoming calls (`trunkline_incoming`), whatever became of them; answered as in `answer_rate`.",
    "A caller is a number with three digits or more, whose spellings meet as in `missed_followup`, and an organisation: who " +
    "calls two is a caller of each. Anonymous callers cannot be told apart and are left out.",
    "Of two latest calls at the same instant the one with the greater id gives name and number."
  ],
  row: Row,
  body: `WITH
  -- A number for every caller, which is quicker to sort and group by than text.
  repeating AS MATERIALIZED (
    SELECT *, row_number() OVER () AS caller
    FROM (SELECT ${grain.list(grain.columns)}, number FROM ${incoming} AS incoming GROUP BY ALL HAVING count(*) > 1)
  ),
  spaced AS (
    SELECT
      caller,
      contact_number,
      contact_name,
      call_id,
      outcome,
      started_at,
      started_local,
      (epoch_ms(started_at) - epoch_ms(lag(started_at) OVER (PARTITION BY caller ORDER BY started_at))) / 1000
        AS gap_seconds
    FROM ${incoming} AS incoming
    JOIN repeating
      ON ${grain.same(grain.columns, "repeating", "incoming")}
      AND repeating.number = incoming.number
  ),
  counted AS (
    SELECT
      caller,
      arg_max(contact_number, (started_at, call_id)) AS contact_number,
      arg_max(contact_name, (started_at, call_id)) AS contact_name,
      count(*) AS calls,
      count(*) FILTER (outcome <> 'unknown') AS known,
      count(*) FILTER (list_contains(trunkline_answered(), outcome)) AS answered,
      count(*) FILTER (gap_seconds <= trunkline_repeat_days() * 86400) AS repeats,
      count(DISTINCT started_local::DATE) AS days,
      min(gap_seconds) AS shortest_gap_seconds,
      min(started_at) AS first_at,
      max(started_at) AS last_at
    FROM spaced
    GROUP BY caller
  )
SELECT ${grain.list(grain.columns)}, counted.* EXCLUDE (caller)
FROM counted
JOIN repeating ON repeating.caller = counted.caller
ORDER BY ${grain.list(grain.columns)}, calls DESC, contact_number`
})
