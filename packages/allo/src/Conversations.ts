/**
 * Calls and messages: listed by conversation, searched, fetched by id, tagged, and read from a contact's history.
 *
 * @since 0.1.0
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Bounds, Page, Read, Wire } from "@trunkline/http"
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { AlloClient } from "./AlloClient.js"
import type { AlloError } from "./AlloError.js"
import { Conversation } from "./Conversation.js"
import { ConversationItem } from "./ConversationItem.js"
import { HistoryEntry } from "./HistoryEntry.js"
import * as Allowed from "./internal/bounds.js"
import { keyBound, writer } from "./internal/write.js"

/**
 * @since 0.1.0
 * @category queries
 */
export interface ListQuery {
  /** The line. Documents disagree, and in practice the API refuses to list without it (`MISSING_ALLO_NUMBER`). */
  readonly alloNumber?: string | undefined
  /** Only what moved after this instant. */
  readonly lastActivitySince?: DateTime.Utc | undefined
  readonly unread?: boolean | undefined
  readonly extend?: Wire.Open<"transcript"> | undefined
  /** From 1. A stream begins here. */
  readonly page?: number | undefined
  /** 1 to 100; a stream asks for 100 unless told otherwise. */
  readonly size?: number | undefined
}

/**
 * @since 0.1.0
 * @category queries
 */
export interface SearchQuery {
  readonly alloNumber?: string | undefined
  readonly contactNumber?: string | undefined
  readonly userId?: string | undefined
  readonly direction?: Wire.Open<"INBOUND" | "OUTBOUND"> | undefined
  readonly type?: Wire.Open<"CALL" | "SMS" | "ALL"> | undefined
  readonly result?: Wire.Open<"ANSWERED" | "VOICEMAIL" | "TRANSFERRED"> | undefined
  readonly tags?: ReadonlyArray<string> | undefined
  readonly unread?: boolean | undefined
  readonly unresponded?: boolean | undefined
  /** Words that all have to occur in transcript, summary or message; at least one letter or digit. */
  readonly search?: string | undefined
  /** Oldest first is the order in which a list that grows loses nothing. */
  readonly sort?: Wire.Open<"DATE_ASC" | "DATE_DESC" | "RELEVANCE"> | undefined
  /** Whole days as YYYY-MM-DD. The API says neither whose days they are nor whether the last one is included. */
  readonly date?: { readonly from: string; readonly to: string } | undefined
  readonly extend?: Wire.Open<"transcript"> | undefined
  readonly page?: number | undefined
  readonly size?: number | undefined
}

/**
 * @since 0.1.0
 * @category queries
 */
export interface HistoryQuery {
  readonly contactId: string
  readonly alloNumber?: string | undefined
  /** From 0, in this version of the API. */
  readonly page?: number | undefined
  readonly size?: number | undefined
}

/**
 * What came of a batch, and what did not.
 *
 * @since 0.1.0
 * @category models
 */
export interface Batch {
  readonly rows: ReadonlyArray<ConversationItem>
  readonly rejected: ReadonlyArray<Wire.Rejected>
  /** Ids that were asked for and are not among the rows. */
  readonly missing: ReadonlyArray<string>
  readonly requestId: string | null
}

/**
 * @since 0.1.0
 * @category queries
 */
export interface AddTags {
  readonly id: string
  readonly tags: ReadonlyArray<string>
  /** To repeat a write of an earlier run. Without one, a new one is made. */
  readonly idempotencyKey?: string | undefined
}

/**
 * @since 0.1.0
 * @category queries
 */
