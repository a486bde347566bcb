/**
 * The way to Allo: one key, one base URL, one pace for reads and one for everything else. All services over one layer
 * value share them.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { ApiClient, Pace } from "@trunkline/http"
import type * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { AlloError } from "./AlloError.js"
import { refusal } from "./internal/refusal.js"
import { userAgent } from "./internal/version.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends ApiClient.Connection {
  /** `https://api.withallo.com` unless told otherwise; the version is part of each path. */
  readonly baseUrl?: string | undefined
  /** Never more GET requests a second than this, whatever the API allows. */
  readonly readsPerSecond?: number | undefined
  /** Never more other requests a second than this. Searches and batches are among them: the limit follows the method. */
  readonly writesPerSecond?: number | undefined
}

/**
 * One request, for endpoints that have no method of their own yet.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call<A> extends Pick<ApiClient.Call<A>, "operation" | "bodiless" | "read"> {
  /** With the path from the root, such as `/v2/api/me`. */
  readonly request: HttpClientRequest.HttpClientRequest
  /**
   * A read may be repeated. So may a POST, PUT or DELETE that carries an `Idempotency-Key`, and no other write. A
   * replacement leaves the same if it is done twice, so that with a key it may be repeated by any method.
   */
  readonly kind: "read" | "write" | "replacement"
}

/**
 * What Allo documents, per key and second.
 *
 * @since 0.1.0
 * @category defaults
 */
export const documented = { readsPerSecond: 20, writesPerSecond: 5, baseUrl: "https://api.withallo.com" } as const

const make = (options: Options): Effect.Effect<Context.Tag.Service<AlloClient>, never, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const pace = (limit: number, ceiling: number | undefined) =>
      options.pace === "unlimited" ? Pace.unlimited : Pace.make({ limit, ceiling })
    const reads = yield* pace(documented.readsPerSecond, options.readsPerSecond)
    const writes = yield* pace(documented.writesPerSecond, options.writesPerSecond)
    const client = yield* ApiClient.make({
      baseUrl: options.baseUrl ?? documented.baseUrl,
      authorization: Redacted.make(`Api-Key ${Redacted.value(options.apiKey)}`),
      refusal,
      vendor: "allo",
      userAgent,
      timeLimit: options.timeLimit,
      sizeLimit: options.sizeLimit,
      transformClient: options.transformClient,
      tracePropagation: options.tracePropagation
    })
    return {
      call: ({ kind, request, ...call }) =>
        client.call({
          ...call,
          request,
          pace: request.method === "GET" ? reads : writes,
          // The limit in a v1 answer is that of a day.
          tells: request.url.startsWith("/v2/"),
          repeatable: kind === "read" ||
            ((kind === "replacement" || request.method !== "PATCH") && "idempotency-key" in request.headers)
        }),
      readsPerSecond: reads.limit,
      writesPerSecond: writes.limit
    }
  })

const client = ApiClient.checked({
  name: "AlloClient",
  rates: ({ readsPerSecond, writesPerSecond }: Options) => ({ readsPerSecond, writesPerSecond }),
  make
})

/**
 * @since 0.1.0
 * @category services
 */
export class AlloClient extends Context.Tag("@trunkline/allo/AlloClient")<AlloClient, {
  readonly call: <A>(call: Call<A>) => Effect.Effect<A, AlloError>
  /** The pace now, as documented or as the API last told. */
  readonly readsPerSecond: Effect.Effect<number>
  readonly writesPerSecond: Effect.Effect<number>
}>() {
  /** Dies if the options cannot be used: `layerConfig` is for those that come from outside. */
  static readonly layer = (options: Options): Layer.Layer<AlloClient, never, HttpClient.HttpClient> =>
    Layer.effect(this, client.fromOptions(options))

  static readonly layerConfig = (
    options: Config.Config.Wrap<Options>
  ): Layer.Layer<AlloClient, ConfigError.ConfigError, HttpClient.HttpClient> =>
    Layer.effect(this, client.fromConfig(options))
}
