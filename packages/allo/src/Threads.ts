/**
 * What the team says about a call, a message or a note.
 *
 * @since 0.1.0
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Bounds, type Page, Read, type Wire } from "@trunkline/http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AlloClient } from "./AlloClient.js"
import type { AlloError } from "./AlloError.js"
import { Thread } from "./Note.js"

/**
 * @since 0.1.0
 * @category queries
 */
export interface ThreadsQuery {
  readonly entityType: Wire.Open<"CALL" | "TEXT_MESSAGE" | "CONVERSATION_NOTE">
  readonly entityId: string
}

/**
 * @since 0.1.0
 * @category services
 */
export class Threads extends Context.Tag("@trunkline/allo/Threads")<Threads, {
  /** The one thread of this thing, or none. Complete in one page, without comments. */
  readonly list: (query: ThreadsQuery) => Effect.Effect<Page.Page<Thread>, AlloError>
  /** With all its comments, oldest first. */
  readonly get: (id: string) => Effect.Effect<Thread, AlloError>
}>() {
  static readonly layer: Layer.Layer<Threads, never, AlloClient> = Layer.effect(this, Effect.suspend(() => make))
}

const readThreads = Read.list(["data"], Thread)(Read.whole)
const readThread = Read.one(["data"], Thread)

const make = Effect.gen(function*() {
  const { call } = yield* AlloClient
  return {
    list: ({ entityId, entityType }) =>
      Bounds.check("Threads.list", [
        Bounds.text({ param: "entity_type", value: entityType, code: "INVALID_THREAD_ENTITY_TYPE" }),
        Bounds.text({ param: "entity_id", value: entityId, code: "INVALID_REQUEST" })
      ]).pipe(Effect.andThen(() =>
        call({
          operation: "Threads.list",
          kind: "read",
          request: HttpClientRequest.get("/v2/api/threads", {
            urlParams: { entity_type: entityType, entity_id: entityId }
          }),
          read: readThreads
        })
      )),
    get: (id) =>
      Bounds.check("Threads.get", [Bounds.segment("id", id, "THREAD_NOT_FOUND")]).pipe(Effect.andThen(() =>
        call({
          operation: "Threads.get",
          kind: "read",
          request: HttpClientRequest.get(`/v2/api/threads/${encodeURIComponent(id)}`),
          read: readThread
        })
      ))
  } satisfies Context.Tag.Service<Threads>
})
