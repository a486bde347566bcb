/**
 * Notes that the team keeps on its conversations, and on people of the CRM.
 *
 * @since 0.1.0
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Bounds, Page, Read } from "@trunkline/http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { AlloClient } from "./AlloClient.js"
import type { AlloError } from "./AlloError.js"
import * as Allowed from "./internal/bounds.js"
import { Note } from "./Note.js"

/**
 * @since 0.1.0
 * @category queries
 */
export interface NotesQuery {
  readonly contactNumber: string
  /** A conversation is one with a contact on one line. `Forbidden` for a line that the key's owner does not see. */
  readonly alloNumber: string
  /** From 1. A stream begins here. */
  readonly page?: number | undefined
  /** 1 to 100; a stream asks for 100 unless told otherwise. */
  readonly size?: number | undefined
}

/**
 * @since 0.1.0
 * @category queries
 */
export interface PersonNotesQuery {
  /** As the CRM knows the person. */
  readonly personId: string
  /** From 1. A stream begins here. */
  readonly page?: number | undefined
  /** 1 to 100; a stream asks for 100 unless told otherwise. */
  readonly size?: number | undefined
}

/**
 * @since 0.1.0
 * @category services
 */
export class Notes extends Context.Tag("@trunkline/allo/Notes")<Notes, {
  readonly list: (query: NotesQuery) => Effect.Effect<Page.Page<Note>, AlloError>
  readonly pages: (query: NotesQuery) => Stream.Stream<Page.Page<Note>, AlloError>
  readonly stream: (query: NotesQuery) => Stream.Stream<Note, AlloError>
  /** One note on a conversation. */
  readonly get: (id: string) => Effect.Effect<Note, AlloError>
  readonly ofPersonPage: (query: PersonNotesQuery) => Effect.Effect<Page.Page<Note>, AlloError>
  readonly ofPersonPages: (query: PersonNotesQuery) => Stream.Stream<Page.Page<Note>, AlloError>
  readonly ofPerson: (query: PersonNotesQuery) => Stream.Stream<Note, AlloError>
}>() {
  static readonly layer: Layer.Layer<Notes, never, AlloClient> = Layer.effect(this, Effect.suspend(() => make))
}

const readNotes = Read.list(["data", "results"], Note)
const readNote = Read.one(["data"], Note)

const make = Effect.gen(function*() {
  const { call } = yield* AlloClient

  const list = (query: NotesQuery): Effect.Effect<Page.Page<Note>, AlloError> =>
    Bounds.check("Notes.list", [
      Allowed.phone("contact_number", query.contactNumber),
      Allowed.phone("allo_number", query.alloNumber),
      Allowed.pageNumber(query.page, 1),
      Allowed.pageSize(query.size)
    ]).pipe(Effect.andThen(() =>
      call({
        operation: "Notes.list",
        kind: "read",
        request: HttpClientRequest.get(`/v2/api/conversations/${encodeURIComponent(query.contactNumber)}/notes`, {
          urlParams: { allo_number: query.alloNumber, page: query.page, size: query.size }
        }),
        read: readNotes({ page: query.page ?? 1, first: 1, size: query.size ?? 20 })
      })
    ))

  const pages = (query: NotesQuery) => Page.pages(query.page ?? 1, (page) => list({ size: 100, ...query, page }))

  const ofPersonPage = (query: PersonNotesQuery): Effect.Effect<Page.Page<Note>, AlloError> =>
    Bounds.check("Notes.ofPerson", [
      Bounds.segment("person_id", query.personId, "PERSON_NOT_FOUND"),
      Allowed.pageNumber(query.page, 1),
      Allowed.pageSize(query.size)
    ]).pipe(Effect.andThen(() =>
      call({
        operation: "Notes.ofPerson",
        kind: "read",
        request: HttpClientRequest.get(`/v2/api/crm/people/${encodeURIComponent(query.personId)}/notes`, {
          urlParams: { page: query.page, size: query.size }
        }),
        read: readNotes({ page: query.page ?? 1, first: 1, size: query.size ?? 20 })
      })
    ))

  const ofPersonPages = (query: PersonNotesQuery) =>
    Page.pages(query.page ?? 1, (page) => ofPersonPage({ size: 100, ...query, page }))

  return {
    list,
    pages,
    stream: (query) => Page.rows("Notes.stream", pages(query)),
    get: (id) =>
      Bounds.check("Notes.get", [Bounds.segment("id", id, "NOTE_NOT_FOUND")]).pipe(Effect.andThen(() =>
        call({
          operation: "Notes.get",
          kind: "read",
          request: HttpClientRequest.get(`/v2/api/conversations/notes/${encodeURIComponent(id)}`),
          read: readNote
        })
      )),
    ofPersonPage,
    ofPersonPages,
    ofPerson: (query) => Page.rows("Notes.ofPerson", ofPersonPages(query))
  } satisfies Context.Tag.Service<Notes>
})
