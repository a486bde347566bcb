/** What S3 does with one request. It is consistent: each request sees all that was done before it. */
import type { Operation, S3Fault } from "../../S3Fault.js"
import { type Delivery, headerOf, type Headers, type Received, type Sent } from "../Reply.js"
import { Bucket, etagOf, type StoredObject } from "./Bucket.js"
import { documentOf, elements, errorDocument, escapeKey, escapeXml, readParts } from "./documents.js"
import { operationOf, type Place, placeOf } from "./place.js"
import { Plan } from "./Plan.js"
import { parametersOf, refuseSignature, type Signer } from "./signature.js"

/**
 * A request as the history keeps it.
 *
 * @since 0.1.0
 * @category models
 */
export interface S3Request {
  readonly operation: Operation | "unknown"
  readonly bucket: string
  readonly key: string
  readonly status: number
  /** The tag of the fault that it met. */
  readonly fault: S3Fault["_tag"] | null
  /** In lower case, without the signature. */
  readonly headers: { readonly [name: string]: string }
}

interface Asked extends Place {
  readonly operation: Operation
  readonly header: (name: string) => string | null
  readonly parameter: (name: string) => string | null
  readonly body: Uint8Array
  readonly fault: S3Fault | undefined
  readonly now: number
}

interface Said {
  readonly status: number
  readonly headers?: Headers
  readonly body?: string | Uint8Array
  /** Of a refusal. */
  readonly code?: string
}

const statuses: { readonly [code: string]: number } = {
  AccessDenied: 403,
  AuthorizationHeaderMalformed: 400,
  BucketAlreadyOwnedByYou: 409,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidRange: 416,
  InvalidToken: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedXML: 400,
  MissingSecurityHeader: 400,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NotImplemented: 501,
  PreconditionFailed: 412,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
  XAmzContentSHA256Mismatch: 400
}

const refused = (code: string, headers: Headers = {}, status = statuses[code] ?? 400): Said => ({
  status,
  headers,
  code
})

const kept = 10_000

export class Server {
  readonly buckets = new Map<string, Bucket>()
  readonly plan = new Plan()
  requests: Array<S3Request> = []
  total = 0

  constructor(private readonly signer: Signer) {}

  handle(received: Received, now: number): Sent {
    const requestId = `s3-${++this.total}`
    const place = placeOf(received)
    const operation = place === undefined ? undefined : operationOf(received, place)
    const { fault, said } = this.say(received, { place, operation }, now)
    this.keep({
      operation: operation ?? "unknown",
      bucket: place?.bucket ?? "",
      key: place?.key ?? "",
      status: said.status,
      fault: fault?._tag ?? null,
      headers: headersOf(received)
    })
    const { code, headers, status } = said
    // A message of S3 may show the key, so this one does.
    const body = code === undefined
      ? said.body ?? ""
      : errorDocument(code, `The request about ${place?.key ?? ""} was refused.`, requestId)
    return {
      status,
      headers: {
        ...(typeof body === "string" && body !== "" ? { "Content-Type": "application/xml" } : {}),
        ...headers,
        "x-amz-request-id": requestId
      },
      body,
      delivery: deliveryOf(fault)
    }
  }

  /** The answer, and the fault that the request met. */
  private say(
    received: Received,
    { operation, place }: { readonly operation: Operation | undefined; readonly place: Place | undefined },
    now: number
  ): { readonly said: Said; readonly fault?: S3Fault | undefined } {
    const { body } = received
    if (body === null) return { said: refused("EntityTooLarge") }
    if (place === undefined) return { said: refused("InvalidURI") }
    const wrong = refuseSignature({ ...received, body }, this.signer, now)
    if (wrong !== undefined) return { said: refused(wrong) }
    if (operation === undefined) return { said: refused("NotImplemented") }

    const fault = this.plan.next(operation, place.key)
    if (fault?._tag === "Reset") return { said: { status: 200 }, fault }
    if (fault?._tag === "Refused") {
      const { code, retryAfter, status } = fault
      return { said: refused(code, retryAfter === undefined ? {} : { "Retry-After": `${retryAfter}` }, status), fault }
    }
    const parameters = new Map(parametersOf(received.url))
    const said = this.answer({
      ...place,
      operation,
      header: (name) => headerOf(received, name),
      parameter: (name) => parameters.get(name) ?? null,
      body,
      fault,
      now
    })
    if (fault?._tag === "AnswerFalse") return { said: refused("InternalError"), fault }
    return { said: fault?._tag === "FailedAfterHead" ? refused("InternalError", {}, 200) : said, fault }
  }