export interface RemoveTag {
  readonly id: string
  readonly tag: string
  readonly idempotencyKey?: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Written {
  /** Whether the API answered from memory: this very write had been done before. */
  readonly replayed: boolean
  readonly idempotencyKey: string
  readonly requestId: string | null
}

type Pages<A> = Stream.Stream<Page.Page<A>, AlloError>

/**
 * A list comes three ways: one page, a stream of pages, a stream of rows. Lists move while they are read: a stream may
 * repeat a row, and is no snapshot.
 *
 * @since 0.1.0
 * @category services
 */
export class Conversations extends Context.Tag("@trunkline/allo/Conversations")<Conversations, {
  /** Conversations by last activity, the latest first, each with its last item only. */
  readonly list: (query?: ListQuery) => Effect.Effect<Page.Page<Conversation>, AlloError>
  readonly pages: (query?: ListQuery) => Pages<Conversation>
  readonly stream: (query?: ListQuery) => Stream.Stream<Conversation, AlloError>
  /** One call or message. */
  readonly item: (
    id: string,
    options?: { readonly extend?: Wire.Open<"transcript"> | undefined }
  ) => Effect.Effect<ConversationItem, AlloError>
  /** Calls and messages of all lines, oldest first unless told otherwise. */
  readonly search: (query?: SearchQuery) => Effect.Effect<Page.Page<ConversationItem>, AlloError>
  readonly itemPages: (query?: SearchQuery) => Pages<ConversationItem>
  readonly items: (query?: SearchQuery) => Stream.Stream<ConversationItem, AlloError>
  /** Up to 100 items by id, without transcripts. No ids, no request. */
  readonly batch: (ids: ReadonlyArray<string>) => Effect.Effect<Batch, AlloError>
  /** Puts tags on a call. */
  readonly addTags: (write: AddTags) => Effect.Effect<Written, AlloError>
  /** Takes one tag off a call. */
  readonly removeTag: (write: RemoveTag) => Effect.Effect<Written, AlloError>
  /** What was said with a contact, from version 1 of the API and on its daily quota. */
  readonly contactHistoryPage: (query: HistoryQuery) => Effect.Effect<Page.Page<HistoryEntry>, AlloError>
  readonly contactHistoryPages: (query: HistoryQuery) => Pages<HistoryEntry>
  readonly contactHistory: (query: HistoryQuery) => Stream.Stream<HistoryEntry, AlloError>
}>() {
  static readonly layer: Layer.Layer<Conversations, never, AlloClient> = Layer.effect(
    this,
    Effect.suspend(() => make)
  )
}

const readConversations = Read.list(["data", "results"], Conversation)
const readItems = Read.list(["data", "results"], ConversationItem)
const readItem = Read.one(["data"], ConversationItem)
const readHistory = Read.list(["data", "results"], HistoryEntry)

const items = "/v2/api/conversations/items"
const itemPath = (id: string) => `${items}/${encodeURIComponent(id)}`

/** `cll-1` and `cll_1` are one item: documents write it either way. */
const sameId = (id: string) => id.replace(/^([a-z]+)[-_]/i, "$1-")

/** What the documents say a page holds when nobody asks. */
const usual = { v1: 10, v2: 20 }
const most = 100

/** Of a written tag the answer tells nothing that is asked for. */
const nothing = () => ({})

const make = Effect.gen(function*() {
  const client = yield* AlloClient
  const { call } = client
  const write = writer(client)

  const list = (query: ListQuery = {}): Effect.Effect<Page.Page<Conversation>, AlloError> =>
    Bounds.check("Conversations.list", [
      Allowed.phone("allo_number", query.alloNumber),
      Allowed.pageNumber(query.page, 1),
      Allowed.pageSize(query.size),
      Allowed.extend(query.extend)
    ]).pipe(Effect.andThen(() =>
      call({
        operation: "Conversations.list",
        kind: "read",
        request: HttpClientRequest.get("/v2/api/conversations", {
          urlParams: {
            allo_number: query.alloNumber,
            last_activity_since: query.lastActivitySince && Wire.iso(query.lastActivitySince),
            unread: query.unread,
            page: query.page,
            size: query.size,
            extend: query.extend
          }
        }),
        read: readConversations({ page: query.page ?? 1, first: 1, size: query.size ?? usual.v2 })
      })
    ))

  const search = (query: SearchQuery = {}): Effect.Effect<Page.Page<ConversationItem>, AlloError> => {
    const { alloNumber, contactNumber, date, sort = "DATE_ASC", userId } = query
    return Bounds.check("Conversations.search", [
      Allowed.phone("allo_number", alloNumber),
      Allowed.phone("contact_number", contactNumber),
      Bounds.text({ param: "user_id", value: userId, code: "INVALID_REQUEST" }),
      Allowed.word("direction", query.direction),
      Allowed.word("type", query.type),
      Allowed.word("result", query.result),
      Allowed.word("sort", sort),
      {
        param: "search",
        code: "INVALID_SEARCH_QUERY",
        advice: "search must hold a letter or a digit",
        holds: query.search === undefined || /[\p{L}\p{N}]/u.test(query.search)
      },
      ...Allowed.days(query.date),
      Allowed.pageNumber(query.page, 1),
      Allowed.pageSize(query.size),
      Allowed.extend(query.extend)
    ]).pipe(Effect.andThen(() =>
      call({
        operation: "Conversations.search",
        // A read, although it is a POST: with an idempotency key the API would repeat a stale page for an hour.
        kind: "read",
        request: HttpClientRequest.post(`${items}/search`).pipe(
          HttpClientRequest.bodyUnsafeJson({
            // Name by name: what the API does not know it ignores without a word, and the caller would not be told.
            allo_number: alloNumber,
            contact_number: contactNumber,
            user_id: userId,
            direction: query.direction,
            type: query.type,
            result: query.result,
            tags: query.tags,
            unread: query.unread,
            unresponded: query.unresponded,
            search: query.search,
            sort,
            date: date && { from: date.from, to: date.to },
            extend: query.extend,
            page: query.page,
            size: query.size
          })
        ),
        read: readItems({ page: query.page ?? 1, first: 1, size: query.size ?? usual.v2 })
      })
    ))
  }

  const contactHistoryPage = (query: HistoryQuery): Effect.Effect<Page.Page<HistoryEntry>, AlloError> =>
    Bounds.check("Conversations.contactHistory", [
      Bounds.segment("contact_id", query.contactId, "CONTACT_NOT_FOUND"),
      Allowed.phone("allo_number", query.alloNumber),
      Allowed.pageNumber(query.page, 0),
      Allowed.pageSize(query.size)
    ]).pipe(Effect.andThen(() =>
      call({
        operation: "Conversations.contactHistory",
        kind: "read",
        request: HttpClientRequest.get(`/v1/api/contact/${encodeURIComponent(query.contactId)}/conversation`, {
          urlParams: { size: query.size, page: query.page, allo_number: query.alloNumber }
        }),
        read: readHistory({ page: query.page ?? 0, first: 0, size: query.size ?? usual.v1 })
      })
    ))

  const pages = (query: ListQuery = {}) => Page.pages(query.page ?? 1, (page) => list({ size: most, ...query, page }))
  const itemPages = (query: SearchQuery = {}) =>
    Page.pages(query.page ?? 1, (page) => search({ size: most, ...query, page }))
  const contactHistoryPages = (query: HistoryQuery) =>
    Page.pages(query.page ?? 0, (page) => contactHistoryPage({ size: most, ...query, page }))

  return {
    list,
    pages,
    stream: (query) => Page.rows("Conversations.stream", pages(query)),
    item: (id, options = {}) =>
      Bounds.check("Conversations.item", [Allowed.itemId(id), Allowed.extend(options.extend)]).pipe(
        Effect.andThen(() =>
          call({
            operation: "Conversations.item",
            kind: "read",
            request: HttpClientRequest.get(itemPath(id), { urlParams: { extend: options.extend } }),
            read: readItem
          })
        )
      ),
    search,
    itemPages,
    items: (query) => Page.rows("Conversations.items", itemPages(query)),
    batch: (ids) =>
      Bounds.check("Conversations.batch", [
        {
          param: "ids",
          code: "BATCH_TOO_LARGE",
          advice: `at most ${most} ids at once`,
          holds: ids.length <= most
        },
        ...ids.map(Allowed.itemId)
      ]).pipe(Effect.andThen(() =>
        ids.length === 0
          ? Effect.succeed({ rows: [], rejected: [], missing: [], requestId: null })
          : call({
            operation: "Conversations.batch",
            kind: "read",
            request: HttpClientRequest.post(`${items}/batch`).pipe(HttpClientRequest.bodyUnsafeJson({ ids })),
            read: (body, head) =>
              Either.map(readItems(Read.whole)(body, head), ({ rejected, requestId, rows }) => {
                const answered = new Set(rows.map(({ id }) => sameId(id)))
                return { rows, rejected, missing: ids.filter((id) => !answered.has(sameId(id))), requestId }
              })
          })
      )),
    addTags: ({ id, idempotencyKey, tags }) =>
      Bounds.check("Conversations.addTags", [
        Allowed.itemId(id),
        {
          param: "tags",
          code: "TAGS_REQUIRED",
          advice: "name at least one tag",
          holds: tags.length > 0 && tags.every((tag) => tag.trim().length > 0)
        },
        keyBound(idempotencyKey)
      ]).pipe(Effect.andThen(() =>
        write({
          operation: "Conversations.addTags",
          kind: "write",
          request: HttpClientRequest.post(`${itemPath(id)}/tags`).pipe(HttpClientRequest.bodyUnsafeJson({ tags })),
          idempotencyKey,
          read: nothing
        })
      )),
    removeTag: ({ id, idempotencyKey, tag }) =>
      Bounds.check("Conversations.removeTag", [
        Allowed.itemId(id),
        Bounds.segment("tag", tag, "TAG_NOT_FOUND"),
        keyBound(idempotencyKey)
      ]).pipe(Effect.andThen(() =>
        write({
          operation: "Conversations.removeTag",
          kind: "write",
          request: HttpClientRequest.del(`${itemPath(id)}/tags/${encodeURIComponent(tag)}`),
          idempotencyKey,
          read: nothing
        })
      )),
    contactHistoryPage,
    contactHistoryPages,
    contactHistory: (query) => Page.rows("Conversations.contactHistory", contactHistoryPages(query))
  } satisfies Context.Tag.Service<Conversations>
})
