/**
 * Requests whose answers are bytes and not JSON: an object store, say. The same politeness as an `ApiClient`, the same
 * words for what goes wrong, and each try is a request of its own, so that it can be signed anew.
 *
 * @since 0.1.0
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Proxy } from "./ApiClient.js"
import * as ApiError from "./ApiError.js"
import * as Encoding from "./Encoding.js"
import { isStatusError, transportError } from "./internal/body.js"
import { count, readRetryAfter } from "./internal/head.js"
import { headerMillis } from "./internal/instant.js"
import { isGood, type Unanswered } from "./internal/meaning.js"
import { counting } from "./internal/metrics.js"
import { spanned } from "./internal/spans.js"
import { steady } from "./internal/steady.js"
import { tried } from "./internal/tried.js"
import * as Retry from "./Retry.js"

/**
 * A good answer, whose body is still to be read, once.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly status: number
  readonly requestId: string | undefined
  readonly header: (name: string) => string | undefined
  /** Bytes of the body, where the head tells them. */
  readonly length: number | undefined
  /** The body. It fails with `Unreachable` if it ends before its length. */
  readonly stream: Stream.Stream<Uint8Array, ApiError.Unreachable>
  /** The whole body. One of more bytes fails with `Undecodable`. */
  readonly bytes: (limit: number) => Effect.Effect<Uint8Array, Unanswered>
}

