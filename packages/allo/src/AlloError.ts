/**
 * What a call to Allo can fail with.
 *
 * @since 0.1.0
 */
import type { ApiError } from "@trunkline/http"

/**
 * What an answer of Allo can refuse with.
 *
 * @since 0.1.0
 * @category models
 */
export type AlloRefusal =
  | ApiError.Unauthorized
  | ApiError.Forbidden
  | ApiError.NotFound
  | ApiError.Invalid
  | ApiError.Conflict
  | ApiError.RateLimited
  | ApiError.QuotaExceeded
  | ApiError.PaymentRequired
  | ApiError.ServerFault

/**
 * Every way a call to Allo can fail.
 *
 * @since 0.1.0
 * @category models
 */
export type AlloError = AlloRefusal | ApiError.Unreachable | ApiError.Undecodable
