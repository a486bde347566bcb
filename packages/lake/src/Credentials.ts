/**
 * Who signs the requests to an object store, and where that is found: as the command line and the libraries of AWS do.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { NoCredentials } from "./LakeError.js"

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
