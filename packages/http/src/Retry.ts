/**
 * When to try again: politely, within bounds, and not at all while an API is down for everybody.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as ApiError from "./ApiError.js"

/**
 * The longest wait that is taken on a vendor's word, in one piece.
 *
 * @since 0.1.0
 * @category bounds
 */
export const longestWait: Duration.Duration = Duration.seconds(60)

/**
 * A request is tried this often in all, and not begun again beyond this time after its first failure.
 *
 * @since 0.1.0
 * @category bounds
 */
export const tries = 6
/** @since 0.1.0 */
export const patience: Duration.Duration = Duration.minutes(2)

const year = 365 * 24 * 60 * 60

/**
 * How much patience requests have in the effect at hand; `atMost` sets it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limits {
  /** In all. */
  readonly tries: number
  /** Who is asked to wait for longer does not. */
  readonly wait: Duration.Duration
  /** No further try begins later than this after the first one began. */
  readonly time: Duration.Duration
}

/**
 * @since 0.1.0
 * @category bounds
 */
export const limits: FiberRef.FiberRef<Limits> = globalValue(
  // Copies of this package share it: `atMost` of one counts for the clients of another.
  "@trunkline/http/Retry/limits",
  () => FiberRef.unsafeMake({ tries, wait: longestWait, time: Duration.infinity })
)

/**
 * Less patience for every request of this effect, where an answer matters less than knowing soon that there is none.
 *
 * @since 0.1.0
 * @category bounds
 */
export const atMost = (some: Partial<Limits>) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.locallyWith(effect, limits, (before) => ({
    tries: Math.max(1, Math.min(before.tries, some.tries ?? tries)),
    wait: Duration.min(before.wait, some.wait ?? longestWait),
    time: Duration.min(before.time, some.time ?? Duration.infinity)
  }))

/**
 * Seconds as an API wrote them: never less than nothing, and no more than a year, whatever was meant. `undefined` if
 * they are no number.
 *
 * @since 0.1.0
 * @category bounds
 */
export const seconds = (written: number | undefined): Duration.Duration | undefined =>
  written === undefined || Number.isNaN(written) ? undefined : Duration.seconds(Math.min(Math.max(0, written), year))

/**
 * The wait the vendor asked for, clamped; zero when it asked for none.
 *
 * @since 0.1.0
 * @category bounds
 */
export const asked = (error: ApiError.ApiError): Duration.Duration =>
  Duration.clamp(ApiError.retryAfter(error) ?? Duration.zero, { minimum: Duration.zero, maximum: longestWait })

/**
 * The rate-limit schedule: exponential with jitter, never sooner than the vendor asked, for errors that may pass.
 * Outputs the error it waits for, so that a caller can log it.
 *
 * @since 0.1.0
 * @category schedules
 * @example
 * import { Retry, type ApiError } from "@trunkline/http"
 * import { Effect } from "effect"
 *
 * declare const call: Effect.Effect<string, ApiError.ApiError>
 *
 * const patient = Effect.retry(call, Retry.polite)
 */
export const polite: Schedule.Schedule<ApiError.ApiError, ApiError.ApiError> = Schedule.exponential("250 millis").pipe(
  Schedule.jittered,
  Schedule.intersect(Schedule.recurs(tries - 1)),
  Schedule.intersect(Schedule.elapsed),
  Schedule.check((error: ApiError.ApiError, [, elapsed]) =>
    ApiError.isTransient(error) && Duration.lessThan(Duration.sum(elapsed, asked(error)), patience)
  ),
  Schedule.passthrough,
  Schedule.modifyDelay((error, backoff) => Duration.max(backoff, asked(error)))
)

/**
 * What a client may spend on trying again. Each retry costs, each answer earns a little back: a passing fault is
 * retried at once, and an outage is not multiplied by the number of tries.
 *
 * @since 0.1.0
 * @category models
 */
export interface Budget {
  /** Whether one more retry may be spent on this error, which spends it. */
  readonly spend: (error: ApiError.ApiError) => Effect.Effect<boolean>
  /** An answer came. */
  readonly earn: Effect.Effect<void>
}

/** So many answers earn one retry. */
const answers = 10

/**
 * A budget of so many retries, refilled by one for every ten answers. `RateLimited` costs nothing: it is not an outage,
 * and the pace already holds every request back.
 *
 * @since 0.1.0
 * @category constructors
 */
export const budget = (retries: number): Effect.Effect<Budget> =>
  Effect.map(Ref.make(retries * answers), (left) => ({
    spend: (error) =>
      error._tag === "RateLimited"
        ? Effect.succeed(true)
        : Ref.modify(left, (now) => now >= answers ? [true, now - answers] : [false, now]),
    earn: Ref.update(left, (now) => Math.min(retries * answers, now + 1))
  }))
