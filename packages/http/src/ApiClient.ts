/**
 * One call to an API, from the request to its meaning: a time limit and a size cap around the whole answer, the pace
 * around that, then what the answer means, then another try. The order is the point.
 *
 * @since 0.1.0
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import { identity } from "effect/Function"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Decision from "effect/ScheduleDecision"
import * as Intervals from "effect/ScheduleIntervals"
import * as Stream from "effect/Stream"
import * as ApiError from "./ApiError.js"
import * as Encoding from "./Encoding.js"
import { headerMillis } from "./internal/instant.js"
import type * as Pace from "./Pace.js"
import type * as Page from "./Page.js"
import * as RequestId from "./RequestId.js"
import * as Retry from "./Retry.js"

/**
 * The head of an answer, for whoever reads its body.
 *
 * @since 0.1.0
 * @category models
 */
export interface Head extends Page.Origin {
  readonly header: (name: string) => string | undefined
}

/**
 * An answer that is a refusal, for a vendor's classifier.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refused {
  /** What the head tells: operation, status, request id, and `Retry-After` in either of its forms. */
  readonly told: ApiError.RefusalFields & { readonly status: number }
  /** The body, if it is JSON. */
  readonly body: unknown
  /** A word of the body that may be rendered: neither a phone number nor prose nor the key. */
  readonly word: (value: unknown) => string | undefined
  /** The same for an id, which may hold a long run of digits. */
  readonly id: (value: unknown) => string | undefined
  /** A sentence of the body, which may not. */
  readonly prose: (value: unknown) => Redacted.Redacted | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options<E extends ApiError.Refusal> {
  readonly baseUrl: string
  /** The whole `Authorization` header. */
  readonly authorization: Redacted.Redacted
  /** What a refusal of this vendor means. */
  readonly refusal: (refused: Refused) => E
  /** For one try, body included. */
  readonly timeLimit?: Duration.DurationInput | undefined
  /** Bytes of one answer. */
  readonly sizeLimit?: number | undefined
  /** Retries the client may spend while nothing answers. */
  readonly retryBudget?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Call<A> {
  /** As it will stand in errors, logs and spans; no ids in it. */
  readonly operation: string
  readonly request: HttpClientRequest.HttpClientRequest
  readonly pace: Pace.Pace
  /** Whether the rate-limit headers of the answer are about this pace. */
  readonly tells: boolean
  /** Whether a second try does no harm: a read, or a write with an idempotency key. */
  readonly repeatable: boolean
  /** Whether an answer without a body is a good one. */
  readonly bodiless?: boolean | undefined
  /** The value, or the paths at which the body is not what it should be. */
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
 * An option that cannot be used.
 *
 * @since 0.1.0
 * @category checks
 */
export interface Problem {
  readonly option: string
  readonly message: string
}

/**
 * What is wrong with the options a vendor's client takes: the key has to fit a header, the base URL has to be http or
 * https with a host, perhaps a path, and nothing else, and rates are numbers of at least 1. The key is never told.
 *
 * @since 0.1.0
 * @category checks
 */
export const problem = (options: {
  readonly apiKey: Redacted.Redacted
  readonly baseUrl: string
  readonly rates: { readonly [option: string]: number | undefined }
  readonly timeLimit: Duration.DurationInput | undefined
  readonly sizeLimit: number | undefined
}): Problem | undefined => {
  if (!/^[\x21-\x7e]+$/.test(Redacted.value(options.apiKey))) {
    return { option: "apiKey", message: "the key is empty, or holds spaces or other characters no key has" }
  }
  if (!isBaseUrl(options.baseUrl)) {
    return { option: "baseUrl", message: "expected an http or https URL without credentials, query or fragment" }
  }
  const limit = Duration.decodeUnknown(options.timeLimit ?? timeLimit)
  if (Option.isNone(limit) || Duration.lessThanOrEqualTo(limit.value, Duration.zero)) {
    return { option: "timeLimit", message: "expected a length of time, such as 30 seconds" }
  }
  if (options.sizeLimit !== undefined && !(options.sizeLimit >= 1)) {
    return { option: "sizeLimit", message: "expected a number of bytes of at least 1" }
  }
  const wrong = Object.entries(options.rates).find(([, rate]) => rate !== undefined && !(rate >= 1))
  return wrong === undefined ? undefined : { option: wrong[0], message: "expected a number of at least 1" }
}

/**
 * The two ways into a vendor's client: options from code die if they cannot be used, options from outside fail.
 *
 * @since 0.1.0
 * @category checks
 */
export const checked = <Options, A, R>(client: {
  readonly name: string
  readonly problem: (options: Options) => Problem | undefined
  readonly make: (options: Options) => Effect.Effect<A, never, R>
}) => ({
  fromOptions: (options: Options): Effect.Effect<A, never, R> =>
    Effect.suspend(() => {
      const wrong = client.problem(options)
      return wrong === undefined
        ? client.make(options)
        : Effect.dieMessage(`${client.name}: ${wrong.option}: ${wrong.message}`)
    }),
  fromConfig: (options: Config.Config.Wrap<Options>): Effect.Effect<A, ConfigError.ConfigError, R> =>
    Effect.flatMap(Config.unwrap(options), (read) => {
      const wrong = client.problem(read)
      return wrong === undefined
        ? client.make(read)
        : Effect.fail(ConfigError.InvalidData([wrong.option], wrong.message))
    })
})

const isBaseUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { password, protocol, username } = new URL(text)
  return (protocol === "https:" || protocol === "http:") && `${username}${password}` === "" && !/[?#]/.test(text)
}

/**
 * The host of the proxy that the `HttpClient` goes through, which errors name where no answer comes. Provide it beside a
 * client that has one, without name and password.
 *
 * @since 0.1.0
 * @category services
 */
export class Proxy extends Context.Reference<Proxy>()("@trunkline/http/ApiClient/Proxy", {
  defaultValue: (): string | null => null
}) {}

/**
 * Whether a URL leads to this very machine, where bytes cost nothing and nobody stands in between.
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
    const limit = options.timeLimit ?? timeLimit
    const cap = options.sizeLimit ?? sizeLimit
    const budget = yield* Retry.budget(options.retryBudget ?? retryBudget)
    const decoding = yield* Encoding.Encoding
    const proxy = (yield* Proxy) ?? undefined
    // Compression saves most of a journey, and on loopback it only costs both sides time.
    const { accept } = isLoopback(options.baseUrl) ? { accept: null } : decoding
    const client = (yield* HttpClient.HttpClient).pipe(
      HttpClient.mapRequest((request) =>
        request.pipe(
          HttpClientRequest.prependUrl(options.baseUrl.replace(/\/+$/, "")),
          HttpClientRequest.setHeader("authorization", Redacted.value(options.authorization)),
          HttpClientRequest.acceptJson,
          accept === null ? identity : HttpClientRequest.setHeader("accept-encoding", accept)
        )
      ),
      // Its own span would hold the URL, and the URL holds phone numbers.
      HttpClient.withTracerDisabledWhen(() => true),
      HttpClient.withTracerPropagation(false),
      // Ties the connection to the scope of one try, so that leaving it in any way frees the connection.
      HttpClient.withScope
    )
    const words = wordReader(options.authorization)
    const refusals = new WeakMap<Pace.Pace, { readonly error: E | Unanswered; readonly over: number }>()

    /** A refusal that holds for longer than this request may wait is its refusal, too: it is not sent. */
    const refusedAlready = (pace: Pace.Pace) =>
      Effect.gen(function*() {
        const last = refusals.get(pace)
        if (last === undefined) return
        const { wait } = yield* FiberRef.get(Retry.limits)
        const left = last.over - (yield* Clock.currentTimeMillis)
        if (left > Duration.toMillis(wait)) yield* Effect.fail(last.error)
      })

    const refuse = (pace: Pace.Pace, error: E | Unanswered) =>
      Effect.gen(function*() {
        if (error._tag !== "RateLimited") return
        const wait = Retry.asked(error)
        refusals.set(pace, { error, over: (yield* Clock.currentTimeMillis) + Duration.toMillis(wait) })
        yield* pace.close(wait)
      })

    const attempt = <A>(call: Call<A>) =>
      Effect.gen(function*() {
        yield* refusedAlready(call.pace)
        const sent = yield* RequestId.make
        yield* Metric.increment(requests)
        const begun = yield* Clock.currentTimeMillis
        const receive = (turn: Pace.Turn) =>
          Effect.gen(function*() {
            const response = yield* client.execute(HttpClientRequest.setHeader(call.request, "x-request-id", sent))
              .pipe(
                // A caller's own client may refuse statuses; what they mean is read here.
                Effect.catchIf(isStatusError, ({ response }) => Effect.succeed(response)),
                Effect.catchAll((error) =>
                  transportError(error, { operation: call.operation, requestId: sent, word: words.word, proxy })
                )
              )
            const head = yield* readHead(response, sent, words)
            yield* turn.answered(call.tells ? told(head) : { limit: undefined, remaining: undefined })
            // For now; for as long as it asks, once it is known to be about the pace and not about a quota.
            if (response.status === 429) yield* Metric.increment(throttled)
            if (response.status === 429 && call.tells) yield* call.pace.close(Duration.zero)
            const text = yield* readText({
              response,
              cap,
              encodings: Encoding.listed(head.header("content-encoding")),
              decoding
            }).pipe(
              // The status says what is refused, whatever the body is.
              Effect.catchIf(
                (error) => error._tag === "NotDecoded" && error.reason !== "size" && !isGood(response.status),
                () => Effect.succeed("")
              ),
              Effect.catchAll((error) =>
                transportError(error, {
                  operation: call.operation,
                  requestId: head.requestId,
                  status: response.status,
                  word: words.word,
                  proxy
                })
              )
            )
            return { status: response.status, head, text }
          }).pipe(
            Effect.scoped,
            Effect.timeoutFail({
              duration: limit,
              onTimeout: () =>
                new ApiError.Unreachable({ operation: call.operation, reason: "time", requestId: sent, proxy })
            }),
            Effect.flatMap((answer) => meaning(answer, call)),
            Effect.tapError((error) => refuse(call.pace, error))
          )
        const outcome = yield* Effect.either(call.pace.turn(receive))
        yield* Effect.logDebug("request").pipe(
          Effect.annotateLogs({
            operation: call.operation,
            method: call.request.method,
            requestId: sent,
            outcome: Either.isRight(outcome) ? "answered" : outcome.left._tag,
            milliseconds: (yield* Clock.currentTimeMillis) - begun
          })
        )
        return yield* outcome
      })

    const meaning = (
      answer: Answer,
      call: Pick<Call<unknown>, "operation" | "bodiless">
    ): Effect.Effect<Answer & { readonly body: unknown }, E | ApiError.Unreachable | ApiError.Undecodable> => {
      const { head, status, text } = answer
      const { operation } = call
      const requestId = head.requestId
      const json = parse(text)
      if (isGood(status)) {
        if (Option.isSome(json) || (call.bodiless === true && text.trim().length === 0)) {
          return Effect.succeed({ ...answer, body: Option.getOrUndefined(json) })
        }
        const reason = text.trim().length === 0 ? "empty" : "syntax"
        return Effect.fail(new ApiError.Undecodable({ operation, reason, status, requestId }))
      }
      if (status === 408 || status === 425) {
        const reason = status === 408 ? "time" : "connection"
        return Effect.fail(
          new ApiError.Unreachable({ operation, reason, status, requestId, retryAfter: head.retryAfter })
        )
      }
      if (ApiError.tagOfStatus(status) === undefined) {
        return Effect.fail(new ApiError.Undecodable({ operation, reason: "status", status, requestId }))
      }
      const body = Option.getOrUndefined(json)
      return Effect.fail(
        options.refusal({
          told: { operation, status, requestId, retryAfter: head.retryAfter, refusedAt: head.receivedAt },
          body,
          ...words
        })
      )
    }

    return {
      call: (call) =>
        // Anything else would be glued to the host, and the key would go to another one.
        (call.request.url.startsWith("/")
          ? attempt(call)
          : Effect.dieMessage(`${call.operation}: the path of a request begins with /`)).pipe(
            Effect.tapBoth({
              onSuccess: () => budget.earn,
              // A refusal is an answer, too.
              onFailure: (error) => ApiError.isTransient(error) ? Effect.void : budget.earn
            }),
            (trying) =>
              Effect.gen(function*() {
                const limits = yield* FiberRef.get(Retry.limits)
                const began = yield* Clock.currentTimeMillis
                return yield* Effect.retry(trying, againAndAgain(call, { budget, limits, began }))
              }),
            Effect.flatMap(({ body, head, status }) =>
              Either.match(call.read(body, head), {
                onRight: Effect.succeed,
                onLeft: (paths) =>
                  Effect.fail(
                    new ApiError.Undecodable({
                      operation: call.operation,
                      reason: "shape",
                      paths,
                      status,
                      requestId: head.requestId
                    })
                  )
              })
            ),
            Effect.withSpan(call.operation, {
              kind: "client",
              attributes: { "http.request.method": call.request.method }
            })
          )
    }
  })

