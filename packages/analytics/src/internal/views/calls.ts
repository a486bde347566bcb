/** Every call of every source. */
import * as Calls from "@trunkline/calls/Calls"
import * as Schema from "effect/Schema"
import * as View from "../../View.js"
import * as cell from "../cell.js"
import * as clock from "../clock.js"
import * as grain from "../grain.js"
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
  business_outcome: "what came of an Allomia call, as a language model heard it, such as `appointment_confirmed`",
  agent_id: "who took or made it on your side",
  agent_name: "their name",
  agent_email: "their address",
  team_id: "the team within the organisation",
  team_name: "its name",
  line_number: "your number",
  contact_number: "the other side's number, or [its token](privacy.md#masked-numbers)",
  contact_country: "the country of that number, such as `FR`",
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

const local = {
  organization_name: cell.maybeText("its name in the table `organizations`; null where it is not known"),
  zone: cell.text("`trunkline_zone` where it is set, else the zone of the organisation, else UTC"),
  started_local: cell.wallClock("`started_at` as the wall clock of `zone` shows it")
}

const organization = ["account", "source", "organization_id"]

/** Other words for an outcome are read as well. */
export const Row = Schema.Struct({ ...path, ...Calls.Row.fields, outcome: Schema.String, ...local })

export const view = View.make({
  name: "calls",
  grain: "one row per call of every source",
  definition: [
    "Every column of the table `calls` (docs/columns.md), the columns of its path, the name of the organisation, and the local time.",
    "The zone is that of `trunkline_zone` where it is set, else that of the organisation in the table `organizations` (the " +
    "configuration wins over the vendor), else UTC. A name there that is no zone is none; a `trunkline_zone` that is no zone makes every query fail.",
    "A call belongs to the day, weekday and hour at which it started in the zone, even if it ends after midnight.",
    "`business_outcome` of a call that was read before there was such a column is read from `extra`.",
    "Rows that the vendor no longer returns are left out, unless `trunkline_gone` is true; `calls_stored` has them all.",
    "Histories of contacts repeat these calls, so they stay in tables of their own and count in no view."
  ],
  row: Row,
  columns: [...cell.columns(path), ...ofTable(Calls.table, meanings), ...cell.columns(local)],
  body: `WITH
  ${
    clock.shifts(
      `SELECT DISTINCT zone, ${clock.dayOf("started_at")} AS day
FROM calls_stored
JOIN trunkline_organizations AS organizations
  ON ${grain.same(organization, "organizations", "calls_stored")}
WHERE trunkline_zone() IS NULL AND zone IS NOT NULL`
    )
  }
SELECT
  -- Rows that were read before there was a column hold what came of the call in \`extra\`.
  calls.* REPLACE (coalesce(calls.business_outcome, CASE WHEN calls.source = 'allomia' THEN coalesce(
    CASE WHEN json_type(calls.extra, '$.outcome') = 'VARCHAR' THEN calls.extra ->> '$.outcome' END,
    CASE WHEN json_type(calls.extra, '$.callOutcome') = 'VARCHAR' THEN calls.extra ->> '$.callOutcome' END
  ) END) AS business_outcome),
  organizations.name AS organization_name,
  coalesce(trunkline_zone(), organizations.zone, 'UTC') AS zone,
  ${clock.local("calls.started_at", "organizations.zone")} AS started_local
FROM calls_stored AS calls
LEFT JOIN trunkline_organizations AS organizations
  ON ${grain.same(organization, "organizations", "calls")}
LEFT JOIN shifts
  ON shifts.zone = organizations.zone AND shifts.day = ${clock.dayOf("calls.started_at")}
WHERE calls.gone_at IS NULL OR trunkline_gone()`
})
