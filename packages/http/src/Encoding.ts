/**
 * Undoes the compression of an answer (`Content-Encoding`), and never makes more bytes than the caller's limit.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * The bytes could not be decoded. `damaged`: they are broken or incomplete. `size`: they hold more than the limit.
 * `unknown`: there is no decoder for the encoding.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotDecoded extends Schema.TaggedError<NotDecoded>("@trunkline/http/Encoding/NotDecoded")("NotDecoded", {
  reason: Schema.Literal("damaged", "size", "unknown"),
  /** As the answer named it. */
  encoding: Schema.String
}) {}

/**
 * Decodes the bytes of a whole answer. Stops as soon as there are more than `limit`.
 *
 * @since 0.1.0
 * @category models
 */
export type Decode = (bytes: Uint8Array, limit: number) => Effect.Effect<Uint8Array, "damaged" | "size">

/**
 * @since 0.1.0
 * @category models
 */
export interface Decoding {
  /** The `Accept-Encoding` of requests; null asks for nothing. */
  readonly accept: string | null
  /** By name, in lower case. */
  readonly decoders: { readonly [encoding: string]: Decode }
}

/** As `DecompressionStream` names them. */
type Format = "gzip" | "deflate" | "deflate-raw"

/**
 * `deflate` means the zlib format, and some servers send it without the two bytes that zlib begins with.
 *
 * @since 0.1.0
 * @category formats
 */
export const deflateFormat = (bytes: Uint8Array): "deflate" | "deflate-raw" => {
  const [first = 0, second = 0] = bytes
  return (first & 0x0f) === 8 && first < 0x80 && (first * 256 + second) % 31 === 0 ? "deflate" : "deflate-raw"
}

/** The parts as one. */
export const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}

const decompress = (format: (bytes: Uint8Array) => Format): Decode => (bytes, limit) =>
  Effect.flatMap(
    Effect.tryPromise({
      try: async () => {
        const reader = new Blob([new Uint8Array(bytes)]).stream()
          .pipeThrough(new DecompressionStream(format(bytes)))
          .getReader()
        const parts: Array<Uint8Array> = []
        let size = 0
        while (true) {
          const { done, value } = await reader.read()
          if (done) return concat(parts)
          size += value.byteLength
          if (size > limit) {
            await reader.cancel()
            return null
          }
          parts.push(value)
        }
      },
      catch: () => "damaged" as const
    }),
    (decoded) => decoded === null ? Effect.fail("size" as const) : Effect.succeed(decoded)
  )

/**
 * What every platform with `DecompressionStream` can do: browsers, and Node without `br`.
 *
 * @since 0.1.0
 * @category decoders
 */
export const web: Decoding = typeof DecompressionStream === "undefined"
  ? { accept: null, decoders: {} }
  : { accept: "gzip", decoders: { gzip: decompress(() => "gzip"), deflate: decompress(deflateFormat) } }

/**
 * How answers are decoded. Provide another one beside `HttpClient`, with `br` for example.
 *
 * @since 0.1.0
 * @category services
 */
export class Encoding extends Context.Reference<Encoding>()("@trunkline/http/Encoding/Encoding", {
  defaultValue: (): Decoding => web
}) {}

/** More of them is an attack, or a mistake. */
const most = 3

/**
 * The encodings of an answer in the order in which they were applied, without those that change nothing.
 *
 * @since 0.1.0
 * @category headers
 */
export const listed = (header: string | undefined): ReadonlyArray<string> =>
  (header ?? "").split(",").map((name) => name.trim().toLowerCase()).filter((name) =>
    name !== "" && name !== "identity"
  )

/**
 * Undoes the encodings, the last one first.
 *
 * @since 0.1.0
 * @category decoding
 */
export const undo = (options: {
  readonly bytes: Uint8Array
  readonly encodings: ReadonlyArray<string>
  readonly decoding: Decoding
  readonly limit: number
}): Effect.Effect<Uint8Array, NotDecoded> => {
  const { bytes, decoding, encodings, limit } = options
  const steps = encodings.toReversed().map((encoding) => {
    const name = encoding.startsWith("x-") ? encoding.slice(2) : encoding
    return { encoding, decode: Object.hasOwn(decoding.decoders, name) ? decoding.decoders[name] : undefined }
  })
  const unknown = steps.find(({ decode }) => decode === undefined)
  if (unknown !== undefined || steps.length > most) {
    return new NotDecoded({ reason: "unknown", encoding: unknown?.encoding ?? encodings.join(", ") })
  }
  return Effect.reduce(steps, bytes, (whole, { decode, encoding }) =>
    decode === undefined
      ? Effect.succeed(whole)
      : Effect.mapError(decode(whole, limit), (reason) => new NotDecoded({ reason, encoding })))
}