/**
 * Requests that were sent, each try counted.
 *
 * @since 0.1.0
 * @category metrics
 */
export const requests: Metric.Metric.Counter<number> = Metric.counter("trunkline_requests", {
  description: "Requests that were sent, each try counted",
  incremental: true
})

/**
 * @since 0.1.0
 * @category metrics
 */
export const retried: Metric.Metric.Counter<number> = Metric.counter("trunkline_requests_retried", {
  description: "Tries after the first",
  incremental: true
})

/**
 * @since 0.1.0
 * @category metrics
 */
export const throttled: Metric.Metric.Counter<number> = Metric.counter("trunkline_requests_throttled", {
  description: "Answers that refused for being asked too much",
  incremental: true
})

/** In milliseconds. */
const noticeable = 5000

/** The polite schedule, within the budget, for what may be repeated; every wait is logged. */
const againAndAgain = (
  call: Pick<Call<unknown>, "operation" | "repeatable">,
  { began, budget, limits }: {
    readonly budget: Retry.Budget
    readonly limits: Retry.Limits
    /** When the first try began. */
    readonly began: number
  }
) =>
  Retry.polite.pipe(
    Schedule.intersect(Schedule.recurs(limits.tries - 1)),
    Schedule.passthrough,
    Schedule.whileInput((error: ApiError.ApiError) => Duration.lessThanOrEqualTo(Retry.asked(error), limits.wait)),
    Schedule.whileInputEffect((error: ApiError.ApiError) =>
      Effect.map(
        Clock.currentTimeMillis,
        (now) => now - began + Duration.toMillis(Retry.asked(error)) < Duration.toMillis(limits.time)
      )
    ),
    Schedule.whileInputEffect((error: ApiError.ApiError) =>
      call.repeatable ? budget.spend(error) : Effect.succeed(false)
    ),
    Schedule.onDecision((error, decision) =>
      Decision.isContinue(decision)
        ? Effect.flatMap(Effect.zipRight(Metric.increment(retried), Clock.currentTimeMillis), (now) => {
          const wait = Math.max(0, Math.round(Intervals.start(decision.intervals) - now))
          // A wait that somebody at a terminal would wonder about is told to everybody.
          return (wait < noticeable ? Effect.logDebug("trying again") : Effect.logInfo("trying again")).pipe(
            Effect.annotateLogs({
              operation: call.operation,
              after: error._tag,
              status: error.status,
              requestId: error.requestId,
              waitMilliseconds: wait
            })
          )
        })
        : Effect.void
    )
  )

