/**
 * One call to an API. The order of its parts matters: a time limit and a size limit for one answer, the pace around them,
 * then what the answer means, then another try.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpTraceContext from "@effect/platform/HttpTraceContext"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import { identity } from "effect/Function"
import * as Redacted from "effect/Redacted"
import type * as Tracer from "effect/Tracer"
import * as ApiError from "./ApiError.js"
import * as Encoding from "./Encoding.js"
import * as Handed from "./Handed.js"
import { isStatusError, readText, transportError } from "./internal/body.js"
import * as Deadline from "./internal/deadline.js"
import { count, type Head, readHead, told } from "./internal/head.js"
import { isGood, meaning, type Read, type Refused, type Unanswered } from "./internal/meaning.js"
import { counting } from "./internal/metrics.js"
import type { Connection } from "./internal/options.js"
import { type Scoped, scoped, type Transform } from "./internal/scoped.js"
import { event, spanned } from "./internal/spans.js"
import { steady } from "./internal/steady.js"
import { tried } from "./internal/tried.js"
import { wordReader } from "./internal/words.js"
import type * as Pace from "./Pace.js"
import * as RequestId from "./RequestId.js"
import * as Retry from "./Retry.js"

export type { Head } from "./internal/head.js"
export type { Refused } from "./internal/meaning.js"
export { counts, requests, retried, throttled } from "./internal/metrics.js"
export { checked, type Connection, type Problem, problem } from "./internal/options.js"
export {
  type Response,
  type Transform,
  withClientTransform,
  withinQuota,
  withResponse,
  withTracePropagation
} from "./internal/scoped.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options<E extends ApiError.Refusal>
  extends Pick<Connection, "timeLimit" | "sizeLimit" | "tracePropagation" | "transformClient">
{
  readonly baseUrl: string
  /** The whole `Authorization` header. */
  readonly authorization: Redacted.Redacted
  /** What a refusal of this vendor means. */
  readonly refusal: (refused: Refused) => E
  /** The name of the vendor in spans and metrics. */
  readonly vendor?: string | undefined
  /** The `User-Agent` of each request. Browsers send their own. */
  readonly userAgent?: string | undefined
  /** Retries that the client may spend while no answer arrives. */
  readonly retryBudget?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Call<A> {
  /** Its name in errors, logs and spans, without ids. */
  readonly operation: string
  readonly request: HttpClientRequest.HttpClientRequest
  readonly pace: Pace.Pace
  /** Whether the rate-limit headers of the answer tell the limit of this pace. */
  readonly tells: boolean
  /** Whether a second try does no harm: a read, or a write with an idempotency key. */
  readonly repeatable: boolean
  /** Whether an answer without a body is a good one. */
  readonly bodiless?: boolean | undefined
  /** The value, or the paths where the body differs from what is expected. */
  readonly read: (body: unknown, head: Head) => Either.Either<A, ReadonlyArray<string>>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ApiClient<E extends ApiError.Refusal> {
  readonly call: <A>(call: Call<A>) => Effect.Effect<A, E | ApiError.Unreachable | ApiError.Undecodable>
}

/**
 * @since 0.1.0
 * @category defaults
 */
export const timeLimit: Duration.Duration = Duration.seconds(30)
/** @since 0.1.0 */
export const sizeLimit = 32 * 1024 * 1024
/** @since 0.1.0 */
export const retryBudget = 100

/**
 * The host of the proxy that the `HttpClient` uses, without name and password. An `Unreachable` names it. Provide it
 * beside a client that has a proxy.
 *
 * @since 0.1.0
 * @category services
 */
export class Proxy extends Context.Reference<Proxy>()("@trunkline/http/ApiClient/Proxy", {
  defaultValue: (): string | null => null
}) {}

/**
 * Whether a URL leads to this machine.
 *
 * @since 0.1.0
 * @category checks
 */
export const isLoopback = (url: string): boolean =>
  URL.canParse(url) &&
  /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])\.?$/.test(new URL(url).hostname)

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = <E extends ApiError.Refusal>(
  options: Options<E>
): Effect.Effect<ApiClient<E>, never, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const { vendor } = options
    const counters = counting(vendor)
    const budget = yield* Retry.budget(options.retryBudget ?? retryBudget)
    const decoding = yield* Encoding.Encoding
    const proxy = (yield* Proxy) ?? undefined
    // Compression saves time on a network, and costs time on loopback.
    const { accept } = isLoopback(options.baseUrl) ? { accept: null } : decoding
    const plain = (yield* HttpClient.HttpClient).pipe(
      HttpClient.mapRequest((request) =>
        request.pipe(
          HttpClientRequest.prependUrl(options.baseUrl.replace(/\/+$/, "")),
          HttpClientRequest.setHeader("authorization", Redacted.value(options.authorization)),
          HttpClientRequest.acceptJson,
          options.userAgent === undefined ? identity : HttpClientRequest.setHeader("user-agent", options.userAgent),
          accept === null ? identity : HttpClientRequest.setHeader("accept-encoding", accept)
        )
      ),
      // A span of the platform's client would show the URL, and the URL holds phone numbers.
      HttpClient.withTracerDisabledWhen(() => true),
      options.transformClient ?? identity
    )
    // Ties the connection to the scope of one try, so that the end of the try frees the connection.
    const client = HttpClient.withScope(plain)
    const transformed = new WeakMap<Transform, typeof client>()

    /** The client as the effect at hand wants it. */
    const clientOf = (transform: Transform | undefined): typeof client => {
      if (transform === undefined) return client
      const own = transformed.get(transform) ?? HttpClient.withScope(transform(plain))
      transformed.set(transform, own)
      return own
    }

    const words = wordReader(options.authorization)
    const refusals = new WeakMap<Pace.Pace, { readonly error: E | Unanswered; readonly over: number }>()
    const spent = new WeakMap<object, E | Unanswered>()

    /** Nothing more is sent for those who share a quota that is spent. */
    const spentBy = ({ quota }: Scoped): E | Unanswered | undefined =>
      quota === undefined ? undefined : spent.get(quota)

    /**
     * Fails where a request would only be refused: the quota is spent, or a refusal outlasts the wait that the caller
     * allows.
     */
    const refusedAlready = (pace: Pace.Pace, scope: Scoped) =>
      Effect.suspend(() => {
        const before = spentBy(scope)
        if (before !== undefined) return Effect.fail(before)
        const last = refusals.get(pace)
        return last === undefined ?
          Effect.void :
          Effect.flatMap(FiberRef.get(Retry.limits), ({ wait }) =>
            Effect.flatMap(
              steady,
              (now) => last.over - now > Duration.toMillis(wait) ? Effect.fail(last.error) : Effect.void
            ))
      })

    const refuse = (pace: Pace.Pace, error: E | Unanswered, { quota }: Scoped) =>
      Effect.gen(function*() {
        if (error._tag === "QuotaExceeded" && quota !== undefined) spent.set(quota, error)
        if (error._tag !== "RateLimited") return
        const wait = Retry.asked(error)
        refusals.set(pace, { error, over: (yield* steady) + Duration.toMillis(wait) })
        yield* pace.close(wait)
      })

    /** One request and its whole answer. */
    const exchange = Effect.fnUntraced(
      function*(call: Call<unknown>, requestId: string, turn: Pace.Turn, scope: Scoped) {
        const known = { operation: call.operation, requestId, proxy }
        const { propagation, seen, transform } = scope
        const request = HttpClientRequest.setHeader(call.request, "x-request-id", requestId)
        const isTraced = propagation ?? options.tracePropagation ?? false
        const response = yield* clientOf(transform).execute(isTraced ? yield* traced(request) : request).pipe(
          Effect.catchAll((error) =>
            // The caller's own client may fail for a status. `meaning` reads statuses, so their answers are kept.
            isStatusError(error)
              ? Effect.succeed(error.response)
              : transportError(error, { ...known, word: words.word })
          )
        )
        const { status } = response
        const head = yield* readHead(response, requestId, words)
        const { answeredAt } = head
        const { headers } = response
        for (const see of seen) {
          see({ operation: call.operation, status, requestId: head.requestId, headers, answeredAt })
        }
        yield* turn.answered(call.tells ? told(head) : { limit: undefined, remaining: undefined })
        if (status === 429) yield* counters.throttled
        // Closes the pace at once. `refuse` closes it for longer when the body tells a rate limit from a spent quota.
        if (status === 429 && call.tells) yield* call.pace.close(Duration.zero)
        const text = yield* readText({
          response,
          limit: options.sizeLimit ?? sizeLimit,
          length: count(head.header("content-length")),
          encodings: Encoding.listed(head.header("content-encoding")),
          decoding
        }).pipe(
          Effect.catchAll((error) =>
            // The status alone tells what was refused, so a refusal may have an unreadable body.
            !isGood(status) && (error._tag === "NotText" || (error._tag === "NotDecoded" && error.reason !== "size"))
              ? Effect.succeed("")
              : transportError(error, { ...known, requestId: head.requestId, status, word: words.word })
          )
        )
        return { status, head, text }
      }
    )

    const inTime = Deadline.make(options.timeLimit ?? timeLimit)

    /** The same, within the time limit. */
    const receive = (call: Call<unknown>, requestId: string, turn: Pace.Turn, scope: Scoped) =>
      Handed.past(exchange(call, requestId, turn, scope), (receiving) =>
        inTime(
          receiving,
          () => new ApiError.Unreachable({ operation: call.operation, requestId, proxy, reason: "time" })
        ))

    /** One try: its turn in the pace, the answer, and what it means. */
    const attempt = Effect.fnUntraced(
      function*(call: Call<unknown>, span: Tracer.Span) {
        const scope = yield* FiberRef.get(scoped)
        yield* refusedAlready(call.pace, scope)
        const requestId = yield* RequestId.make
        yield* counters.requests
        const begun = yield* steady
        const outcome = yield* Effect.either(call.pace.turn((turn) =>
          Effect.flatMap(steady, (now) => {
            // A turn that did not come at once is an event.
            const waited = now > begun ? event(span, "wait", { milliseconds: now - begun }) : Effect.void
            // Others may have spent the quota while this one waited.
            const before = spentBy(scope)
            return Effect.zipRight(
              waited,
              before === undefined ? receive(call, requestId, turn, scope) : Effect.fail(before)
            )
          }).pipe(
            Effect.flatMap((answer) => meaning({ ...answer, ...call, refusal: options.refusal, words })),
            Effect.tapError((error) => refuse(call.pace, error, scope))
          )
        ))
        yield* log(call, requestId, Either.isRight(outcome) ? "answered" : outcome.left._tag, begun)
        return yield* outcome
      }
    )

    const read = (call: Call<unknown>, span: Tracer.Span): Effect.Effect<Read, E | Unanswered> =>
      tried(attempt(call, span), {
        operation: call.operation,
        retried: counters.retried,
        repeatable: call.repeatable,
        budget,
        span,
        end: ({ head, status }) => ({ status, requestId: head.requestId })
      })

    return {
      call: (call) => {
        // Any other path would become part of the host, and the key would go to another server.
        const answer = (span: Tracer.Span) =>
          call.request.url.startsWith("/")
            ? read(call, span)
            : Effect.dieMessage(`${call.operation}: the path of a request begins with /`)
        return spanned(
          { operation: call.operation, method: call.request.method, vendor },
          (span) =>
            Effect.flatMap(answer(span), ({ body, head, status }) =>
              Either.mapLeft(call.read(body, head), (paths) =>
                new ApiError.Undecodable({
                  operation: call.operation,
                  reason: "shape",
                  paths,
                  status,
                  requestId: head.requestId
                })))
        )
      }
    }
  })

/** How a try ended. The answer is no part of it, and is not held for it. */
const log = (call: Call<unknown>, requestId: string, outcome: string, begun: number) =>
  Effect.flatMap(steady, (now) =>
    Effect.logDebug("request").pipe(
      Effect.annotateLogs({
        operation: call.operation,
        method: call.request.method,
        requestId,
        outcome,
        milliseconds: now - begun
      })
    )).pipe(Effect.whenLogLevel("Debug"))

/** The request, and in its headers the trace that it belongs to. */
const traced = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.match(Effect.currentSpan, {
    onFailure: () => request,
    onSuccess: (span) => HttpClientRequest.setHeaders(request, HttpTraceContext.toHeaders(span))
  })
