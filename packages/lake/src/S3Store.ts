/**
 * A bucket of S3, or of a server that speaks its language, as a place for objects.
 *
 * Nothing is ever committed by `If-Match` or by a multipart upload: servers exist that answer the first wrongly and ignore
 * the condition of the second.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import { ApiError, Exchange } from "@trunkline/http"
import { Disk, WholeFile } from "@trunkline/parquet"
import { take } from "@trunkline/parquet/Disk"
import * as Chunk from "effect/Chunk"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import * as fs from "node:fs/promises"
import { resolve } from "node:path"
import * as Credentials from "./Credentials.js"
import { readProfile, variable } from "./internal/environment.js"
import { byBytes, checkKey, checkPrefix, isKey } from "./internal/objectKey.js"
import { readPage } from "./internal/s3List.js"
import { locationOf, type Options, problem } from "./internal/s3Options.js"
import { refusal } from "./internal/s3Refusal.js"
import { signer, urlOf as bucketUrl } from "./internal/s3Request.js"
import { type Send, uploadParts } from "./internal/s3Upload.js"
import { ObjectExists, ObjectMissing, TooLarge } from "./LakeError.js"
import * as ObjectStore from "./ObjectStore.js"

export type { Options } from "./internal/s3Options.js"

/** A connection that carries fewer bytes a second is not waited for. */
const slowest = 128 * 1024
/** Bytes of one page of a list: a thousand keys, every character of which is escaped. */
const pageLimit = 16 * 1024 * 1024

/** An answer that only has to arrive. */
const drained = (answer: Exchange.Answer) => Effect.asVoid(answer.bytes(64 * 1024))

/** Whether a write that failed so may have been done. */
const mayBeDone = (error: ApiError.ApiError): boolean =>
  error._tag === "ServerFault" || error._tag === "Undecodable" ||
  // Of a refusal that broke off, the status had arrived.
  (error._tag === "Unreachable" && (error.status === undefined || error.status < 400))

/** An object cannot be missing where none is asked for. */
const unfound = <A, E>(effect: Effect.Effect<A, E | ApiError.NotFound>): Effect.Effect<A, E | ApiError.Invalid> =>
  Effect.catchIf(
    effect,
    (error): error is ApiError.NotFound => isNotFound(error),
    ({ code, operation, requestId, status }) =>
      new ApiError.Invalid({
        operation,
        code,
        requestId,
        status,
        advice: "Check the endpoint and the name of the bucket"
      })
  )

const isNotFound = Schema.is(ApiError.NotFound)

const unexpected = (operation: string, answer: Exchange.Answer, paths: ReadonlyArray<string>) =>
  new ApiError.Undecodable({
    operation: `ObjectStore.${operation}`,
    reason: "shape",
    paths,
    status: answer.status,
    requestId: answer.requestId
  })

/** Reads the answer to a range, also of a server that answers with the whole object. */
const rangeOf = (range: { readonly from: number; readonly bytes: number }) => (answer: Exchange.Answer) => {
  const wanted = Math.max(1, range.bytes)
  if (answer.status !== 206) {
    let skip = range.from
    const nothing: Uint8Array = new Uint8Array()
    return answer.stream.pipe(
      Stream.map((bytes) => {
        const rest = bytes.subarray(skip)
        skip -= bytes.length - rest.length
        return rest
      }),
      Stream.runFoldWhile(
        nothing,
        (found) => found.length < wanted,
        (found, bytes): Uint8Array => Buffer.concat([found, bytes])
      )
    )
  }
  const written = /^bytes (\d+)-(\d+)\//.exec(answer.header("content-range") ?? "")
  return written !== null && Number(written[1]) === range.from && Number(written[2]) < range.from + wanted
    ? answer.bytes(wanted)
    : unexpected("range", answer, ["content-range"])
}

/** A page of a list that goes on where the last one ended. */
const pageOf = (
  answer: Exchange.Answer,
  asked: { readonly begin: string; readonly last: string; readonly token: string | undefined }
) =>
  Effect.gen(function*() {
    const text = new TextDecoder().decode(yield* answer.bytes(pageLimit))
    const page = yield* Effect.mapError(readPage(text), (paths) => unexpected("list", answer, paths))
    let last = asked.last
    for (const { key } of page.objects) {
      // A list in another order would hide objects from a reader that goes on after a key.
      if (!key.startsWith(asked.begin) || byBytes(key, last) <= 0) {
        return yield* unexpected("list", answer, ["Contents.Key"])
      }
      last = key
    }
    return page.next !== undefined && page.next === asked.token
      ? yield* unexpected("list", answer, ["NextContinuationToken"])
      : page
  })

const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0

