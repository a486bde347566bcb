/**
 * Faults between a client and the sandbox's S3: each affects one answer, by script.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * @since 0.1.0
 * @category models
 */
export type S3Fault = Data.TaggedEnum<{
  /** Nothing is done: `SlowDown` with 503, `InternalError` with 500, or any other code. */
  Refused: { readonly status: number; readonly code: string; readonly retryAfter?: number | undefined }
  /** The connection breaks before anything is done. */
  Reset: {}
  /** What was asked is done, and then the connection breaks without an answer. */
  AnswerLost: {}
  /** What was asked is done, and 500 says that it was not. */
  AnswerFalse: {}
  /** Half of the body arrives, then the connection breaks. */
  BodyCut: {}
  /** Half of the body arrives, then the connection ends in good order. */
  BodyShort: {}
  /** Half of the body arrives, and no more. */
  Stalled: {}
  /** `If-None-Match` and `If-Match` are accepted silently and change nothing. */
  ConditionIgnored: {}
  /** The condition is refused with 412, and the object is replaced nevertheless. */
  ConditionFeigned: {}
  /** 200 with the whole object where a range was asked for. */
  RangeIgnored: {}
  /** A list comes in the order of time. */
  Unsorted: {}
  /** 200, and then an error as the body: the end of a multipart upload may fail so. */
  FailedAfterHead: {}
}>

/**
 * One constructor per fault.
 *
 * @since 0.1.0
 * @category constructors
 */
export const {
  AnswerFalse,
  AnswerLost,
  BodyCut,
  BodyShort,
  ConditionFeigned,
  ConditionIgnored,
  FailedAfterHead,
  RangeIgnored,
  Refused,
  Reset,
  Stalled,
  Unsorted
} = Data.taggedEnum<S3Fault>()

/**
 * As the documents of S3 call them.
 *
 * @since 0.1.0
 * @category models
 */
export type Operation =
  | "CreateBucket"
  | "HeadBucket"
  | "ListObjectsV2"
  | "GetObject"
  | "HeadObject"
  | "PutObject"
  | "DeleteObject"
  | "CreateMultipartUpload"
  | "UploadPart"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload"

/**
 * A fault for the next requests that match. What is left out matches everything.
 *
 * @since 0.1.0
 * @category models
 */
export interface Script {
  readonly fault: S3Fault
  readonly operation?: Operation | undefined
  /** A part of the key. */
  readonly key?: string | undefined
  /** How many matching requests pass first without the fault. */
  readonly skip?: number | undefined
  /** Then every so many of them meets it: each one when left out. */
  readonly every?: number | undefined
  /** How many times; once when left out. */
  readonly times?: number | undefined
}
