/** Every code Allo is known to answer: which refusal it is, and what to do about it. */
import type { ApiError } from "@trunkline/http"
import * as Record from "effect/Record"

export interface Meaning {
  readonly tag: ApiError.RefusalTag
  readonly advice: string
}

type Advices = { readonly [code: string]: string }

const advices: { readonly [Tag in ApiError.RefusalTag]: Advices } = {
  Unauthorized: {
    API_KEY_INVALID: "Check the key: it is unknown, or was copied in part",
    API_KEY_REVOKED: "Make a new key: this one was revoked",
    UNAUTHORIZED: "Send a key: none reached the API"
  },
  Forbidden: {
    API_KEY_INSUFFICIENT_SCOPE: "Give the key the scope of this endpoint",
    API_KEY_TRIAL_NOT_ALLOWED: "Move the account to a paid plan: trials have no API",
    FORBIDDEN: "Ask an admin: the key's owner may not do this",
    A2P_NOT_ENABLED: "Register the sending number for A2P messaging",
    RECORDING_ACCESS_DENIED: "Use the key of someone who may play the recording",
    ALLO_NUMBER_FORBIDDEN: "Ask for access to this line"
  },
  NotFound: {
    CONVERSATION_ITEM_NOT_FOUND: "Check the id; a search finds items by date and number",
    MEMBER_NOT_FOUND: "Check the id of the team member",
    TEAM_NOT_FOUND: "Set up a team for the key's owner",
    USER_NOT_FOUND: "Check that the key's owner is still active",
    BUSINESS_NOT_FOUND: "Finish setting up the account",
    CALL_NOT_FOUND: "Check the id of the call",
    TEXT_MESSAGE_NOT_FOUND: "Check the id of the message",
    PHONE_NUMBER_NOT_FOUND: "Use a number of this account",
    FROM_NUMBER_NOT_FOUND: "Send from a number of this account",
    TAG_NOT_FOUND: "Nothing to remove: the item does not have the tag",
    SENDER_ID_NOT_FOUND: "Check the sender id",
    SUMMARY_TEMPLATE_NOT_FOUND: "Check which summaries the call has",
    ENDPOINT_NOT_FOUND: "Check the path, the method and the base URL",
    PARTNER_ACCOUNT_NOT_FOUND: "Check the id: this key made no such account",
    ASSIGNEE_NOT_FOUND: "Check the teammate's id or address",
    DIALING_QUEUE_NOT_FOUND: "Make a dialing queue for the user first",
    QUEUE_NUMBER_POSITION_NOT_FOUND: "Check the position in the queue",
    THREAD_NOT_FOUND: "Check the id of the thread",
    NOTE_NOT_FOUND: "Check the id of the note",
    CONTACT_NOT_FOUND: "Check the id of the contact",
    PERSON_NOT_FOUND: "Check the id of the person, which begins with per-"
  },
  Invalid: {
    INVALID_REQUEST: "Correct the named fields",
    INVALID_REQUEST_BODY: "Send a JSON body",
    MISSING_PARAMETER: "Send the named parameter",
    MISSING_HEADER: "Send the named header",
    UNSUPPORTED_MEDIA_TYPE: "Send application/json",
    INVALID_PAGE_SIZE: "Ask for 1 to 100 rows a page",
    INVALID_SEARCH_QUERY: "Search for at least one letter or digit",
    MISSING_ALLO_NUMBER: "Name a line of the account in alloNumber",
    INVALID_DATE_RANGE: "Give both days as YYYY-MM-DD, the earlier first",
    DATE_RANGE_TOO_WIDE: "Ask for fewer days at once",
    INVALID_ITEM_ID: "Give an id that begins with cll- or msg-, and of a call where only calls will do",
    BATCH_TOO_LARGE: "Ask for at most 100 ids at once",
    TAGS_REQUIRED: "Name at least one tag",
    INVALID_ACTION: "Use READ, UNREAD, ARCHIVE or UNARCHIVE",
    INVALID_GRANULARITY: "Use DAY, WEEK or MONTH",
    INVALID_GROUP_BY: "Use a grouping this report knows",
    UNSUPPORTED_EXTEND_VALUE: "Extend with transcript, or not at all",
    METHOD_NOT_ALLOWED: "Use another method on this path",
    INVALID_PHONE_FORMAT: "Write numbers as E.164: +, country code, number, no spaces",
    INVALID_TO_NUMBER: "Check the recipient's number",
    TO_NUMBER_COUNTRY_MISMATCH: "Send from a number of the recipient's country",
    NUMBER_NOT_SMS_ENABLED: "Send from a number that can send text messages",
    SENDER_ID_INBOX_CANNOT_SEND_SMS: "Send from another line: this inbox only receives",
    SENDER_ID_NOT_ACTIVE: "Activate the sender id first",
    MESSAGE_NOT_COMPLIANT: "Change the text: it breaks a messaging rule",
    LANDLINE_NUMBER_NOT_SUPPORTED: "Send to a mobile number",
    SUMMARY_TEMPLATE_KEY_REQUIRED: "Name the summary to replace: the call has several",
    DIALING_QUEUE_LIMIT_REACHED: "Keep a queue to 1,000 numbers",
    DIALING_QUEUE_DELETE_FILTER_REQUIRED: "Say which numbers to clear",
    DIALING_QUEUE_DELETE_FILTER_CONFLICT: "Clear the unassigned, or named ones, not both",
    INVALID_PHONE_NUMBER: "Write numbers as E.164: +, country code, number, no spaces",
    INVALID_THREAD_ENTITY_TYPE: "Use CALL, TEXT_MESSAGE or CONVERSATION_NOTE",
    EMPTY_NOTE_CONTENT: "Write something in the note",
    NOTE_CONTENT_TOO_LONG: "Keep a note to 4,000 characters",
    MISSING_ALLO_NUMBER_OR_SENDER_ID: "Name the line or the sender id",
    INVALID_LENGTH: "Keep a text message to 1,000 characters",
    PROVIDER_NOT_SUPPORTED: "Send from another number: this carrier takes no API messages",
    INVALID_SENDER_ID: "Register the sender id first",
    CONTACT_NOTES_UNAVAILABLE: "Ask Allo to move the workspace to its newer contacts: older ones have no notes"
  },
  Conflict: {
    TAG_ALREADY_EXISTS: "Nothing to add: the item has the tag",
    OTHER_TRANSACTION_IN_PROGRESS: "Wait for the other change to end, then try again",
    NUMBER_ALREADY_ASSIGNED: "Take the number from the other person first",
    IDEMPOTENCY_KEY_REUSE: "Make a new idempotency key for each write",
    PARTNER_ACCOUNT_ALREADY_EXISTS: "Use the account that exists",
    NO_NUMBER_AVAILABLE: "Ask for a number of another kind, or later",
    DIALING_QUEUE_APPEND_CONFLICT: "Append again: another change came first",
    THREAD_ALREADY_EXISTS: "Use the thread that exists"
  },
  RateLimited: {
    RATE_LIMIT_EXCEEDED: "Send fewer requests a second with this key"
  },
  QuotaExceeded: {
    TRIAL_SMS_LIMIT_REACHED: "Come back tomorrow, or move to a paid plan",
    SMS_LIMIT_REACHED: "Come back tomorrow",
    DAILY_SMS_LIMIT_REACHED: "Come back tomorrow, or send from another number",
    API_KEY_QUOTA_EXCEEDED: "Come back when the quota renews; v2 methods do not count against it"
  },
  PaymentRequired: {
    PARTNER_SUBSCRIPTION_NOT_BILLABLE: "Put the partner subscription in order",
    PARTNER_BILLING_FAILED: "Check the partner's means of payment"
  },
  ServerFault: {
    INTERNAL_SERVER_ERROR: "Try again later, and give support the request id"
  }
}

/** By code. A code decides before the status: an unknown contact is answered with 400, and is not found. */
export const codes: ReadonlyMap<string, Meaning> = new Map(
  Record.toEntries(advices).flatMap(([tag, ofTag]) =>
    Record.toEntries(ofTag).map(([code, advice]) => [code, { tag, advice }])
  )
)
