/** Messages, and how fast they are replied to. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as clock from "../clock.js"
import * as grain from "../grain.js"

export const Row = Schema.Struct({
  ...grain.fields,
  day: cell.day("the day, in the zone"),
  inbound: cell.count("messages that came in"),
  outbound: cell.count("messages that were sent"),
  refused: cell.count("of `outbound`, those that did not go out"),
  refused_share: cell.maybeNumber("`refused` / `outbound`; null where none was sent"),
  asked: cell.count("how often somebody wrote and waited for a reply: see above"),
  replied: cell.count("of `asked`, those that were replied to, on whichever day"),
  replied_share: cell.maybeNumber("`replied` / `asked`; null where nobody asked"),
  p50_seconds_to_reply: cell.maybeNumber("the median time from the first message to the reply, over `replied`"),
  p90_seconds_to_reply: cell.maybeNumber("the 90th percentile of the same")
})

const organization = ["account", "source", "organization_id"]

export const view = View.make({
  name: "messages_daily",
  grain: "one row per organisation and day that has messages",
  definition: [
    "A message belongs to the organisation of its line, as the table `lines` has it; where its line is not there, to the only organisation " +
    "of its source and account; else to none.",
    "A message did not go out when its status begins with FAILED, REFUSED, REJECTED or UNDELIVER. Any other one that was sent reached " +
    "somebody, also one whose status is not known.",
    "Somebody asks with the first message of a number since the last reply to it, and further messages until the reply are the same question. " +
    "The reply is the first later message to the number that went out; at the same instant is not later. A question counts on the day on " +
    "which it was asked. Numbers are those with three digits or more, whose spellings meet as in `missed_followup`. A call back is no reply."
  ],
  row: Row,
  body: `WITH
  sole AS (
    SELECT account, source, any_value(organization_id) AS organization_id
    FROM trunkline_organizations
    GROUP BY account, source
    HAVING count(*) = 1
  ),
  whose AS (
    SELECT
      messages.account,
      messages.source,
      coalesce(lines.organization_id, sole.organization_id) AS organization_id,
      message_id,
      direction,
      status,
      sent_at,
      contact_number
    FROM messages
    LEFT JOIN lines
      ON ${grain.same(["account", "source"], "lines", "messages")} AND lines.number = messages.line_number
    LEFT JOIN sole ON ${grain.same(["account", "source"], "sole", "messages")}
  ),
  named AS (
    SELECT whose.*, organizations.name AS organization_name, organizations.zone
    FROM whose
    LEFT JOIN trunkline_organizations AS organizations
      ON ${grain.same(organization, "organizations", "whose")}
  ),
  ${
    clock.shifts(
      `SELECT DISTINCT zone, ${clock.dayOf("sent_at")} AS day
FROM named
WHERE trunkline_zone() IS NULL AND zone IS NOT NULL`
    )
  },
  sent AS (
    SELECT
      ${grain.list(grain.columns)},
      message_id,
      direction,
      sent_at,
      direction = 'outbound' AND trunkline_refused(status) AS is_refused,
      CASE WHEN trunkline_reachable(contact_number) THEN trunkline_number(contact_number) END AS number,
      (${clock.local("sent_at", "named.zone")})::DATE AS day
    FROM named
    LEFT JOIN shifts ON shifts.zone = named.zone AND shifts.day = ${clock.dayOf("sent_at")}
  ),
  rounds AS (
    SELECT
      *,
      direction = 'outbound' AS is_reply,
      -- The reply that ends a round belongs to it.
      count(*) FILTER (direction = 'outbound') OVER so_far_sent - (direction = 'outbound')::BIGINT AS round
    FROM sent
    WHERE number IS NOT NULL AND (direction = 'inbound' OR direction = 'outbound' AND NOT is_refused)
    WINDOW so_far_sent AS (
      PARTITION BY ${grain.list(grain.columns)}, number
      ORDER BY sent_at, direction = 'inbound', message_id
      ROWS UNBOUNDED PRECEDING
    )
  ),
  questions AS (
    SELECT
      ${grain.list(grain.columns)},
      arg_min(day, (sent_at, message_id)) FILTER (NOT is_reply) AS day,
      (epoch_ms(max(sent_at) FILTER (is_reply)) - epoch_ms(min(sent_at) FILTER (NOT is_reply))) / 1000 AS seconds
    FROM rounds
    GROUP BY ${grain.list(grain.columns)}, number, round
    HAVING count(*) FILTER (NOT is_reply) > 0
  ),
  asked AS (
    SELECT
      ${grain.list(grain.columns)},
      day,
      count(*) AS asked,
      count(seconds) AS replied,
      quantile_cont(seconds, 0.5) AS p50_seconds,
      quantile_cont(seconds, 0.9) AS p90_seconds
    FROM questions
    GROUP BY ${grain.list(grain.columns)}, day
  ),
  days AS (
    SELECT
      ${grain.list(grain.columns)},
      day,
      count(*) FILTER (direction = 'inbound') AS inbound,
      count(*) FILTER (direction = 'outbound') AS outbound,
      count(*) FILTER (is_refused) AS refused
    FROM sent
    GROUP BY ${grain.list(grain.columns)}, day
  )
SELECT
  ${grain.list(grain.columns, "days")},
  days.day,
  days.inbound,
  days.outbound,
  days.refused,
  days.refused / nullif(days.outbound, 0) AS refused_share,
  coalesce(asked.asked, 0) AS asked,
  coalesce(asked.replied, 0) AS replied,
  asked.replied / nullif(asked.asked, 0) AS replied_share,
  asked.p50_seconds AS p50_seconds_to_reply,
  asked.p90_seconds AS p90_seconds_to_reply
FROM days
LEFT JOIN asked ON ${grain.same([...grain.columns, "day"], "asked", "days")}
ORDER BY ${grain.list(grain.columns, "days")}, days.day`
})
