/**
 * What a call, a message and an utterance is, and how each vendor's record becomes one.
 *
 * @since 0.1.0
 */
export * as Calls from "./Calls.js"
export { Contact, Deal } from "./Contact.js"
export * as Conversations from "./Conversations.js"
export * as Dimensions from "./Dimensions.js"
export * as FromAllo from "./FromAllo.js"
export * as FromAllomia from "./FromAllomia.js"
export * as HistoryCalls from "./HistoryCalls.js"
export * as HistoryMessages from "./HistoryMessages.js"
export * as Id from "./Id.js"
export { check, type Mapped, validate } from "./Mapped.js"
export * as Masking from "./Masking.js"
export * as Messages from "./Messages.js"
export * as Outcome from "./Outcome.js"
export * as Personal from "./Personal.js"
export * as Phone from "./Phone.js"
export * as PhoneNumber from "./PhoneNumber.js"
export { type RefusedRow, unreadable } from "./Refused.js"
export { tables } from "./Tables.js"
export * as Utterances from "./Utterances.js"