/**
 * Fails where an option cannot be used. No request is sent yet.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<ObjectStore.Service, ConfigError.ConfigError, HttpClient.HttpClient | Disk> =>
  Effect.gen(function*() {
    const wrong = problem(options)
    if (wrong !== undefined) return yield* Effect.fail(ConfigError.InvalidData([wrong[0]], wrong[1]))
    const disk = yield* Disk
    const { partSize = 16 * 1024 * 1024, partsAbove = 64 * 1024 * 1024, prefix = "" } = options
    const within = prefix === "" ? "" : `${prefix}/`
    const place = `s3://${options.bucket}${prefix === "" ? "" : `/${prefix}`}`
    const sign = signer(locationOf(options), options.credentials)
    const timeLimit = Duration.decode(options.timeLimit ?? Duration.seconds(30))
    const exchange = yield* Exchange.make({
      vendor: "s3",
      requestIdHeader: "x-amz-request-id",
      refusal,
      retryBudget: options.retryBudget
    })

    /** Every request here may be sent again: sent twice, it leaves behind what it leaves behind once. */
    const send: Send = (operation, parts, read, failed) =>
      exchange.send({
        operation: `ObjectStore.${operation}`,
        method: parts.method,
        request: sign(parts),
        repeatable: true,
        read,
        failed,
        timeLimit: Duration.sum(timeLimit, Duration.seconds((parts.body?.length ?? 0) / slowest))
      })

    /** The key in the bucket. */
    const full = (key: string) => Effect.flatMap(checkKey(key), (key) => checkKey(`${within}${key}`))

    const get = <A, E = never>(
      operation: string,
      key: string,
      read: (answer: Exchange.Answer) => Effect.Effect<A, E, Scope.Scope>,
      headers: Readonly<Record<string, string>> = {}
    ) =>
      Effect.flatMap(full(key), (key) => send(operation, { method: "GET", key, headers }, read)).pipe(
        Effect.catchTag("NotFound", () => new ObjectMissing({ place, key }))
      )

    const read: ObjectStore.Service["read"] = (key, options) => {
      const limit = options?.limit ?? ObjectStore.readLimit
      return get("read", key, (answer) =>
        Effect.catchIf(
          answer.bytes(limit),
          (error) => error._tag === "Undecodable" && error.reason === "size",
          () => new TooLarge({ place, key, limit })
        ))
    }

    const put = (
      operation: string,
      key: string,
      body: Uint8Array,
      options?: {
        readonly headers: Readonly<Record<string, string>>
        readonly failed: (error: ApiError.ApiError) => void
      }
    ) =>
      Effect.flatMap(full(key), (key) =>
        send(operation, { method: "PUT", key, body, ...options }, drained, options?.failed))

    return {
      place,
      read,
      range: (key, { bytes, from }) =>
        Effect.zipRight(
          ObjectStore.checkRange({ bytes, from }),
          // One byte cannot be left out of a range, so a range of none asks for one.
          get("range", key, rangeOf({ bytes, from }), { range: `bytes=${from}-${from + Math.max(1, bytes) - 1}` })
        ).pipe(
          // The object is there and ends before.
          Effect.catchIf(
            (error) =>
              error._tag === "Invalid" && error.status === 416,
            () => Effect.succeed(new Uint8Array())
          ),
          Effect.map((found) => found.subarray(0, bytes))
        ),
      download: (key, path) =>
        get("download", key, (answer) =>
          Effect.gen(function*() {
            const file = yield* WholeFile.create(path)
            yield* Stream.runForEach(answer.stream, file.write)
            const { bytes, sha256 } = yield* file.finish(() => Effect.void)
            return { bytes, sha256 }
          }).pipe(Effect.provideService(Disk, disk))),
      put: (key, bytes) => unfound(put("put", key, bytes)),
      putIfAbsent: (key, bytes) =>
        Effect.suspend(() => {
          let isUnsure = false
          const exists = Effect.fail(new ObjectExists({ place, key }))
          return put("putIfAbsent", key, bytes, {
            headers: { "if-none-match": "*" },
            failed: (error) => {
              isUnsure ||= mayBeDone(error)
            }
          }).pipe(
            unfound,
            Effect.catchIf(
              (error) => error._tag === "Conflict" && error.status === 412,
              () =>
                !isUnsure
                  ? exists
                  // An earlier try may have written the object, and only its answer was lost. Then these are its bytes.
                  : read(key, { limit: bytes.length }).pipe(
                    Effect.catchTags({ ObjectMissing: () => exists, TooLarge: () => exists }),
                    Effect.flatMap((found) => same(found, bytes) ? Effect.void : exists)
                  )
            )
          )
        }),
      upload: (key, path) =>
        Effect.scoped(Effect.gen(function*() {
          const name = yield* full(key)
          const source = resolve(path)
          const handle = yield* Effect.acquireRelease(
            take("inspect", source, () => fs.open(source)),
            (handle) => Effect.ignore(take("inspect", source, () => handle.close()))
          )
          const status = yield* take("inspect", source, () => handle.stat())
          if (!status.isFile()) return yield* new WholeFile.NotAFile({ path: source })
          if (status.size > partsAbove) {
            return yield* uploadParts(send, { handle, path: source, key: name, size: status.size, partSize })
          }
          const bytes = yield* take("inspect", source, () => handle.readFile())
          yield* put("upload", key, bytes)
          return { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") }
        })).pipe(unfound),
      list: (prefix, options) =>
        Stream.unwrap(Effect.gen(function*() {
          const begin = `${within}${yield* checkPrefix(prefix)}`
          const after = options?.after === undefined ? "" : `${within}${yield* checkPrefix(options.after)}`
          let last = after
          return Stream.paginateChunkEffect(undefined, (token: string | undefined) =>
            Effect.map(
              send("list", {
                method: "GET",
                query: {
                  "list-type": "2",
                  "encoding-type": "url",
                  prefix: begin,
                  "start-after": token === undefined && after !== "" ? after : undefined,
                  "continuation-token": token
                }
              }, (answer) => pageOf(answer, { begin, last, token })).pipe(unfound),
              ({ next, objects }) => {
                last = objects.at(-1)?.key ?? last
                const listed = objects
                  .map((object) => ({ ...object, key: object.key.slice(within.length) }))
                  // Others may have put objects there that are no objects of a lake, such as the marks of folders.
                  .filter(({ key }) => isKey(key))
                return [Chunk.unsafeFromArray(listed), next === undefined ? Option.none() : Option.some(next)]
              }
            ))
        })),
      remove: (key) =>
        Effect.flatMap(full(key), (key) => send("remove", { method: "DELETE", key }, drained)).pipe(
          Effect.catchTag("NotFound", () => Effect.void)
        )
    }
  })

