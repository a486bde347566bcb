/** What a run tells while it works; how it looks is for the terminal to decide. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Sources from "./Sources.js"

/** What shares one pace: requests of a lane wait for each other, lanes do not. */
export type Lane = "allo search" | "allo read" | "allomia"

/** How much work there is, as far as it is known by now. */
export interface Work {
  readonly requests: number
  readonly rows: number
}

export class Progress extends Context.Tag("@trunkline/exporter/Progress")<Progress, {
  /** More work was found, or less: figures add up, and may be negative. */
  readonly expect: (lane: Lane, work: Work) => Effect.Effect<void>
  /** An answer came, with so many rows. */
  readonly answered: (lane: Lane, rows: number) => Effect.Effect<void>
  /** What a source is about now, such as `counting` or `reading calls`. */
  readonly phase: (source: Sources.Name, text: string) => Effect.Effect<void>
  /** Worth a line of its own that stays. */
  readonly notice: (text: string) => Effect.Effect<void>
}>() {
  static readonly layerSilent: Layer.Layer<Progress> = Layer.succeed(this, {
    expect: () => Effect.void,
    answered: () => Effect.void,
    phase: () => Effect.void,
    notice: () => Effect.void
  })
}
