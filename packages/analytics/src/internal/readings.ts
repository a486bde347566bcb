/** Up to when a source was read, which says whether something may still happen. */

/** A CTE: one row per account and source. */
export const sql = `readings AS (
    SELECT account, source, max(read_at) AS as_of
    FROM (
      SELECT account, source, max(exported_at) AS read_at FROM calls GROUP BY ALL
      UNION ALL
      SELECT account, source, max(exported_at) FROM messages GROUP BY ALL
      UNION ALL
      SELECT account, source, max(read_at) FROM certificates GROUP BY ALL
    )
    GROUP BY ALL
  )`
