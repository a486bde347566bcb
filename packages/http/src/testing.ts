/**
 * A scripted API in place of the network: a program under test talks to functions, and every request is kept. Time is
 * Effect's, so that `TestClock` drives latencies, drips and rate limits.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"

/**
 * A request as the API got it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Received {
  readonly method: string
  readonly path: string
  readonly query: { readonly [name: string]: string }
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

/**
 * An answer, or the lack of one.
 *
 * @since 0.1.0
 * @category models
 */
export type Reply =
  | {
    readonly _tag: "Answer"
    readonly status: number
    readonly headers: { readonly [name: string]: string }
    readonly body: Stream.Stream<Uint8Array, string>
  }
  | { readonly _tag: "NoAnswer"; readonly code: string }

/**
 * What the API does with the n-th request, counted from 0.
 *
 * @since 0.1.0
 * @category models
 */
export type Script = (received: Received, index: number) => Reply | Effect.Effect<Reply>

/**
 * @since 0.1.0
 * @category models
 */
export interface Head {
  readonly status?: number | undefined
  readonly headers?: { readonly [name: string]: string } | undefined
}

const bytes = (text: string) => new TextEncoder().encode(text)

const answer = (body: Stream.Stream<Uint8Array, string>, head: Head, type: string): Reply => ({
  _tag: "Answer",
  status: head.status ?? 200,
  headers: { "content-type": type, ...head.headers },
  body
})

/**
 * @since 0.1.0
 * @category replies
 */
export const json = (value: unknown, head: Head = {}): Reply =>
  answer(Stream.make(bytes(JSON.stringify(value))), head, "application/json")

/**
 * @since 0.1.0
 * @category replies
 */
export const text = (body: string, head: Head = {}): Reply =>
  answer(body.length === 0 ? Stream.empty : Stream.make(bytes(body)), head, "text/html; charset=utf-8")

/**
 * A body that comes in these pieces, one each time.
 *
 * @since 0.1.0
 * @category replies
 */
export const drip = (pieces: Iterable<string>, every: Duration.DurationInput, head: Head = {}): Reply =>
  answer(
    Stream.fromIterable(pieces).pipe(Stream.map(bytes), Stream.tap(() => Effect.sleep(every))),
    head,
    "application/json"
  )

/**
 * A body that breaks off after this.
 *
 * @since 0.1.0
 * @category replies
 */
export const cut = (beginning: string, head: Head = {}): Reply =>
  answer(Stream.concat(Stream.make(bytes(beginning)), Stream.fail("ECONNRESET")), head, "application/json")

/**
 * A head, and no body ever.
 *
 * @since 0.1.0
 * @category replies
 */
export const stalled = (head: Head = {}): Reply => answer(Stream.never, head, "application/json")

/**
 * No connection.
 *
 * @since 0.1.0
 * @category replies
 */
export const noAnswer = (code = "ECONNREFUSED"): Reply => ({ _tag: "NoAnswer", code })

/**
 * Every request so far, in order.
 *
 * @since 0.1.0
 * @category services
 */
export class Requests extends Context.Tag("@trunkline/http/testing/Requests")<
  Requests,
  Ref.Ref<ReadonlyArray<Received>>
>() {}

const received = (request: HttpClientRequest.HttpClientRequest, url: URL): Received => ({
  method: request.method,
  path: url.pathname,
  query: Object.fromEntries(url.searchParams),
  headers: { ...request.headers },
  body: request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
})

/**
 * An `HttpClient` that answers by the script.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (script: Script): Layer.Layer<HttpClient.HttpClient | Requests> =>
  Layer.effectContext(Effect.gen(function*() {
    const requests = yield* Ref.make<ReadonlyArray<Received>>([])
    const runtime = yield* Effect.runtime()
    const client = HttpClient.make((request, url) =>
      Effect.gen(function*() {
        const got = received(request, url)
        const index = yield* Ref.modify(requests, (all) => [all.length, [...all, got]])
        const scripted = script(got, index)
        const reply = Effect.isEffect(scripted) ? yield* scripted : scripted
        if (reply._tag === "NoAnswer") {
          return yield* new HttpClientError.RequestError({ request, reason: "Transport", cause: { code: reply.code } })
        }
        const { body, headers, status } = reply
        // The fetch standard gives these no body.
        const bodiless = status === 204 || status === 205 || status === 304
        const stream = bodiless ? null : Stream.toReadableStreamRuntime(body, runtime)
        return HttpClientResponse.fromWeb(request, new Response(stream, { status, headers }))
      })
    )
    return Context.make(HttpClient.HttpClient, client).pipe(Context.add(Requests, requests))
  }))

/**
 * How a server counts.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limit {
  readonly algorithm: "fixed" | "sliding"
  /** Requests a second, by the time the server has been up; a function, so that it can change in mid-run. */
  readonly limit: (elapsedMillis: number) => number
  /** Where in a second its windows begin. */
  readonly phaseMillis?: number | undefined
  /** How far its clock is ahead of ours. */
  readonly skewMillis?: number | undefined
  /** The way out and the way back of one request. */
  readonly latency?: Effect.Effect<readonly [out: Duration.DurationInput, back: Duration.DurationInput]> | undefined
}

/**
 * Puts a rate limit and a journey in front of a script, with the usual headers and a 429 once the second is full.
 *
 * @since 0.1.0
 * @category combinators
 */
export const limited = (options: Limit) => (script: Script): Script => {
  const phase = options.phaseMillis ?? 0
  const skew = options.skewMillis ?? 0
  let began: number | undefined
  let window = Number.NaN
  let admitted: Array<number> = []
  const admit = (now: number) => {
    began ??= now
    const current = Math.floor((now - phase) / 1000)
    if (options.algorithm === "fixed" && current !== window) {
      window = current
      admitted = []
    }
    if (options.algorithm === "sliding") admitted = admitted.filter((at) => at > now - 1000)
    const limit = options.limit(now - began)
    const ok = admitted.length < limit
    if (ok) admitted.push(now)
    const first = options.algorithm === "fixed" ? current * 1000 + phase : admitted[0] ?? now
    const end = first + 1000
    return {
      ok,
      headers: {
        "x-ratelimit-limit": String(limit),
        "x-ratelimit-remaining": String(Math.max(0, limit - admitted.length)),
        "x-ratelimit-reset": String(Math.ceil((end + skew) / 1000)),
        date: new Date(now + skew).toUTCString()
      }
    }
  }
  return (got, index) =>
    Effect.gen(function*() {
      const [out, back] = options.latency === undefined ? [0, 0] : yield* options.latency
      yield* Effect.sleep(out)
      const { headers, ok } = admit(yield* Clock.currentTimeMillis)
      const scripted = ok ? script(got, index) : json({ error: {} }, { status: 429, headers: { "retry-after": "1" } })
      const reply = Effect.isEffect(scripted) ? yield* scripted : scripted
      yield* Effect.sleep(back)
      return reply._tag === "Answer" ? { ...reply, headers: { ...headers, ...reply.headers } } : reply
    })
}

/**
 * Runs a program in a time of its own: whenever nothing is left to do, the clock jumps to the next instant at which something
 * wakes. A minute of waiting takes milliseconds, and the same seed gives the same run. The program may wait for nothing else.
 *
 * @since 0.1.0
 * @category running
 */
export { inVirtualTime } from "./internal/virtual.js"
