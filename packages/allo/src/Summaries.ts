/**
 * Summaries of calls, rewritten.
 *
 * @since 0.1.0
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Bounds, Read, Wire } from "@trunkline/http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { AlloClient } from "./AlloClient.js"
import type { AlloError } from "./AlloError.js"
import { Agent } from "./ConversationItem.js"
import type { Written } from "./Conversations.js"
import * as Allowed from "./internal/bounds.js"
import { keyBound, writer } from "./internal/write.js"

/**
 * @since 0.1.0
 * @category schemas
 */
export const CallSummary = Wire.record(Schema.Struct({
  id: Wire.id,
  content: Wire.maybe(Schema.String),
  /** One more with every change. */
  version: Wire.maybe(Wire.quantity),
  updatedAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("updated_at")),
  updatedBy: Wire.maybe(Agent).pipe(Schema.fromKey("updated_by"))
}))
/** @since 0.1.0 */
export interface CallSummary extends Schema.Schema.Type<typeof CallSummary> {}

/**
 * @since 0.1.0
 * @category queries
 */
export interface UpdateSummary {
  /** Of a call: messages have no summary. */
  readonly id: string
  /** The whole text, as Markdown, of at most 100,000 characters. */
  readonly content: string
  /** Which summary, where a call has several. */
  readonly templateKey?: Wire.Open<"MARKDOWN_CLASSIC" | "MARKDOWN_SHORT_CALL"> | undefined
  /** To repeat a write of an earlier run. Without one, a new one is made. */
  readonly idempotencyKey?: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface WrittenSummary extends Written {
  /** As it stands now; null where the API says nothing of it. */
  readonly summary: CallSummary | null
}

/**
 * @since 0.1.0
 * @category services
 */
export class Summaries extends Context.Tag("@trunkline/allo/Summaries")<Summaries, {
  /** Replaces the summary of a call. */
  readonly update: (write: UpdateSummary) => Effect.Effect<WrittenSummary, AlloError>
}>() {
  static readonly layer: Layer.Layer<Summaries, never, AlloClient> = Layer.effect(this, Effect.suspend(() => make))
}

const readSummary = Read.one(["data"], CallSummary)

const longest = 100_000

const make = Effect.gen(function*() {
  const write = writer(yield* AlloClient)
  return {
    update: ({ content, id, idempotencyKey, templateKey }) =>
      Bounds.check("Summaries.update", [
        Allowed.callId(id),
        {
          param: "content",
          code: "INVALID_REQUEST",
          advice: `content must be at most ${longest} characters`,
          holds: content.length <= longest
        },
        Allowed.word("template_key", templateKey),
        keyBound(idempotencyKey)
      ]).pipe(Effect.andThen(() =>
        write({
          operation: "Summaries.update",
          kind: "replacement",
          request: HttpClientRequest.patch(`/v2/api/conversations/items/${encodeURIComponent(id)}/summary`).pipe(
            HttpClientRequest.bodyUnsafeJson({ content, template_key: templateKey })
          ),
          idempotencyKey,
          read: (body) => ({ summary: Either.getOrElse(readSummary(body), () => null) })
        })
      ))
  } satisfies Context.Tag.Service<Summaries>
})
