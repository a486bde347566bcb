/** Who was missed, and whether anybody got back to them. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as grain from "../grain.js"
import * as hours from "../hours.js"
import * as readings from "../readings.js"

export const Row = Schema.Struct({
  ...grain.fields,
  call_id: cell.text("the first missed call"),
  contact_number: cell.maybeText("who called, as the first missed call has it"),
  contact_name: cell.maybeText("their name, as the first missed call has it"),
  line_number: cell.maybeText("the number of yours that they called first"),
  missed_at: cell.instant("when the first missed call began"),
  last_missed_at: cell.instant("when the last one of the row began"),
  misses: cell.count("how many calls of theirs were missed before they were reached or answered"),
  tries: cell.count(
    "how many attempts to reach them failed: later than `missed_at`, and before `followup_at` if there is one"
  ),
  tried_at: cell.maybeInstant("when the first attempt began or was sent, whatever became of it; null for none"),
  followup: cell.maybeText(
    "what came of it: `call` or `message` that reached them, or `caller` when they called again and were answered; null " +
      "for nothing"
  ),
  followup_id: cell.maybeText("that call or message"),
  followup_at: cell.maybeInstant("when it began or was sent"),
  seconds_to_try: cell.maybeNumber("from `missed_at` to `tried_at`"),
  seconds_to_followup: cell.maybeNumber("from `missed_at` to `followup_at`"),
  in_time: cell.maybeFlag(
    "whether `followup_at` came within `trunkline_followup_hours` (24) of `missed_at`; null for nothing"
  ),
  state: cell.text("`reached`, `called_again`, `tried`, `waiting`, `lost` or `unreachable`: see above"),
  is_open: cell.maybeFlag("whether the organisation was open at `missed_at`; null where nobody said when it is open"),
  as_of: cell.maybeInstant("the latest reading of this source and account, on which `waiting` and `lost` depend")
})

/**
 * Stands where it is read: files are read again more cheaply than what is kept of every call is held in memory. As a common
 * table that is not materialized it would be copied by DuckDB, which looks for the files of a copy anew and takes their names
 * for patterns.
 */
const happened = `(
  SELECT
    account,
    source,
    CASE WHEN source = 'allomia' THEN organization_id END AS scope,
    trunkline_number(contact_number) AS number,
    trunkline_reachable(contact_number) AS reachable,
    started_at AS happened_at,
    call_id AS id,
    CASE
      WHEN direction = 'outbound' THEN CASE WHEN trunkline_talked(outcome) THEN 'call' ELSE 'try' END
      WHEN NOT list_contains(trunkline_incoming(), direction) THEN NULL
      WHEN list_contains(trunkline_missed(), outcome) THEN 'miss'
      WHEN list_contains(trunkline_answered(), outcome) THEN 'caller'
    END AS kind
  FROM calls
)`

