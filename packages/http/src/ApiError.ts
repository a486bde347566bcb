/**
 * The ways a call to an API can end other than well. A tag names what the caller can do about it, not a status code.
 *
 * A message never shows the prose of a vendor. Prose repeats the refused value, and the values are phone numbers, keys
 * and transcripts. An error keeps the prose as `Redacted`, and loses it when it is encoded.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { describe } from "./internal/describe.js"
import { prose } from "./internal/prose.js"

/**
 * One field of the request that was refused, by the API or by the check before it.
 *
 * @since 0.1.0
 * @category models
 */
export const FieldError = Schema.Struct({
  field: Schema.String,
  code: Schema.optional(Schema.String),
  detail: prose
})
/** @since 0.1.0 */
export interface FieldError extends Schema.Schema.Type<typeof FieldError> {}

const refusal = {
  /** The method that was called, such as `Conversations.item`. */
  operation: Schema.String,
  /** Absent where the client refused the input and sent nothing. */
  status: Schema.optional(Schema.Number),
  /** The vendor's own category and code, stable enough to branch on. */
  type: Schema.optional(Schema.String),
  code: Schema.optional(Schema.String),
  /** Whether the vendor says that another try may help. `Retry.polite` decides. */
  retryable: Schema.optional(Schema.Boolean),
  requestId: Schema.optional(Schema.String),
  docUrl: Schema.optional(Schema.String),
  /** The input that was refused. */
  param: Schema.optional(Schema.String),
  fieldErrors: Schema.optionalWith(Schema.Array(FieldError), { default: () => [] }),
  /** The wait that the vendor asked for, however long. */
  retryAfter: Schema.optional(Schema.DurationFromMillis),
  /** When the refusal arrived, by the clock of this machine. */
  refusedAt: Schema.optional(Schema.DateTimeUtc),
  /** What to do about it, in words of this library. */
  advice: Schema.optional(Schema.String),
  /** The vendor's prose, which no message shows and no encoding holds. */
  detail: prose,
  suggestion: prose
}

/**
 * What every refusal may carry.
 *
 * @since 0.1.0
 * @category models
 */
export interface RefusalFields extends Schema.Struct.Constructor<typeof refusal> {}

/**
 * The key is missing, unknown or revoked. Check it, or make a new one; trying again does not help.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unauthorized extends Schema.TaggedError<Unauthorized>("@trunkline/http/ApiError/Unauthorized")(
  "Unauthorized",
  refusal
) {
  override get message(): string {
    return describe(this, "the key was not accepted")
  }
}

/**
 * The key is good but may not do this. Give it the scope, or ask the owner of the line.
 *
 * @since 0.1.0
 * @category errors
 */
export class Forbidden extends Schema.TaggedError<Forbidden>("@trunkline/http/ApiError/Forbidden")(
  "Forbidden",
  refusal
) {
  override get message(): string {
    return describe(this, "the key may not do this")
  }
}

/**
 * The record does not exist, or was deleted.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFound extends Schema.TaggedError<NotFound>("@trunkline/http/ApiError/NotFound")(
  "NotFound",
  refusal
) {
  override get message(): string {
    return describe(this, "not found")
  }
}

/**
 * The input is wrong. Without a `status`, the client refused it and sent no request.
 *
 * @since 0.1.0
 * @category errors
 */
export class Invalid extends Schema.TaggedError<Invalid>("@trunkline/http/ApiError/Invalid")(
  "Invalid",
  refusal
) {
  override get message(): string {
    const fields = this.fieldErrors.map((error) =>
      error.code === undefined ? error.field : `${error.field} ${error.code}`
    )
    return describe(this, fields.length < 2 ? "the input was refused" : `the input was refused: ${fields.join(", ")}`)
  }
}

/**
 * The record is already in that state, or another request is changing it. Read it again before deciding.
 *
 * @since 0.1.0
 * @category errors
 */
