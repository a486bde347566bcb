/** Intents and tags as one thing: a label of a call. */
import * as grain from "./grain.js"

/** Columns of calls that are carried along. */
const added = (more: ReadonlyArray<string>): string => more.map((column) => `\n      ${column},`).join("")

/** CTEs: `labels` has a row per call and label, `kinds` says of which kind there are labels. */
export const sql = (by: ReadonlyArray<string>, more: ReadonlyArray<string> = []): string =>
  `kinds AS (
    SELECT ${grain.list(by)}, 'intent' AS kind, count(*) AS calls, count(*) FILTER (pending) AS details_pending
    FROM asked
    GROUP BY ${grain.list(by)}
    HAVING source = 'allomia' OR count(intent) > 0
    UNION ALL
    SELECT ${grain.list(by)}, 'tag' AS kind, count(*) AS calls, 0 AS details_pending
    FROM asked
    GROUP BY ${grain.list(by)}
    HAVING source = 'allo' OR count(*) FILTER (len(tags) > 0) > 0
  ),
  labels AS (
    SELECT
      ${grain.list(by)},
      'intent' AS kind,
      coalesce(intent, '(unlabelled)') AS label,${added(more)}
      outcome,
      duration_seconds,
      sentiment
    FROM asked
    SEMI JOIN kinds ON ${grain.same(by, "kinds", "asked")} AND kinds.kind = 'intent'
    WHERE NOT pending
    UNION ALL
    SELECT
      ${grain.list(by)},
      'tag' AS kind,
      unnest(CASE WHEN len(tags) = 0 THEN ['(unlabelled)'] ELSE tags END) AS label,${added(more)}
      outcome,
      duration_seconds,
      sentiment
    FROM asked
    SEMI JOIN kinds ON ${grain.same(by, "kinds", "asked")} AND kinds.kind = 'tag'
  )`

/** The CTE before: blank labels are none, a tag put on twice is one, and what is not known yet is pending. */
export const asked = (by: ReadonlyArray<string>, more: ReadonlyArray<string> = []): string =>
  `asked AS (
    SELECT
      ${grain.list(by)},${added(more)}
      CASE WHEN trim(primary_intent) <> '' THEN primary_intent END AS intent,
      coalesce(list_distinct([tag FOR tag IN tags IF trim(tag) <> '']), []) AS tags,
      source = 'allomia' AND details_at IS NULL AND primary_intent IS NULL AS pending,
      outcome,
      duration_seconds,
      sentiment
    FROM calls
  )`

export const definition = [
  "A label of kind `intent` is what a language model heard the caller want (Allomia), at most one per call; one of kind " +
  "`tag` was put on the call (Allo), any number per call. Each source shows the kind it has.",
  "Labels are as the vendor spells them: `Billing` and `billing` are two. Blank ones are none, and a tag that stands on " +
  "a call twice counts once."
]
