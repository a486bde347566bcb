/**
 * Both telephony APIs on loopback, with a world that moves and faults on request.
 *
 * @since 0.1.0
 */
export * as Fault from "./Fault.js"
export { run } from "./run.js"
export { Sandbox, SandboxError } from "./Sandbox.js"
export type { Arrival, Options, Question, Request } from "./Sandbox.js"
export * as Webhook from "./Webhook.js"
