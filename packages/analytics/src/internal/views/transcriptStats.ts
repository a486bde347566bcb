/** Who speaks in a call, and how long nobody does. */
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as grain from "../grain.js"

export const Row = Schema.Struct({
  ...grain.fields,
  call_id: cell.text("the call"),
  started_at: cell.instant("when it began"),
  agent_id: cell.maybeText("the agent, as in `calls`"),
  agent_name: cell.maybeText("their name, as in `calls`"),
  lines: cell.count("the lines of its transcript"),
  lines_timed: cell.count("of `lines`, those with a beginning and an end"),
  our_seconds: cell.maybeNumber("how long your side speaks, people and machines; null where no line is timed"),
  their_seconds: cell.maybeNumber("how long the other side speaks"),
  talk_ratio: cell.maybeNumber("`our_seconds` of both; null where nobody speaks for any time"),
  longest_monologue_seconds: cell.maybeNumber(
    "the longest time for which one side speaks without a line of the other: see above"
  ),
  longest_monologue_by: cell.maybeText("`ours` or `theirs`: whose it is; of two as long the first"),
  silence_seconds: cell.maybeNumber("the time between the first and the last word in which no line runs"),
  silence_share: cell.maybeNumber(
    "`silence_seconds` of the time between the first and the last word; null where that is 0"
  )
})

export const view = View.make({
  name: "transcript_stats",
  grain: "one row per call that has lines of a transcript",
  definition: [
    "Lines are those of the table `utterances`, which only Allo sends, with --transcripts. `user` and `agent` (a machine) are your side, and " +
    "`external` is the other; lines of another speaker count in `lines` and fill silence, and are of neither side.",
    "A line is timed when it has a beginning and an end that is not before it. Lines without times count in `lines` alone.",
    "A side speaks for the sum of its lines, also where they overlap. A monologue is a run of lines of one side in the order in which they " +
    "begin (then of `seq`): from the beginning of its first line to the last end among them, pauses and all.",
    "Silence is what no timed line covers, from the first beginning to the last end. What was before and after is not known."
  ],
  row: Row,
  body: `WITH
  spoken AS (
    SELECT
      account,
      source,
      call_id,
      seq,
      CASE WHEN speaker IN ('user', 'agent') THEN 'ours' WHEN speaker = 'external' THEN 'theirs' ELSE 'others' END AS side,
      start_seconds,
      end_seconds,
      coalesce(end_seconds >= start_seconds, false) AS is_timed
    FROM utterances
  ),
  ordered AS (
    SELECT
      *,
      max(end_seconds) OVER (
        PARTITION BY account, source, call_id
        ORDER BY start_seconds, seq
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ) AS heard_until,
      row_number() OVER (PARTITION BY account, source, call_id ORDER BY start_seconds, seq) AS place,
      place - row_number() OVER (PARTITION BY account, source, call_id, side ORDER BY start_seconds, seq) AS run
    FROM spoken
    WHERE is_timed
  ),
  runs AS (
    SELECT
      account,
      source,
      call_id,
      side,
      min(place) AS place,
      min(start_seconds) AS begins,
      max(end_seconds) AS ends,
      sum(end_seconds - start_seconds) AS seconds,
      sum(greatest(start_seconds - heard_until, 0)) AS silence
    FROM ordered
    GROUP BY account, source, call_id, side, run
  ),
  timed AS (
    SELECT
      account,
      source,
      call_id,
      coalesce(sum(seconds) FILTER (side = 'ours'), 0) AS our_seconds,
      coalesce(sum(seconds) FILTER (side = 'theirs'), 0) AS their_seconds,
      max(ends - begins) FILTER (side <> 'others') AS longest,
      arg_max(side, (ends - begins, -place)) FILTER (side <> 'others') AS longest_by,
      coalesce(sum(silence), 0) AS silence_seconds,
      max(ends) - min(begins) AS spanned
    FROM runs
    GROUP BY account, source, call_id
  ),
  counted AS (
    SELECT account, source, call_id, count(*) AS lines, count(*) FILTER (is_timed) AS lines_timed
    FROM spoken
    GROUP BY account, source, call_id
  )
SELECT
  ${grain.list(grain.columns, "calls")},
  calls.call_id,
  calls.started_at,
  calls.agent_id,
  calls.agent_name,
  counted.lines,
  counted.lines_timed,
  timed.our_seconds,
  timed.their_seconds,
  timed.our_seconds / nullif(timed.our_seconds + timed.their_seconds, 0) AS talk_ratio,
  timed.longest AS longest_monologue_seconds,
  timed.longest_by AS longest_monologue_by,
  timed.silence_seconds,
  timed.silence_seconds / nullif(timed.spanned, 0) AS silence_share
FROM counted
JOIN calls ON ${grain.same(["account", "source", "call_id"], "calls", "counted")}
LEFT JOIN timed ON ${grain.same(["account", "source", "call_id"], "timed", "counted")}
ORDER BY ${grain.list(grain.columns, "calls")}, calls.started_at, calls.call_id`
})