/** No answer, or none that can be read. */
type Unanswered = ApiError.Unreachable | ApiError.Undecodable

interface AnswerHead extends Head {
  /** By the clock of this machine. */
  readonly receivedAt: DateTime.Utc
  readonly requestId: string
  readonly retryAfter: Duration.Duration | undefined
}

interface Answer {
  readonly status: number
  readonly head: AnswerHead
  readonly text: string
}

const isGood = (status: number): boolean => status >= 200 && status < 300

class TooLarge {
  readonly _tag = "TooLarge"
}

type Unread = HttpClientError.ResponseError | TooLarge | Encoding.NotDecoded

const readText = (options: {
  readonly response: HttpClientResponse.HttpClientResponse
  readonly cap: number
  readonly encodings: ReadonlyArray<string>
  readonly decoding: Encoding.Decoding
}): Effect.Effect<string, Unread> => {
  const { cap, decoding, encodings, response } = options
  return Effect.suspend(() => {
    let size = 0
    const decoder = new TextDecoder()
    const parts: Array<Uint8Array> = []
    let text = ""
    return Stream.runForEach(response.stream, (bytes) => {
      size += bytes.byteLength
      if (size > cap) return Effect.fail(new TooLarge())
      if (encodings.length > 0) parts.push(bytes)
      else text += decoder.decode(bytes, { stream: true })
      return Effect.void
    }).pipe(
      Effect.catchIf((error) => error._tag === "ResponseError" && error.reason === "EmptyBody", () => Effect.void),
      Effect.flatMap(() =>
        encodings.length > 0 && size > 0
          ? decoded({ bytes: Encoding.concat(parts), encodings, decoding, limit: cap })
          : Effect.sync(() => text + decoder.decode())
      )
    )
  })
}

