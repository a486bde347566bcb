/**
 * Who signs the requests to an object store, and where that is found: where the command line and the libraries of AWS look.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { ApiClient, ApiError, Exchange, Retry } from "@trunkline/http"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { printed, readProfile, textOf, variable } from "./internal/environment.js"
import { NoCredentials } from "./LakeError.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Keys {
  readonly accessKeyId: Redacted.Redacted
  readonly secretAccessKey: Redacted.Redacted
  readonly sessionToken?: Redacted.Redacted | undefined
  readonly expiresAt?: DateTime.Utc | undefined
}

/**
 * The keys for the next request. Asked before each try, so that keys which expire can be replaced in time.
 *
 * @since 0.1.0
 * @category models
 */
export type Provider = Effect.Effect<Keys, NoCredentials>

/**
 * Keys that are known already.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fixed = (keys: Keys): Provider => Effect.succeed(keys)

/** Keys are replaced so long before they expire. */
const early = Duration.minutes(5)
/** Between two attempts to replace keys that still work. */
const pause = Duration.minutes(1)
/** Bytes of an answer of a metadata service. */
const answerLimit = 64 * 1024

/** Looks in one place; undefined where there is nothing. */
type Source = Effect.Effect<Keys | undefined, NoCredentials>

const Written = Schema.parseJson(Schema.Struct({
  AccessKeyId: Schema.NonEmptyString,
  SecretAccessKey: Schema.NonEmptyString,
  SessionToken: Schema.optional(Schema.NullOr(Schema.String)),
  Token: Schema.optional(Schema.NullOr(Schema.String)),
  Expiration: Schema.optional(Schema.NullOr(Schema.DateTimeUtc))
}))

const secret = (text: string | null | undefined): Redacted.Redacted | undefined =>
  text === undefined || text === null || text === "" ? undefined : Redacted.make(text)

const readKeys = (text: string, looked: string): Effect.Effect<Keys, NoCredentials> =>
  Schema.decode(Written)(text).pipe(
    Effect.map((written): Keys => ({
      accessKeyId: Redacted.make(written.AccessKeyId),
      secretAccessKey: Redacted.make(written.SecretAccessKey),
      sessionToken: secret(written.SessionToken ?? written.Token),
      expiresAt: written.Expiration ?? undefined
    })),
    // What was decoded may hold keys, so the error tells nothing of it.
    Effect.mapError(() => new NoCredentials({ looked: [looked], reason: "what was found there holds no keys" }))
  )

const variables: Source = Effect.gen(function*() {
  const accessKeyId = yield* variable("AWS_ACCESS_KEY_ID")
  const secretAccessKey = yield* variable("AWS_SECRET_ACCESS_KEY")
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const [there, missing] = accessKeyId === undefined
      ? ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"]
      : ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    return yield* new NoCredentials({ looked: [there], reason: `${missing} is not set beside it` })
  }
  return {
    accessKeyId: Redacted.make(accessKeyId),
    secretAccessKey: Redacted.make(secretAccessKey),
    sessionToken: secret(yield* variable("AWS_SESSION_TOKEN"))
  }
})

const profileFiles = (asked: string | undefined): Source =>
  Effect.gen(function*() {
    const { files: looked, get, isNamed, isThere, name } = yield* readProfile(asked)
    if (!isThere) {
      return isNamed ? yield* new NoCredentials({ looked, reason: `there is no profile ${name}` }) : undefined
    }
    const [accessKeyId, secretAccessKey] = [get("aws_access_key_id"), get("aws_secret_access_key")]
    if (accessKeyId !== undefined && secretAccessKey !== undefined) {
      return {
        accessKeyId: Redacted.make(accessKeyId),
        secretAccessKey: Redacted.make(secretAccessKey),
        sessionToken: secret(get("aws_session_token"))
      }
    }
    const command = get("credential_process")
    if (command !== undefined) {
      const where = `credential_process of the profile ${name}`
      return yield* Effect.flatMap(printed(command), (text) => readKeys(text, where))
    }
    const other = ["sso_session", "sso_start_url", "role_arn", "login_session"].find((field) =>
      get(field) !== undefined
    )
    return other === undefined && !isNamed ? undefined : yield* new NoCredentials({
      looked,
      reason: other === undefined
        ? `the profile ${name} holds no keys`
        : `the profile ${name} uses ${other}, which is not read here. Write ` +
          `"credential_process = aws configure export-credentials --profile ${name}" into another profile and name that one`
    })
  })

/** Asks a metadata service, which answers at once or not at all. */
type Ask = (options: {
  readonly operation: string
  readonly request: HttpClientRequest.HttpClientRequest
  readonly tries: number
}) => Effect.Effect<string, ApiError.ApiError>

/** Where a container may ask for keys without encryption: this machine, and the addresses of ECS and EKS. */
const isTrusted = (url: string): boolean =>
  URL.canParse(url) &&
  (new URL(url).protocol === "https:" || ApiClient.isLoopback(url) ||
    /^(?:169\.254\.170\.(?:2|23)|\[fd00:ec2::23\])$/.test(new URL(url).hostname))

