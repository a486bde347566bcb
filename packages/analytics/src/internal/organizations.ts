/** Names, zones and hours of organisations, as calls find them. */

/**
 * Each organisation once, by the account of its path. In a dataset by itself that account is null, whichever account read it. A
 * zone that DuckDB does not know is none.
 */
export const sql =
  `-- Organisations as calls find them: by the account of the path, which a dataset by itself does not have.
CREATE OR REPLACE VIEW trunkline_organizations AS
WITH found AS (
  SELECT
    account,
    source,
    organization_id,
    name,
    CASE WHEN zone IN (SELECT name FROM pg_timezone_names()) THEN zone END AS zone,
    hours,
    last_seen_at
  FROM organizations
)
SELECT
  account,
  source,
  organization_id,
  arg_max(name, last_seen_at) AS name,
  arg_max(zone, last_seen_at) AS zone,
  arg_max(hours, last_seen_at) AS hours
FROM (
  FROM found
  UNION ALL
  SELECT * REPLACE (NULL AS account) FROM found WHERE account IS NOT NULL
)
GROUP BY account, source, organization_id;`
