/** Who was missed, and whether anybody got back to them. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"

export const Row = Schema.Struct({
  source: cell.text("`allo` or `allomia`"),
  organization_id: cell.maybeText("the organisation of the first missed call"),
  call_id: cell.text("the first missed call"),
  contact_number: cell.maybeText("who called"),
  contact_name: cell.maybeText("their name, as the first missed call has it"),
  line_number: cell.maybeText("the number of yours that they called first"),
  missed_at: cell.instant("when the first missed call began"),
  last_missed_at: cell.instant("when the last one of the row began"),
  misses: cell.count("how many calls of theirs were missed before something came of it"),
  followup: cell.maybeText(
    "what came first: `call` or `message` to them, or `caller` when they called again and were answered; null for nothing"
  ),
  followup_id: cell.maybeText("that call or message"),
  followup_at: cell.maybeInstant("when it began or was sent"),
  seconds_to_followup: cell.maybeNumber("from `missed_at` to `followup_at`"),
  state: cell.text("`in_time`, `late`, `called_again`, `waiting`, `lost` or `unreachable`: see above"),
  as_of: cell.maybeInstant("the latest reading of this source, on which `waiting` and `lost` depend")
})

export const view = View.make({
  name: "missed_followup",
  grain: "one row per missed caller and time they were missed, repeated misses being one row",
  definition: [
    "A miss is an incoming call (`trunkline_incoming`) whose outcome is in `trunkline_missed`: missed or voicemail, until " +
    "you say otherwise. Blocked, failed and unknown calls are none.",
    "The follow-up is the first later thing with the same number, within the source, and at Allomia within the " +
    "organisation: an outbound call or message, whatever became of it, or an incoming call that was answered. Later means " +
    "that it began after the missed call began; at the same instant is not later.",
    "Misses from one number without anything in between are one row: it begins with the first of them, and its time to " +
    "follow-up is counted from there. A miss after a follow-up begins a new row.",
    "`in_time`: you got in touch within `trunkline_followup_hours` (24) of `missed_at`; `late`: after that; " +
    "`called_again`: they called again and were answered before you got in touch; `waiting`: nothing yet, and at the " +
    "latest reading of the source the hours were not over; `lost`: nothing, and they were.",
    "`unreachable`: no number to call back, which is one with three digits or more. Each such miss is a row of its own; " +
    "leave them out of shares.",
    "What was not exported cannot be seen: a follow-up by another system or from a phone of one's own is none here."
  ],
  row: Row,
  body: `WITH
  misses_and_answers AS (
    SELECT
      source,
      CASE WHEN source = 'allomia' THEN organization_id END AS scope,
      contact_number,
      trunkline_reachable(contact_number) AS reachable,
      started_at AS happened_at,
      call_id AS id,
      CASE
        WHEN direction = 'outbound' THEN 'call'
        WHEN NOT list_contains(trunkline_incoming(), direction) THEN NULL
        WHEN list_contains(trunkline_missed(), outcome) THEN 'miss'
        WHEN list_contains(trunkline_answered(), outcome) THEN 'caller'
      END AS kind
    FROM calls
  ),
  -- A number for every caller who was missed: what follows is sorted and grouped by it, which is quicker than by text.
  callers AS (
    SELECT source, scope, contact_number, row_number() OVER () AS caller
    FROM (
      SELECT DISTINCT source, scope, contact_number FROM misses_and_answers WHERE kind = 'miss' AND reachable
    )
  ),
  events AS (
    SELECT callers.caller, happened_at, id, kind
    FROM misses_and_answers AS happened
    JOIN callers
      ON callers.source = happened.source
      AND callers.scope IS NOT DISTINCT FROM happened.scope
      AND callers.contact_number = happened.contact_number
    WHERE kind IS NOT NULL
    UNION ALL
    SELECT callers.caller, sent_at AS happened_at, message_id AS id, 'message' AS kind
    FROM messages
    JOIN callers
      ON callers.source = messages.source
      AND callers.scope IS NULL
      AND callers.contact_number = messages.contact_number
    WHERE direction = 'outbound'
  ),
  ordered AS (
    SELECT
      *,
      row_number() OVER so_far AS place,
      count(*) FILTER (kind <> 'miss') OVER so_far AS followups
    FROM events
    -- At the same instant a follow-up comes first, so that it is not later than the miss.
    WINDOW so_far AS (
      PARTITION BY caller
      ORDER BY happened_at, kind = 'miss', kind, id
      ROWS UNBOUNDED PRECEDING
    )
  ),
  opportunities AS (
    SELECT
      arg_min(id, place) FILTER (kind = 'miss') AS call_id,
      caller,
      max(happened_at) FILTER (kind = 'miss') AS last_missed_at,
      count(*) FILTER (kind = 'miss') AS misses,
      any_value(kind) FILTER (kind <> 'miss') AS followup,
      any_value(id) FILTER (kind <> 'miss') AS followup_id,
      any_value(happened_at) FILTER (kind <> 'miss') AS followup_at
    FROM ordered
    -- The follow-up that ends a row of misses belongs to it.
    GROUP BY caller, followups - (kind <> 'miss')::BIGINT
    HAVING misses > 0
  ),
  missed AS (
    SELECT
      callers.source,
      opportunities.call_id,
      opportunities.last_missed_at,
      opportunities.misses,
      opportunities.followup,
      opportunities.followup_id,
      opportunities.followup_at,
      true AS reachable
    FROM opportunities
    JOIN callers ON callers.caller = opportunities.caller
    UNION ALL
    SELECT source, id, happened_at, 1, NULL, NULL, NULL, false
    FROM misses_and_answers
    WHERE kind = 'miss' AND NOT reachable
  ),
  readings AS (
    SELECT source, max(read_at) AS as_of
    FROM (
      SELECT source, max(exported_at) AS read_at FROM calls GROUP BY source
      UNION ALL
      SELECT source, max(exported_at) FROM messages GROUP BY source
      UNION ALL
      SELECT source, max(read_at) FROM certificates GROUP BY source
    )
    GROUP BY source
  )
SELECT
  missed.source,
  calls.organization_id,
  missed.call_id,
  calls.contact_number,
  calls.contact_name,
  calls.line_number,
  calls.started_at AS missed_at,
  missed.last_missed_at,
  missed.misses,
  missed.followup,
  missed.followup_id,
  missed.followup_at,
  (epoch_ms(missed.followup_at) - epoch_ms(calls.started_at)) / 1000 AS seconds_to_followup,
  CASE
    WHEN NOT missed.reachable THEN 'unreachable'
    WHEN missed.followup = 'caller' THEN 'called_again'
    WHEN seconds_to_followup <= trunkline_followup_hours() * 3600 THEN 'in_time'
    WHEN missed.followup IS NOT NULL THEN 'late'
    WHEN (epoch_ms(readings.as_of) - epoch_ms(calls.started_at)) / 1000 <= trunkline_followup_hours() * 3600 THEN 'waiting'
    ELSE 'lost'
  END AS state,
  readings.as_of
FROM missed
JOIN calls ON calls.source = missed.source AND calls.call_id = missed.call_id
LEFT JOIN readings ON readings.source = missed.source
ORDER BY missed.source, missed_at, missed.call_id`
})
