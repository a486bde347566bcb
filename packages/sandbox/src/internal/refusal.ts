/** The refusals of each API: the envelopes, and the status of each code. */
import type { Api } from "../Fault.js"
import { type Answer, answer } from "./Answer.js"

/** The codes of each status. */
const codes: { readonly [status: string]: string } = {
  400: "INVALID_REQUEST INVALID_REQUEST_BODY MISSING_PARAMETER MISSING_HEADER INVALID_PAGE_SIZE " +
    "INVALID_SEARCH_QUERY MISSING_ALLO_NUMBER INVALID_DATE_RANGE DATE_RANGE_TOO_WIDE INVALID_ITEM_ID " +
    "BATCH_TOO_LARGE TAGS_REQUIRED INVALID_ACTION INVALID_GRANULARITY INVALID_GROUP_BY " +
    "UNSUPPORTED_EXTEND_VALUE INVALID_PHONE_FORMAT INVALID_TO_NUMBER TO_NUMBER_COUNTRY_MISMATCH " +
    "NUMBER_NOT_SMS_ENABLED SENDER_ID_INBOX_CANNOT_SEND_SMS SENDER_ID_NOT_ACTIVE MESSAGE_NOT_COMPLIANT " +
    "LANDLINE_NUMBER_NOT_SUPPORTED SUMMARY_TEMPLATE_KEY_REQUIRED DIALING_QUEUE_LIMIT_REACHED " +
    "DIALING_QUEUE_DELETE_FILTER_REQUIRED DIALING_QUEUE_DELETE_FILTER_CONFLICT INVALID_PHONE_NUMBER " +
    "INVALID_THREAD_ENTITY_TYPE EMPTY_NOTE_CONTENT NOTE_CONTENT_TOO_LONG MISSING_ALLO_NUMBER_OR_SENDER_ID " +
    "CONTACT_NOTES_UNAVAILABLE",
  401: "API_KEY_INVALID API_KEY_REVOKED UNAUTHORIZED",
  402: "PARTNER_SUBSCRIPTION_NOT_BILLABLE PARTNER_BILLING_FAILED",
  403: "API_KEY_INSUFFICIENT_SCOPE API_KEY_TRIAL_NOT_ALLOWED FORBIDDEN A2P_NOT_ENABLED " +
    "RECORDING_ACCESS_DENIED ALLO_NUMBER_FORBIDDEN",
  404: "CONVERSATION_ITEM_NOT_FOUND MEMBER_NOT_FOUND TEAM_NOT_FOUND USER_NOT_FOUND BUSINESS_NOT_FOUND " +
    "CALL_NOT_FOUND TEXT_MESSAGE_NOT_FOUND PHONE_NUMBER_NOT_FOUND FROM_NUMBER_NOT_FOUND TAG_NOT_FOUND " +
    "SENDER_ID_NOT_FOUND SUMMARY_TEMPLATE_NOT_FOUND ENDPOINT_NOT_FOUND PARTNER_ACCOUNT_NOT_FOUND " +
    "ASSIGNEE_NOT_FOUND DIALING_QUEUE_NOT_FOUND QUEUE_NUMBER_POSITION_NOT_FOUND THREAD_NOT_FOUND " +
    "NOTE_NOT_FOUND PERSON_NOT_FOUND",
  405: "METHOD_NOT_ALLOWED",
  409: "TAG_ALREADY_EXISTS OTHER_TRANSACTION_IN_PROGRESS NUMBER_ALREADY_ASSIGNED IDEMPOTENCY_KEY_REUSE " +
    "PARTNER_ACCOUNT_ALREADY_EXISTS NO_NUMBER_AVAILABLE DIALING_QUEUE_APPEND_CONFLICT " +
    "THREAD_ALREADY_EXISTS",
  415: "UNSUPPORTED_MEDIA_TYPE",
  429: "RATE_LIMIT_EXCEEDED TRIAL_SMS_LIMIT_REACHED SMS_LIMIT_REACHED DAILY_SMS_LIMIT_REACHED",
  500: "INTERNAL_SERVER_ERROR"
}

const statuses = new Map(
  Object.entries(codes).flatMap(([status, list]) => list.split(" ").map((code) => [code, Number(status)] as const))
)

/** The parts of a v2 refusal besides its code. */
export interface Detail {
  readonly message: string
  readonly param?: string
  readonly suggestion?: string
  readonly errors?: ReadonlyArray<FieldError>
  readonly retryAfter?: number
  /** The status of the code when left out. */
  readonly status?: number
}

export interface FieldError {
  readonly field: string
  readonly code: string
  readonly message: string
}

const types: { readonly [status: number]: string } = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  409: "conflict_error",
  429: "rate_limit_error"
}

const typeOf = (status: number): string => types[status] ?? (status >= 500 ? "server_error" : "validation_error")

export const v2 = (code: string, requestId: string, detail: Detail): Answer => {
  const status = statuses.get(code) ?? 400
  const said = detail.status ?? status
  return answer(said, {
    error: {
      type: typeOf(said),
      code,
      message: detail.message,
      // Whether another try may help.
      retryable: status === 429 || code === "OTHER_TRANSACTION_IN_PROGRESS" || Math.max(status, said) >= 500,
      request_id: requestId,
      doc_url: `https://help.withallo.com/en/v2/api-reference/guides/error-handling#${code}`,
      param: detail.param,
      suggestion: detail.suggestion,
      errors: detail.errors?.map((_) => ({ field: _.field, code: _.code, message: _.message })),
      retry_after_seconds: detail.retryAfter
    }
  })
}

export const v1 = (
  status: number,
  code: string,
  details: ReadonlyArray<{ readonly message: string; readonly field: string }> | null = null
): Answer =>
  answer(status, {
    code,
    details: details === null ? null : details.map((_) => ({ message: _.message, field: _.field }))
  })

export const allomia = (status: number, error: string, details?: ReadonlyArray<FieldError>): Answer =>
  answer(
    status,
    details === undefined
      ? { error }
      : { error, details: details.map((_) => ({ field: _.field, message: _.message, code: _.code })) }
  )

/** A refusal in the envelope of the API that was asked; `clinic` is the message of Allomia where it differs. */
export const refuse = (
  api: Api,
  ask: { readonly requestId: string },
  code: string,
  detail: Detail & { readonly status: number; readonly clinic?: string }
): Answer =>
  api === "allo-v2"
    ? v2(code, ask.requestId, detail)
    : api === "allo-v1"
    ? v1(detail.status, code)
    : allomia(detail.status, detail.clinic ?? detail.message)
