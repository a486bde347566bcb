/** The tables are what the documentation says, column by column. */
import { assert, describe, it } from "@effect/vitest"
import { tables } from "@trunkline/calls"
import type { Column, ColumnType } from "@trunkline/parquet/Column"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"

const inSql = (type: ColumnType): string => {
  switch (type._tag) {
    case "Text":
      return "VARCHAR"
    case "Boolean":
      return "BOOLEAN"
    case "Int32":
      return "INTEGER"
    case "Double":
      return "DOUBLE"
    case "Instant":
      return "TIMESTAMPTZ"
    case "List":
      return `${inSql(type.element)}[]`
    case "Struct":
      return `STRUCT(${type.fields.map((field) => `${field.name} ${shown(field)}`).join(", ")})`
  }
}

const shown = (column: Column): string => `${inSql(column.type)}${column.nullable ? "?" : ""}`

const people =
  "STRUCT(id VARCHAR?, name VARCHAR?, company_id VARCHAR?, company_name VARCHAR?, deals STRUCT(id VARCHAR?, name VARCHAR?, status VARCHAR?)[])[]"

const expected: { readonly [table: string]: { readonly [column: string]: string } } = {
  calls: {
    call_id: "VARCHAR",
    organization_id: "VARCHAR?",
    direction: "VARCHAR",
    started_at: "TIMESTAMPTZ",
    ended_at: "TIMESTAMPTZ?",
    duration_seconds: "INTEGER?",
    outcome: "VARCHAR",
    outcome_raw: "VARCHAR?",
    business_outcome: "VARCHAR?",
    agent_id: "VARCHAR?",
    agent_name: "VARCHAR?",
    agent_email: "VARCHAR?",
    team_id: "VARCHAR?",
    team_name: "VARCHAR?",
    line_number: "VARCHAR?",
    contact_number: "VARCHAR?",
    contact_country: "VARCHAR?",
    contact_id: "VARCHAR?",
    contact_name: "VARCHAR?",
    company_id: "VARCHAR?",
    company_name: "VARCHAR?",
    contacts: people,
    primary_intent: "VARCHAR?",
    sentiment: "VARCHAR?",
    summary: "VARCHAR?",
    tags: "VARCHAR[]",
    has_recording: "BOOLEAN",
    has_transcript: "BOOLEAN?",
    details_at: "TIMESTAMPTZ?",
    created_at: "TIMESTAMPTZ?",
    extra: "VARCHAR?",
    exported_at: "TIMESTAMPTZ",
    gone_at: "TIMESTAMPTZ?"
  },
  messages: {
    message_id: "VARCHAR",
    direction: "VARCHAR",
    sent_at: "TIMESTAMPTZ",
    line_number: "VARCHAR?",
    contact_number: "VARCHAR?",
    contact_country: "VARCHAR?",
    contact_id: "VARCHAR?",
    contact_name: "VARCHAR?",
    contacts: people,
    agent_id: "VARCHAR?",
    agent_name: "VARCHAR?",
    agent_email: "VARCHAR?",
    content: "VARCHAR?",
    status: "VARCHAR?",
    message_type: "VARCHAR?",
    tags: "VARCHAR[]",
    extra: "VARCHAR?",
    exported_at: "TIMESTAMPTZ",
    gone_at: "TIMESTAMPTZ?"
  },
  utterances: {
    call_id: "VARCHAR",
    seq: "INTEGER",
    speaker: "VARCHAR?",
    spoken_at: "TIMESTAMPTZ?",
    start_seconds: "DOUBLE?",
    end_seconds: "DOUBLE?",
    text: "VARCHAR?",
    exported_at: "TIMESTAMPTZ"
  },
  conversations: {
    line_number: "VARCHAR",
    contact_number: "VARCHAR",
    contact_country: "VARCHAR?",
    contacts: people,
    last_activity_at: "TIMESTAMPTZ",
    last_item_id: "VARCHAR?",
    last_item_type: "VARCHAR?",
    extra: "VARCHAR?",
    exported_at: "TIMESTAMPTZ",
    gone_at: "TIMESTAMPTZ?"
  },
  history_calls: {
    contact_id: "VARCHAR",
    call_id: "VARCHAR",
    direction: "VARCHAR",
    started_at: "TIMESTAMPTZ",
    ended_at: "TIMESTAMPTZ?",
    duration_seconds: "INTEGER?",
    outcome: "VARCHAR",
    outcome_raw: "VARCHAR?",
    line_number: "VARCHAR?",
    contact_number: "VARCHAR?",
    contact_country: "VARCHAR?",
    from_number: "VARCHAR?",
    to_number: "VARCHAR?",
    summary: "VARCHAR?",
    tags: "VARCHAR[]",
    has_recording: "BOOLEAN",
    has_transcript: "BOOLEAN",
    extra: "VARCHAR?",
    exported_at: "TIMESTAMPTZ"
  },
  history_messages: {
    contact_id: "VARCHAR",
    message_id: "VARCHAR",
    direction: "VARCHAR",
    sent_at: "TIMESTAMPTZ",
    line_number: "VARCHAR?",
    contact_number: "VARCHAR?",
    contact_country: "VARCHAR?",
    from_number: "VARCHAR?",
    to_number: "VARCHAR?",
    sender_id: "VARCHAR?",
    content: "VARCHAR?",
    extra: "VARCHAR?",
    exported_at: "TIMESTAMPTZ"
  },
  organizations: {
    organization_id: "VARCHAR",
    name: "VARCHAR?",
    account: "VARCHAR?",
    zone: "VARCHAR?",
    hours: "VARCHAR?",
    first_seen_at: "TIMESTAMPTZ",
    last_seen_at: "TIMESTAMPTZ"
  },
  agents: {
    agent_id: "VARCHAR",
    name: "VARCHAR?",
    email: "VARCHAR?",
    organization_id: "VARCHAR?",
    first_seen_at: "TIMESTAMPTZ",
    last_seen_at: "TIMESTAMPTZ"
  },
  lines: {
    number: "VARCHAR",
    name: "VARCHAR?",
    organization_id: "VARCHAR?",
    first_seen_at: "TIMESTAMPTZ",
    last_seen_at: "TIMESTAMPTZ"
  },
  tags: { tag: "VARCHAR", first_seen_at: "TIMESTAMPTZ", last_seen_at: "TIMESTAMPTZ" }
}

