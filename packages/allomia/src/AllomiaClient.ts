/**
 * The way to Allomia: one key, of a tenant or of one organisation, one base URL and one pace. All services over one
 * layer value share them.
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
import type { AllomiaError } from "./AllomiaError.js"
import { refusal } from "./internal/refusal.js"
import { userAgent } from "./internal/version.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends ApiClient.Connection {
  /** `https://allomia.com/api` unless told otherwise. */
  readonly baseUrl?: string | undefined
  /** 10 unless told otherwise. Allomia documents no limit: this one is by choice. */
  readonly requestsPerSecond?: number | undefined
}

/**
 * One request, for endpoints that have no method of their own yet. Only reads are repeated.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call<A> extends Pick<ApiClient.Call<A>, "operation" | "read"> {
  /** With the path below the base URL, such as `/calls`. */
  readonly request: HttpClientRequest.HttpClientRequest
}

/**
 * @since 0.1.0
 * @category defaults
 */
export const usual = { requestsPerSecond: 10, baseUrl: "https://allomia.com/api" } as const

const make = (options: Options): Effect.Effect<Context.Tag.Service<AllomiaClient>, never, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const rate = options.requestsPerSecond ?? usual.requestsPerSecond
    const pace = yield* options.pace === "unlimited" ? Pace.unlimited : Pace.make({ limit: rate, ceiling: rate })
    const client = yield* ApiClient.make({
      baseUrl: options.baseUrl ?? usual.baseUrl,
      authorization: Redacted.make(`Bearer ${Redacted.value(options.apiKey)}`),
      refusal,
      vendor: "allomia",
      userAgent,
      timeLimit: options.timeLimit,
      sizeLimit: options.sizeLimit,
      transformClient: options.transformClient,
      tracePropagation: options.tracePropagation
    })
    return {
      call: (call) => client.call({ ...call, pace, tells: true, repeatable: call.request.method === "GET" }),
      requestsPerSecond: pace.limit
    }
  })

const client = ApiClient.checked({
  name: "AllomiaClient",
  rates: ({ requestsPerSecond }: Options) => ({ requestsPerSecond }),
  make
})

/**
 * @since 0.1.0
 * @category services
 */
export class AllomiaClient extends Context.Tag("@trunkline/allomia/AllomiaClient")<AllomiaClient, {
  readonly call: <A>(call: Call<A>) => Effect.Effect<A, AllomiaError>
  /** The pace now. */
  readonly requestsPerSecond: Effect.Effect<number>
}>() {
  /** Dies if the options cannot be used: `layerConfig` is for those that come from outside. */
  static readonly layer = (options: Options): Layer.Layer<AllomiaClient, never, HttpClient.HttpClient> =>
    Layer.effect(this, client.fromOptions(options))

  static readonly layerConfig = (
    options: Config.Config.Wrap<Options>
  ): Layer.Layer<AllomiaClient, ConfigError.ConfigError, HttpClient.HttpClient> =>
    Layer.effect(this, client.fromConfig(options))
}
