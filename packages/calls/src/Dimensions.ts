/**
 * Whose calls, who took them, over which lines and with which tags: one row per key, with when it was first and last seen.
 *
 * @since 0.1.0
 */
import * as Table from "@trunkline/parquet/Table"
import * as Schema from "effect/Schema"
import { whole } from "./internal/whole.js"

const seen = {
  first_seen_at: Schema.DateTimeUtcFromSelf,
  last_seen_at: Schema.DateTimeUtcFromSelf
}

const OrganizationRow = Schema.Struct({
  organization_id: Schema.String,
  name: Schema.NullOr(Schema.String),
  account: Schema.NullOr(Schema.String),
  zone: Schema.NullOr(Schema.String),
  hours: Schema.NullOr(Schema.String),
  ...seen
})

/**
 * One row per team of Allo and organisation of Allomia.
 *
 * @since 0.1.0
 * @category tables
 */
export const organizations = Table.make({
  name: "organizations",
  row: OrganizationRow,
  key: ["organization_id"],
  groups: whole(OrganizationRow.fields, ["organization_id"])
})

const AgentRow = Schema.Struct({
  agent_id: Schema.String,
  name: Schema.NullOr(Schema.String),
  email: Schema.NullOr(Schema.String),
  organization_id: Schema.NullOr(Schema.String),
  ...seen
})

/**
 * One row per agent who took part in a call or message.
 *
 * @since 0.1.0
 * @category tables
 */
export const agents = Table.make({
  name: "agents",
  row: AgentRow,
  key: ["agent_id"],
  groups: whole(AgentRow.fields, ["agent_id"])
})

const LineRow = Schema.Struct({
  number: Schema.String,
  name: Schema.NullOr(Schema.String),
  organization_id: Schema.NullOr(Schema.String),
  ...seen
})

/**
 * One row per line of ours.
 *
 * @since 0.1.0
 * @category tables
 */
export const lines = Table.make({
  name: "lines",
  row: LineRow,
  key: ["number"],
  groups: whole(LineRow.fields, ["number"])
})

const TagRow = Schema.Struct({ tag: Schema.String, ...seen })

/**
 * One row per tag of a call or message.
 *
 * @since 0.1.0
 * @category tables
 */
export const tags = Table.make({ name: "tags", row: TagRow, key: ["tag"], groups: whole(TagRow.fields, ["tag"]) })

/**
 * @since 0.1.0
 * @category tables
 */
export const tables: ReadonlyArray<Table.Any> = [organizations, agents, lines, tags]
