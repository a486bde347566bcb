/** What a request is about: a bucket, a key, and what S3 calls the operation. */
import type { Operation } from "../../S3Fault.js"
import { headerOf, type Received } from "../Reply.js"
import { decode, parametersOf } from "./signature.js"

export interface Place {
  readonly bucket: string
  /** Empty for the bucket itself. */
  readonly key: string
}

/** What a query may ask. S3 knows more, none of which is served. */
const known = new Set([
  "list-type",
  "prefix",
  "delimiter",
  "start-after",
  "continuation-token",
  "max-keys",
  "encoding-type",
  "fetch-owner",
  "uploads",
  "uploadId",
  "partNumber",
  "x-id"
])

/** The bucket and the key that an address names: in its host below `localhost`, or else in its path. */
export const placeOf = (received: Received): Place | undefined => {
  const path = received.url.replace(/[?#].*$/, "").slice(1)
  const host = /^(.+)\.localhost(?::\d+)?$/.exec(headerOf(received, "host") ?? "")?.[1]
  const at = path.indexOf("/")
  const [bucket, key] = host !== undefined
    ? [host, path]
    : at < 0
    ? [path, ""]
    : [path.slice(0, at), path.slice(at + 1)]
  const [plainBucket, plainKey] = [decode(bucket), decode(key)]
  return plainBucket === undefined || plainKey === undefined || plainBucket === ""
    ? undefined
    : { bucket: plainBucket, key: plainKey }
}

export const operationOf = ({ method, url }: Received, { key }: Place): Operation | undefined => {
  const parameters = new Map(parametersOf(url))
  const has = (name: string) => parameters.has(name)
  if ([...parameters.keys()].some((name) => !known.has(name))) return undefined
  if (key === "") {
    if (method === "PUT") return "CreateBucket"
    if (method === "HEAD") return "HeadBucket"
    return method === "GET" && parameters.get("list-type") === "2" ? "ListObjectsV2" : undefined
  }
  switch (method) {
    case "GET":
      return has("uploadId") ? undefined : "GetObject"
    case "HEAD":
      return "HeadObject"
    case "PUT":
      return has("uploadId") ? "UploadPart" : "PutObject"
    case "DELETE":
      return has("uploadId") ? "AbortMultipartUpload" : "DeleteObject"
    case "POST":
      return has("uploads") ? "CreateMultipartUpload" : has("uploadId") ? "CompleteMultipartUpload" : undefined
    default:
      return undefined
  }
}
