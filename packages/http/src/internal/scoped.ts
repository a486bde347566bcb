/** What an effect asks of all requests in it. Copies of this package share it, since it is found by its name. */
import type * as Headers from "@effect/platform/Headers"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { dual } from "effect/Function"
import { globalValue } from "effect/GlobalValue"

/**
 * Changes the client that sends each try of a request.
 *
 * @since 0.1.0
 * @category models
 */
export type Transform = (client: HttpClient.HttpClient) => HttpClient.HttpClient

/**
 * The head of an answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Response {
  /** The method that was called, such as `Conversations.item`. */
  readonly operation: string
  readonly status: number
  readonly requestId: string
  readonly headers: Headers.Headers
  /** The server's clock, where it told it. */
  readonly answeredAt: DateTime.Utc | null
}

export interface Scoped {
  readonly transform: Transform | undefined
  readonly propagation: boolean | undefined
  /** Those who want to see the answers. */
  readonly seen: ReadonlyArray<(response: Response) => void>
  /** Who shares it asks nothing more of a client whose quota is spent. */
  readonly quota: object | undefined
}

export const scoped: FiberRef.FiberRef<Scoped> = globalValue(
  "@trunkline/http/ApiClient/scoped",
  () => FiberRef.unsafeMake<Scoped>({ transform: undefined, propagation: undefined, seen: [], quota: undefined })
)

/**
 * Changes the client for the requests of this effect, on top of the client's own `transformClient`: more headers, another
 * path, a log line. It sees each try, and the request with its key.
 *
 * @since 0.1.0
 * @category scopes
 */
export const withClientTransform: {
  (transform: Transform): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(effect: Effect.Effect<A, E, R>, transform: Transform): Effect.Effect<A, E, R>
} = dual(
  2,
  <A, E, R>(effect: Effect.Effect<A, E, R>, transform: Transform) =>
    Effect.locallyWith(effect, scoped, (before) => ({
      ...before,
      transform: before.transform === undefined ? transform : compose(before.transform, transform)
    }))
)

/** Nested scopes often compose the same two functions, and a client is made once for each composition. */
const composed = new WeakMap<Transform, WeakMap<Transform, Transform>>()

const compose = (first: Transform, second: Transform): Transform => {
  const ofFirst = composed.get(first) ?? new WeakMap<Transform, Transform>()
  composed.set(first, ofFirst)
  const both = ofFirst.get(second) ?? ((client) => second(first(client)))
  ofFirst.set(second, both)
  return both
}

/**
 * Whether the requests of this effect carry the trace they belong to, as `traceparent` and `b3` headers.
 *
 * @since 0.1.0
 * @category scopes
 */
export const withTracePropagation: {
  (enabled: boolean): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(effect: Effect.Effect<A, E, R>, enabled: boolean): Effect.Effect<A, E, R>
} = dual(
  2,
  <A, E, R>(effect: Effect.Effect<A, E, R>, enabled: boolean) =>
    Effect.locallyWith(effect, scoped, (before) => ({ ...before, propagation: enabled }))
)

/**
 * Once a quota of hours or days is spent, every further request of this effect with the same client fails with that
 * `QuotaExceeded` and is not sent. For a long run that has no use for some answers without the others.
 *
 * @since 0.1.0
 * @category scopes
 */
export const withinQuota = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.locallyWith(effect, scoped, (before) => ({ ...before, quota: before.quota ?? {} }))

/**
 * The value, and the heads of all answers that came on the way to it, the last one last: also those that were refused and
 * tried again. The headers are the vendor's, so show them to nobody but the vendor's support.
 *
 * @since 0.1.0
 * @category scopes
 */
export const withResponse = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<readonly [value: A, responses: ReadonlyArray<Response>], E, R> =>
  Effect.suspend(() => {
    const responses: Array<Response> = []
    return effect.pipe(
      Effect.locallyWith(scoped, (before) => ({
        ...before,
        seen: [...before.seen, (response) => void responses.push(response)]
      })),
      Effect.map((value) => [value, responses] as const)
    )
  })