const container = (ask: Ask): Source =>
  Effect.gen(function*() {
    const relative = yield* variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    const whole = yield* variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    const url = relative === undefined ? whole : `http://169.254.170.2${relative}`
    if (url === undefined) return undefined
    const looked = "the credentials of the container"
    if (!isTrusted(url)) {
      const reason =
        "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or an address of this machine or of the container service"
      return yield* new NoCredentials({ looked: [looked], reason })
    }
    const file = yield* variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    const token = (file === undefined ? undefined : (yield* textOf(file))?.trim()) ??
      (yield* variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"))
    const plain = HttpClientRequest.get(url)
    const request = token === undefined ? plain : HttpClientRequest.setHeader(plain, "authorization", token)
    const text = yield* ask({ operation: "Credentials.container", request, tries: 3 }).pipe(
      Effect.mapError(({ message }) => new NoCredentials({ looked: [looked], reason: message }))
    )
    return yield* readKeys(text, looked)
  })

const instance = (ask: Ask): Source =>
  Effect.gen(function*() {
    if ((yield* variable("AWS_EC2_METADATA_DISABLED"))?.toLowerCase() === "true") return undefined
    const base = (yield* variable("AWS_EC2_METADATA_SERVICE_ENDPOINT")) ?? "http://169.254.169.254"
    const operation = "Credentials.instance"
    const path = `${base.replace(/\/+$/, "")}/latest`
    const token = yield* ask({
      operation,
      request: HttpClientRequest.put(`${path}/api/token`).pipe(
        HttpClientRequest.setHeader("x-aws-ec2-metadata-token-ttl-seconds", "21600")
      ),
      tries: 1
    }).pipe(Effect.option)
    // Most machines are no instances of EC2.
    if (token._tag === "None") return undefined
    const get = (where: string) =>
      ask({
        operation,
        request: HttpClientRequest.get(`${path}/meta-data/iam/security-credentials/${where}`).pipe(
          HttpClientRequest.setHeader("x-aws-ec2-metadata-token", token.value)
        ),
        tries: 3
      })
    const looked = "the metadata of the instance"
    const text = yield* Effect.flatMap(
      get(""),
      (roles) => get(encodeURIComponent(roles.split("\n", 1)[0]?.trim() ?? ""))
    ).pipe(
      Effect.mapError(({ message }) => new NoCredentials({ looked: [looked], reason: message }))
    )
    return yield* readKeys(text, looked)
  })

const everywhere = [
  "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
  "the profile files of AWS",
  "the credentials of the container",
  "the metadata of the instance"
]

/** Keeps what was found, and looks again before it expires. */
const kept = (find: Provider): Effect.Effect<Provider> =>
  Effect.map(Effect.makeSemaphore(1), (alone) => {
    let held: Keys | undefined
    let next: DateTime.Utc | undefined
    const current = Effect.map(DateTime.now, (now) =>
      held !== undefined && (next === undefined || DateTime.lessThan(now, next)) ? held : undefined)
    const renew = Effect.gen(function*() {
      // Somebody else may have looked while this one waited.
      const already = yield* current
      if (already !== undefined) {
        return already
      }
      const found = yield* Effect.either(find)
      const now = yield* DateTime.now
      if (found._tag === "Right") {
        held = found.right
        next = held.expiresAt === undefined ? undefined : DateTime.subtractDuration(held.expiresAt, early)
        // Keys that are about to expire are good for a while, and not worth a question before each request.
        if (next !== undefined && DateTime.lessThan(next, now)) {
          next = DateTime.addDuration(now, pause)
        }
        return held
      }
      if (held?.expiresAt === undefined || DateTime.lessThanOrEqualTo(held.expiresAt, now)) {
        return yield* found.left
      }
      next = DateTime.addDuration(now, pause)
      return held
    })
    return Effect.flatMap(current, (keys) =>
      keys === undefined ? alone.withPermits(1)(renew) : Effect.succeed(keys))
  })

/**
 * The first of these that has keys, looked for when the first request is made: the variables `AWS_ACCESS_KEY_ID`,
 * `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`; the profile of `AWS_PROFILE` in `~/.aws/credentials` and `~/.aws/config`
 * (keys, or a `credential_process`); the service of a container; the metadata of an EC2 instance. With `profile`, only that
 * profile. Keys that expire are replaced five minutes before.
 *
 * @since 0.1.0
 * @category constructors
 */
export const chain = (
  options: { readonly profile?: string | undefined } = {}
): Effect.Effect<Provider, never, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const exchange = yield* Exchange.make({
      vendor: "aws-credentials",
      refusal: ({ told }) => ApiError.refuse(ApiError.tagOfStatus(told.status) ?? "Invalid", told)
    })
    const ask: Ask = ({ operation, request, tries }) =>
      exchange.send({
        operation,
        method: request.method,
        request: Effect.succeed(request),
        repeatable: true,
        timeLimit: Duration.seconds(tries === 1 ? 1 : 5),
        read: (answer) => Effect.map(answer.bytes(answerLimit), (bytes) => new TextDecoder().decode(bytes))
      }).pipe(Retry.atMost({ tries, wait: Duration.seconds(5) }))

    const sources = options.profile === undefined
      ? [variables, profileFiles(undefined), container(ask), instance(ask)]
      : [profileFiles(options.profile)]
    const find: Provider = Effect.gen(function*() {
      for (const source of sources) {
        const keys = yield* source
        if (keys !== undefined) return keys
      }
      return yield* new NoCredentials({ looked: everywhere })
    })
    return yield* kept(find)
  })
