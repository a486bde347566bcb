/** Every call of every source. */
import * as Schema from "effect/Schema"
import { contacts as contactsType } from "../../Tables.js"
import * as View from "../../View.js"
import * as cell from "../cell.js"

const Deal = Schema.Struct({
  id: Schema.NullOr(Schema.String),
  name: Schema.NullOr(Schema.String),
  status: Schema.NullOr(Schema.String)
})

const Contact = Schema.Struct({
  id: Schema.NullOr(Schema.String),
  name: Schema.NullOr(Schema.String),
  company_id: Schema.NullOr(Schema.String),
  company_name: Schema.NullOr(Schema.String),
  deals: Schema.Array(Deal)
})

export const Row = Schema.Struct({
  source: cell.text("`allo` or `allomia`"),
  month: cell.maybeText(
    "the UTC month of `started_at`, as in the path: `2026-11`; null where the dataset is filed by day"
  ),
  day: cell.maybeText("the UTC day of `started_at`, as in the path; null where the dataset is filed by month"),
  call_id: cell.text("the vendor's id; unique within a source"),
  organization_id: cell.maybeText("the team or organisation"),
  direction: cell.text("`inbound`, `outbound`, `web`, `unknown`, or another word of the vendor"),
  started_at: cell.instant("when it began"),
  ended_at: cell.maybeInstant("when it ended"),
  duration_seconds: cell.maybeWhole("how long it took; null where it is not known"),
  outcome: cell.text("`answered`, `voicemail`, `transferred`, `missed`, `blocked`, `failed` or `unknown`"),
  outcome_raw: cell.maybeText("the vendor's word for it"),
  agent_id: cell.maybeText("who took or made it on your side"),
  agent_name: cell.maybeText("their name"),
  agent_email: cell.maybeText("their address"),
  team_id: cell.maybeText("the team within the organisation"),
  team_name: cell.maybeText("its name"),
  line_number: cell.maybeText("your number"),
  contact_number: cell.maybeText("the other side's number"),
  contact_id: cell.maybeText("the first contact that has this number"),
  contact_name: cell.maybeText("their name"),
  company_id: cell.maybeText("their company"),
  company_name: cell.maybeText("its name"),
  contacts: cell.of(
    Schema.Array(Contact),
    contactsType,
    "all contacts that have this number"
  ),
  primary_intent: cell.maybeText("what the caller wanted, as a language model heard it"),
  sentiment: cell.maybeText("how the caller felt, as a language model heard it"),
  summary: cell.maybeText("what was said, in short"),
  tags: cell.texts("the tags it has; `[]` where it has none"),
  has_recording: cell.flag("whether there was a recording"),
  has_transcript: cell.maybeFlag("whether there was a transcript; null where it was not asked for"),
  details_at: cell.maybeInstant("when the details of an Allomia call were read; null before"),
  created_at: cell.maybeInstant("when the vendor wrote it down"),
  extra: cell.maybeText("JSON text of what no column holds"),
  exported_at: cell.instant("when this content was first read"),
  started_local: cell.wallClock("`started_at` as the wall clock of the zone shows it")
})

export const view = View.make({
  name: "calls",
  grain: "one row per call of every source",
  definition: [
    "Every column of the table `calls` (docs/columns.md), the columns of its path, and the local time.",
    "A call belongs to the day, weekday and hour at which it started in the zone, even if it ends after midnight.",
    "Histories of contacts repeat these calls, so they stay in tables of their own and count in no view."
  ],
  row: Row,
  body: `SELECT *, trunkline_local(started_at) AS started_local
FROM calls_stored`
})