  private keep(request: S3Request): void {
    this.requests.push(request)
    if (this.requests.length > kept * 2) this.requests = this.requests.slice(-kept)
  }

  private answer(asked: Asked): Said {
    const { operation } = asked
    if (operation === "CreateBucket") {
      if (this.buckets.has(asked.bucket)) return refused("BucketAlreadyOwnedByYou")
      this.buckets.set(asked.bucket, new Bucket())
      return { status: 200, headers: { Location: `/${asked.bucket}` } }
    }
    const bucket = this.buckets.get(asked.bucket)
    if (bucket === undefined) return refused("NoSuchBucket")
    if (Buffer.byteLength(asked.key) > 1024) return refused("KeyTooLongError")
    const upload = bucket.upload(asked.parameter("uploadId") ?? "", asked.key)
    switch (operation) {
      case "HeadBucket":
        return { status: 200 }
      case "ListObjectsV2":
        return list(bucket, asked)
      case "GetObject":
      case "HeadObject":
        return get(bucket, asked)
      case "PutObject": {
        if (asked.header("x-amz-copy-source") !== null) return refused("NotImplemented")
        const object = {
          bytes: asked.body,
          etag: etagOf(asked.body),
          contentType: asked.header("content-type") ?? "binary/octet-stream",
          modifiedAt: asked.now
        }
        return putIfAllowed(bucket, asked, object) ?? { status: 200, headers: { ETag: object.etag } }
      }
      case "DeleteObject":
        bucket.remove(asked.key)
        return { status: 204 }
      case "CreateMultipartUpload": {
        const id = bucket.begin(asked.key, asked.header("content-type") ?? "binary/octet-stream")
        const fields = { Bucket: asked.bucket, Key: asked.key, UploadId: id }
        return { status: 200, body: documentOf("InitiateMultipartUploadResult", elements(fields)) }
      }
      case "UploadPart": {
        const number = Number(asked.parameter("partNumber"))
        if (!Number.isInteger(number) || number < 1 || number > 10_000) return refused("InvalidArgument")
        const etag = etagOf(asked.body)
        if (upload === undefined) return refused("NoSuchUpload")
        upload.parts.set(number, { bytes: asked.body, etag })
        return { status: 200, headers: { ETag: etag } }
      }
      case "CompleteMultipartUpload": {
        if (upload === undefined) return refused("NoSuchUpload")
        const parts = readParts(new TextDecoder().decode(asked.body))
        const object = parts === undefined ? "MalformedXML" : bucket.assemble(upload, parts, asked.now)
        if (typeof object === "string") return refused(object)
        // Such an end of an upload fails before anything is done.
        if (asked.fault?._tag === "FailedAfterHead") return { status: 200 }
        const refusal = putIfAllowed(bucket, asked, object)
        if (refusal !== undefined) return refusal
        bucket.uploads.delete(asked.parameter("uploadId") ?? "")
        const fields = { Bucket: asked.bucket, Key: asked.key, ETag: object.etag }
        return { status: 200, body: documentOf("CompleteMultipartUploadResult", elements(fields)) }
      }
      case "AbortMultipartUpload":
        if (upload === undefined) return refused("NoSuchUpload")
        bucket.uploads.delete(asked.parameter("uploadId") ?? "")
        return { status: 204 }
    }
  }
}

/** Puts an object, or answers that a condition forbids it. */
const putIfAllowed = (bucket: Bucket, { fault, header, key }: Asked, object: StoredObject): Said | undefined => {
  const before = bucket.objects.get(key)
  const [absent, equal] = [header("if-none-match"), header("if-match")]
  if (absent !== null && absent !== "*") return refused("NotImplemented")
  if (fault?._tag !== "ConditionIgnored") {
    if (equal !== null && before === undefined) return refused("NoSuchKey")
    if ((absent !== null && before !== undefined) || (equal !== null && before?.etag !== equal)) {
      if (fault?._tag === "ConditionFeigned") bucket.put(key, object)
      return refused("PreconditionFailed")
    }
  }
  bucket.put(key, object)
  return undefined
}

