/**
 * The address book, from version 1 of the API and on its daily quota. New keys may no longer be given the scope of its
 * list.
 *
 * @since 0.1.0
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Bounds, Page, Read, type Wire } from "@trunkline/http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { ContactContext, ListedContact } from "./AddressBook.js"
import { AlloClient } from "./AlloClient.js"
import type { AlloError } from "./AlloError.js"
import * as Allowed from "./internal/bounds.js"

/**
 * @since 0.1.0
 * @category queries
 */
export interface ContactsQuery {
  /** From 0, in this version of the API. A stream begins here. */
  readonly page?: number | undefined
  /** 1 to 100; a stream asks for 100 unless told otherwise. */
  readonly size?: number | undefined
}

/**
 * @since 0.1.0
 * @category services
 */
export class Contacts extends Context.Tag("@trunkline/allo/Contacts")<Contacts, {
  readonly list: (query?: ContactsQuery) => Effect.Effect<Page.Page<ListedContact>, AlloError>
  readonly pages: (query?: ContactsQuery) => Stream.Stream<Page.Page<ListedContact>, AlloError>
  readonly stream: (query?: ContactsQuery) => Stream.Stream<ListedContact, AlloError>
  /** One person, with addresses, and with engagement and activity if they are asked for. */
  readonly get: (
    id: string,
    options?: { readonly extend?: ReadonlyArray<Wire.Open<"engagement" | "activity">> | undefined }
  ) => Effect.Effect<ContactContext, AlloError>
}>() {
  static readonly layer: Layer.Layer<Contacts, never, AlloClient> = Layer.effect(this, Effect.suspend(() => make))
}

const readContacts = Read.list(["data", "results", "contacts"], ListedContact)
const readContact = Read.one(["data"], ContactContext)

const make = Effect.gen(function*() {
  const { call } = yield* AlloClient

  const list = (query: ContactsQuery = {}): Effect.Effect<Page.Page<ListedContact>, AlloError> =>
    Bounds.check("Contacts.list", [Allowed.pageNumber(query.page, 0), Allowed.pageSize(query.size)]).pipe(
      Effect.andThen(() =>
        call({
          operation: "Contacts.list",
          kind: "read",
          request: HttpClientRequest.get("/v1/api/contacts", { urlParams: { size: query.size, page: query.page } }),
          read: readContacts({ page: query.page ?? 0, first: 0, size: query.size ?? 10 })
        })
      )
    )

  const pages = (query: ContactsQuery = {}) =>
    Page.pages(query.page ?? 0, (page) => list({ size: 100, ...query, page }))

  return {
    list,
    pages,
    stream: (query) => Page.rows("Contacts.stream", pages(query)),
    get: (id, { extend } = {}) =>
      Bounds.check("Contacts.get", [
        Bounds.segment("contact_id", id, "CONTACT_NOT_FOUND"),
        ...(extend ?? []).map(Allowed.extend)
      ]).pipe(Effect.andThen(() =>
        call({
          operation: "Contacts.get",
          kind: "read",
          request: HttpClientRequest.get(`/v1/api/contact/${encodeURIComponent(id)}`, {
            urlParams: { extend: extend === undefined || extend.length === 0 ? undefined : extend.join(",") }
          }),
          read: readContact
        })
      ))
  } satisfies Context.Tag.Service<Contacts>
})
