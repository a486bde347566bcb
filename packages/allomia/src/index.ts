/**
 * The Allomia API as typed Effect services.
 *
 * @since 0.1.0
 */
export { AllomiaClient, type Call as AllomiaRequest, type Options as AllomiaOptions } from "./AllomiaClient.js"
export type { AllomiaError, AllomiaRefusal } from "./AllomiaError.js"
export { Call, CallDetails, CallId } from "./Call.js"
export { type Asked as CallFilesAsked, CallFiles } from "./CallFiles.js"
export { Calls, type CallsQuery } from "./Calls.js"
export { Organization } from "./Organization.js"
export { Organizations, type OrganizationsQuery } from "./Organizations.js"
export { OutboundCalls, OutboundCallStatus } from "./OutboundCalls.js"
