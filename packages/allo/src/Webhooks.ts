/**
 * Deliveries of Allo's webhooks: their signatures (Standard Webhooks), their events, and each of them handled once.
 *
 * @since 0.1.0
 */
import * as Headers from "@effect/platform/Headers"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { readWebhookEvent, type WebhookEvent } from "./WebhookEvent.js"

/**
 * A delivery that is not believed. `unsigned`: a header is missing or unreadable. `signature`: no secret made it. `stale`:
 * it was signed too long ago, or in the future. `body`: it is signed, and no event; `paths` says where.
 *
 * @since 0.1.0
 * @category errors
 */
export class WebhookRefused extends Schema.TaggedError<WebhookRefused>("@trunkline/allo/Webhooks/WebhookRefused")(
  "WebhookRefused",
  {
    reason: Schema.Literal("unsigned", "signature", "stale", "body"),
    paths: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] })
  }
) {
  override get message(): string {
    return {
      unsigned: "the delivery has no webhook-id, webhook-timestamp or webhook-signature that can be read",
      signature: "the delivery is signed with none of the secrets",
      stale: "the delivery was signed too long ago, or in the future",
      body: `the delivery is signed, and holds no event: cannot read ${this.paths.join(", ")}`
    }[this.reason]
  }
}

/**
 * A delivery as it came in.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  readonly headers: Headers.Input
  /** As it was received, byte by byte: a body that was parsed and written again has another signature. */
  readonly body: string | Uint8Array
}

/**
 * A delivery that is genuine.
 *
 * @since 0.1.0
 * @category models
 */
export interface Delivery {
  /** The same whenever the event is delivered again. */
  readonly id: string
  readonly signedAt: DateTime.Utc
  readonly event: WebhookEvent
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** `whsec_…`. Several while a secret is rotated. */
  readonly secrets: ReadonlyArray<Redacted.Redacted>
  /** How old a signature may be, and how far ahead its clock: 5 minutes unless told otherwise. */
  readonly tolerance?: Duration.DurationInput | undefined
  /** How many ids of handled deliveries are remembered: 10,000 unless told otherwise. */
  readonly remembered?: number | undefined
}

const keyOf = (secret: Redacted.Redacted): Either.Either<Uint8Array<ArrayBuffer>, string> => {
  const text = Redacted.value(secret).replace(/^whsec_/, "")
  return Either.match(Encoding.decodeBase64(text.padEnd(Math.ceil(text.length / 4) * 4, "=")), {
    onLeft: () => Either.left("a secret is whsec_ and base64"),
    onRight: (bytes) => bytes.length === 0 ? Either.left("a secret is empty") : Either.right(new Uint8Array(bytes))
  })
}

