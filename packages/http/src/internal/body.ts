/** The body of an answer as text, decompressed, up to the size limit; and the errors of an answer that breaks off. */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import * as ApiError from "../ApiError.js"
import * as Encoding from "../Encoding.js"
import { parse } from "./json.js"
import type { Words } from "./words.js"

class TooLarge {
  readonly _tag = "TooLarge"
}

class NotText {
  readonly _tag = "NotText"
}

type Unread = HttpClientError.ResponseError | TooLarge | NotText | Encoding.NotDecoded

/** A character that stands in for bytes that are no UTF-8 would make another id of an id. */
const strict = () => new TextDecoder("utf-8", { fatal: true })

const text = (decode: () => string): Effect.Effect<string, NotText> =>
  Effect.try({ try: decode, catch: () => new NotText() })

export const readText = (options: {
  readonly response: HttpClientResponse.HttpClientResponse
  /** Bytes. */
  readonly limit: number
  /** Bytes of the body, where the head tells them. */
  readonly length: number | undefined
  readonly encodings: ReadonlyArray<string>
  readonly decoding: Encoding.Decoding
}): Effect.Effect<string, Unread> => {
  const { decoding, encodings, length, limit, response } = options
  // A stream costs far more than one step, and only a body of unknown length needs it.
  if (length !== undefined && encodings.length === 0) {
    return length > limit
      ? Effect.fail(new TooLarge())
      : Effect.flatMap(
        response.arrayBuffer,
        (bytes): Effect.Effect<string, TooLarge | NotText> =>
          bytes.byteLength > limit ? Effect.fail(new TooLarge()) : text(() => strict().decode(bytes))
      )
  }
  return Effect.suspend(() => {
    let size = 0
    const decoder = strict()
    const parts: Array<Uint8Array> = []
    let read = ""
    return Stream.runForEach(response.stream, (bytes): Effect.Effect<unknown, TooLarge | NotText> => {
      size += bytes.byteLength
      if (size > limit) return Effect.fail(new TooLarge())
      if (encodings.length === 0) {
        return text(() => read += decoder.decode(bytes, { stream: true }))
      }
      parts.push(bytes)
      return Effect.void
    }).pipe(
      Effect.catchIf((error) => error._tag === "ResponseError" && error.reason === "EmptyBody", () => Effect.void),
      Effect.flatMap(() =>
        encodings.length > 0 && size > 0
          ? decoded({ bytes: Encoding.concat(parts), encodings, decoding, limit })
          : text(() => read + decoder.decode())
      )
    )
  })
}

/**
 * `fetch` decodes a body and leaves the header, and some servers name an encoding that they did not apply. A body that
 * is JSON already is not decoded again.
 */
const decoded = (
  options: Parameters<typeof Encoding.undo>[0]
): Effect.Effect<string, NotText | Encoding.NotDecoded> =>
  Effect.flatMap(
    Option.isSome(parse(new TextDecoder().decode(options.bytes)))
      ? Effect.succeed(options.bytes)
      : Encoding.undo(options),
    (bytes) => text(() => strict().decode(bytes))
  )

/** The client of a caller may fail for a status. Its answer is one all the same. */
export const isStatusError = (error: HttpClientError.HttpClientError): error is HttpClientError.ResponseError =>
  error._tag === "ResponseError" && error.reason === "StatusCode"

/** Keeps the code of a transport error and nothing else: the error holds the request, and the request holds the key. */
export const transportError = (
  error: HttpClientError.RequestError | Unread,
  { proxy, word, ...known }: {
    readonly operation: string
    readonly requestId: string | undefined
    readonly status?: number
    readonly word: Words["word"]
    readonly proxy: string | undefined
  }
): Effect.Effect<never, ApiError.Unreachable | ApiError.Undecodable> => {
  switch (error._tag) {
    case "TooLarge":
      return Effect.fail(new ApiError.Undecodable({ ...known, reason: "size" }))
    case "NotText":
      return Effect.fail(new ApiError.Undecodable({ ...known, reason: "syntax" }))
    case "NotDecoded": {
      const reason = ({ damaged: "compression", size: "size", unknown: "encoding" } as const)[error.reason]
      return Effect.fail(new ApiError.Undecodable({ ...known, reason, encoding: word(error.encoding) }))
    }
    case "ResponseError":
      return Effect.fail(new ApiError.Unreachable({ ...known, proxy, reason: "cut", code: codeOf(error.cause) }))
    case "RequestError":
      return error.reason === "Transport"
        ? Effect.fail(new ApiError.Unreachable({ ...known, proxy, reason: "connection", code: codeOf(error.cause) }))
        : Effect.dieMessage(`${known.operation}: the request could not be built (${error.reason})`)
  }
}

const codeOf = (cause: unknown, depth = 0): string | undefined => {
  if (!Predicate.isObject(cause) || depth > 3) return undefined
  if (Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) && /^[A-Z][A-Z0-9_]*$/.test(cause.code)) {
    return cause.code
  }
  return Predicate.hasProperty(cause, "cause") ? codeOf(cause.cause, depth + 1) : undefined
}