/**
 * All but the credentials.
 *
 * @since 0.1.0
 * @category models
 */
export type Described = Omit<Options, "credentials">

/**
 * What a URL such as `s3://bucket/prefix` and the environment say of a place: the endpoint of `AWS_ENDPOINT_URL_S3`,
 * `AWS_ENDPOINT_URL` or the profile; the region of `AWS_REGION`, `AWS_DEFAULT_REGION` or the profile. An option goes before all
 * of it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const describe = (
  url: string,
  { profile: asked, ...options }: Partial<Omit<Described, "bucket" | "prefix">> & {
    readonly profile?: string | undefined
  } = {}
): Effect.Effect<Described, ConfigError.ConfigError> =>
  Effect.gen(function*() {
    const named = /^s3:\/\/([^/?#]+)(?:\/([^?#]*?))?\/?$/.exec(url)
    if (named === null) {
      return yield* Effect.fail(ConfigError.InvalidData(["url"], "expected a place such as s3://bucket/prefix"))
    }
    const profile = yield* readProfile(asked)
    const isIgnored = (yield* variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))?.toLowerCase() === "true"
    const endpoint = isIgnored
      ? undefined
      : (yield* variable("AWS_ENDPOINT_URL_S3")) ?? (yield* variable("AWS_ENDPOINT_URL")) ?? profile.get("endpoint_url")
    const region = (yield* variable("AWS_REGION")) ?? (yield* variable("AWS_DEFAULT_REGION")) ?? profile.get("region")
    const described = {
      ...options,
      bucket: named[1] ?? "",
      prefix: named[2] ?? "",
      endpoint: options.endpoint ?? endpoint,
      region: options.region ?? region
    }
    const wrong = problem(described)
    return wrong === undefined ? described : yield* Effect.fail(ConfigError.InvalidData([wrong[0]], wrong[1]))
  })

/**
 * Where requests go, for who chooses a proxy or refuses plain http.
 *
 * @since 0.1.0
 * @category getters
 */
export const urlOf = (described: Described): string => bucketUrl(locationOf(described), {})

/**
 * The place that a URL such as `s3://bucket/prefix` names, with what the environment says of it, and the credentials of
 * `Credentials.chain`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromUrl = (
  url: string,
  { credentials, ...options }: Partial<Omit<Options, "bucket" | "prefix">> & {
    readonly profile?: string | undefined
  } = {}
): Effect.Effect<ObjectStore.Service, ConfigError.ConfigError, HttpClient.HttpClient | Disk> =>
  Effect.gen(function*() {
    const described = yield* describe(url, options)
    return yield* make({
      ...described,
      credentials: credentials ?? (yield* Credentials.chain({ profile: options.profile }))
    })
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layerUrl = (
  ...options: Parameters<typeof fromUrl>
): Layer.Layer<ObjectStore.ObjectStore, ConfigError.ConfigError, HttpClient.HttpClient | Disk> =>
  Layer.effect(ObjectStore.ObjectStore, fromUrl(...options))

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options
): Layer.Layer<ObjectStore.ObjectStore, ConfigError.ConfigError, HttpClient.HttpClient | Disk> =>
  Layer.effect(ObjectStore.ObjectStore, make(options))
