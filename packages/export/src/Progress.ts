/**
 * What a run reports while it works. Nothing is shown unless a program provides a `Progress` of its own.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * Requests that share one pace: requests of a lane wait for each other, lanes do not.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lane {
  readonly name: string
  /** Requests a second that the pace allows. */
  readonly perSecond: Effect.Effect<number>
}

/**
 * How much work is ahead, as far as it is known.
 *
 * @since 0.1.0
 * @category models
 */
export interface Work {
  readonly requests: number
  readonly rows: number
}

/**
 * @since 0.1.0
 * @category services
 */
export class Progress extends Context.Reference<Progress>()<"@trunkline/export/Progress", {
  /** More work was found, or less: figures add up, and may be negative. */
  readonly expect: (lane: Lane, work: Work) => Effect.Effect<void>
  /** An answer came, with so many rows. */
  readonly answered: (lane: Lane, rows: number) => Effect.Effect<void>
  /** What a source is doing now, such as `counting`. */
  readonly phase: (source: string, text: string) => Effect.Effect<void>
  /** A line for people that stays. */
  readonly notice: (text: string) => Effect.Effect<void>
}>("@trunkline/export/Progress", {
  defaultValue: () => ({
    expect: () => Effect.void,
    answered: () => Effect.void,
    phase: () => Effect.void,
    notice: () => Effect.void
  })
}) {}
