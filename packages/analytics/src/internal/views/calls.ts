/** Every call of every source. */
import * as Calls from "@trunkline/calls/Calls"
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import { ofTable } from "../tables.js"

const meanings: { readonly [column in keyof Calls.Row]: string } = {
  call_id: "the vendor's id; unique within a source",
  organization_id: "the team or organisation",
  direction: "`inbound`, `outbound`, `web`, `unknown`, or another word of the vendor",
  started_at: "when it began",
  ended_at: "when it ended",
  duration_seconds: "how long it took; null where it is not known",
  outcome: "`answered`, `voicemail`, `transferred`, `missed`, `blocked`, `failed` or `unknown`",
  outcome_raw: "the vendor's word for it",
  agent_id: "who took or made it on your side",
  agent_name: "their name",
  agent_email: "their address",
  team_id: "the team within the organisation",
  team_name: "its name",
  line_number: "your number",
  contact_number: "the other side's number",
  contact_id: "the first contact that has this number",
  contact_name: "their name",
  company_id: "their company",
  company_name: "its name",
  contacts: "all contacts that have this number",
  primary_intent: "what the caller wanted, as a language model heard it",
  sentiment: "how the caller felt, as a language model heard it",
  summary: "what was said, in short",
  tags: "the tags it has; `[]` where it has none",
  has_recording: "whether there was a recording",
  has_transcript: "whether there was a transcript; null where it was not asked for",
  details_at: "when the details of an Allomia call were read; null before",
  created_at: "when the vendor wrote it down",
  extra: "JSON text of what no column holds",
  exported_at: "when this content was first read",
  gone_at: "when a comparison found that the vendor no longer returns it; null while it does"
}

const path = {
  source: cell.text("`allo` or `allomia`"),
  month: cell.maybeText(
    "the UTC month of `started_at`, as in the path: `2026-11`; null where the dataset is filed by day"
  ),
  day: cell.maybeText("the UTC day of `started_at`, as in the path; null where the dataset is filed by month"),
  account: cell.maybeText("the account of the configuration, as in the path; null in a dataset by itself")
}

const local = { started_local: cell.wallClock("`started_at` as the wall clock of the zone shows it") }

/** Other words for an outcome are read as well. */
export const Row = Schema.Struct({ ...path, ...Calls.Row.fields, outcome: Schema.String, ...local })

export const view = View.make({
  name: "calls",
  grain: "one row per call of every source",
  definition: [
    "Every column of the table `calls` (docs/columns.md), the columns of its path, and the local time.",
    "A call belongs to the day, weekday and hour at which it started in the zone, even if it ends after midnight.",
    "Rows that the vendor no longer returns are left out, unless `trunkline_gone` is true; `calls_stored` has them all.",
    "Histories of contacts repeat these calls, so they stay in tables of their own and count in no view."
  ],
  row: Row,
  columns: [...cell.columns(path), ...ofTable(Calls.table, meanings), ...cell.columns(local)],
  body: `SELECT *, trunkline_local(started_at) AS started_local
FROM calls_stored
WHERE gone_at IS NULL OR trunkline_gone()`
})
