/**
 * The account behind the key: what the key may do, and its people, tags and lines.
 *
 * @since 0.1.0
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Bounds, type Page, Read, type Wire } from "@trunkline/http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { AlloClient } from "./AlloClient.js"
import type { AlloError } from "./AlloError.js"
import * as Allowed from "./internal/bounds.js"
import { Line, SharedNumber } from "./Line.js"
import { Me } from "./Me.js"
import { Tag } from "./Tag.js"
import { User } from "./User.js"

/**
 * @since 0.1.0
 * @category queries
 */
export interface UsersQuery {
  readonly role?: Wire.Open<"ADMIN" | "MANAGER" | "MEMBER"> | undefined
  /** Only active users unless told otherwise. */
  readonly status?: Wire.Open<"ACTIVE" | "BLOCKED"> | undefined
}

/**
 * Each of these lists is complete in one page.
 *
 * @since 0.1.0
 * @category services
 */
export class Account extends Context.Tag("@trunkline/allo/Account")<Account, {
  /** Needs no scope, so it tells a wrong key from a missing scope. `answeredAt` is the time by the server's clock. */
  readonly me: Effect.Effect<Me & Page.Origin, AlloError>
  readonly users: (query?: UsersQuery) => Effect.Effect<Page.Page<User>, AlloError>
  readonly tags: Effect.Effect<Page.Page<Tag>, AlloError>
  readonly numbers: Effect.Effect<Page.Page<Line>, AlloError>
  /** One member of the team, active or blocked. */
  readonly user: (id: string) => Effect.Effect<User, AlloError>
  /** The numbers as version 1 of the API lists them, which says whether they are shared. */
  readonly sharedNumbers: Effect.Effect<Page.Page<SharedNumber>, AlloError>
}>() {
  static readonly layer: Layer.Layer<Account, never, AlloClient> = Layer.effect(this, Effect.suspend(() => make))
}

const readMe = Read.one(["data"], Me)
const readUsers = Read.list(["data"], User)(Read.whole)
const readTags = Read.list(["data"], Tag)(Read.whole)
const readLines = Read.list(["data"], Line)(Read.whole)
const readUser = Read.one(["data"], User)
const readShared = Read.list(["data"], SharedNumber)(Read.whole)

const make = Effect.gen(function*() {
  const { call } = yield* AlloClient
  return {
    me: call({
      operation: "Account.me",
      kind: "read",
      request: HttpClientRequest.get("/v2/api/me"),
      read: (body, { answeredAt, requestId }) => Either.map(readMe(body), (me) => ({ ...me, answeredAt, requestId }))
    }),
    users: (query = {}) =>
      Bounds.check("Account.users", [
        Allowed.word("role", query.role),
        Allowed.word("status", query.status)
      ]).pipe(Effect.andThen(() =>
        call({
          operation: "Account.users",
          kind: "read",
          request: HttpClientRequest.get("/v2/api/users", { urlParams: { role: query.role, status: query.status } }),
          read: readUsers
        })
      )),
    tags: call({
      operation: "Account.tags",
      kind: "read",
      request: HttpClientRequest.get("/v2/api/tags"),
      read: readTags
    }),
    numbers: call({
      operation: "Account.numbers",
      kind: "read",
      request: HttpClientRequest.get("/v2/api/numbers"),
      read: readLines
    }),
    user: (id) =>
      Bounds.check("Account.user", [Bounds.segment("id", id, "MEMBER_NOT_FOUND")]).pipe(Effect.andThen(() =>
        call({
          operation: "Account.user",
          kind: "read",
          request: HttpClientRequest.get(`/v2/api/users/${encodeURIComponent(id)}`),
          read: readUser
        })
      )),
    sharedNumbers: call({
      operation: "Account.sharedNumbers",
      kind: "read",
      request: HttpClientRequest.get("/v1/api/numbers"),
      read: readShared
    })
  } satisfies Context.Tag.Service<Account>
})
