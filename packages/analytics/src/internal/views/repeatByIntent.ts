/** Who calls again about the same thing. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as grain from "../grain.js"
import * as labels from "../labels.js"

export const Row = Schema.Struct({
  ...grain.fields,
  kind: cell.text("`intent` or `tag`"),
  label: cell.text("the intent or tag"),
  contact_number: cell.text("who calls, as their latest call about it has it"),
  contact_name: cell.maybeText("the name in their latest call about it that has one"),
  calls: cell.count("their incoming calls about it, two or more"),
  answered: cell.count("of them, those whose outcome is in `trunkline_answered`"),
  repeats: cell.count("of them, those that came at most `trunkline_repeat_days` (7) after their call about it before"),
  first_at: cell.instant("the start of their first call about it"),
  last_at: cell.instant("the start of their latest call about it"),
  label_callers: cell.count("all numbers that called about it; the same in every row of the label"),
  label_repeating: cell.count("of them, those with a repeat; the same in every row of the label")
})

const group = [...grain.columns, "kind", "label"]
const carried = ["call_id", "direction", "started_at", "contact_number", "contact_name"]

export const view = View.make({
  name: "repeat_by_intent",
  grain: "one row per organisation, label and number that called about it twice or more",
  definition: [
    ...labels.definition,
    "Counted are incoming calls (`trunkline_incoming`) that have a label and a number with three digits or more, whose spellings meet as in " +
    "`missed_followup`. Calls without a label and calls whose details were not read yet are about nothing known.",
    "How often people call again about a thing: SELECT DISTINCT label, label_repeating / label_callers FROM repeat_by_intent. A label " +
    "about which nobody called twice has no row.",
    "Of two latest calls at the same instant the one with the greater id gives name and number."
  ],
  row: Row,
  body: `WITH
  ${labels.asked(grain.columns, carried)},
  ${labels.sql(grain.columns, carried)},
  about AS (
    SELECT *, trunkline_number(contact_number) AS number
    FROM labels
    WHERE label <> '(unlabelled)' AND list_contains(trunkline_incoming(), direction) AND trunkline_reachable(contact_number)
  ),
  callers AS (
    SELECT ${grain.list(group)}, number, count(*) AS calls FROM about GROUP BY ALL
  ),
  spaced AS (
    SELECT
      about.*,
      (epoch_ms(started_at) - epoch_ms(lag(started_at) OVER (
        PARTITION BY ${grain.list(group, "about")}, about.number
        ORDER BY started_at
      ))) / 1000 AS gap_seconds
    FROM about
    SEMI JOIN (FROM callers WHERE calls > 1) AS repeating
      ON ${grain.same([...group, "number"], "repeating", "about")}
  ),
  repeating AS (
    SELECT
      ${grain.list(group)},
      arg_max(contact_number, (started_at, call_id)) AS contact_number,
      arg_max(contact_name, (started_at, call_id)) AS contact_name,
      count(*) AS calls,
      count(*) FILTER (list_contains(trunkline_answered(), outcome)) AS answered,
      count(*) FILTER (gap_seconds <= trunkline_repeat_days() * 86400) AS repeats,
      min(started_at) AS first_at,
      max(started_at) AS last_at
    FROM spaced
    GROUP BY ${grain.list(group)}, number
  )
SELECT
  repeating.*,
  subjects.callers AS label_callers,
  count(*) FILTER (repeating.repeats > 0) OVER (PARTITION BY ${grain.list(group, "repeating")}) AS label_repeating
FROM repeating
JOIN (SELECT ${grain.list(group)}, count(*) AS callers FROM callers GROUP BY ALL) AS subjects
  ON ${grain.same(group, "subjects", "repeating")}
ORDER BY ${grain.list(group, "repeating")}, repeating.calls DESC, repeating.contact_number`
})
