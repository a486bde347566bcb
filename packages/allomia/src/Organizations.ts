/**
 * The organisations of a tenant. Only a tenant key may list them.
 *
 * @since 0.1.0
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Bounds, Page, Read, type Wire } from "@trunkline/http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { AllomiaClient } from "./AllomiaClient.js"
import type { AllomiaError } from "./AllomiaError.js"
import * as Allowed from "./internal/bounds.js"
import { Organization } from "./Organization.js"

/**
 * @since 0.1.0
 * @category queries
 */
export interface OrganizationsQuery {
  /** Part of a name. */
  readonly search?: string | undefined
  /** Oldest first unless told otherwise, so that a new one shifts nothing. */
  readonly sort?: Wire.Open<"createdAt" | "-createdAt"> | undefined
  readonly page?: number | undefined
  /** 1 to 100; a stream asks for 100 unless told otherwise. */
  readonly limit?: number | undefined
}

/**
 * @since 0.1.0
 * @category services
 */
export class Organizations extends Context.Tag("@trunkline/allomia/Organizations")<Organizations, {
  readonly list: (query?: OrganizationsQuery) => Effect.Effect<Page.Page<Organization>, AllomiaError>
  readonly pages: (query?: OrganizationsQuery) => Stream.Stream<Page.Page<Organization>, AllomiaError>
  readonly stream: (query?: OrganizationsQuery) => Stream.Stream<Organization, AllomiaError>
  readonly get: (id: string) => Effect.Effect<Organization, AllomiaError>
}>() {
  static readonly layer: Layer.Layer<Organizations, never, AllomiaClient> = Layer.effect(
    this,
    Effect.suspend(() => make)
  )
}

const readOrganization = Read.one(["currentOrg", "organization", "data"], Organization)
const readOrganizations = Read.list(["organizations", "data"], Organization)

const usualSize = 10
const largestSize = 100

const make = Effect.gen(function*() {
  const { call } = yield* AllomiaClient

  const list = (query: OrganizationsQuery = {}): Effect.Effect<Page.Page<Organization>, AllomiaError> =>
    Bounds.check("Organizations.list", [
      Allowed.text("search", query.search),
      Allowed.word("sort", query.sort),
      Allowed.whole("page", query.page),
      Allowed.whole("limit", query.limit, largestSize)
    ]).pipe(Effect.andThen(() =>
      call({
        operation: "Organizations.list",
        request: HttpClientRequest.get("/organization", {
          urlParams: {
            page: query.page,
            limit: query.limit,
            sort: query.sort ?? "createdAt",
            search: query.search
          }
        }),
        read: readOrganizations({ page: query.page ?? 1, first: 1, size: query.limit ?? usualSize })
      })
    ))

  const pages = (query: OrganizationsQuery = {}) =>
    Page.pages(query.page ?? 1, (page) => list({ limit: largestSize, ...query, page }))

  return {
    list,
    pages,
    stream: (query) => Page.rows("Organizations.stream", pages(query)),
    get: (id) =>
      Bounds.check("Organizations.get", [Bounds.segment("id", id, "custom")]).pipe(Effect.andThen(() =>
        call({
          operation: "Organizations.get",
          request: HttpClientRequest.get(`/organization/${encodeURIComponent(id)}`),
          read: readOrganization
        })
      ))
  } satisfies Context.Tag.Service<Organizations>
})
