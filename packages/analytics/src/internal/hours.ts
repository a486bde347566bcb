/** Whether an organisation was open when a call began. */
import * as grain from "./grain.js"

/** Every minute of the week in which an organisation is open, by the hours of the table `organizations`. */
export const sql = `-- Minutes of the week in which an organisation is open; ranges may cross midnight.
CREATE OR REPLACE VIEW trunkline_open_minutes AS
WITH spans AS (
  SELECT account, source, organization_id, weekday, unnest(from_json(hours -> day, '["VARCHAR"]')) AS span
  FROM trunkline_organizations
  CROSS JOIN (VALUES ('mon', 1), ('tue', 2), ('wed', 3), ('thu', 4), ('fri', 5), ('sat', 6), ('sun', 7)) AS days (day, weekday)
  WHERE json_valid(hours)
),
ranges AS (
  SELECT
    account,
    source,
    organization_id,
    weekday,
    span[1:2]::INTEGER * 60 + span[4:5]::INTEGER AS opens,
    span[7:8]::INTEGER * 60 + span[10:11]::INTEGER AS closes
  FROM spans
  WHERE regexp_full_match(span, '[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}')
)
SELECT account, source, organization_id, weekday, unnest(range(opens, if(closes > opens, closes, 1440))) AS minute
FROM ranges
UNION
SELECT account, source, organization_id, weekday % 7 + 1, unnest(range(0, closes))
FROM ranges
WHERE closes <= opens;`

const organization = ["account", "source", "organization_id"]

/** Behind `FROM calls`. */
export const join = `LEFT JOIN trunkline_organizations AS described
  ON ${grain.same(organization, "described", "calls")}
LEFT JOIN trunkline_open_minutes AS opened
  ON ${grain.same(organization, "opened", "calls")}
  AND opened.weekday = isodow(calls.started_local)
  AND opened.minute = hour(calls.started_local) * 60 + minute(calls.started_local)`

/** Null where nobody said when the organisation is open. */
export const isOpen = "CASE WHEN json_valid(described.hours) THEN opened.minute IS NOT NULL END"

export const definition =
  "An organisation is open in the `hours` of the table `organizations`, which the configuration gives it, by the wall clock of its " +
  "zone: from the first minute of a range up to the last one, and not in it. A range may cross midnight. Where nobody said when it " +
  "is open, `is_open` is null."
