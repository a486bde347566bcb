/**
 * The vendors that a run reads.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Source } from "./Source.js"

/**
 * @since 0.1.0
 * @category services
 */
export class Sources extends Context.Tag("@trunkline/export/Sources")<Sources, ReadonlyArray<Source>>() {
  /** Of several vendors: `Sources.layer(Effect.all([one, another]))`. */
  static readonly layer = <E, R>(sources: Effect.Effect<ReadonlyArray<Source>, E, R>): Layer.Layer<Sources, E, R> =>
    Layer.effect(this, sources)
}
