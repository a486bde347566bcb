/**
 * What each column says of the person on the other side of a line, and what is left of a row without them.
 *
 * @since 0.1.0
 */
import type * as Table from "@trunkline/parquet/Table"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import * as Calls from "./Calls.js"
import * as Conversations from "./Conversations.js"
import * as Dimensions from "./Dimensions.js"
import * as HistoryCalls from "./HistoryCalls.js"
import * as HistoryMessages from "./HistoryMessages.js"
import * as Id from "./Id.js"
import * as Messages from "./Messages.js"
import * as PhoneNumber from "./PhoneNumber.js"
import type { tables } from "./Tables.js"
import * as Utterances from "./Utterances.js"

/**
 * - `number`: a number of the other side
 * - `either`: a number of the other side or one of ours, as the direction of the row says
 * - `ours`: a number of ours
 * - `contact`: the id of a contact
 * - `contacts`: a list of contacts, each with its id
 * - `about`: what else is known of the person, such as a name
 * - `words`: free text of the person or about them
 * - `undeclared`: JSON in which anything may stand
 * - `tag`: a label that somebody gave, in a table of its own
 * - `digest`: an id that is the hash of a number, a text and a time
 * - `fact`: none of these
 *
 * @since 0.1.0
 * @category models
 */
export type Meaning =
  | "number"
  | "either"
  | "ours"
  | "contact"
  | "contacts"
  | "about"
  | "words"
  | "undeclared"
  | "tag"
  | "digest"
  | "fact"

type Meanings<Row> = { readonly [column in keyof Row]: Meaning }

const calls: Meanings<Calls.Row> = {
  call_id: "fact",
  organization_id: "fact",
  direction: "fact",
  started_at: "fact",
  ended_at: "fact",
  duration_seconds: "fact",
  outcome: "fact",
  outcome_raw: "fact",
  business_outcome: "words",
  agent_id: "fact",
  agent_name: "fact",
  agent_email: "fact",
  team_id: "fact",
  team_name: "fact",
  line_number: "ours",
  contact_number: "number",
  contact_country: "about",
  contact_id: "contact",
  contact_name: "about",
  company_id: "about",
  company_name: "about",
  contacts: "contacts",
  primary_intent: "words",
  sentiment: "words",
  summary: "words",
  tags: "words",
  has_recording: "fact",
  has_transcript: "fact",
  details_at: "fact",
  created_at: "fact",
  extra: "undeclared",
  exported_at: "fact",
  gone_at: "fact"
}

const messages: Meanings<Messages.Row> = {
  message_id: "fact",
  direction: "fact",
  sent_at: "fact",
  line_number: "ours",
  contact_number: "number",
  contact_country: "about",
  contact_id: "contact",
  contact_name: "about",
  contacts: "contacts",
  agent_id: "fact",
  agent_name: "fact",
  agent_email: "fact",
  content: "words",
  status: "fact",
  message_type: "fact",
  tags: "words",
  extra: "undeclared",
  exported_at: "fact",
  gone_at: "fact"
}

const utterances: Meanings<Utterances.Row> = {
  call_id: "fact",
  seq: "fact",
  speaker: "fact",
  spoken_at: "fact",
  start_seconds: "fact",
  end_seconds: "fact",
  text: "words",
  exported_at: "fact"
}

const conversations: Meanings<Conversations.Row> = {
  line_number: "ours",
  contact_number: "number",
  contact_country: "about",
  contacts: "contacts",
  last_activity_at: "fact",
  last_item_id: "fact",
  last_item_type: "fact",
  extra: "undeclared",
  exported_at: "fact",
  gone_at: "fact"
}

const historyCalls: Meanings<HistoryCalls.Row> = {
  contact_id: "contact",
  call_id: "fact",
  direction: "fact",
  started_at: "fact",
  ended_at: "fact",
  duration_seconds: "fact",
  outcome: "fact",
  outcome_raw: "fact",
  line_number: "ours",
  contact_number: "number",
  contact_country: "about",
  from_number: "either",
  to_number: "either",
  summary: "words",
  tags: "words",
  has_recording: "fact",
  has_transcript: "fact",
  extra: "undeclared",
  exported_at: "fact"
}

