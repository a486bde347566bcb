/** What people call about. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as durations from "../durations.js"
import * as grain from "../grain.js"
import * as labels from "../labels.js"

export const Row = Schema.Struct({
  ...grain.fields,
  kind: cell.text("`intent` or `tag`"),
  label: cell.text("the intent or tag; `(unlabelled)` for calls that have none"),
  calls: cell.count("the calls that have it"),
  share: cell.maybeNumber("of the calls whose labels are known; null where there is none"),
  shares_add_up: cell.flag(
    "true for intents, whose shares add up to 1; false for tags, of which a call may have several"
  ),
  ...durations.parts,
  mean_seconds: durations.fields.mean_seconds,
  sentiment_positive: cell.count("of `calls`, those whose sentiment is `positive`, in any case"),
  sentiment_neutral: cell.count("of `calls`, those whose sentiment is `neutral`"),
  sentiment_negative: cell.count("of `calls`, those whose sentiment is `negative`"),
  sentiment_other: cell.count("of `calls`, those with another word for it"),
  sentiment_unknown: cell.count("of `calls`, those without one"),
  details_pending: cell.count(
    "calls of this organisation whose details were not read yet, so that nobody knows their intent; in no row's `calls` and " +
      "in no share; the same in every row of the organisation; 0 for tags"
  )
})

/** Of labels apart by these columns. */
export const body = (by: ReadonlyArray<string>): string =>
  `WITH
  ${labels.asked(by)},
  ${labels.sql(by)},
  counted AS (
    SELECT
      ${grain.list(by)},
      kind,
      label,
      ${durations.partsSql.replaceAll("\n", "\n    ")},
      ${durations.meanSql},
      count(*) FILTER (lower(trim(sentiment)) = 'positive') AS sentiment_positive,
      count(*) FILTER (lower(trim(sentiment)) = 'neutral') AS sentiment_neutral,
      count(*) FILTER (lower(trim(sentiment)) = 'negative') AS sentiment_negative,
      count(*) FILTER (trim(sentiment) = '' OR sentiment IS NULL) AS sentiment_unknown
    FROM labels
    GROUP BY ALL
  )
SELECT
  ${grain.list(by, "kinds")},
  kinds.kind,
  rows.label,
  coalesce(counted.calls, 0) AS calls,
  coalesce(counted.calls, 0) / nullif(kinds.calls - kinds.details_pending, 0) AS share,
  kinds.kind = 'intent' AS shares_add_up,
  ${Object.keys(durations.parts).map((part) => `coalesce(counted.${part}, 0) AS ${part}`).join(",\n  ")},
  counted.mean_seconds,
  coalesce(counted.sentiment_positive, 0) AS sentiment_positive,
  coalesce(counted.sentiment_neutral, 0) AS sentiment_neutral,
  coalesce(counted.sentiment_negative, 0) AS sentiment_negative,
  coalesce(
    counted.calls - counted.sentiment_positive - counted.sentiment_neutral - counted.sentiment_negative
      - counted.sentiment_unknown,
    0
  ) AS sentiment_other,
  coalesce(counted.sentiment_unknown, 0) AS sentiment_unknown,
  kinds.details_pending::BIGINT AS details_pending
FROM (
  SELECT ${grain.list(by)}, kind, label FROM counted
  UNION
  SELECT ${grain.list(by)}, kind, '(unlabelled)' AS label FROM kinds
) AS rows
JOIN kinds ON ${grain.same(by, "kinds", "rows")} AND kinds.kind = rows.kind
LEFT JOIN counted
  ON ${grain.same(by, "counted", "rows")} AND counted.kind = rows.kind AND counted.label = rows.label
ORDER BY ${grain.list(by, "kinds")}, kinds.kind, calls DESC, rows.label`

export const view = View.make({
  name: "intent_breakdown",
  grain: "one row per organisation, kind and label, `(unlabelled)` always among them",
  definition: [
    ...labels.definition,
    "The share of an intent is over the calls of its organisation whose details were read; `details_pending` says how many " +
    "were not, and they are in no row. The share of a tag is over all calls of its organisation: a call with two tags counts " +
    "in two rows, so that shares of tags may sum to more than 1.",
    "The mean is over `calls_talked`: answered and transferred calls with a duration above 0."
  ],
  row: Row,
  body: body(grain.columns)
})
