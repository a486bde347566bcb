/**
 * The wish to stop. A run that is asked to stop finishes the pages in hand, lands them, and asks for no other. Without
 * `Stop.layer` a run is never asked.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/**
 * @since 0.1.0
 * @category services
 */
export class Stop extends Context.Reference<Stop>()<"@trunkline/export/Stop", {
  readonly request: Effect.Effect<void>
  readonly requested: Effect.Effect<boolean>
  /** Ends when it is requested. */
  readonly wait: Effect.Effect<void>
}>("@trunkline/export/Stop", {
  defaultValue: () => ({ request: Effect.void, requested: Effect.succeed(false), wait: Effect.never })
}) {
  static readonly layer: Layer.Layer<Stop> = Layer.effect(
    this,
    Effect.map(Deferred.make<void>(), (deferred) => ({
      request: Effect.asVoid(Deferred.succeed(deferred, undefined)),
      requested: Deferred.isDone(deferred),
      wait: Deferred.await(deferred)
    }))
  )
}
