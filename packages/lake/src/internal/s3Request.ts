/** Where the objects of a bucket are, and requests for them: spelled as a signature wants it, and signed. */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { AwsV4Signer } from "aws4fetch"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { createHash } from "node:crypto"
import type { Provider } from "../Credentials.js"
import type { NoCredentials } from "../LakeError.js"

export interface Location {
  /** The origin of the endpoint, and perhaps a path. */
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  /** Where the name of the bucket stands: in the path, or in front of the host. */
  readonly addressing: "path" | "virtual"
}

export type Query = Readonly<Record<string, string | undefined>>

export interface Parts {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE"
  /** Nothing for the bucket itself. */
  readonly key?: string
  readonly query?: Query
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

const strict = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

/** Everything but letters, digits and `-._~` is escaped, so that nothing on the way spells it otherwise than the signature. */
export const urlOf = (
  { addressing, bucket, endpoint }: Location,
  { key, query = {} }: Pick<Parts, "key" | "query">
): string => {
  const base = new URL(endpoint)
  const folder = base.pathname.replace(/\/+$/, "")
  const [host, path] = addressing === "path"
    ? [base.host, `${folder}/${strict(bucket)}`]
    : [`${bucket}.${base.host}`, folder]
  const object = key === undefined ? "" : key.split("/").map(strict).join("/")
  const search = Object.entries(query)
    .flatMap(([name, value]) => value === undefined ? [] : [`${strict(name)}=${strict(value)}`])
    .join("&")
  return `${base.protocol}//${host}${path}${addressing === "path" && key === undefined ? "" : `/${object}`}${
    search === "" ? "" : `?${search}`
  }`
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

const dateOf = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/[:-]|\.\d{3}/g, "")

/** Makes signed requests; each one is signed at the time it is made. */
export const signer = (location: Location, credentials: Provider) => {
  // Keys for signing are derived once a day.
  const cache = new Map<string, ArrayBuffer>()
  return (parts: Parts): Effect.Effect<HttpClientRequest.HttpClientRequest, NoCredentials> =>
    Effect.gen(function*() {
      const keys = yield* credentials
      const now = yield* Clock.currentTimeMillis
      const { body, headers, method } = parts
      const url = urlOf(location, parts)
      if (cache.size > 16) cache.clear()
      const signed = yield* Effect.promise(() =>
        new AwsV4Signer({
          method,
          url,
          headers: { ...headers, "x-amz-content-sha256": sha256(body ?? new Uint8Array()) },
          accessKeyId: Redacted.value(keys.accessKeyId),
          secretAccessKey: Redacted.value(keys.secretAccessKey),
          ...(keys.sessionToken === undefined ? {} : { sessionToken: Redacted.value(keys.sessionToken) }),
          service: "s3",
          region: location.region,
          cache,
          datetime: dateOf(now)
        }).sign()
      )
      const request = HttpClientRequest.make(method)(url).pipe(
        HttpClientRequest.setHeaders(signed.headers),
        // Bytes that a proxy compressed have another length.
        HttpClientRequest.setHeader("accept-encoding", "identity")
      )
      return body === undefined ? request : HttpClientRequest.bodyUint8Array(request, body, "application/octet-stream")
    })
}
