/**
 * What a client of any third-party JSON API needs: one vocabulary of errors, a pace, polite retries, pages as streams,
 * and tolerant reading. It knows no vendor and no platform.
 *
 * @since 0.1.0
 */
export * as ApiClient from "./ApiClient.js"
export * as ApiError from "./ApiError.js"
export * as Bounds from "./Bounds.js"
export * as Download from "./Download.js"
export * as Encoding from "./Encoding.js"
export * as Envelope from "./Envelope.js"
export * as Exchange from "./Exchange.js"
export * as Handed from "./Handed.js"
export * as Pace from "./Pace.js"
export * as Page from "./Page.js"
export * as Read from "./Read.js"
export * as RequestId from "./RequestId.js"
export * as Retry from "./Retry.js"
export * as Wire from "./Wire.js"