const get = (bucket: Bucket, { fault, header, key }: Asked): Said => {
  const object = bucket.objects.get(key)
  if (object === undefined) return refused("NoSuchKey")
  const size = object.bytes.length
  const headers = {
    "Content-Type": object.contentType,
    "Accept-Ranges": "bytes",
    ETag: object.etag,
    "Last-Modified": new Date(object.modifiedAt).toUTCString()
  }
  const range = fault?._tag === "RangeIgnored" ? null : /^bytes=(\d*)-(\d*)$/.exec(header("range") ?? "")
  if (range === null || range[0] === "bytes=-") return { status: 200, headers, body: object.bytes }
  const [, first = "", last = ""] = range
  const from = first === "" ? Math.max(0, size - Number(last)) : Number(first)
  const to = first === "" || last === "" ? size - 1 : Math.min(size - 1, Number(last))
  if (from >= size || from > to) return refused("InvalidRange", { "Content-Range": `bytes */${size}` })
  return {
    status: 206,
    headers: { ...headers, "Content-Range": `bytes ${from}-${to}/${size}` },
    body: object.bytes.subarray(from, to + 1)
  }
}

const list = (bucket: Bucket, { bucket: name, fault, parameter }: Asked): Said => {
  const prefix = parameter("prefix") ?? ""
  const delimiter = parameter("delimiter") ?? ""
  const token = parameter("continuation-token")
  const most = parameter("max-keys") === null ? 1000 : Number(parameter("max-keys"))
  if (!Number.isInteger(most) || most < 0) return refused("InvalidArgument")
  const after = token === null ? parameter("start-after") ?? "" : Buffer.from(token, "base64url").toString("utf8")
  const isEscaped = parameter("encoding-type") === "url"
  const write = (key: string) => isEscaped ? escapeKey(key) : escapeXml(key)
  const past = Buffer.from(after)
  const keys = fault?._tag === "Unsorted" ? [...bucket.objects.keys()].toReversed() : bucket.keys()

  const contents: Array<string> = []
  const folders = new Set<string>()
  let last = ""
  let isTruncated = false
  for (const key of keys) {
    if (!key.startsWith(prefix) || Buffer.compare(Buffer.from(key), past) <= 0) continue
    const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length)
    const folder = at < 0 ? undefined : key.slice(0, at + delimiter.length)
    // A folder that the page before has shown.
    if (folder !== undefined && after.startsWith(folder)) continue
    if (folder === undefined || !folders.has(folder)) {
      if (contents.length + folders.size >= Math.min(most, 1000)) {
        isTruncated = most > 0
        break
      }
      const object = bucket.objects.get(key)
      if (folder !== undefined) folders.add(folder)
      else if (object !== undefined) {
        contents.push(`<Contents><Key>${write(key)}</Key>${
          elements({
            LastModified: new Date(object.modifiedAt).toISOString(),
            ETag: object.etag,
            Size: object.bytes.length,
            StorageClass: "STANDARD"
          })
        }</Contents>`)
      }
    }
    last = key
  }
  return {
    status: 200,
    body: documentOf(
      "ListBucketResult",
      [
        elements({ Name: name }),
        `<Prefix>${write(prefix)}</Prefix>`,
        elements({ KeyCount: contents.length + folders.size, MaxKeys: most, IsTruncated: isTruncated }),
        isEscaped ? elements({ EncodingType: "url" }) : "",
        isTruncated ? elements({ NextContinuationToken: Buffer.from(last).toString("base64url") }) : "",
        ...contents,
        ...[...folders].map((folder) => `<CommonPrefixes><Prefix>${write(folder)}</Prefix></CommonPrefixes>`)
      ].join("")
    )
  }
}

const deliveryOf = (fault: S3Fault | undefined): Delivery => {
  switch (fault?._tag) {
    case "Reset":
    case "AnswerLost":
      return { _tag: "ResetBeforeHeaders" }
    case "BodyCut":
      return { _tag: "ResetInBody" }
    case "BodyShort":
      return { _tag: "EndInBody" }
    case "Stalled":
      return { _tag: "Stalled" }
    default:
      return { _tag: "Whole" }
  }
}

const headersOf = ({ headers }: Received): { readonly [name: string]: string } =>
  Object.fromEntries(
    Object.keys(headers)
      .filter((name) => name !== "authorization" && name !== "x-amz-security-token")
      .map((name) => [name, headerOf({ headers }, name) ?? ""])
  )
