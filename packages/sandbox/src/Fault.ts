/**
 * Faults between a client and the APIs: each affects one answer, by script or by profile.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"

/**
 * How a refusal with 429 states how long to wait.
 *
 * @since 0.1.0
 * @category models
 */
export type RetryAfter = "seconds" | "date" | "absent" | "zero" | "negative" | "huge" | "body"

/**
 * @since 0.1.0
 * @category models
 */
export type Fault = Data.TaggedEnum<{
  /** 429. `body` says it in the body alone, `absent` nowhere. */
  RateLimited: { readonly retryAfter: RetryAfter; readonly seconds: number }
  /** 429 as Allo's first interface answers when the quota of the day is used up. */
  QuotaExceeded: { readonly resetIn: number }
  /** 5xx; as JSON from the application, as HTML from a proxy in front of it. */
  Failed: { readonly status: 500 | 502 | 503 | 504; readonly as: "json" | "html" }
  /** Any refusal by its code, in the envelope of the API that was asked. */
  Refused: { readonly code: string; readonly status: number }
  /** 200 with a page of HTML. */
  Html: {}
  /** 200 with an empty body. */
  Empty: {}
  /** 200 with the first 60 % of the JSON. */
  Truncated: {}
  ResetBeforeHeaders: {}
  ResetInBody: {}
  /** The body comes a few bytes at a time. */
  Drip: { readonly bytes: number; readonly every: Duration.DurationInput }
  /** Half of the body arrives, the rest does not. */
  Stalled: {}
  /** Records of the same second, or the same length, change places. */
  Ties: {}
  /** The first row of the page appears twice. */
  Repeated: {}
  Total: { readonly says: "null" | "missing" | "drift" }
  /** Every page says that more pages follow. */
  Endless: {}
  /** An empty page that says more pages follow. */
  Hollow: {}
  /** A page past the end answers the last one. */
  Clamped: {}
  /** Pages after this one are refused with 400. */
  DeepPages: { readonly after: number }
  /** Unknown fields and, with `words`, unknown words. */
  Unknown: { readonly words: boolean }
  /** Words of fixed sets come in lower case. */
  WrongCase: {}
  /** The key stops working, now and for good. */
  Revoked: {}
}>

/**
 * One constructor per fault.
 *
 * @since 0.1.0
 * @category constructors
 */
export const {
  Clamped,
  DeepPages,
  Drip,
  Empty,
  Endless,
  Failed,
  Hollow,
  Html,
  QuotaExceeded,
  RateLimited,
  Refused,
  Repeated,
  ResetBeforeHeaders,
  ResetInBody,
  Revoked,
  Stalled,
  Ties,
  Total,
  Truncated,
  Unknown,
  WrongCase
} = Data.taggedEnum<Fault>()

/**
 * @since 0.1.0
 * @category models
 */
export type Api = "allo-v2" | "allo-v1" | "allomia"

/**
 * Which requests a fault falls on. What is left out matches everything.
 *
 * @since 0.1.0
 * @category models
 */
export interface Match {
  readonly api?: Api | undefined
  readonly method?: string | undefined
  /** A part of the path. */
  readonly path?: string | undefined
  /** The page that the client names; the first page where a list is asked for without a page. */
  readonly page?: number | undefined
  /** The name of the key, as in `sandbox.keys`. */
  readonly key?: string | undefined
  readonly organizationId?: string | undefined
}

/**
 * A fault for the next requests that match.
 *
 * @since 0.1.0
 * @category models
 */
export interface Script {
  readonly match?: Match | undefined
  readonly fault: Fault
  /** How many times; once when left out. */
  readonly times?: number | undefined
  /** How many matching requests pass first without the fault. */
  readonly skip?: number | undefined
}

/**
 * `calm` has no faults. `flaky` disturbs one request in ten, at most two in a row, and leaves the data correct.
 * `storm` disturbs one request in three, and some of its pages and totals are wrong.
 *
 * @since 0.1.0
 * @category models
 */
export type Profile = "calm" | "flaky" | "storm"
