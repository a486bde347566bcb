/**
 * What a call to Allo can fail with: every error there is.
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
export type AlloRefusal = ApiError.Refusal

/**
 * Every way a call to Allo can fail.
 *
 * @since 0.1.0
 * @category models
 */
export type AlloError = ApiError.ApiError
