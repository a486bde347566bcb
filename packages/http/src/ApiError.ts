/**
 * The ways a call to an API can end other than well. A tag names what the caller can do about it, not a status code.
 *
 * An error never renders what a vendor wrote in prose: such text repeats the value that was refused, and the values
 * here are phone numbers, keys and transcripts. The prose is kept, as `Redacted`, for whoever asks for it by name.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/**
 * One field of the request that the API, or our own check before it, did not accept.
 *
 * @since 0.1.0
 * @category models
 */
export const FieldError = Schema.Struct({
  field: Schema.String,
  code: Schema.optional(Schema.String),
  detail: Schema.optional(Schema.Redacted(Schema.String))
})
/** @since 0.1.0 */
export interface FieldError extends Schema.Schema.Type<typeof FieldError> {}

const refusal = {
  /** The method that was called, such as `Conversations.item`. */
  operation: Schema.String,
  /** Absent when the request was refused before it was sent. */
  status: Schema.optional(Schema.Number),
  /** The vendor's own category and code, stable enough to branch on. */
  type: Schema.optional(Schema.String),
  code: Schema.optional(Schema.String),
  /** What the vendor says of trying again; `Retry.polite` decides. */
  retryable: Schema.optional(Schema.Boolean),
  requestId: Schema.optional(Schema.String),
  docUrl: Schema.optional(Schema.String),
  /** The input that was refused. */
  param: Schema.optional(Schema.String),
  fieldErrors: Schema.optionalWith(Schema.Array(FieldError), { default: () => [] }),
  /** How long the vendor asked us to stay away, unclamped. */
  retryAfter: Schema.optional(Schema.DurationFromSelf),
  /** When the refusal came, by the clock of this machine. */
  refusedAt: Schema.optional(Schema.DateTimeUtcFromSelf),
  /** What to do about it, in our words. */
  advice: Schema.optional(Schema.String),
  /** The vendor's prose. It may repeat the refused value, so it is never rendered. */
  detail: Schema.optional(Schema.Redacted(Schema.String)),
  suggestion: Schema.optional(Schema.Redacted(Schema.String))
}

/**
 * What every refusal may carry.
 *
 * @since 0.1.0
 * @category models
 */
export interface RefusalFields {
  readonly operation: string
  readonly status?: number | undefined
  readonly type?: string | undefined
  readonly code?: string | undefined
  readonly retryable?: boolean | undefined
  readonly requestId?: string | undefined
  readonly docUrl?: string | undefined
  readonly param?: string | undefined
  readonly fieldErrors?: ReadonlyArray<FieldError>
  readonly retryAfter?: Duration.Duration | undefined
  readonly refusedAt?: DateTime.Utc | undefined
  readonly advice?: string | undefined
  readonly detail?: Redacted.Redacted | undefined
  readonly suggestion?: Redacted.Redacted | undefined
}

const sentences = (lead: string, ...rest: ReadonlyArray<string | undefined>): string =>
  [lead, ...rest.filter((text) => text !== undefined && text.length > 0)].join(". ")

/** A wait that is over soon needs no clock. */
const short = Duration.minutes(1)

const waiting = ({ refusedAt, retryAfter }: RefusalFields): string | undefined => {
  if (retryAfter === undefined) return undefined
  const until = refusedAt === undefined || Duration.lessThanOrEqualTo(retryAfter, short)
    ? ""
    : `, until ${DateTime.formatIso(DateTime.addDuration(refusedAt, retryAfter)).replace(/\.\d+Z$/, "Z")}`
  return `Asked to wait ${Duration.format(retryAfter)}${until}`
}

