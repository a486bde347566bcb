/**
 * What a call to Allomia can fail with. It documents no quota.
 *
 * @since 0.1.0
 */
import type { ApiError } from "@trunkline/http"

/**
 * What an answer of Allomia can refuse with.
 *
 * @since 0.1.0
 * @category models
 */
export type AllomiaRefusal = Exclude<ApiError.Refusal, ApiError.QuotaExceeded>

/**
 * Every way a call to Allomia can fail.
 *
 * @since 0.1.0
 * @category models
 */
export type AllomiaError = AllomiaRefusal | ApiError.Unreachable | ApiError.Undecodable
