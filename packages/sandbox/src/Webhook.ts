/**
 * Events of the Allo team, delivered as signed webhooks.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"

/**
 * The topics that the sandbox delivers: its contacts never change.
 *
 * @since 0.1.0
 * @category models
 */
export type Topic =
  | "call.received"
  | "call.triggered"
  | "call.answered"
  | "call.completed"
  | "tag.added"
  | "tag.removed"
  | "sms.received"
  | "sms.sent"

/**
 * Where events go from now on, and how.
 *
 * @since 0.1.0
 * @category models
 */
export interface Subscription {
  /** Allo wants https; the sandbox delivers to http as well. */
  readonly url: string
  /** `whsec_` and base64: each of them signs, as while a secret is rotated. That of the sandbox when left out. */
  readonly secrets?: ReadonlyArray<string> | undefined
  /** All when left out. */
  readonly topics?: ReadonlyArray<Topic> | undefined
  /** How many events of a hundred are never sent; 0 when left out. */
  readonly gaps?: number | undefined
  /** How many events of a hundred are sent again after they were accepted; 0 when left out. */
  readonly doubles?: number | undefined
  /** How long it waits before each further try; seven pauses, of 5 seconds to 10 hours, when left out. */
  readonly pauses?: ReadonlyArray<Duration.DurationInput> | undefined
}

/**
 * What became of an event. `pending`: it is being delivered, or waits for its next try. `delivered`: it was accepted with 2xx.
 * `withheld`: it is a gap. `abandoned`: its last try failed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Event {
  /** The `webhook-id`, the same at every try. */
  readonly id: string
  readonly topic: Topic
  /** The call or message it is about, also where the event does not say so. */
  readonly about: string
  readonly state: "pending" | "delivered" | "withheld" | "abandoned"
  readonly tries: number
}
