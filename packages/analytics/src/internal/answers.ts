/** What every view about answers counts, and by which rule. */
import * as cell from "./cell.js"

/** Over the rows of a group. */
export const sql = `count(*) FILTER (list_contains(trunkline_incoming(), direction)) AS incoming,
  count(*) FILTER (list_contains(trunkline_incoming(), direction) AND outcome <> 'unknown') AS known,
  count(*) FILTER (list_contains(trunkline_incoming(), direction) AND trunkline_counts(outcome)) AS counted,
  count(*) FILTER (
    list_contains(trunkline_incoming(), direction) AND trunkline_counts(outcome)
      AND list_contains(trunkline_answered(), outcome)
  ) AS answered`

export const fields = {
  incoming: cell.count("the incoming ones among them"),
  known: cell.count("the incoming ones whose outcome is known"),
  counted: cell.count("of `known`, those whose outcome is not in `trunkline_uncounted`; all of them unless you say so"),
  answered: cell.count("of `counted`, those whose outcome counts as answered"),
  answer_rate: cell.maybeNumber("`answered` / `counted`; null where there is none")
}

export const definition = [
  "Incoming calls are those of `trunkline_incoming`; answered are those whose outcome is in `trunkline_answered`: " +
  "answered and transferred, until you say otherwise.",
  "The answer rate is answered over incoming calls with a known outcome. Missed, voicemail, blocked and failed calls are " +
  "among those; `unknown` is on neither side, and neither are the outcomes of `trunkline_uncounted`: none, until you name " +
  "one, as in SET VARIABLE trunkline_uncounted = ['blocked']."
]
