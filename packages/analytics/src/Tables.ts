/**
 * The tables of a dataset, so that one without files is an empty view with its columns and types.
 *
 * @since 0.1.0
 */
import { joined } from "./internal/text.js"

/**
 * The type of `contacts`, in calls, messages and conversations.
 *
 * @since 0.1.0
 * @category tables
 */
export const contacts = joined(
  "STRUCT(id VARCHAR, name VARCHAR, company_id VARCHAR, company_name VARCHAR, ",
  "deals STRUCT(id VARCHAR, name VARCHAR, status VARCHAR)[])[]"
)

/**
 * Each column with its type, in the order of docs/columns.md; a test holds the two against each other.
 *
 * @since 0.1.0
 * @category tables
 */
export const tables: { readonly [table: string]: { readonly [column: string]: string } } = {
  calls: {
    call_id: "VARCHAR",
    organization_id: "VARCHAR",
    direction: "VARCHAR",
    started_at: "TIMESTAMPTZ",
    ended_at: "TIMESTAMPTZ",
    duration_seconds: "INTEGER",
    outcome: "VARCHAR",
    outcome_raw: "VARCHAR",
    agent_id: "VARCHAR",
    agent_name: "VARCHAR",
    agent_email: "VARCHAR",
    team_id: "VARCHAR",
    team_name: "VARCHAR",
    line_number: "VARCHAR",
    contact_number: "VARCHAR",
    contact_id: "VARCHAR",
    contact_name: "VARCHAR",
    company_id: "VARCHAR",
    company_name: "VARCHAR",
    contacts,
    primary_intent: "VARCHAR",
    sentiment: "VARCHAR",
    summary: "VARCHAR",
    tags: "VARCHAR[]",
    has_recording: "BOOLEAN",
    has_transcript: "BOOLEAN",
    details_at: "TIMESTAMPTZ",
    created_at: "TIMESTAMPTZ",
    extra: "VARCHAR",
    exported_at: "TIMESTAMPTZ"
  },
  messages: {
    message_id: "VARCHAR",
    direction: "VARCHAR",
    sent_at: "TIMESTAMPTZ",
    line_number: "VARCHAR",
    contact_number: "VARCHAR",
    contact_id: "VARCHAR",
    contact_name: "VARCHAR",
    contacts,
    agent_id: "VARCHAR",
    agent_name: "VARCHAR",
    agent_email: "VARCHAR",
    content: "VARCHAR",
    status: "VARCHAR",
    message_type: "VARCHAR",
    tags: "VARCHAR[]",
    extra: "VARCHAR",
    exported_at: "TIMESTAMPTZ"
  },
  utterances: {
    call_id: "VARCHAR",
    seq: "INTEGER",
    speaker: "VARCHAR",
    spoken_at: "TIMESTAMPTZ",
    start_seconds: "DOUBLE",
    end_seconds: "DOUBLE",
    text: "VARCHAR",
    exported_at: "TIMESTAMPTZ"
  },
  conversations: {
    line_number: "VARCHAR",
    contact_number: "VARCHAR",
    contacts,
    last_activity_at: "TIMESTAMPTZ",
    last_item_id: "VARCHAR",
    last_item_type: "VARCHAR",
    extra: "VARCHAR",
    exported_at: "TIMESTAMPTZ"
  },
  certificates: {
    scope: "VARCHAR",
    stream: "VARCHAR",
    from_at: "TIMESTAMPTZ",
    to_at: "TIMESTAMPTZ",
    verdict: "VARCHAR",
    total_first: "INTEGER",
    total_last: "INTEGER",
    distinct_keys: "INTEGER",
    quarantined: "INTEGER",
    pages: "INTEGER",
    passes: "INTEGER",
    keys_sha256: "VARCHAR",
    request_ids: "VARCHAR[]",
    read_at: "TIMESTAMPTZ",
    run_id: "VARCHAR"
  },
  history_calls: {
    contact_id: "VARCHAR",
    call_id: "VARCHAR",
    direction: "VARCHAR",
    started_at: "TIMESTAMPTZ",
    ended_at: "TIMESTAMPTZ",
    duration_seconds: "INTEGER",
    outcome: "VARCHAR",
    outcome_raw: "VARCHAR",
    line_number: "VARCHAR",
    contact_number: "VARCHAR",
    from_number: "VARCHAR",
    to_number: "VARCHAR",
    summary: "VARCHAR",
    tags: "VARCHAR[]",
    has_recording: "BOOLEAN",
    has_transcript: "BOOLEAN",
    extra: "VARCHAR",
    exported_at: "TIMESTAMPTZ"
  },
  history_messages: {
    contact_id: "VARCHAR",
    message_id: "VARCHAR",
    direction: "VARCHAR",
    sent_at: "TIMESTAMPTZ",
    line_number: "VARCHAR",
    contact_number: "VARCHAR",
    from_number: "VARCHAR",
    to_number: "VARCHAR",
    sender_id: "VARCHAR",
    content: "VARCHAR",
    extra: "VARCHAR",
    exported_at: "TIMESTAMPTZ"
  }
}
