/** What the dataset has read, and what it has not. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as grain from "../grain.js"

export const Row = Schema.Struct({
  ...grain.fields,
  source: cell.text("`allo`, `allomia` or `allo-v1`"),
  organization_id: cell.maybeText("the same as `scope`; null where the key has none"),
  scope: cell.text("the team or organisation; `-` where the key has none"),
  stream: cell.text("what was asked for: `items`, `items+transcript`, `calls`"),
  from_at: cell.instant("the first instant"),
  to_at: cell.instant("the first instant after it"),
  state: cell.text("`certified`, `open`, `uncertified` or `gap`: see above"),
  quarantined: cell.maybeWhole("rows of the window that could not be read or did not fit; null for a gap"),
  gone: cell.maybeCount("rows of the window that the vendor no longer returns, by their time; null for a gap"),
  read_at: cell.maybeInstant("when the window was read; null for a gap")
})

export const view = View.make({
  name: "coverage",
  grain: "one row per window that was read, and one per gap between windows",
  definition: [
    "`certified`: read to its end, with proof that nothing is missing; `open`: read to its end, too young to be settled; " +
    "`uncertified`: the proof failed, and the next run reads it again; `gap`: between two windows of the same source, " +
    "scope and stream lies a time that was never asked for.",
    "Windows may overlap; the one with the latest `read_at` speaks for their common part. What came with more " +
    "(`items+transcript`) fills gaps of what asks for less (`items`), not the other way round.",
    "A window of Allo's `items` is made of days as the vendor counts them, in a zone it does not tell. What lies 12 hours " +
    "after `from_at` or later, and up to 14 hours before `to_at`, belongs to it in every zone of the world.",
    "`gone` counts rows by the time at which they happened, whether or not other views show them. Messages and " +
    "conversations name no scope, and count in every scope of their source.",
    "Before the first and after the last window nothing is known, and no row says so: compare `to_at` with the clock."
  ],
  row: Row,
  body: `WITH
  streams AS (
    SELECT account, source, scope, stream, min(from_at) AS first_at, max(to_at) AS last_at
    FROM certificates
    GROUP BY ALL
  ),
  covering AS (
    SELECT
      streams.*,
      certificates.from_at,
      max(certificates.to_at) OVER (
        PARTITION BY streams.account, streams.source, streams.scope, streams.stream
        ORDER BY certificates.from_at, certificates.to_at
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ) AS covered_until
    FROM streams
    JOIN certificates
      ON certificates.account IS NOT DISTINCT FROM streams.account
      AND certificates.source = streams.source
      AND certificates.scope = streams.scope
      AND (certificates.stream = streams.stream OR starts_with(certificates.stream, streams.stream || '+'))
  ),
  gone AS (
    SELECT account, source, organization_id AS scope, false AS is_conversation, started_at AS happened_at, gone_at
    FROM calls_stored
    UNION ALL
    SELECT account, source, NULL, false, sent_at, gone_at
    FROM messages_stored
    UNION ALL
    SELECT account, source, NULL, true, last_activity_at, gone_at
    FROM conversations_stored
  ),
  windows AS (
    SELECT
      account,
      source,
      scope,
      stream,
      from_at,
      to_at,
      verdict AS state,
      quarantined,
      (
        SELECT count(*)
        FROM gone
        WHERE gone.gone_at IS NOT NULL
          AND gone.account IS NOT DISTINCT FROM certificates.account
          AND gone.source = certificates.source
          AND (gone.scope IS NULL OR certificates.scope IN ('-', gone.scope))
          AND gone.is_conversation = (certificates.stream = 'conversations')
          AND gone.happened_at >= certificates.from_at
          AND gone.happened_at < certificates.to_at
      ) AS gone,
      read_at
    FROM certificates
    UNION ALL
    SELECT
      account,
      source,
      scope,
      stream,
      greatest(covered_until, first_at) AS from_at,
      least(covering.from_at, last_at) AS to_at,
      'gap' AS state,
      NULL AS quarantined,
      NULL AS gone,
      NULL AS read_at
    FROM covering
    WHERE greatest(covered_until, first_at) < least(covering.from_at, last_at)
  )
SELECT
  windows.account,
  windows.source,
  nullif(windows.scope, '-') AS organization_id,
  organizations.name AS organization_name,
  windows.* EXCLUDE (account, source)
FROM windows
LEFT JOIN trunkline_organizations AS organizations
  ON organizations.account IS NOT DISTINCT FROM windows.account
  -- The histories of a contact are those of a team of Allo.
  AND organizations.source = CASE WHEN windows.source = 'allo-v1' THEN 'allo' ELSE windows.source END
  AND organizations.organization_id = windows.scope
ORDER BY windows.account, windows.source, windows.scope, windows.stream, windows.from_at, windows.to_at`
})
