/**
 * Accounts that a partner made for its customers.
 *
 * @since 0.1.0
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Bounds, Read, Wire } from "@trunkline/http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { AlloClient } from "./AlloClient.js"
import type { AlloError } from "./AlloError.js"

/**
 * Its key is told only when the account is made.
 *
 * @since 0.1.0
 * @category schemas
 */
export const PartnerAccount = Wire.record(Schema.Struct({
  id: Wire.id,
  apiKey: Wire.maybe(Schema.Redacted(Schema.String)).pipe(Schema.fromKey("api_key")),
  phoneNumbers: Wire.list(Schema.String).pipe(Schema.fromKey("phone_numbers")),
  status: Wire.maybe(Wire.openLiteral(["ACTIVE"])),
  /** Whether the customer has signed in. */
  activated: Wire.maybe(Wire.flag),
  partnerClientRef: Wire.maybe(Schema.String).pipe(Schema.fromKey("partner_client_ref"))
}))
/** @since 0.1.0 */
export interface PartnerAccount extends Schema.Schema.Type<typeof PartnerAccount> {}

/**
 * @since 0.1.0
 * @category services
 */
export class PartnerAccounts extends Context.Tag("@trunkline/allo/PartnerAccounts")<PartnerAccounts, {
  /** `NotFound` for accounts that another key made. */
  readonly get: (id: string) => Effect.Effect<PartnerAccount, AlloError>
}>() {
  static readonly layer: Layer.Layer<PartnerAccounts, never, AlloClient> = Layer.effect(
    this,
    Effect.suspend(() => make)
  )
}

const readAccount = Read.one(["data"], PartnerAccount)

const make = Effect.gen(function*() {
  const { call } = yield* AlloClient
  return {
    get: (id) =>
      Bounds.check("PartnerAccounts.get", [Bounds.segment("id", id, "PARTNER_ACCOUNT_NOT_FOUND")]).pipe(
        Effect.andThen(() =>
          call({
            operation: "PartnerAccounts.get",
            kind: "read",
            request: HttpClientRequest.get(`/v2/api/partner/accounts/${encodeURIComponent(id)}`),
            read: readAccount
          })
        )
      )
  } satisfies Context.Tag.Service<PartnerAccounts>
})
