/** How each API words a refusal: the envelopes, and the status that belongs to each code. */
import { type Answer, answer, type Json } from "./Answer.js"

/** Status, and whether another try may help. */
const codes: { readonly [code: string]: readonly [status: number, retryable: boolean] } = {
  API_KEY_INVALID: [401, false],
  API_KEY_REVOKED: [401, false],
  UNAUTHORIZED: [401, false],
  API_KEY_INSUFFICIENT_SCOPE: [403, false],
  API_KEY_TRIAL_NOT_ALLOWED: [403, false],
  FORBIDDEN: [403, false],
  A2P_NOT_ENABLED: [403, false],
  INVALID_REQUEST: [400, false],
  INVALID_REQUEST_BODY: [400, false],
  MISSING_PARAMETER: [400, false],
  MISSING_HEADER: [400, false],
  UNSUPPORTED_MEDIA_TYPE: [415, false],
  INVALID_PAGE_SIZE: [400, false],
  INVALID_SEARCH_QUERY: [400, false],
  MISSING_ALLO_NUMBER: [400, false],
  INVALID_DATE_RANGE: [400, false],
  DATE_RANGE_TOO_WIDE: [400, false],
  INVALID_ITEM_ID: [400, false],
  BATCH_TOO_LARGE: [400, false],
  TAGS_REQUIRED: [400, false],
  INVALID_ACTION: [400, false],
  INVALID_GRANULARITY: [400, false],
  INVALID_GROUP_BY: [400, false],
  UNSUPPORTED_EXTEND_VALUE: [400, false],
  METHOD_NOT_ALLOWED: [405, false],
  INVALID_PHONE_FORMAT: [400, false],
  INVALID_TO_NUMBER: [400, false],
  TO_NUMBER_COUNTRY_MISMATCH: [400, false],
  NUMBER_NOT_SMS_ENABLED: [400, false],
  SENDER_ID_INBOX_CANNOT_SEND_SMS: [400, false],
  SENDER_ID_NOT_ACTIVE: [400, false],
  MESSAGE_NOT_COMPLIANT: [400, false],
  LANDLINE_NUMBER_NOT_SUPPORTED: [400, false],
  SUMMARY_TEMPLATE_KEY_REQUIRED: [400, false],
  CONVERSATION_ITEM_NOT_FOUND: [404, false],
  MEMBER_NOT_FOUND: [404, false],
  TEAM_NOT_FOUND: [404, false],
  USER_NOT_FOUND: [404, false],
  BUSINESS_NOT_FOUND: [404, false],
  CALL_NOT_FOUND: [404, false],
  TEXT_MESSAGE_NOT_FOUND: [404, false],
  PHONE_NUMBER_NOT_FOUND: [404, false],
  FROM_NUMBER_NOT_FOUND: [404, false],
  TAG_NOT_FOUND: [404, false],
  SENDER_ID_NOT_FOUND: [404, false],
  SUMMARY_TEMPLATE_NOT_FOUND: [404, false],
  ENDPOINT_NOT_FOUND: [404, false],
  TAG_ALREADY_EXISTS: [409, false],
  OTHER_TRANSACTION_IN_PROGRESS: [409, true],
  NUMBER_ALREADY_ASSIGNED: [409, false],
  IDEMPOTENCY_KEY_REUSE: [409, false],
  PARTNER_ACCOUNT_ALREADY_EXISTS: [409, false],
  NO_NUMBER_AVAILABLE: [409, false],
  RATE_LIMIT_EXCEEDED: [429, true],
  TRIAL_SMS_LIMIT_REACHED: [429, true],
  SMS_LIMIT_REACHED: [429, true],
  DAILY_SMS_LIMIT_REACHED: [429, true],
  PARTNER_SUBSCRIPTION_NOT_BILLABLE: [402, false],
  PARTNER_BILLING_FAILED: [402, false],
  INTERNAL_SERVER_ERROR: [500, true],
  PARTNER_ACCOUNT_NOT_FOUND: [404, false],
  ASSIGNEE_NOT_FOUND: [404, false],
  DIALING_QUEUE_NOT_FOUND: [404, false],
  QUEUE_NUMBER_POSITION_NOT_FOUND: [404, false],
  DIALING_QUEUE_LIMIT_REACHED: [400, false],
  DIALING_QUEUE_DELETE_FILTER_REQUIRED: [400, false],
  DIALING_QUEUE_DELETE_FILTER_CONFLICT: [400, false],
  INVALID_PHONE_NUMBER: [400, false],
  DIALING_QUEUE_APPEND_CONFLICT: [409, false],
  RECORDING_ACCESS_DENIED: [403, false],
  ALLO_NUMBER_FORBIDDEN: [403, false],
  INVALID_THREAD_ENTITY_TYPE: [400, false],
  EMPTY_NOTE_CONTENT: [400, false],
  NOTE_CONTENT_TOO_LONG: [400, false],
  MISSING_ALLO_NUMBER_OR_SENDER_ID: [400, false],
  THREAD_NOT_FOUND: [404, false],
  NOTE_NOT_FOUND: [404, false],
  THREAD_ALREADY_EXISTS: [409, false]
}

/** What else a v2 refusal may say. */
export interface Detail {
  readonly message: string
  readonly param?: string
  readonly suggestion?: string
  readonly errors?: ReadonlyArray<FieldError>
  readonly retryAfter?: number | null
  /** Where the code alone does not decide. */
  readonly status?: number
}

export interface FieldError {
  readonly field: string
  readonly code: string
  readonly message: string
}

const typeOf = (status: number): string => {
  switch (status) {
    case 401:
      return "authentication_error"
    case 402:
      return "billing_error"
    case 403:
      return "permission_error"
    case 404:
      return "not_found_error"
    case 409:
      return "conflict_error"
    case 429:
      return "rate_limit_error"
    default:
      return status >= 500 ? "server_error" : "validation_error"
  }
}

export const v2 = (code: string, requestId: string, detail: Detail): Answer => {
  const [status, retryable] = codes[code] ?? [400, false]
  const said = detail.status ?? status
  const error: { [key: string]: Json } = {
    type: typeOf(said),
    code,
    message: detail.message,
    retryable: retryable || said >= 500,
    request_id: requestId,
    doc_url: `https://help.withallo.com/en/v2/api-reference/guides/error-handling#${code}`
  }
  if (detail.param !== undefined) error["param"] = detail.param
  if (detail.suggestion !== undefined) error["suggestion"] = detail.suggestion
  if (detail.errors !== undefined) {
    error["errors"] = detail.errors.map((_) => ({ field: _.field, code: _.code, message: _.message }))
  }
  if (detail.retryAfter !== undefined) error["retry_after_seconds"] = detail.retryAfter
  return answer(said, { error })
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
