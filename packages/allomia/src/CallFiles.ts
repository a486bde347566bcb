/**
 * Recordings and transcripts of calls, as bytes.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import { ApiError, Download } from "@trunkline/http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { AllomiaError } from "./AllomiaError.js"
import { Calls } from "./Calls.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Asked {
  readonly organizationId?: string | undefined
}

/**
 * Each costs one `Calls.get`, for its link. A call without the file is `NotFound`.
 *
 * @since 0.1.0
 * @category services
 */
export class CallFiles extends Context.Tag("@trunkline/allomia/CallFiles")<CallFiles, {
  readonly recording: (id: string, options?: Asked) => Stream.Stream<Uint8Array, AllomiaError>
  /** Plain text, as UTF-8. */
  readonly transcript: (id: string, options?: Asked) => Stream.Stream<Uint8Array, AllomiaError>
}>() {
  static readonly layer: Layer.Layer<CallFiles, never, Calls | HttpClient.HttpClient> = Layer.effect(
    this,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function*() {
  const { get } = yield* Calls
  const client = yield* HttpClient.HttpClient

  const file = (
    name: "recording" | "transcript",
    id: string,
    options: Asked | undefined
  ): Stream.Stream<Uint8Array, AllomiaError> => {
    const operation = `CallFiles.${name}`
    return Stream.unwrap(Effect.map(get(id, options), ({ recordingUrl, transcriptUrl }) => {
      const url = name === "recording" ? recordingUrl : transcriptUrl
      return url === null
        ? Stream.fail(new ApiError.NotFound({ operation, advice: `The call has no ${name}, or not yet` }))
        : Download.stream(client, { operation, url })
    }))
  }

  return {
    recording: (id, options) => file("recording", id, options),
    transcript: (id, options) => file("transcript", id, options)
  } satisfies Context.Tag.Service<CallFiles>
})
