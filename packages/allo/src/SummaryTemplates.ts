/**
 * How the account has its summaries written.
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
 * @since 0.1.0
 * @category schemas
 */
export const SummaryTemplate = Wire.record(Schema.Struct({
  id: Wire.id,
  name: Wire.maybe(Schema.String),
  callContext: Wire.maybe(Schema.String).pipe(Schema.fromKey("call_context")),
  icon: Wire.maybe(Schema.String),
  sections: Wire.list(Wire.record(Schema.Struct({
    title: Wire.maybe(Schema.String),
    instructions: Wire.maybe(Schema.String),
    order: Wire.maybe(Wire.quantity)
  }))),
  createdAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("created_at")),
  updatedAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("updated_at"))
}))
/** @since 0.1.0 */
export interface SummaryTemplate extends Schema.Schema.Type<typeof SummaryTemplate> {}

/**
 * @since 0.1.0
 * @category services
 */
export class SummaryTemplates extends Context.Tag("@trunkline/allo/SummaryTemplates")<SummaryTemplates, {
  /** Complete in one page. */
  readonly list: Effect.Effect<Page.Page<SummaryTemplate>, AlloError>
  readonly get: (id: string) => Effect.Effect<SummaryTemplate, AlloError>
}>() {
  static readonly layer: Layer.Layer<SummaryTemplates, never, AlloClient> = Layer.effect(
    this,
    Effect.suspend(() => make)
  )
}

const readTemplates = Read.list(["data"], SummaryTemplate)(Read.whole)
const readTemplate = Read.one(["data"], SummaryTemplate)

const make = Effect.gen(function*() {
  const { call } = yield* AlloClient
  return {
    list: call({
      operation: "SummaryTemplates.list",
      kind: "read",
      request: HttpClientRequest.get("/v2/api/summary_templates"),
      read: readTemplates
    }),
    get: (id) =>
      Bounds.check("SummaryTemplates.get", [Bounds.segment("id", id, "SUMMARY_TEMPLATE_NOT_FOUND")]).pipe(
        Effect.andThen(() =>
          call({
            operation: "SummaryTemplates.get",
            kind: "read",
            request: HttpClientRequest.get(`/v2/api/summary_templates/${encodeURIComponent(id)}`),
            read: readTemplate
          })
        )
      )
  } satisfies Context.Tag.Service<SummaryTemplates>
})