const describe = (error: RefusalFields, what: string): string => {
  const facts = [
    error.status === undefined ? undefined : `status ${error.status}`,
    error.code,
    error.param === undefined ? undefined : `parameter ${error.param}`
  ].filter((fact) => fact !== undefined)
  return sentences(
    `${error.operation}: ${what}${facts.length === 0 ? "" : ` (${facts.join(", ")})`}`,
    error.advice,
    waiting(error),
    error.requestId === undefined ? undefined : `Request ${error.requestId}`,
    error.docUrl === undefined ? undefined : `See ${error.docUrl}`
  )
}

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
 * There is no such thing, or not any more.
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
 * The input is wrong. Without a `status` it was refused here, before a request was spent on it.
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
 * The thing is already so, or somebody else is changing it. Read it again before deciding.
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
 * Too many requests for the moment; the client has already waited and tried again as often as it may.
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
 * A quota of hours or days is spent. Waiting inside a run does not help: come back when it renews.
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
 * The API failed. It was tried again politely; give the vendor the request id.
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
 * No whole answer came: no connection, a cut one, or none in time. Check the network and the base URL.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unreachable extends Schema.TaggedError<Unreachable>("@trunkline/http/ApiError/Unreachable")(
  "Unreachable",
  {
    operation: Schema.String,
    /** `connection`: no answer at all. `cut`: the answer broke off. `time`: it was not whole within the time limit. */
    reason: Schema.Literal("connection", "cut", "time"),
    status: Schema.optional(Schema.Number),
    requestId: Schema.optional(Schema.String),
    /** The transport's own code, such as `ECONNREFUSED`; `PROXY_407` where a proxy answered with that status. */
    code: Schema.optional(Schema.String),
    /** The host of the proxy in between. */
    proxy: Schema.optional(Schema.String),
    retryAfter: Schema.optional(Schema.DurationFromSelf)
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
 * An answer came, and it is not what the documents say. Report it, with the paths and the request id.
 *
 * @since 0.1.0
 * @category errors
 */
export class Undecodable extends Schema.TaggedError<Undecodable>("@trunkline/http/ApiError/Undecodable")(
  "Undecodable",
  {
    operation: Schema.String,
    /**
     * `shape`: JSON of another shape. `syntax`: not JSON, or only its beginning. `size`: more than the cap, when
     * decompressed. `compression`: compressed, and damaged or incomplete. `encoding`: compressed in an unknown way.
     */
    reason: Schema.Literal("empty", "syntax", "shape", "size", "status", "compression", "encoding"),
    /** The `Content-Encoding` that could not be undone. */
    encoding: Schema.optional(Schema.String),
    /** Where the shape differs. Never what stood there. */
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
 * Refusals: what a vendor's classifier can turn an answer into.
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
 * The whole vocabulary. A vendor's own union names the part of it that the vendor can answer.
 *
 * @since 0.1.0
 * @category models
 */
export type ApiError = Refusal | Unreachable | Undecodable

/** @since 0.1.0 */
export type RefusalTag = Refusal["_tag"]

const constructors: { readonly [Tag in RefusalTag]: (fields: RefusalFields) => Extract<Refusal, { _tag: Tag }> } = {
  Unauthorized: (fields) => new Unauthorized(fields),
  Forbidden: (fields) => new Forbidden(fields),
  NotFound: (fields) => new NotFound(fields),
  Invalid: (fields) => new Invalid(fields),
  Conflict: (fields) => new Conflict(fields),
  RateLimited: (fields) => new RateLimited(fields),
  QuotaExceeded: (fields) => new QuotaExceeded(fields),
  PaymentRequired: (fields) => new PaymentRequired(fields),
  ServerFault: (fields) => new ServerFault(fields)
}

/**
 * The refusal of this tag, for classifiers that find the tag in a table.
 *
 * @since 0.1.0
 * @category constructors
 */
export const refuse = <Tag extends RefusalTag>(tag: Tag, fields: RefusalFields): Extract<Refusal, { _tag: Tag }> =>
  constructors[tag](fields)

/**
 * The tag a status alone stands for, when no code says more. `undefined` for what is not a refusal: 408 and 425 mean
 * that no answer was made, and below 400 the API did not refuse.
 *
 * @since 0.1.0
 * @category classification
 */
export const tagOfStatus = (status: number): Exclude<RefusalTag, "QuotaExceeded"> | undefined => {
  if (status < 400 || status === 408 || status === 425) return undefined
  if (status >= 500) return "ServerFault"
  switch (status) {
    case 401:
      return "Unauthorized"
    case 402:
      return "PaymentRequired"
    case 403:
      return "Forbidden"
    case 404:
      return "NotFound"
    case 409:
      return "Conflict"
    case 429:
      return "RateLimited"
    default:
      return "Invalid"
  }
}

/**
 * Whether trying again may help: a refusal for the moment, a failed server, a broken connection, half an answer, or
 * any other refusal whose body says so. Never a spent quota.
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
 * How long the vendor asked us to wait, if it did.
 *
 * @since 0.1.0
 * @category classification
 */
export const retryAfter = (error: ApiError): Duration.Duration | undefined =>
  error._tag === "Undecodable" ? undefined : error.retryAfter
