/** Conversations of Allo: a feed per line, and the histories of single contacts from version 1 of the API. */
import type { AlloError, Conversation, Conversations } from "@trunkline/allo"
import { FromAllo, type RefusedRow, unreadable } from "@trunkline/calls"
import { Proof } from "@trunkline/dataset"
import type { Page } from "@trunkline/http"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Planning from "../Planning.js"
import type { Lane } from "../Progress.js"
import type { Entry, Feed, Feeds, Histories, Listing } from "../Source.js"
import { after, numberOf } from "./Items.js"

export interface Options {
  readonly conversations: Context.Tag.Service<Conversations>
  readonly lane: Lane
}

export interface Line {
  readonly number: string
  /** Null where it has none. */
  readonly label: string | null
}

const pageSize = 100

const listing = (line: string) => (page: Page.Page<Conversation>) =>
  Effect.map(Planning.now, (readAt): Listing => {
    const entries: Array<Entry> = []
    const refused: Array<RefusedRow> = page.rejected.map((rejected) => unreadable(rejected, "conversations"))
    for (const conversation of page.rows) {
      const mapped = FromAllo.conversation(conversation, { readAt, line })
      if (Either.isLeft(mapped)) refused.push(mapped.left)
      else {
        entries.push({
          key: Proof.key(line, conversation.contactNumber),
          stamps: [conversation.lastActivity],
          rows: [mapped.right],
          lines: null,
          detail: null
        })
      }
    }
    return {
      entries,
      refused,
      size: page.size,
      total: page.total,
      next: after(page),
      requestId: page.requestId,
      answeredAt: page.answeredAt
    }
  })

/** Another refusal of this kind concerns the key, which may then read no conversations at all. */
const isOfLine = (error: AlloError): boolean =>
  error._tag === "NotFound" || (error._tag === "Forbidden" && error.code === "ALLO_NUMBER_FORBIDDEN")

const feed = ({ conversations }: Options, { label, number }: Line): Feed => ({
  id: number,
  // Line numbers are personal data: show the label or the last two digits.
  label: label ?? `the line ending in ${number.slice(-2)}`,
  at: (position, pageSize) => Math.floor(position / pageSize) + 1,
  page: (since, cursor) =>
    Effect.flatMap(
      conversations.list({
        alloNumber: number,
        lastActivitySince: since ?? undefined,
        page: numberOf(cursor),
        size: pageSize
      }),
      listing(number)
    ),
  count: (lastActivitySince) =>
    Effect.flatMap(conversations.list({ alloNumber: number, lastActivitySince, size: 1 }), listing(number)),
  refusedAlone: isOfLine
})

export const feeds = (options: Options, lines: ReadonlyArray<Line> | null): Feeds => ({
  stream: "conversations",
  published: { table: "conversations", id: "contact_number", at: "last_activity_at", line: "line_number" },
  lane: options.lane,
  pageSize,
  all: lines === null ? null : lines.map((line) => feed(options, line)),
  of: (number) => feed(options, { number, label: null })
})

export const histories = ({ conversations, lane }: Options): Histories => ({
  source: "allo-v1",
  stream: "history",
  lane,
  pageSize,
  walk: (contactId) =>
    Effect.gen(function*() {
      // Messages have no id. Equal ones are told apart by counting them from the beginning of the walk.
      const map = yield* FromAllo.history({ readAt: yield* Planning.now, contactId })
      return (cursor) =>
        Effect.gen(function*() {
          // This version of the API counts its pages from 0.
          const number = typeof cursor === "number" ? cursor : 0
          const page = yield* conversations.contactHistoryPage({ contactId, page: number, size: pageSize })
          const entries: Array<Entry> = []
          const refused = page.rejected.map((rejected) => unreadable(rejected))
          for (const entry of page.rows) {
            const mapped = yield* map(entry)
            if (Either.isLeft(mapped)) {
              refused.push(mapped.left)
              continue
            }
            const row = mapped.right
            entries.push(
              row._tag === "HistoryCall"
                ? { key: row.call.row.call_id, stamps: [], rows: [row.call], lines: null, detail: null }
                : { key: row.message.row.message_id, stamps: [], rows: [row.message], lines: null, detail: null }
            )
          }
          return {
            entries,
            refused,
            size: page.size,
            total: page.total,
            // Only a page without rows is the end.
            next: number + 1,
            requestId: page.requestId,
            answeredAt: page.answeredAt
          }
        })
    }),
  count: (contactId) =>
    Effect.map(
      conversations.contactHistoryPage({ contactId, page: 0, size: 1 }),
      // The API counts pages and not rows. Of pages with one row, there are as many as rows.
      ({ total, totalPages }) => total ?? totalPages ?? 0
    )
})