export const view = View.make({
  name: "missed_followup",
  grain: "one row per missed caller and time they were missed, repeated misses being one row",
  definition: [
    "A miss is an incoming call (`trunkline_incoming`) whose outcome is in `trunkline_missed`: missed or voicemail, until " +
    "you say otherwise. Blocked, failed and unknown calls are none.",
    "A caller is reached by an outbound call that was answered or transferred, or by an outbound message whose status does " +
    "not begin with FAILED, REFUSED, REJECTED or UNDELIVER. Any other outbound call or message is an attempt that failed: " +
    "nobody took the call, a machine did, or the message did not go out.",
    "The follow-up is the first later thing with the same number, in whatever spelling, that reached them, or an incoming call of theirs that was " +
    "answered (`trunkline_answered`); within the source and the account, and at Allomia within the organisation. Later means that it began " +
    "after the missed call began; at the same instant is not later. Of several things at one instant those that end a row " +
    "come before attempts that failed: calls, then their own calls, then messages, and the smaller id first. Misses come " +
    "last: one at the instant of a follow-up begins a new row.",
    "Numbers are the same when their digits are, without a leading 00 and without the (0) behind a country's code: " +
    "+33 (0)6 12 34, 0033 612 34 and 3361234 are one. A number without its country (06 12 34) is another one, and what " +
    "holds letters is compared as it stands.",
    "Misses from one number are one row until they are reached or answered, whatever was tried in between: it begins with " +
    "the first of them, and times are counted from there. A miss after a follow-up begins a new row, so that one number may " +
    "be a missed caller more than once.",
    "`reached`: you reached them; `in_time` says whether within `trunkline_followup_hours` (24) of `missed_at`. " +
    "`called_again`: they called again and were answered before you reached them. `tried`: attempts only. `waiting`: no " +
    "attempt yet, and at the latest reading of the source the hours were not over. `lost`: no attempt, and they were.",
    "`unreachable`: no number to call back, which is one with three digits or more. Each such miss is a row of its own; " +
    "leave them out of shares.",
    hours.definition,
    "What was not exported cannot be seen: a follow-up by another system or from a phone of one's own is none here."
  ],
  row: Row,
  body: `WITH
  -- A number for every caller who was missed: what follows is sorted and grouped by it, which is quicker than by text.
  callers AS MATERIALIZED (
    SELECT account, source, scope, number, row_number() OVER () AS caller
    FROM (
      SELECT DISTINCT account, source, scope, number FROM ${happened} AS happened WHERE kind = 'miss' AND reachable
    )
  ),
  events AS (
    SELECT callers.caller, happened_at, id, kind
    FROM ${happened} AS happened
    JOIN callers
      ON callers.account IS NOT DISTINCT FROM happened.account
      AND callers.source = happened.source
      AND callers.scope IS NOT DISTINCT FROM happened.scope
      AND callers.number = happened.number
    WHERE kind IS NOT NULL
    UNION ALL
    SELECT callers.caller, sent_at AS happened_at, message_id AS id,
      CASE WHEN trunkline_refused(status) THEN 'try' ELSE 'message' END AS kind
    FROM messages
    JOIN callers
      ON callers.account IS NOT DISTINCT FROM messages.account
      AND callers.source = messages.source
      AND callers.scope IS NULL
      AND callers.number = trunkline_number(messages.contact_number)
    WHERE direction = 'outbound'
  ),
  ordered AS (
    SELECT
      *,
      row_number() OVER earlier AS place,
      count(*) FILTER (kind NOT IN ('miss', 'try')) OVER earlier AS opportunity,
      max(happened_at) FILTER (kind NOT IN ('miss', 'try')) OVER earlier AS followed_at,
      max(happened_at) FILTER (kind = 'miss') OVER earlier AS missed_at
    FROM events
    -- At the same instant a miss comes last, so that nothing at that instant is later. Those that end a row of misses
    -- sort before 'try' by their names.
    WINDOW earlier AS (
      PARTITION BY caller
      ORDER BY happened_at, kind = 'miss', kind, id
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
  ),
  opportunities AS (
    SELECT
      arg_min(id, place) FILTER (kind = 'miss') AS call_id,
      caller,
      max(happened_at) FILTER (kind = 'miss') AS last_missed_at,
      count(*) FILTER (kind = 'miss') AS misses,
      count(*) FILTER (kind = 'try') AS tries,
      min(happened_at) FILTER (kind IN ('try', 'call', 'message')) AS tried_at,
      any_value(kind) FILTER (kind NOT IN ('miss', 'try')) AS followup,
      any_value(id) FILTER (kind NOT IN ('miss', 'try')) AS followup_id,
      any_value(happened_at) FILTER (kind NOT IN ('miss', 'try')) AS followup_at
    FROM ordered
    -- What was tried before the first miss was for something else.
    WHERE kind = 'miss' OR missed_at >= coalesce(followed_at, missed_at)
    GROUP BY caller, opportunity
  ),
  missed AS (
    SELECT
      callers.account,
      callers.source,
      opportunities.call_id,
      opportunities.last_missed_at,
      opportunities.misses,
      opportunities.tries,
      opportunities.tried_at,
      opportunities.followup,
      opportunities.followup_id,
      opportunities.followup_at,
      true AS reachable
    FROM opportunities
    JOIN callers ON callers.caller = opportunities.caller
    UNION ALL
    SELECT account, source, id, happened_at, 1, 0, NULL, NULL, NULL, NULL, false
    FROM ${happened} AS happened
    WHERE kind = 'miss' AND NOT reachable
  ),
  ${readings.sql}
SELECT
  ${grain.list(grain.columns, "calls")},
  missed.call_id,
  calls.contact_number,
  calls.contact_name,
  calls.line_number,
  calls.started_at AS missed_at,
  missed.last_missed_at,
  missed.misses,
  missed.tries,
  missed.tried_at,
  missed.followup,
  missed.followup_id,
  missed.followup_at,
  (epoch_ms(missed.tried_at) - epoch_ms(calls.started_at)) / 1000 AS seconds_to_try,
  (epoch_ms(missed.followup_at) - epoch_ms(calls.started_at)) / 1000 AS seconds_to_followup,
  seconds_to_followup <= trunkline_followup_hours() * 3600 AS in_time,
  CASE
    WHEN NOT missed.reachable THEN 'unreachable'
    WHEN missed.followup = 'caller' THEN 'called_again'
    WHEN missed.followup IS NOT NULL THEN 'reached'
    WHEN missed.tries > 0 THEN 'tried'
    WHEN (epoch_ms(readings.as_of) - epoch_ms(calls.started_at)) / 1000 <= trunkline_followup_hours() * 3600 THEN 'waiting'
    ELSE 'lost'
  END AS state,
  ${hours.isOpen} AS is_open,
  readings.as_of
FROM missed
JOIN calls
  ON calls.account IS NOT DISTINCT FROM missed.account AND calls.source = missed.source AND calls.call_id = missed.call_id
${hours.join}
LEFT JOIN readings ON readings.account IS NOT DISTINCT FROM missed.account AND readings.source = missed.source
ORDER BY calls.account, missed.source, missed_at, missed.call_id`
})
