/** Delivers events to the subscribers: signed, tried again, sent twice or withheld. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import { createHmac } from "node:crypto"
import * as http from "node:http"
import * as https from "node:https"
import type { Event, Subscription } from "../Webhook.js"
import { instant } from "./Answer.js"
import type { Happening } from "./events.js"
import { below, hash, hex } from "./random.js"
import { bound, refuse, type SandboxError } from "./SandboxError.js"

export interface Deliveries {
  /** A secret that depends on the seed alone. */
  readonly secret: string
  readonly subscribe: (subscription: Subscription) => Effect.Effect<void, SandboxError>
  readonly tell: (about: string, happenings: () => ReadonlyArray<Happening>, now: number) => void
  readonly events: () => ReadonlyArray<Event>
  /** Ends once no event is pending. */
  readonly settled: Effect.Effect<void>
}

/** Eight tries within 27 hours and a half. */
const usualPauses: ReadonlyArray<Duration.DurationInput> = [
  "5 seconds",
  "5 minutes",
  "30 minutes",
  "2 hours",
  "5 hours",
  "10 hours",
  "10 hours"
]

/** A receiver that takes longer has not accepted the event. */
const patience = Duration.seconds(20)

interface Subscriber extends Subscription {
  readonly keys: ReadonlyArray<Buffer>
  readonly pauses: ReadonlyArray<Duration.DurationInput>
}

type Progress = { -readonly [Key in keyof Event]: Event[Key] }

const read = (subscription: Subscription, secret: string): Effect.Effect<Subscriber, SandboxError> =>
  Effect.gen(function*() {
    if (!/^https?:/.test(subscription.url) || !URL.canParse(subscription.url)) {
      return yield* refuse("subscribe.url", "must be a URL of http or https")
    }
    const secrets = subscription.secrets ?? [secret]
    if (secrets.length === 0 || !secrets.every((one) => /^whsec_[A-Za-z0-9+/]+=*$/.test(one))) {
      return yield* refuse("subscribe.secrets", "each must be whsec_ and base64")
    }
    yield* bound("subscribe.gaps", subscription.gaps ?? 0, 0, 100)
    yield* bound("subscribe.doubles", subscription.doubles ?? 0, 0, 100)
    return {
      ...subscription,
      keys: secrets.map((one) => Buffer.from(one.slice("whsec_".length), "base64")),
      pauses: subscription.pauses ?? usualPauses
    }
  })

/** The status of the answer, once all of it is there. */
const post = (url: string, headers: Record<string, string>, body: string): Effect.Effect<number, Error> =>
  Effect.async((resume, signal) => {
    const { request } = url.startsWith("https:") ? https : http
    const failed = (error: Error) => resume(Effect.fail(error))
    request(url, { method: "POST", headers, signal }, (response) => {
      response.once("error", failed)
      response.once("end", () => resume(Effect.succeed(response.statusCode ?? 0)))
      response.resume()
    }).once("error", failed).end(body)
  })

/** Whether the receiver accepts one try. */
const send = ({ keys, url }: Subscriber, id: string, body: string): Effect.Effect<boolean> =>
  Effect.gen(function*() {
    const seconds = Math.floor((yield* Clock.currentTimeMillis) / 1000)
    const signatures = keys.map((key) =>
      `v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`
    )
    const status = yield* post(url, {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(seconds),
      "webhook-signature": signatures.join(" ")
    }, body)
    return status >= 200 && status < 300
  }).pipe(Effect.timeout(patience), Effect.orElseSucceed(() => false))

export const makeDeliveries = (seed: number): Effect.Effect<Deliveries, never, Scope.Scope> =>
  Effect.gen(function*() {
    const pending = yield* FiberSet.make<void>()
    const run = yield* FiberSet.runtime(pending)<never>()
    const words = Array.from({ length: 6 }, (_, word) => hex(hash({ seed, stream: 95 }, word))).join("")
    const secret = `whsec_${Buffer.from(words, "hex").toString("base64")}`
    const subscribers: Array<Subscriber> = []
    const events: Array<Progress> = []

    const deliver = (subscriber: Subscriber, event: Progress, body: string, isDouble: boolean) =>
      Effect.gen(function*() {
        for (const pause of [Duration.zero, ...subscriber.pauses]) {
          if (event.tries > 0) yield* Effect.sleep(pause)
          event.tries++
          if (yield* send(subscriber, event.id, body)) {
            if (isDouble) {
              event.tries++
              yield* send(subscriber, event.id, body)
            }
            event.state = "delivered"
            return
          }
        }
        event.state = "abandoned"
      })

    return {
      secret,
      subscribe: (subscription) =>
        Effect.map(read(subscription, secret), (subscriber) => {
          subscribers.push(subscriber)
        }),
      tell: (about, happenings, now) => {
        for (const subscriber of subscribers) {
          for (const { data, topic } of happenings()) {
            if (subscriber.topics?.includes(topic) === false) continue
            const number = events.length
            const isGap = below({ seed, stream: 96 }, number, 100) < (subscriber.gaps ?? 0)
            const isDouble = below({ seed, stream: 97 }, number, 100) < (subscriber.doubles ?? 0)
            const id = `msg_${hex(hash({ seed, stream: 98 }, number))}${hex(number)}`
            const event: Progress = { id, topic, about, state: isGap ? "withheld" : "pending", tries: 0 }
            events.push(event)
            const body = JSON.stringify({ topic, version: "2.0", timestamp: instant(now), data })
            if (!isGap) run(deliver(subscriber, event, body, isDouble))
          }
        }
      },
      events: () => events.map((event) => ({ ...event })),
      settled: FiberSet.awaitEmpty(pending)
    }
  })
