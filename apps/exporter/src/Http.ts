/** How the APIs are reached: through a proxy or directly, over so many connections, decompressed with zlib. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Agent, type Dispatcher, ProxyAgent } from "@effect/platform-node/Undici"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as ApiClient from "@trunkline/http/ApiClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Decoding from "./Decoding.js"
import * as OpenFiles from "./OpenFiles.js"
import type { Proxy } from "./Proxy.js"

const limited = OpenFiles.connections(OpenFiles.limit())
const connections = limited === undefined ? {} : { connections: limited }

const make = (proxy: Proxy | null): Dispatcher =>
  proxy === null ? new Agent(connections) : new ProxyAgent({
    ...connections,
    uri: proxy.url,
    ...(proxy.authorization === null ? {} : { token: Redacted.value(proxy.authorization) })
  })

const dispatcher = (proxy: Proxy | null) =>
  Layer.scoped(
    NodeHttpClient.Dispatcher,
    Effect.acquireRelease(
      Effect.sync(() => make(proxy)),
      (dispatcher) => Effect.promise(() => dispatcher.destroy())
    )
  )

/** The status a proxy answered with instead of a tunnel: undici writes it in prose alone. */
const statusOf = (cause: unknown): string | undefined =>
  Predicate.hasProperty(cause, "message") && Predicate.isString(cause.message)
    ? /^Proxy response \((\d{3})\)/.exec(cause.message)?.[1]
    : undefined

const withProxyStatus = HttpClient.transformResponse(Effect.mapError((error: HttpClientError.HttpClientError) => {
  const status = error._tag === "RequestError" ? statusOf(error.cause) : undefined
  return status === undefined || error._tag !== "RequestError"
    ? error
    : new HttpClientError.RequestError({
      request: error.request,
      reason: error.reason,
      cause: { code: `PROXY_${status}` }
    })
}))

export const layer = (proxy: Proxy | null): Layer.Layer<HttpClient.HttpClient> =>
  Layer.mergeAll(
    Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, withProxyStatus)).pipe(
      Layer.provide(NodeHttpClient.layerUndiciWithoutDispatcher),
      Layer.provide(dispatcher(proxy))
    ),
    Decoding.layer,
    Layer.succeed(ApiClient.Proxy, proxy?.host ?? null)
  )
