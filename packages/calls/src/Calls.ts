/**
 * One row per call.
 *
 * @since 0.1.0
 */
import * as Table from "@trunkline/parquet/Table"
import * as Schema from "effect/Schema"
import { Contact } from "./Contact.js"
import { gone } from "./internal/gone.js"
import { Outcome } from "./Outcome.js"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Row = Schema.Struct({
  call_id: Schema.String,
  organization_id: Schema.NullOr(Schema.String),
  direction: Schema.String,
  started_at: Schema.DateTimeUtcFromSelf,
  ended_at: Schema.NullOr(Schema.DateTimeUtcFromSelf),
  duration_seconds: Schema.NullOr(Schema.Int),
  outcome: Outcome,
  outcome_raw: Schema.NullOr(Schema.String),
  business_outcome: Schema.NullOr(Schema.String),
  agent_id: Schema.NullOr(Schema.String),
  agent_name: Schema.NullOr(Schema.String),
  agent_email: Schema.NullOr(Schema.String),
  team_id: Schema.NullOr(Schema.String),
  team_name: Schema.NullOr(Schema.String),
  line_number: Schema.NullOr(Schema.String),
  contact_number: Schema.NullOr(Schema.String),
  contact_country: Schema.NullOr(Schema.String),
  contact_id: Schema.NullOr(Schema.String),
  contact_name: Schema.NullOr(Schema.String),
  company_id: Schema.NullOr(Schema.String),
  company_name: Schema.NullOr(Schema.String),
  contacts: Schema.Array(Contact),
  primary_intent: Schema.NullOr(Schema.String),
  sentiment: Schema.NullOr(Schema.String),
  summary: Schema.NullOr(Schema.String),
  tags: Schema.Array(Schema.String),
  has_recording: Schema.Boolean,
  has_transcript: Schema.NullOr(Schema.Boolean),
  details_at: Schema.NullOr(Schema.DateTimeUtcFromSelf),
  created_at: Schema.NullOr(Schema.DateTimeUtcFromSelf),
  extra: Schema.NullOr(Schema.String),
  exported_at: Schema.DateTimeUtcFromSelf,
  gone_at: Schema.NullOr(Schema.DateTimeUtcFromSelf)
})
/** @since 0.1.0 */
export interface Row extends Schema.Schema.Type<typeof Row> {}

/**
 * What a reading of a call may know. A list of Allomia knows what any list shows; its details know all. An item of Allo knows
 * all, but `transcript` only where transcripts were asked for. A batch of Allo may leave fields out, and knows the others.
 *
 * @since 0.1.0
 * @category models
 */
export type Group =
  | "list"
  | "agent"
  | "contacts"
  | "name"
  | "tags"
  | "outcome"
  | "recording"
  | "details"
  | "transcript"
  | "extra"
  | "gone"

/**
 * `extra` is a group of its own: the details of an Allomia call bring undeclared fields that its list rows never have,
 * and a later list must not wipe them out.
 *
 * @since 0.1.0
 * @category tables
 */
export const table = Table.make({
  name: "calls",
  row: Row,
  key: ["call_id"],
  eventTime: "started_at",
  groups: [
    {
      name: "list",
      columns: [
        "organization_id",
        "direction",
        "started_at",
        "ended_at",
        "duration_seconds",
        "team_id",
        "team_name",
        "line_number",
        "contact_number",
        "contact_country",
        "created_at",
        "exported_at"
      ]
    },
    { name: "agent", columns: ["agent_id", "agent_name", "agent_email"] },
    { name: "contacts", columns: ["contact_id", "company_id", "company_name", "contacts"] },
    { name: "name", columns: ["contact_name"] },
    { name: "tags", columns: ["tags"] },
    { name: "outcome", columns: ["outcome", "outcome_raw"] },
    { name: "recording", columns: ["has_recording"] },
    { name: "details", columns: ["business_outcome", "primary_intent", "sentiment", "summary", "details_at"] },
    { name: "transcript", columns: ["has_transcript"] },
    { name: "extra", columns: ["extra"] },
    gone
  ],
  stamps: ["exported_at"]
})
