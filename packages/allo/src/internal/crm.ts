/** What the three lists of the CRM have in common: a search with filters, read page by page, and one thing by its id. */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Bounds, Page, Read } from "@trunkline/http"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { AlloClient } from "../AlloClient.js"
import type { AlloError } from "../AlloError.js"
import type { CrmList, CrmQuery } from "../Crm.js"
import * as Allowed from "./bounds.js"

type Texts = { readonly [name: string]: string | undefined }

const text = (param: string, value: string | undefined): Bounds.Bound =>
  Bounds.text({ param, value, code: "INVALID_REQUEST" })

/** `filters` and `search` are texts by the names that the API has for them. */
export const resource = <A, I, Asked extends CrmQuery>(options: {
  readonly name: string
  readonly path: string
  /** What the API would answer for an id that it does not know. */
  readonly unknown: string
  readonly schema: Schema.Schema<A, I>
  readonly filters: (query: Partial<Asked>) => Texts
  readonly search: (query: Partial<Asked>) => string | undefined
}) => {
  const { filters, name, path } = options
  const readPage = Read.list(["data", "results"], options.schema)
  const readOne = Read.one(["data"], options.schema)

  return ({ call }: Context.Tag.Service<AlloClient>): CrmList<A, Asked> => {
    const search = (query: Partial<Asked> = {}): Effect.Effect<Page.Page<A>, AlloError> => {
      const texts = Object.entries(filters(query)).filter(([, value]) => value !== undefined)
      return Bounds.check(`${name}.search`, [
        ...texts.map(([param, value]) => text(`filters.${param}`, value)),
        text("search", options.search(query)),
        Allowed.word("sort", query.sort),
        Allowed.pageNumber(query.page, 1),
        Allowed.pageSize(query.size)
      ]).pipe(Effect.andThen(() =>
        call({
          operation: `${name}.search`,
          kind: "read",
          request: HttpClientRequest.post(`${path}/search`).pipe(
            HttpClientRequest.bodyUnsafeJson({
              filters: texts.length === 0 ? undefined : Object.fromEntries(texts),
              search: options.search(query),
              sort: query.sort ?? "CREATED_ASC",
              page: query.page,
              size: query.size
            })
          ),
          read: readPage({ page: query.page ?? 1, first: 1, size: query.size ?? 20 })
        })
      ))
    }

    const pages = (query: Partial<Asked> = {}) =>
      Page.pages(query.page ?? 1, (page) => search({ ...query, size: query.size ?? 100, page }))

    return {
      search,
      pages,
      stream: (query) => Page.rows(`${name}.stream`, pages(query)),
      get: (id) =>
        Bounds.check(`${name}.get`, [Bounds.segment("id", id, options.unknown)]).pipe(Effect.andThen(() =>
          call({
            operation: `${name}.get`,
            kind: "read",
            request: HttpClientRequest.get(`${path}/${encodeURIComponent(id)}`),
            read: readOne
          })
        ))
    }
  }
}
