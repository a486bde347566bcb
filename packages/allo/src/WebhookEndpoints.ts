/**
 * Where the account's events go, and which events there are.
 *
 * @since 0.1.0
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Bounds, type Page, Read, Wire } from "@trunkline/http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { AlloClient } from "./AlloClient.js"
import type { AlloError } from "./AlloError.js"

/**
 * An endpoint that events are sent to. Its secret is told only where one endpoint is asked for.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WebhookEndpoint = Wire.record(Schema.Struct({
  id: Wire.id,
  url: Wire.maybe(Schema.String),
  topics: Wire.list(Wire.id),
  description: Wire.maybe(Schema.String),
  enabled: Wire.maybe(Wire.flag),
  signingSecret: Wire.maybe(Schema.Redacted(Schema.String)).pipe(Schema.fromKey("signing_secret")),
  createdAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("created_at"))
}))
/** @since 0.1.0 */
export interface WebhookEndpoint extends Schema.Schema.Type<typeof WebhookEndpoint> {}

/**
 * A topic that can be subscribed to.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WebhookTopic = Wire.record(Schema.Struct({
  name: Wire.id,
  description: Wire.maybe(Schema.String)
}))
/** @since 0.1.0 */
export interface WebhookTopic extends Schema.Schema.Type<typeof WebhookTopic> {}

/**
 * Each of these lists is complete in one page.
 *
 * @since 0.1.0
 * @category services
 */
export class WebhookEndpoints extends Context.Tag("@trunkline/allo/WebhookEndpoints")<WebhookEndpoints, {
  readonly list: Effect.Effect<Page.Page<WebhookEndpoint>, AlloError>
  /** With its secret, which `Webhooks` takes. */
  readonly get: (id: string) => Effect.Effect<WebhookEndpoint, AlloError>
  readonly topics: Effect.Effect<Page.Page<WebhookTopic>, AlloError>
}>() {
  static readonly layer: Layer.Layer<WebhookEndpoints, never, AlloClient> = Layer.effect(
    this,
    Effect.suspend(() => make)
  )
}

const readEndpoints = Read.list(["data"], WebhookEndpoint)(Read.whole)
const readEndpoint = Read.one(["data"], WebhookEndpoint)
const readTopics = Read.list(["data"], WebhookTopic)(Read.whole)

const make = Effect.gen(function*() {
  const { call } = yield* AlloClient
  return {
    list: call({
      operation: "WebhookEndpoints.list",
      kind: "read",
      request: HttpClientRequest.get("/v2/api/webhooks"),
      read: readEndpoints
    }),
    get: (id) =>
      Bounds.check("WebhookEndpoints.get", [Bounds.segment("webhook_id", id, "INVALID_REQUEST")]).pipe(
        Effect.andThen(() =>
          call({
            operation: "WebhookEndpoints.get",
            kind: "read",
            request: HttpClientRequest.get(`/v2/api/webhooks/${encodeURIComponent(id)}`),
            read: readEndpoint
          })
        )
      ),
    topics: call({
      operation: "WebhookEndpoints.topics",
      kind: "read",
      request: HttpClientRequest.get("/v2/api/webhooks/event_types"),
      read: readTopics
    })
  } satisfies Context.Tag.Service<WebhookEndpoints>
})
