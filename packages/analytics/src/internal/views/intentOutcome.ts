/** What comes of what people call about. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as grain from "../grain.js"
import * as labels from "../labels.js"

export const Row = Schema.Struct({
  ...grain.fields,
  label: cell.text("the intent; `(unlabelled)` for calls that have none"),
  business_outcome: cell.text("what came of the calls; `(none)` where nobody said"),
  is_conversion: cell.flag("whether it is in `trunkline_converted`"),
  calls: cell.count("calls of this intent of which this came"),
  share: cell.maybeNumber("`calls` of all calls of the intent; the shares of an intent add up to 1"),
  label_calls: cell.count("all calls of the intent; the same in every row of it"),
  label_known: cell.count("of `label_calls`, those of which something came, whatever it was"),
  label_conversions: cell.count("of `label_calls`, those that were converted"),
  conversion_rate: cell.maybeNumber(
    "`label_conversions` / `label_known`; the same in every row of the intent; null where nothing is known"
  )
})

export const view = View.make({
  name: "intent_outcome",
  grain: "one row per organisation, intent and business outcome",
  definition: [
    "Intents and business outcomes are what a language model heard (Allomia); calls whose details were not read yet are in no row. " +
    "Blank ones are none, and words are as the vendor spells them.",
    "A conversion is a call whose `business_outcome` is in `trunkline_converted`: appointment_confirmed, until you say otherwise, in " +
    "whatever case.",
    "The rate is over calls with a business outcome: calls of which nobody said what came are on neither side. For several intents " +
    "divide the sums: SELECT sum(calls) FILTER (is_conversion) / sum(calls) FILTER (business_outcome <> '(none)') FROM intent_outcome."
  ],
  row: Row,
  body: `WITH
  ${labels.asked(grain.columns, ["business_outcome"])},
  ${labels.sql(grain.columns, ["business_outcome"])},
  counted AS (
    SELECT
      ${grain.list(grain.columns)},
      label,
      coalesce(CASE WHEN trim(business_outcome) <> '' THEN business_outcome END, '(none)') AS business_outcome,
      count(*) AS calls
    FROM labels
    WHERE kind = 'intent'
    GROUP BY ALL
  ),
  judged AS (
    SELECT
      *,
      list_contains([lower(word) FOR word IN trunkline_converted()], lower(trim(business_outcome))) AS is_conversion
    FROM counted
  )
SELECT
  ${grain.list(grain.columns)},
  label,
  business_outcome,
  is_conversion,
  calls,
  calls / sum(calls) OVER of_intent AS share,
  (sum(calls) OVER of_intent)::BIGINT AS label_calls,
  coalesce(sum(calls) FILTER (business_outcome <> '(none)') OVER of_intent, 0)::BIGINT AS label_known,
  coalesce(sum(calls) FILTER (is_conversion) OVER of_intent, 0)::BIGINT AS label_conversions,
  label_conversions / nullif(label_known, 0) AS conversion_rate
FROM judged
WINDOW of_intent AS (PARTITION BY ${grain.list(grain.columns)}, label)
ORDER BY ${grain.list(grain.columns)}, label_calls DESC, label, calls DESC, business_outcome`
})