/** `fetch` decodes by itself and leaves the header, and some servers name what they did not do: JSON is JSON. */
const decoded = (options: Parameters<typeof Encoding.undo>[0]): Effect.Effect<string, Encoding.NotDecoded> => {
  const text = new TextDecoder().decode(options.bytes)
  return Option.isSome(parse(text))
    ? Effect.succeed(text)
    : Effect.map(Encoding.undo(options), (bytes) => new TextDecoder().decode(bytes))
}

const parse = (text: string): Option.Option<unknown> => Either.getRight(Either.try((): unknown => JSON.parse(text)))

const isStatusError = (error: HttpClientError.HttpClientError): error is HttpClientError.ResponseError =>
  error._tag === "ResponseError" && error.reason === "StatusCode"

/**
 * Nothing of a transport error but its code is kept: the error holds the request, and the request holds the key.
 */
const transportError = (
  error: HttpClientError.RequestError | Unread,
  { proxy, word, ...known }: {
    readonly operation: string
    readonly requestId: string
    readonly status?: number
    readonly word: Words["word"]
    readonly proxy: string | undefined
  }
): Effect.Effect<never, ApiError.Unreachable | ApiError.Undecodable> => {
  switch (error._tag) {
    case "TooLarge":
      return Effect.fail(new ApiError.Undecodable({ ...known, reason: "size" }))
    case "NotDecoded": {
      const reason = ({ damaged: "compression", size: "size", unknown: "encoding" } as const)[error.reason]
      return Effect.fail(new ApiError.Undecodable({ ...known, reason, encoding: word(error.encoding) }))
    }
    case "ResponseError":
      return Effect.fail(new ApiError.Unreachable({ ...known, proxy, reason: "cut", code: codeOf(error.cause) }))
    case "RequestError":
      return error.reason === "Transport"
        ? Effect.fail(new ApiError.Unreachable({ ...known, proxy, reason: "connection", code: codeOf(error.cause) }))
        : Effect.dieMessage(`${known.operation}: the request could not be built (${error.reason})`)
  }
}

