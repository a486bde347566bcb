/** The head of an answer: its request id, its date, and how long it asks to wait. */
import * as Headers from "@effect/platform/Headers"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Pace from "../Pace.js"
import type * as Page from "../Page.js"
import * as Retry from "../Retry.js"
import { headerMillis } from "./instant.js"
import type { Words } from "./words.js"

/**
 * The head of an answer, for the reader of its body.
 *
 * @since 0.1.0
 * @category models
 */
export interface Head extends Page.Origin {
  readonly header: (name: string) => string | undefined
}

export interface AnswerHead extends Head {
  /** By the clock of this machine. */
  readonly receivedAt: DateTime.Utc
  readonly requestId: string
  readonly retryAfter: Duration.Duration | undefined
}

/** `sent` is the request id that the request carried. */
export const readHead = (
  response: HttpClientResponse.HttpClientResponse,
  sent: string,
  { id }: Words
): Effect.Effect<AnswerHead> => {
  // The platform makes them anew each time it is asked.
  const { headers } = response
  const header = (name: string) => Option.getOrUndefined(Headers.get(headers, name))
  return Effect.map(Clock.currentTimeMillis, (now) => {
    const date = headerMillis(header("date"))
    return {
      header,
      requestId: header("x-request-id") === sent ? sent : id(header("x-request-id")) ?? sent,
      receivedAt: DateTime.unsafeMake(now),
      answeredAt: date === undefined ? null : DateTime.unsafeMake(date),
      retryAfter: readRetryAfter(header("retry-after"), date ?? now)
    }
  })
}

/** Seconds, or a date. A date is compared with the server's own clock. */
export const readRetryAfter = (value: string | undefined, now: number): Duration.Duration | undefined => {
  if (value === undefined || value.trim().length === 0) return undefined
  const date = headerMillis(value)
  return Retry.seconds(date === undefined ? Number(value) : (date - now) / 1000)
}

/** A header that is a whole number, and `undefined` if it is not. */
export const count = (text: string | undefined): number | undefined => {
  const value = text === undefined || text.trim().length === 0 ? Number.NaN : Number(text)
  return Number.isInteger(value) && value >= 0 ? value : undefined
}

/** The rate limit that the head tells. */
export const told = (head: Head): Pace.Told => {
  const limit = count(head.header("x-ratelimit-limit"))
  return { limit: limit === 0 ? undefined : limit, remaining: count(head.header("x-ratelimit-remaining")) }
}