const historyMessages: Meanings<HistoryMessages.Row> = {
  contact_id: "contact",
  message_id: "digest",
  direction: "fact",
  sent_at: "fact",
  line_number: "ours",
  contact_number: "number",
  contact_country: "about",
  from_number: "either",
  to_number: "either",
  sender_id: "about",
  content: "words",
  extra: "undeclared",
  exported_at: "fact"
}

const organizations: Meanings<typeof Dimensions.organizations.row.Type> = {
  organization_id: "fact",
  name: "fact",
  account: "fact",
  zone: "fact",
  hours: "fact",
  first_seen_at: "fact",
  last_seen_at: "fact"
}

const agents: Meanings<typeof Dimensions.agents.row.Type> = {
  agent_id: "fact",
  name: "fact",
  email: "fact",
  organization_id: "fact",
  first_seen_at: "fact",
  last_seen_at: "fact"
}

const lines: Meanings<typeof Dimensions.lines.row.Type> = {
  number: "ours",
  name: "fact",
  organization_id: "fact",
  first_seen_at: "fact",
  last_seen_at: "fact"
}

const tags: Meanings<typeof Dimensions.tags.row.Type> = { tag: "tag", first_seen_at: "fact", last_seen_at: "fact" }

/**
 * A row of any table, by column.
 *
 * @since 0.1.0
 * @category models
 */
export type Row = Readonly<Record<string, unknown>>

/**
 * @since 0.1.0
 * @category models
 */
export interface Personal {
  /** In the order of the table. */
  readonly columns: ReadonlyArray<readonly [name: string, meaning: Meaning]>
  /** Columns that say who the person is, or anything of them. */
  readonly personal: ReadonlySet<string>
  /** The other side's numbers, as they are spelled. */
  readonly numbers: (row: Row) => ReadonlyArray<string>
  /** The ids of the contacts that a row names, each in the spelling of keys. */
  readonly contacts: (row: Row) => ReadonlyArray<string>
  /** What is left of a row without the person; null where nothing is. */
  readonly bare: (row: Row) => Row | null
  /** Where a row is that left its table: its line, its organisation, and its instants in milliseconds. */
  readonly placed: (row: Row) => Readonly<Record<string, string | number>>
  /** The row with its free texts and its undeclared JSON changed; the same row where nothing is. */
  readonly reworded: (row: Row, change: (text: string) => string) => Row
}

/**
 * JSON with each of its texts changed, names of fields and numbers as well. What is no JSON is changed as one text.
 *
 * @since 0.1.0
 * @category changing
 */
export const json = (text: string, change: (text: string) => string): string => {
  const parsed = Either.try((): unknown => JSON.parse(text))
  if (Either.isLeft(parsed)) return change(text)
  const changed = changedJson(parsed.right, change)
  return changed === parsed.right ? text : JSON.stringify(changed)
}

/** The same value where nothing in it changes. */
const changedJson = (value: unknown, change: (text: string) => string): unknown => {
  if (typeof value === "string") return change(value)
  if (typeof value === "number") {
    const written = String(value)
    const changed = change(written)
    return changed === written ? value : changed
  }
  if (Array.isArray(value)) {
    const changed = value.map((one: unknown) => changedJson(one, change))
    return changed.every((one, index) => one === value[index]) ? value : changed
  }
  if (!Predicate.isRecord(value)) return value
  const entries = Object.entries(value)
  const changed = entries.map(([name, inner]) => [change(name), changedJson(inner, change)] as const)
  return changed.every(([name, inner], index) => name === entries[index]?.[0] && inner === entries[index]?.[1])
    ? value
    : Object.fromEntries(changed)
}

const idsOf = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string"
    ? [Id.key(value)]
    : Array.isArray(value)
    ? value.flatMap((contact: unknown) => Predicate.isRecord(contact) ? idsOf(contact["id"]) : [])
    : []

const textsOf = (row: Row, names: ReadonlyArray<string>) =>
  names.flatMap((name) => typeof row[name] === "string" ? [row[name]] : [])