export class Conflict extends Schema.TaggedError<Conflict>("@trunkline/http/ApiError/Conflict")(
  "Conflict",
  refusal
) {
  override get message(): string {
    return describe(this, "in conflict with what is there")
  }
}

/**
 * Too many requests. The client has already waited and tried again as often as its limits allow.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("@trunkline/http/ApiError/RateLimited")(
  "RateLimited",
  refusal
) {
  override get message(): string {
    return describe(this, "too many requests")
  }
}

/**
 * A quota of hours or days is spent. Waiting inside a run does not help: run again when the quota renews.
 *
 * @since 0.1.0
 * @category errors
 */
export class QuotaExceeded extends Schema.TaggedError<QuotaExceeded>("@trunkline/http/ApiError/QuotaExceeded")(
  "QuotaExceeded",
  refusal
) {
  override get message(): string {
    return describe(this, "the quota is spent")
  }
}

/**
 * The account does not pay for this.
 *
 * @since 0.1.0
 * @category errors
 */
export class PaymentRequired extends Schema.TaggedError<PaymentRequired>("@trunkline/http/ApiError/PaymentRequired")(
  "PaymentRequired",
  refusal
) {
  override get message(): string {
    return describe(this, "the account cannot be billed for this")
  }
}

/**
 * The API failed, also when it was tried again. Give the vendor the request id.
 *
 * @since 0.1.0
 * @category errors
 */
export class ServerFault extends Schema.TaggedError<ServerFault>("@trunkline/http/ApiError/ServerFault")(
  "ServerFault",
  refusal
) {
  override get message(): string {
    return describe(this, "the API failed")
  }
}

/**
 * No complete answer arrived: no connection, a broken one, or too slow a one. Check the network and the base URL.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unreachable extends Schema.TaggedError<Unreachable>("@trunkline/http/ApiError/Unreachable")(
  "Unreachable",
  {
    operation: Schema.String,
    /** `connection`: no answer. `cut`: the answer broke off. `time`: the answer was not complete in time. */
    reason: Schema.Literal("connection", "cut", "time"),
    status: Schema.optional(Schema.Number),
    requestId: Schema.optional(Schema.String),
    /** The transport's own code, such as `ECONNREFUSED`; `PROXY_407` where a proxy answered with that status. */
    code: Schema.optional(Schema.String),
    /** The host of the proxy that the request went through. */
    proxy: Schema.optional(Schema.String),
    retryAfter: Schema.optional(Schema.DurationFromMillis)
  }
) {
  override get message(): string {
    const what = {
      connection: "no answer came",
      cut: "the answer broke off",
      time: "no whole answer came in time"
    }[this.reason]
    if (this.proxy === undefined) return describe(this, what)
    const status = /^PROXY_(\d{3})$/.exec(this.code ?? "")?.[1]
    return describe(
      this,
      status === undefined
        ? `${what} through the proxy ${this.proxy}`
        : status === "407"
        ? `the proxy ${this.proxy} asks for a name and a password, or refuses those it was given`
        : `the proxy ${this.proxy} could not connect, or refuses to`
    )
  }
}

/**
 * The answer is not what the documents describe. Report it, with the paths and the request id.
 *
 * @since 0.1.0
 * @category errors
 */
export class Undecodable extends Schema.TaggedError<Undecodable>("@trunkline/http/ApiError/Undecodable")(
  "Undecodable",
  {
    operation: Schema.String,
    /**
     * `shape`: JSON of another shape. `syntax`: not JSON in UTF-8, or only the beginning of it. `size`: larger than the limit,
     * also when decompressed. `compression`: damaged or incomplete compressed data. `encoding`: an unknown compression.
     */
    reason: Schema.Literal("empty", "syntax", "shape", "size", "status", "compression", "encoding"),
    /** The `Content-Encoding` that the client cannot decode. */
    encoding: Schema.optional(Schema.String),
    /** Where the shape differs, without the values. */
    paths: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] }),
    status: Schema.optional(Schema.Number),
    requestId: Schema.optional(Schema.String)
  }
) {
  override get message(): string {
    const what = {
      empty: "the answer has no body",
      syntax: "the answer is not whole JSON",
      shape: `cannot read ${this.paths.join(", ")}`,
      size: "the answer is larger than the limit",
      status: "an answer of this kind is not expected",
      compression: "the compressed answer is damaged or incomplete",
      encoding: `the answer is compressed in an unknown way${this.encoding === undefined ? "" : `, ${this.encoding}`}`
    }[this.reason]
    return describe(this, what)
  }
}