const make = (options: Options): Effect.Effect<Context.Tag.Service<Webhooks>, string> =>
  Effect.gen(function*() {
    if (options.secrets.length === 0) return yield* Effect.fail("name at least one secret")
    const tolerance = Duration.toMillis(options.tolerance ?? Duration.minutes(5))
    const remembered = options.remembered ?? 10_000
    const { subtle } = globalThis.crypto
    const keys = yield* Effect.forEach(options.secrets, (secret) =>
      Effect.flatMap(keyOf(secret), (bytes) =>
        Effect.promise(() =>
          subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"])
        )))
    /** Ids of handled deliveries, the oldest first. */
    const handled = new Set<string>()
    const busy = new Map<string, { readonly turn: Effect.Semaphore; waiting: number }>()

    const verify = ({ body, headers }: Request): Effect.Effect<Delivery, WebhookRefused> =>
      Effect.gen(function*() {
        const head = Headers.fromInput(headers)
        const { "webhook-id": id, "webhook-signature": signed, "webhook-timestamp": seconds } = head
        if (!id || !signed || !seconds || !/^\d{1,12}$/.test(seconds)) {
          return yield* new WebhookRefused({ reason: "unsigned" })
        }
        const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body
        const beginning = new TextEncoder().encode(`${id}.${seconds}.`)
        const content = new Uint8Array(beginning.length + bytes.length)
        content.set(beginning)
        content.set(bytes, beginning.length)
        const signatures = signed.split(" ").flatMap((one) =>
          one.startsWith("v1,") ? Option.toArray(Either.getRight(Encoding.decodeBase64(one.slice(3)))) : []
        )
        // `subtle.verify` compares in constant time.
        const isGenuine = yield* Effect.promise(async () => {
          for (const key of keys) {
            for (const signature of signatures) {
              if (await subtle.verify("HMAC", key, new Uint8Array(signature), content)) {
                return true
              }
            }
          }
          return false
        })
        if (!isGenuine) {
          return yield* new WebhookRefused({ reason: "signature" })
        }
        const signedAt = Number(seconds) * 1000
        if (Math.abs((yield* Clock.currentTimeMillis) - signedAt) > tolerance) {
          return yield* new WebhookRefused({ reason: "stale" })
        }
        const parsed = Either.try((): unknown =>
          JSON.parse(new TextDecoder().decode(bytes))
        )
        const event = Either.flatMap(Either.mapLeft(parsed, () => ["(the value itself)"]), readWebhookEvent)
        return yield* Either.mapBoth(event, {
          onLeft: (paths) => new WebhookRefused({ reason: "body", paths }),
          onRight: (event) => ({ id, signedAt: DateTime.unsafeMake(signedAt), event })
        })
      })

    /** Deliveries of one id wait for each other, so that two at once are not both handled. */
    const alone = <A, E, R>(id: string, effect: Effect.Effect<A, E, R>) =>
      Effect.suspend(() => {
        const own = busy.get(id) ?? { turn: Effect.unsafeMakeSemaphore(1), waiting: 0 }
        busy.set(id, own)
        own.waiting++
        return Effect.ensuring(
          own.turn.withPermits(1)(effect),
          Effect.sync(() => {
            own.waiting--
            if (own.waiting === 0) busy.delete(id)
          })
        )
      })

    const remember = (id: string) => {
      handled.add(id)
      for (const oldest of handled) {
        if (handled.size <= remembered) break
        handled.delete(oldest)
      }
    }

    return {
      verify,
      once: (request, handle) =>
        Effect.flatMap(verify(request), (delivery) =>
          alone(
            delivery.id,
            Effect.suspend(() =>
              handled.has(delivery.id)
                ? Effect.succeedNone
                : Effect.tap(Effect.asSome(handle(delivery)), () => Effect.sync(() => remember(delivery.id)))
            )
          ))
    }
  })

/**
 * Allo delivers at least once, and out of order, and a few events never: what is to be whole is polled as well.
 *
 * @since 0.1.0
 * @category services
 */
export class Webhooks extends Context.Tag("@trunkline/allo/Webhooks")<Webhooks, {
  /** The event of a genuine delivery. */
  readonly verify: (request: Request) => Effect.Effect<Delivery, WebhookRefused>
  /**
   * Handles a genuine delivery, unless one of the same id was handled before: then there is no value. A delivery whose
   * handling failed is not handled, so answer it with an error, and it comes again. Answer within 20 seconds.
   */
  readonly once: <A, E, R>(
    request: Request,
    handle: (delivery: Delivery) => Effect.Effect<A, E, R>
  ) => Effect.Effect<Option.Option<A>, E | WebhookRefused, R>
}>() {
  /** Dies if a secret cannot be used: `layerConfig` is for those that come from outside. */
  static readonly layer = (options: Options): Layer.Layer<Webhooks> =>
    Layer.effect(
      this,
      Effect.catchAll(make(options), (problem) => Effect.dieMessage(`Webhooks: ${problem}`))
    )

  static readonly layerConfig = (
    options: Config.Config.Wrap<Options>
  ): Layer.Layer<Webhooks, ConfigError.ConfigError> =>
    Layer.effect(
      this,
      Effect.flatMap(Config.unwrap(options), (read) =>
        Effect.mapError(make(read), (problem) => ConfigError.InvalidData(["secrets"], problem)))
    )
}
