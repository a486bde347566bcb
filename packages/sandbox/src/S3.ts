/**
 * An S3 on loopback that keeps the rules, and breaks them when it is asked to: signatures, conditional writes, ranges,
 * multipart uploads and lists, in memory.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { listen } from "./internal/listen.js"
import { Bucket } from "./internal/s3/Bucket.js"
import { type S3Request, Server } from "./internal/s3/Server.js"
import { bound, refuse, SandboxError } from "./internal/SandboxError.js"
import type { Script } from "./S3Fault.js"

export type { S3Request }

/**
 * @since 0.1.0
 * @category models
 */
export interface S3Options {
  /** The port; a free port when left out. */
  readonly port?: number | undefined
  /** `lake` when left out. */
  readonly buckets?: ReadonlyArray<string> | undefined
  /** `us-east-1` when left out. */
  readonly region?: string | undefined
  /** The token that requests have to carry; none when left out. */
  readonly sessionToken?: string | undefined
  /** The largest body that is read, in bytes: 64 MiB when left out. */
  readonly maximumBody?: number | undefined
  /** How long every answer takes. */
  readonly latency?: Duration.DurationInput | undefined
  readonly script?: ReadonlyArray<Script> | undefined
}

/**
 * @since 0.1.0
 * @category services
 */
export class S3 extends Context.Tag("@trunkline/sandbox/S3")<S3, {
  /** For buckets in the path of a URL. */
  readonly endpoint: string
  /**
   * For buckets in the host of a URL: `http://BUCKET.localhost:PORT`. Not every system resolves such names; a client may also
   * send them as the `Host` of a request to `endpoint`.
   */
  readonly hostEndpoint: string
  readonly region: string
  /** They work in the sandbox only, so they are no secrets. */
  readonly keys: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string | undefined
  }
  readonly faults: {
    readonly push: (...scripts: ReadonlyArray<Script>) => Effect.Effect<void>
    readonly clear: Effect.Effect<void>
  }
  /** What a bucket holds, by key. */
  readonly objects: (bucket: string) => Effect.Effect<ReadonlyMap<string, Uint8Array>>
  /** Multipart uploads that were begun and neither completed nor aborted. */
  readonly openUploads: (bucket: string) => Effect.Effect<number>
  readonly history: {
    /** The newest requests, oldest first. */
    readonly requests: Effect.Effect<ReadonlyArray<S3Request>>
    readonly total: Effect.Effect<number>
    readonly clear: Effect.Effect<void>
  }
}>() {
  static readonly layer = (options: S3Options = {}): Layer.Layer<S3, SandboxError> => Layer.scoped(this, make(options))
}

const isBucket = (name: string): boolean => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)

const make = (options: S3Options): Effect.Effect<Context.Tag.Service<S3>, SandboxError, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const now = () => clock.unsafeCurrentTimeMillis()
    const { buckets = ["lake"], region = "us-east-1", sessionToken } = options
    const wrong = buckets.find((name) => !isBucket(name))
    if (wrong !== undefined) return yield* refuse("buckets", `${wrong} is no name of a bucket`)
    const port = yield* bound("port", options.port ?? 0, 0, 65_535)
    const maximumBody = yield* bound("maximumBody", options.maximumBody ?? 64 * 1024 * 1024, 1, 1024 * 1024 * 1024)
    const keys = { accessKeyId: "SANDBOXACCESSKEY", secretAccessKey: "sandbox/secret+key", sessionToken }
    const server = new Server({ ...keys, region })
    for (const name of buckets) server.buckets.set(name, new Bucket())
    for (const script of options.script ?? []) server.plan.push(script)
    const listening = yield* listen({
      port,
      maximumBody,
      latency: Duration.decode(options.latency ?? Duration.zero),
      handle: (received) => server.handle(received, now()),
      now
    }).pipe(Effect.mapError((reason) => new SandboxError({ option: "port", reason })))
    return S3.of({
      endpoint: `http://127.0.0.1:${listening.port}`,
      hostEndpoint: `http://localhost:${listening.port}`,
      region,
      keys,
      faults: {
        push: (...scripts) => Effect.sync(() => scripts.forEach((script) => server.plan.push(script))),
        clear: Effect.sync(() => server.plan.clear())
      },
      objects: (bucket) =>
        Effect.sync(() =>
          new Map([...server.buckets.get(bucket)?.objects ?? []].map(([key, { bytes }]) => [key, bytes] as const))
        ),
      openUploads: (bucket) => Effect.sync(() => server.buckets.get(bucket)?.uploads.size ?? 0),
      history: {
        requests: Effect.sync(() => [...server.requests]),
        total: Effect.sync(() => server.total),
        clear: Effect.sync(() => {
          server.requests = []
          server.total = 0
        })
      }
    })
  })
