/**
 * Files behind signed links, piece by piece. A link opens without a key and leads to another host, so no key is sent.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as ApiError from "./ApiError.js"
import { isStatusError, transportError } from "./internal/body.js"
import { isGood } from "./internal/meaning.js"
import * as RequestId from "./RequestId.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface File {
  /** The method that was called, such as `Recordings.bytes`. */
  readonly operation: string
  readonly url: string
  /** For the head, and for each piece of the body: 30 seconds unless told otherwise. */
  readonly timeLimit?: Duration.DurationInput | undefined
}

/**
 * How a file can fail to come.
 *
 * @since 0.1.0
 * @category models
 */
export type Failure = Exclude<ApiError.ApiError, ApiError.QuotaExceeded>

/**
 * The bytes of a file, of any size: none is asked for before it is wanted. It is not tried again, since its beginning has
 * been handed on. Up to three redirects are followed.
 *
 * @since 0.1.0
 * @category streams
 */
export const stream = (client: HttpClient.HttpClient, file: File): Stream.Stream<Uint8Array, Failure> => {
  const { operation, url } = file
  const limit = Duration.decode(file.timeLimit ?? Duration.seconds(30))
  const plain = client.pipe(
    // The link is a secret, and a span of the platform's client would show it.
    HttpClient.withTracerDisabledWhen(() => true),
    HttpClient.withTracerPropagation(false),
    HttpClient.followRedirects(3),
    HttpClient.withScope
  )
  return Stream.unwrapScoped(Effect.gen(function*() {
    const known = { operation, requestId: yield* RequestId.make }
    const late = () => new ApiError.Unreachable({ ...known, reason: "time" })
    const broken = { ...known, proxy: undefined, word: () => undefined }
    const response = yield* plain.execute(HttpClientRequest.get(url)).pipe(
      Effect.catchAll((error) =>
        isStatusError(error)
          ? Effect.succeed(error.response)
          : transportError(error, broken)
      ),
      Effect.timeoutFail({ duration: limit, onTimeout: late })
    )
    const { status } = response
    if (!isGood(status)) {
      const tag = ApiError.tagOfStatus(status)
      return yield* tag === undefined
        ? new ApiError.Undecodable({ ...known, status, reason: "status" })
        : ApiError.refuse(tag, { operation, status, advice: "Ask for a new link: links work for an hour" })
    }
    return response.stream.pipe(
      Stream.catchAll((error) => Stream.fromEffect(transportError(error, { ...broken, status }))),
      Stream.timeoutFail(late, limit)
    )
  }))
}
