/** The wish to stop: whoever reads finishes the page in hand, lands it, and asks for no other. */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export class Stop extends Context.Tag("@trunkline/exporter/Stop")<Stop, {
  readonly request: Effect.Effect<void>
  readonly requested: Effect.Effect<boolean>
  /** Ends when it is requested. */
  readonly wait: Effect.Effect<void>
}>() {
  static readonly layer: Layer.Layer<Stop> = Layer.effect(
    this,
    Effect.map(Deferred.make<void>(), (deferred) => ({
      request: Effect.asVoid(Deferred.succeed(deferred, undefined)),
      requested: Deferred.isDone(deferred),
      wait: Deferred.await(deferred)
    }))
  )
}
