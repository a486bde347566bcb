/** Stores over S3 servers, for tests. */
import { HttpClient, HttpClientRequest } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { Disk } from "@trunkline/parquet"
import { S3 } from "@trunkline/sandbox"
import { Effect, Layer, Redacted, type Scope } from "effect"
import * as Credentials from "../src/Credentials.js"
import { signer } from "../src/internal/s3Request.js"
import type { Service } from "../src/ObjectStore.js"
import * as S3Store from "../src/S3Store.js"

export const credentials = (accessKeyId: string, secretAccessKey: string, sessionToken?: string) =>
  Credentials.fixed({
    accessKeyId: Redacted.make(accessKeyId),
    secretAccessKey: Redacted.make(secretAccessKey),
    sessionToken: sessionToken === undefined ? undefined : Redacted.make(sessionToken)
  })

/** What a store needs: real HTTP and a real disk. */
export const platform = Layer.merge(NodeHttpClient.layerUndici, Disk.layer)

export const store = (options: S3Store.Options): Effect.Effect<Service, unknown, Scope.Scope> =>
  Effect.flatMap(Layer.build(platform), (built) => Effect.provide(S3Store.make(options), built))

/** A bucket is nothing that a store makes. */
export const makeBucket = ({ bucket, credentials, endpoint = "", region = "us-east-1" }: S3Store.Options) =>
  Effect.gen(function*() {
    const request = signer({ endpoint, bucket, region, addressing: "path" }, credentials)
    const client = yield* HttpClient.HttpClient
    const response = yield* client.execute(yield* request({ method: "PUT" }))
    if (response.status !== 200) return yield* Effect.fail(`the bucket was not made: ${response.status}`)
  }).pipe(Effect.scoped, Effect.provide(platform))

/** A store over the sandbox. */
export const sandboxStore = (
  options: Partial<S3Store.Options> = {},
  http: Layer.Layer<HttpClient.HttpClient> = NodeHttpClient.layerUndici
): Effect.Effect<Service, unknown, S3 | Scope.Scope> =>
  Effect.gen(function*() {
    const { endpoint, keys, region } = yield* S3
    const built = yield* Layer.build(Layer.merge(http, Disk.layer))
    return yield* S3Store.make({
      endpoint,
      region,
      bucket: "lake",
      credentials: credentials(keys.accessKeyId, keys.secretAccessKey, keys.sessionToken),
      ...options
    }).pipe(Effect.provide(built))
  })

/** The same with the bucket in the host, whose name no system has to resolve. */
export const virtualStore: Effect.Effect<Service, unknown, S3 | Scope.Scope> = Effect.gen(function*() {
  const { endpoint, hostEndpoint, keys, region } = yield* S3
  const built = yield* Layer.build(platform)
  const client = Layer.effect(
    HttpClient.HttpClient,
    Effect.map(
      HttpClient.HttpClient,
      HttpClient.mapRequest((request) => {
        const url = new URL(request.url)
        return request.pipe(
          HttpClientRequest.setUrl(request.url.replace(url.origin, endpoint)),
          HttpClientRequest.setHeader("host", url.host)
        )
      })
    )
  )
  return yield* S3Store.make({
    endpoint: hostEndpoint,
    region,
    bucket: "lake",
    addressing: "virtual",
    credentials: credentials(keys.accessKeyId, keys.secretAccessKey)
  }).pipe(Effect.provide(client), Effect.provide(built))
})
