/**
 * Recordings of calls: a link for an hour, and the bytes behind it.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Bounds, Download, Read, Wire } from "@trunkline/http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { AlloClient } from "./AlloClient.js"
import type { AlloError } from "./AlloError.js"
import * as Allowed from "./internal/bounds.js"

/**
 * A link that opens without a key until it expires: show it to nobody.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RecordingLink = Wire.record(Schema.Struct({
  url: Schema.String,
  expiresAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("expires_at"))
}))
/** @since 0.1.0 */
export interface RecordingLink extends Schema.Schema.Type<typeof RecordingLink> {}

/**
 * Only for keys of those who may play the recording (`Forbidden` for others). A call without a recording is `NotFound`.
 *
 * @since 0.1.0
 * @category services
 */
export class Recordings extends Context.Tag("@trunkline/allo/Recordings")<Recordings, {
  readonly link: (id: string) => Effect.Effect<RecordingLink, AlloError>
  /** The recording, piece by piece, behind a new link. */
  readonly bytes: (id: string) => Stream.Stream<Uint8Array, AlloError>
}>() {
  static readonly layer: Layer.Layer<Recordings, never, AlloClient | HttpClient.HttpClient> = Layer.effect(
    this,
    Effect.suspend(() => make)
  )
}

const readLink = Read.one(["data"], RecordingLink)

const make = Effect.gen(function*() {
  const { call } = yield* AlloClient
  const client = yield* HttpClient.HttpClient

  const link = (id: string): Effect.Effect<RecordingLink, AlloError> =>
    Bounds.check("Recordings.link", [Allowed.itemId(id)]).pipe(Effect.andThen(() =>
      call({
        operation: "Recordings.link",
        kind: "read",
        request: HttpClientRequest.get(`/v2/api/conversations/items/${encodeURIComponent(id)}/recording`),
        read: readLink
      })
    ))

  return {
    link,
    bytes: (id) =>
      Stream.unwrap(Effect.map(link(id), ({ url }) => Download.stream(client, { operation: "Recordings.bytes", url })))
  } satisfies Context.Tag.Service<Recordings>
})
