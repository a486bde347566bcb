/**
 * An account as a fleet knows it, and what a night of it is.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type { Schedule } from "./Schedule.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Account {
  readonly name: string
  readonly schedule: Schedule
  /**
   * What shares a pace with other accounts, as a text that tells nothing of a secret. Accounts of one key run on one worker,
   * one after another.
   */
  readonly key: Effect.Effect<string>
}

/**
 * A night that is to be run.
 *
 * @since 0.1.0
 * @category models
 */
export interface Night {
  readonly account: string
  /** When it was to begin. */
  readonly due: DateTime.Utc
  /** Counts the times it was begun, from 1 on. */
  readonly attempt: number
  readonly leave: Leave
}

/**
 * The wish that a night comes to an end and keeps what it has: the worker leaves, or the account moves to another worker.
 *
 * @since 0.1.0
 * @category models
 */
export interface Leave {
  readonly requested: Effect.Effect<boolean>
  /** Ends when it is requested. */
  readonly wait: Effect.Effect<void>
}

/**
 * What came of a night.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outcome {
  /** `done` until the next night, `again` after a while, or `left` because it was asked to leave. */
  readonly end: "done" | "again" | "left"
  readonly exitCode: number
  /** One line for `status`; null where all is well. It may hold no secret. */
  readonly says: string | null
  /** Up to when the account is certified; null where the night does not know. */
  readonly certifiedUntil: DateTime.Utc | null
}
