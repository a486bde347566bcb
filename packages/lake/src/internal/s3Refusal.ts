/** What the refusals of an S3 server mean, in the words of `ApiError`. */
import { ApiError, type Exchange } from "@trunkline/http"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Xml from "./xml.js"

export type Refusal = Exclude<ApiError.Refusal, ApiError.QuotaExceeded>

interface Meaning {
  readonly tag: Refusal["_tag"]
  readonly advice?: string
  /** Whether another try may help. */
  readonly passes?: true
}

const otherRegion = "The bucket is elsewhere: set the region of the bucket, or the endpoint of its region"
const clock = "Set the clock of this machine"

const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ["AccessDenied", {
    tag: "Forbidden",
    advice: "Allow these credentials to read, write, delete and list below the prefix"
  }],
  ["AllAccessDisabled", { tag: "Forbidden" }],
  ["AccountProblem", { tag: "Forbidden" }],
  ["QuotaExceeded", { tag: "Forbidden", advice: "The quota of the bucket is used up. Make room or raise it" }],
  ["InvalidAccessKeyId", { tag: "Unauthorized" }],
  ["InvalidToken", { tag: "Unauthorized" }],
  ["SignatureDoesNotMatch", { tag: "Unauthorized", advice: "The secret key does not belong to the access key" }],
  ["ExpiredToken", { tag: "Unauthorized", advice: "The session has ended: log in again" }],
  ["TokenRefreshRequired", { tag: "Unauthorized", advice: "The session has ended: log in again" }],
  ["RequestTimeTooSkewed", { tag: "Unauthorized", advice: clock }],
  ["RequestExpired", { tag: "Unauthorized", advice: clock }],
  ["AuthorizationHeaderMalformed", { tag: "Unauthorized", advice: otherRegion }],
  ["NoSuchBucket", { tag: "Invalid", advice: "Make the bucket first, or check its name and the endpoint" }],
  ["InvalidBucketName", { tag: "Invalid", advice: "Check the name of the bucket" }],
  ["PermanentRedirect", { tag: "Invalid", advice: otherRegion }],
  ["TemporaryRedirect", { tag: "Invalid", advice: otherRegion }],
  ["IllegalLocationConstraintException", { tag: "Invalid", advice: otherRegion }],
  ["NotImplemented", { tag: "Invalid", advice: "The store lacks something that a lake needs" }],
  ["NoSuchKey", { tag: "NotFound" }],
  ["NoSuchUpload", { tag: "NotFound" }],
  ["PreconditionFailed", { tag: "Conflict" }],
  ["ConditionalRequestConflict", { tag: "Conflict", passes: true }],
  ["OperationAborted", { tag: "Conflict", passes: true }],
  ["SlowDown", { tag: "RateLimited" }],
  ["Throttling", { tag: "RateLimited" }],
  ["ThrottlingException", { tag: "RateLimited" }],
  ["RequestLimitExceeded", { tag: "RateLimited" }],
  ["TooManyRequests", { tag: "RateLimited" }],
  ["RequestTimeout", { tag: "Invalid", passes: true }],
  ["BadDigest", { tag: "Invalid", passes: true }],
  ["IncompleteBody", { tag: "Invalid", passes: true }],
  ["XAmzContentSHA256Mismatch", { tag: "Invalid", passes: true }]
])

/** Where there is no body, as after HEAD, and where a proxy answered. */
const ofStatus = (status: number): Meaning => {
  if (status === 412) return { tag: "Conflict" }
  if (status === 501) return { tag: "Invalid", advice: "The store lacks something that a lake needs" }
  if (status < 400) return { tag: "Invalid", advice: otherRegion }
  // A server that answers 404 to all questions would make every object look missing.
  if (status === 404) return { tag: "Invalid", advice: "Check the endpoint and the name of the bucket" }
  // A proxy whose server is gone, or a store that asks for time.
  return { tag: ApiError.tagOfStatus(status) ?? "Invalid" }
}

/** The code and the prose of an error document. */
const errorOf = (text: string): { readonly code?: string; readonly detail?: string } => {
  const root = Option.getOrUndefined(Xml.parse(text))
  if (root?.name !== "Error") return {}
  const code = Xml.textOf(root, "Code")
  const detail = Xml.textOf(root, "Message")
  return {
    ...(code !== undefined && /^[A-Za-z0-9]{1,64}$/.test(code) ? { code } : {}),
    ...(detail === undefined ? {} : { detail })
  }
}

export const refusal = ({ text, told }: Exchange.Refused): Refusal => {
  const { code, detail } = errorOf(text)
  const { advice, passes, tag } = (code === undefined ? undefined : meanings.get(code)) ?? ofStatus(told.status)
  return ApiError.refuse(tag, {
    ...told,
    code,
    advice,
    retryable: passes,
    detail: detail === undefined ? undefined : Redacted.make(detail)
  })
}