const personalOf = <A extends object>(
  table: Table.Table<A>,
  meanings: Meanings<A>,
  options: {
    /** Whether a bare row stays: its key says nothing of the person, and neither does that it is there. */
    readonly staysBare: boolean
  }
): Personal => {
  const columns = Record.toEntries<string, Meaning>(meanings)
  const named = (...wanted: ReadonlyArray<Meaning>) =>
    columns.flatMap(([name, meaning]) => wanted.includes(meaning) ? [name] : [])
  const [numbers, either, ours] = [named("number"), named("either"), named("ours")]
  const contacts = named("contact", "contacts")
  const words = named("about", "words", "contacts")
  const undeclared = named("undeclared")
  const instants = table.columns.flatMap(({ name, type }) => type._tag === "Instant" ? [name] : [])
  const places = [...named("ours"), "organization_id", ...instants]
  const lists = new Set(table.columns.flatMap(({ name, type }) => type._tag === "List" ? [name] : []))
  const person = named("number", "either", "contact", "contacts", "about", "words", "undeclared")
  const nothing = Object.fromEntries(person.map((name) => [name, lists.has(name) ? [] : null]))
  return {
    columns,
    personal: new Set([...person, ...named("digest", "tag")]),
    numbers: (row) => {
      const found = textsOf(row, numbers)
      if (found.length > 0) return found
      const known = textsOf(row, ours)
      return textsOf(row, either).filter((number) => !known.includes(number))
    },
    contacts: (row) => contacts.flatMap((name) => idsOf(row[name])),
    bare: (row) => options.staysBare ? { ...row, ...nothing } : null,
    placed: (row) =>
      Object.fromEntries(places.flatMap((name): ReadonlyArray<readonly [string, string | number]> => {
        const value = row[name]
        return typeof value === "string"
          ? [[name, value]]
          : DateTime.isDateTime(value)
          ? [[name, value.epochMillis]]
          : []
      })),
    reworded: (row, change) => {
      const changed = [
        ...words.map((name) => [name, changedJson(row[name], change)] as const),
        ...undeclared.map((name) => {
          const text = row[name]
          return [name, typeof text === "string" ? json(text, change) : text] as const
        })
      ].filter(([name, value]) => value !== row[name])
      return changed.length === 0 ? row : { ...row, ...Object.fromEntries(changed) }
    }
  }
}

/** A row of these tables stays as it is: it is about no person on the other side, or is known by its parent alone. */
const whole = { staysBare: true }

const declared = [
  [Calls.table, personalOf(Calls.table, calls, { staysBare: true })],
  [Messages.table, personalOf(Messages.table, messages, { staysBare: false })],
  [Utterances.table, personalOf(Utterances.table, utterances, { staysBare: false })],
  [Conversations.table, personalOf(Conversations.table, conversations, { staysBare: false })],
  [HistoryCalls.table, personalOf(HistoryCalls.table, historyCalls, { staysBare: false })],
  [HistoryMessages.table, personalOf(HistoryMessages.table, historyMessages, { staysBare: false })],
  [Dimensions.organizations, personalOf(Dimensions.organizations, organizations, whole)],
  [Dimensions.agents, personalOf(Dimensions.agents, agents, whole)],
  [Dimensions.lines, personalOf(Dimensions.lines, lines, whole)],
  [Dimensions.tags, personalOf(Dimensions.tags, tags, whole)]
] as const

/**
 * Of each of `tables`, by its name.
 *
 * @since 0.1.0
 * @category tables
 */
export const personal: ReadonlyMap<(typeof tables)[number]["name"], Personal> = new Map(
  declared.map(([{ name }, personal]) => [name, personal])
)

/**
 * For a dataset: what it needs to know of people, without knowing what a call is.
 *
 * @since 0.1.0
 * @category tables
 */
export const declaration = {
  tables: new Map<string, Personal>(personal),
  json,
  replaceNumbers: PhoneNumber.replace,
  spellings: (text: string) => {
    const number = PhoneNumber.make(text)
    return number === null ? null : PhoneNumber.spellings(number)
  },
  contactKey: Id.key
}