const codeOf = (cause: unknown, depth = 0): string | undefined => {
  if (!Predicate.isObject(cause) || depth > 3) return undefined
  if (Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) && /^[A-Z][A-Z0-9_]*$/.test(cause.code)) {
    return cause.code
  }
  return Predicate.hasProperty(cause, "cause") ? codeOf(cause.cause, depth + 1) : undefined
}

type Words = Pick<Refused, "word" | "id" | "prose">

/** Seven digits, whatever stands between them. */
const phoneLike = /(?:\d[-./:_]?){7}/
/** Ids that hold many digits and cannot be numbers: Allo's own, and UUIDs. */
const madeUp = /^(?:req_[a-z0-9]{12}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i

const wordReader = (authorization: Redacted.Redacted): Words => {
  // The scheme is no secret; what follows it is.
  const key = Redacted.value(authorization).split(" ").at(-1) ?? ""
  const plain = (value: unknown): value is string =>
    typeof value === "string" && /^[\w.:/#[\]-]{1,300}$/.test(value) && !value.includes(key)
  const word: Words["word"] = (value) => plain(value) && !phoneLike.test(value) ? value : undefined
  return {
    word,
    id: (value) => plain(value) && madeUp.test(value) ? value : word(value),
    prose: (value) => typeof value === "string" && value.length > 0 ? Redacted.make(value) : undefined
  }
}

const readHead = (
  response: HttpClientResponse.HttpClientResponse,
  sent: string,
  { id }: Words
): Effect.Effect<AnswerHead> => {
  const header = (name: string) => Option.getOrUndefined(Headers.get(response.headers, name))
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

/** Seconds, or a date, which is held against the server's own clock. */
const readRetryAfter = (value: string | undefined, now: number): Duration.Duration | undefined => {
  if (value === undefined || value.trim().length === 0) return undefined
  const date = headerMillis(value)
  return Retry.seconds(date === undefined ? Number(value) : (date - now) / 1000)
}

const count = (text: string | undefined): number | undefined => {
  const value = text === undefined || text.trim().length === 0 ? Number.NaN : Number(text)
  return Number.isInteger(value) && value >= 0 ? value : undefined
}

const told = (head: Head): Pace.Told => {
  const limit = count(head.header("x-ratelimit-limit"))
  return { limit: limit === 0 ? undefined : limit, remaining: count(head.header("x-ratelimit-remaining")) }
}