/** What names, files, replaces and stamps a row. */
const frames = {
  calls: [["call_id"], "started_at", ["call_id"], null, ["exported_at"]],
  messages: [["message_id"], "sent_at", ["message_id"], null, ["exported_at"]],
  utterances: [["call_id", "seq"], null, ["call_id"], { table: "calls", by: "call_id" }, ["exported_at"]],
  conversations: [
    ["line_number", "contact_number"],
    null,
    ["line_number", "contact_number"],
    null,
    ["exported_at"]
  ],
  history_calls: [["contact_id", "call_id"], "started_at", ["contact_id", "call_id"], null, ["exported_at"]],
  history_messages: [["contact_id", "message_id"], "sent_at", ["contact_id", "message_id"], null, ["exported_at"]],
  organizations: [["organization_id"], null, ["organization_id"], null, []],
  agents: [["agent_id"], null, ["agent_id"], null, []],
  lines: [["number"], null, ["number"], null, []],
  tags: [["tag"], null, ["tag"], null, []]
}

const page = readFileSync(new URL("../../../docs/columns.md", import.meta.url), "utf8")

/** Tables, each with the rows of the first table under its heading. */
const documented = Object.fromEntries(
  page.split(/^## /m).slice(1).flatMap((section) => {
    const [heading = ""] = section.split("\n")
    // The dataset's own.
    if (heading === "certificates" || heading === "runs") return []
    const [, rows] = /^\| column .*\n\|[ -|]*\n((?:\|.*\n)+)/m.exec(section) ?? []
    if (rows === undefined) return []
    const cells = rows.trim().split("\n").map((row) => row.split("|").map((cell) => cell.trim().replaceAll("`", "")))
    return [[heading, cells.map(([, name = "", type = ""]) => [name, type] as const)] as const]
  })
)

describe("the tables", () => {
  it.effect("are these, with these columns in this order", () =>
    Effect.sync(() =>
      assert.deepStrictEqual(
        tables.map(({ columns, name }) => [name, columns.map((column) => [column.name, shown(column)])]),
        Object.entries(expected).map(([name, columns]) => [name, Object.entries(columns)])
      )
    ))

  it.effect("are documented to the last column", () =>
    Effect.sync(() =>
      assert.deepStrictEqual(
        documented,
        Object.fromEntries(
          tables.map(({ columns, name }) => [name, columns.map((column) => [column.name, shown(column)])])
        )
      )
    ))

  it.effect("have these keys, times, replacements, parents and stamps", () =>
    Effect.sync(() =>
      assert.deepStrictEqual(
        Object.fromEntries(
          tables.map((_) => [_.name, [_.key, _.eventTime, _.replacedBy, _.parent, _.stamps]])
        ),
        frames
      )
    ))

  it.effect("of calls keep apart what a list, details and a transcript tell", () =>
    Effect.sync(() => {
      const [calls] = tables
      const groups = Object.fromEntries((calls?.groups ?? []).map(({ columns, name }) => [name, columns]))
      assert.deepStrictEqual(Object.keys(groups), [
        "list",
        "agent",
        "contacts",
        "name",
        "tags",
        "outcome",
        "recording",
        "details",
        "transcript",
        "extra",
        "gone"
      ])
      assert.deepStrictEqual(groups["details"], [
        "business_outcome",
        "primary_intent",
        "sentiment",
        "summary",
        "details_at"
      ])
      assert.deepStrictEqual(groups["outcome"], ["outcome", "outcome_raw"])
      assert.deepStrictEqual(groups["transcript"], ["has_transcript"])
      assert.deepStrictEqual(groups["extra"], ["extra"])
    }))

  it.effect("have no column but the key outside a group, and none in two", () =>
    Effect.sync(() => {
      for (const { columns, groups, key, name } of tables) {
        assert.sameMembers(
          [...key, ...groups.flatMap((group) => [...group.columns])],
          columns.map((column) => column.name),
          name
        )
      }
    }))
})