/**
 * An answer that is a refusal, for a vendor's classifier.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refused {
  /** What the head says: operation, status, request id, and the wait that the server asks for. */
  readonly told: ApiError.RefusalFields & { readonly status: number }
  /** The body; empty if it is larger than 64 KiB. */
  readonly text: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options<R extends ApiError.Refusal> {
  /** What a refusal of this vendor means. */
  readonly refusal: (refused: Refused) => R
  /** The header of an answer that holds its id. */
  readonly requestIdHeader?: string | undefined
  /** The name of the vendor in spans and metrics. */
  readonly vendor?: string | undefined
  /** Retries that may be spent while no answer arrives. */
  readonly retryBudget?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Call<A, E, E2> {
  /** Its name in errors, logs and spans, without ids. */
  readonly operation: string
  readonly method: string
  /** Makes the request of one try. */
  readonly request: Effect.Effect<HttpClientRequest.HttpClientRequest, E>
  /** Whether a second try does no harm. */
  readonly repeatable: boolean
  /** What to make of a good answer. If it fails with an error that may pass, the whole exchange is tried again. */
  readonly read: (answer: Answer) => Effect.Effect<A, E2, Scope.Scope>
  /** From sending the request to the head of the answer, and for each piece of the body: 30 seconds unless told otherwise. */
  readonly timeLimit?: Duration.DurationInput | undefined
  /** Sees the error of each try that failed. */
  readonly failed?: ((error: ApiError.ApiError) => void) | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Exchange<R extends ApiError.Refusal> {
  readonly send: <A, E = never, E2 = never>(
    call: Call<A, E, E2>
  ) => Effect.Effect<A, E | E2 | R | ApiError.Unreachable | ApiError.Undecodable>
}

interface Ended {
  readonly status: number
  readonly requestId: string | undefined
}

/** Bytes of a refusal that are read. */
const refusalLimit = 64 * 1024

const isApiError = Schema.is(ApiError.ApiError)

/** Tells an error of the exchange from one of the caller. */
const isOfApi = <Other, Api extends ApiError.ApiError>(error: Other | Api): error is Api => isApiError(error)

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = <R extends ApiError.Refusal>(
  options: Options<R>
): Effect.Effect<Exchange<R>, never, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const { requestIdHeader = "x-request-id", vendor } = options
    const counters = counting(vendor)
    const budget = yield* Retry.budget(options.retryBudget ?? 100)
    const proxy = (yield* Proxy) ?? undefined
    const client = (yield* HttpClient.HttpClient).pipe(
      // A span of the platform's client would show the URL.
      HttpClient.withTracerDisabledWhen(() => true),
      HttpClient.withTracerPropagation(false),
      // Ties the connection to the scope of one try, so that the end of the try frees the connection.
      HttpClient.withScope
    )

    const answerOf = (
      response: HttpClientResponse.HttpClientResponse,
      call: { readonly operation: string; readonly method: string; readonly limit: Duration.Duration }
    ): Answer => {
      // The platform makes them anew each time it is asked.
      const { headers, status } = response
      const header = (name: string) => Option.getOrUndefined(Headers.get(headers, name))
      const requestId = idOf(header(requestIdHeader))
      const { operation } = call
      const known = { operation, status, ...(requestId === undefined ? {} : { requestId }) }
      const unreachable = (reason: "cut" | "time") => new ApiError.Unreachable({ ...known, proxy, reason })
      const encoded = Encoding.listed(header("content-encoding")).length > 0
      const length = encoded ? undefined : count(header("content-length"))
      const whole = call.method === "HEAD" ? 0 : length
      const stream = Stream.suspend(() => {
        let size = 0
        return response.stream.pipe(
          Stream.catchAll((error): Stream.Stream<Uint8Array, ApiError.Unreachable> =>
            error.reason === "EmptyBody" ? Stream.empty : Stream.fail(unreachable("cut"))
          ),
          Stream.timeoutFail(() => unreachable("time"), call.limit),
          Stream.map((bytes) => {
            size += bytes.byteLength
            return bytes
          }),
          Stream.concat(
            Stream.suspend(() => whole === undefined || size === whole ? Stream.empty : Stream.fail(unreachable("cut")))
          )
        )
      })
      return {
        status,
        requestId,
        header,
        length,
        stream,
        bytes: (limit) => {
          const tooLarge = Effect.fail(new ApiError.Undecodable({ ...known, reason: "size" }))
          return (whole ?? 0) > limit
            ? tooLarge
            : Effect.suspend(() => {
              let size = 0
              return stream.pipe(
                Stream.tap((bytes) => (size += bytes.byteLength) > limit ? tooLarge : Effect.void),
                Stream.runCollect,
                Effect.map((parts) => Encoding.concat(Chunk.toReadonlyArray(parts)))
              )
            })
        }
      }
    }

    const refused = (answer: Answer, operation: string): Effect.Effect<never, R | Unanswered> =>
      Effect.gen(function*() {
        const { header, requestId, status } = answer
        const now = yield* Clock.currentTimeMillis
        const retryAfter = readRetryAfter(header("retry-after"), headerMillis(header("date")) ?? now)
        if (status === 429) yield* counters.throttled
        if (status === 408 || status === 425) {
          const reason = status === 408 ? "time" : "connection"
          return yield* new ApiError.Unreachable({ operation, status, requestId, reason, retryAfter, proxy })
        }
        const text = yield* Effect.map(answer.bytes(refusalLimit), (bytes) => new TextDecoder().decode(bytes)).pipe(
          // The status alone tells what was refused. A body that breaks off is another matter: the rest may be read next time.
          Effect.catchTag("Undecodable", () => Effect.succeed(""))
        )
        const refusedAt = DateTime.unsafeMake(now)
        return yield* Effect.fail(
          options.refusal({ told: { operation, status, requestId, retryAfter, refusedAt }, text })
        )
      })

    /** One try. An error that no other try changes is a value here. */
    const attempt = <A, E, E2>(
      call: Call<A, E, E2>
    ): Effect.Effect<Ended & { readonly outcome: Either.Either<A, E | E2> }, R | Unanswered> => {
      const { method, operation } = call
      const limit = Duration.decode(call.timeLimit ?? Duration.seconds(30))
      let last: Answer | undefined
      return Effect.gen(function*() {
        yield* counters.requests
        const begun = yield* steady
        const outcome = yield* Effect.gen(function*() {
          const request = yield* call.request
          const response = yield* client.execute(request).pipe(
            Effect.catchAll((error) =>
              isStatusError(error)
                ? Effect.succeed(error.response)
                : transportError(error, { operation, proxy, requestId: undefined, word: () => undefined })
            ),
            Effect.timeoutFail({
              duration: limit,
              onTimeout: () => new ApiError.Unreachable({ operation, proxy, reason: "time" })
            })
          )
          const answer = answerOf(response, { operation, method, limit })
          last = answer
          return yield* isGood(answer.status) ? call.read(answer) : refused(answer, operation)
        }).pipe(Effect.scoped, Effect.either)
        yield* Effect.flatMap(steady, (now) =>
          Effect.logDebug("request").pipe(
            Effect.annotateLogs({
              operation,
              method,
              requestId: last?.requestId,
              status: last?.status,
              milliseconds: now - begun
            })
          )).pipe(Effect.whenLogLevel("Debug"))
        const end: Ended = { status: last?.status ?? 0, requestId: last?.requestId }
        if (Either.isRight(outcome)) return { ...end, outcome: Either.right(outcome.right) }
        const error = outcome.left
        if (!isOfApi<E | E2, R | Unanswered>(error)) return { ...end, outcome: Either.left(error) }
        call.failed?.(error)
        return yield* Effect.fail(error)
      })
    }

    return {
      send: (call) =>
        spanned(
          { operation: call.operation, method: call.method, vendor },
          (span) =>
            Effect.flatMap(
              tried(attempt(call), {
                operation: call.operation,
                retried: counters.retried,
                repeatable: call.repeatable,
                budget,
                span,
                end: (end) => end
              }),
              ({ outcome }) => outcome
            )
        )
    }
  })

/** An id that is one word. */
const idOf = (text: string | undefined): string | undefined =>
  text !== undefined && /^[\w.:/=+-]{1,200}$/.test(text) ? text : undefined