/**
 * A refusal: the errors that a vendor's classifier can make of an answer.
 *
 * @since 0.1.0
 * @category models
 */
export type Refusal =
  | Unauthorized
  | Forbidden
  | NotFound
  | Invalid
  | Conflict
  | RateLimited
  | QuotaExceeded
  | PaymentRequired
  | ServerFault

/**
 * Every error. The union of a vendor names those that this vendor can cause.
 *
 * @since 0.1.0
 * @category models
 */
export type ApiError = Refusal | Unreachable | Undecodable

/**
 * Every error as one schema, for an RPC or whatever else encodes errors. No encoding holds the prose of a vendor.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ApiError = Schema.Union(
  Unauthorized,
  Forbidden,
  NotFound,
  Invalid,
  Conflict,
  RateLimited,
  QuotaExceeded,
  PaymentRequired,
  ServerFault,
  Unreachable,
  Undecodable
)

/** @since 0.1.0 */
export type RefusalTag = Refusal["_tag"]

const classes: { readonly [Tag in RefusalTag]: new(fields: RefusalFields) => Extract<Refusal, { _tag: Tag }> } = {
  Unauthorized,
  Forbidden,
  NotFound,
  Invalid,
  Conflict,
  RateLimited,
  QuotaExceeded,
  PaymentRequired,
  ServerFault
}

/**
 * The refusal of this tag, for classifiers that find the tag in a table.
 *
 * @since 0.1.0
 * @category constructors
 */
export const refuse = <Tag extends RefusalTag>(tag: Tag, fields: RefusalFields): Extract<Refusal, { _tag: Tag }> =>
  new classes[tag](fields)

/**
 * The tag of a status, where no code says more. `undefined` where the status is not a refusal: 408 and 425 mean that no
 * answer was made, and below 400 the API did not refuse.
 *
 * @since 0.1.0
 * @category classification
 */
export const tagOfStatus = (status: number): Exclude<RefusalTag, "QuotaExceeded"> | undefined =>
  status < 400 || status === 408 || status === 425
    ? undefined
    : status >= 500
    ? "ServerFault"
    : tags.get(status) ?? "Invalid"

const tags: ReadonlyMap<number, Exclude<RefusalTag, "QuotaExceeded">> = new Map([
  [401, "Unauthorized"],
  [402, "PaymentRequired"],
  [403, "Forbidden"],
  [404, "NotFound"],
  [409, "Conflict"],
  [429, "RateLimited"]
])

/**
 * Whether another try may help: after too many requests, a failed server, a broken connection, half an answer, or any
 * other refusal whose body says so. Never after a spent quota.
 *
 * @since 0.1.0
 * @category classification
 */
export const isTransient = (error: ApiError): boolean => {
  switch (error._tag) {
    case "RateLimited":
    case "ServerFault":
    case "Unreachable":
      return true
    case "QuotaExceeded":
      return false
    case "Undecodable":
      return error.reason === "empty" || error.reason === "syntax" || error.reason === "compression"
    default:
      return error.retryable === true
  }
}

/**
 * The wait that the vendor asked for, if any.
 *
 * @since 0.1.0
 * @category classification
 */
export const retryAfter = (error: ApiError): Duration.Duration | undefined =>
  error._tag === "Undecodable" ? undefined : error.retryAfter
