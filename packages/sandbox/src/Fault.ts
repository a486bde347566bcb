/**
 * What can go wrong between a client and the APIs: one fault for one answer, by script or by profile.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"

/**
 * How a refusal for too many requests says how long to wait.
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
  /** 429 with the older interface's words for a spent day. */
  QuotaExceeded: { readonly resetIn: number }
  /** 5xx, from the application or, as HTML, from something in front of it. */
  Failed: { readonly status: 500 | 502 | 503 | 504; readonly as: "json" | "html" }
  /** Any refusal by its code, in the envelope of the API that was asked. */
  Refused: { readonly code: string; readonly status: number }
  /** A page for people, with status 200. */
  Html: {}
  /** 200 with nothing in it. */
  Empty: {}
  /** 200 with half of the JSON. */
  Truncated: {}
  ResetBeforeHeaders: {}
  ResetInBody: {}
  /** The body comes a few bytes at a time. */
  Drip: { readonly bytes: number; readonly every: Duration.DurationInput }
  /** Half of the body comes, the rest never. */
  Stalled: {}
  /** Records of the same second, or the same length, change places. */
  Ties: {}
  /** The first row of the page stands on it twice. */
  Repeated: {}
  Total: { readonly says: "null" | "missing" | "drift" }
  /** More is promised after every page. */
  Endless: {}
  /** An empty page, though more is promised. */
  Hollow: {}
  /** A page past the end answers the last one. */
  Clamped: {}
  /** Pages after this one are refused with 400. */
  DeepPages: { readonly after: number }
  /** Fields nobody has heard of and, if asked, words as well. */
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
  /** The page as the client counts it; a list that is asked for without one is asked for its first. */
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
  /** How many matching requests go free first. */
  readonly skip?: number | undefined
}

/**
 * `calm` has no faults. `flaky` disturbs one request in ten, never more than two in a row and never what is true of
 * the data. `storm` disturbs one in three, and lies as well.
 *
 * @since 0.1.0
 * @category models
 */
export type Profile = "calm" | "flaky" | "storm"
