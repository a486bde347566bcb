/**
 * Both telephony APIs and an S3 on loopback, with a world that moves and faults on request.
 *
 * @since 0.1.0
 */
export * as Fault from "./Fault.js"
export { run } from "./run.js"
export { S3 } from "./S3.js"
export type { S3Options, S3Request } from "./S3.js"
export * as S3Fault from "./S3Fault.js"
export { Sandbox, SandboxError } from "./Sandbox.js"
export type { Arrival, Options, Question, Request } from "./Sandbox.js"
export * as Webhook from "./Webhook.js"
