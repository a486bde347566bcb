/** How a request to Allo's second interface is read, and how a bad one is refused. */
import { type Answer, answer, type Ask, isObject, type Json } from "./Answer.js"
import type { Cut } from "./page.js"
import type { Read } from "./parameters.js"
import { v2 as refusal } from "./refusal.js"

const suggestions: { readonly [code: string]: string } = {
  INVALID_PHONE_FORMAT: "Write the country code after a plus sign, without spaces.",
  INVALID_PAGE_SIZE: "Ask for 100 rows at most and read on by page.",
  UNSUPPORTED_EXTEND_VALUE: "Use extend=transcript, or leave it out.",
  INVALID_DATE_RANGE: "Give date.from and date.to as YYYY-MM-DD, in this order."
}

/** The refusal of one bad field has the field's code; the refusal of several has the general code. */
export const refuseFields = (requestId: string, found: ReadonlyArray<Read<unknown>>): Answer | null => {
  const errors = found.flatMap((_) => (_.error === null ? [] : [_.error]))
  const [first] = errors
  if (first === undefined) return null
  const known = errors.length === 1 && !["INVALID_PAGE", "INVALID_DATE", "INVALID_VALUE"].includes(first.code)
  return known
    ? refusal(first.code, requestId, {
      message: first.message,
      param: first.field,
      ...(suggestions[first.code] === undefined ? {} : { suggestion: suggestions[first.code] ?? "" })
    })
    : refusal("INVALID_REQUEST", requestId, {
      message: "The request does not hold together; see errors.",
      ...(errors.length === 1 ? { param: first.field } : {}),
      errors
    })
}

/** The JSON object in the body, or a refusal. `empty` allows a body without text. */
export const readBody = (ask: Ask, empty: boolean): { readonly [key: string]: unknown } | Answer => {
  const type = ask.contentType.split(";")[0]?.trim().toLowerCase() ?? ""
  // The vendor's curl examples send JSON under curl's default type, and the API answers them.
  if (type !== "" && type !== "application/json" && type !== "application/x-www-form-urlencoded") {
    return refusal("UNSUPPORTED_MEDIA_TYPE", ask.requestId, {
      message: `Cannot read ${type}; send application/json.`,
      param: "Content-Type"
    })
  }
  if (ask.body === "" && empty) return {}
  const value = parse(ask.body)
  return isObject(value)
    ? value
    : refusal("INVALID_REQUEST_BODY", ask.requestId, { message: "The body is not a JSON object." })
}

const parse = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

export const isAnswer = (value: object): value is Answer => "status" in value && "shown" in value && "headers" in value

/** One page with its totals. */
export const pageOf = (data: ReadonlyArray<Json>, indices: ReadonlyArray<number>, found: Cut, size: number): Answer =>
  answer(200, { data, pagination: pagination(found, size) }, { shown: { source: "allo", indices } })

export const pagination = (found: Cut, size: number): Json => ({
  page: found.page + 1,
  size,
  total_count: found.told.count,
  total_pages: found.told.pages,
  has_more: found.more
})

export const tooDeep = (page: number, ask: Ask): Answer | null =>
  page > ask.quirks.deepest
    ? refusal("INVALID_REQUEST", ask.requestId, {
      message: `Pages after ${ask.quirks.deepest} are out of reach; narrow the question.`,
      param: "page",
      errors: [{ field: "page", code: "INVALID_PAGE", message: "Too deep." }]
    })
    : null

export const itemId = /^(?:cll|msg)[-_].+$/

export const badId = (id: string, param: string, ask: Ask): Answer =>
  refusal("INVALID_ITEM_ID", ask.requestId, {
    message: `'${id.slice(0, 80)}' is not the id of a call (cll-) or of a message (msg-).`,
    param
  })

export const noItem = (id: string, ask: Ask): Answer =>
  refusal("CONVERSATION_ITEM_NOT_FOUND", ask.requestId, {
    message: `There is no call or message '${id.slice(0, 80)}'.`,
    param: "id",
    suggestion: "POST /v2/api/conversations/items/search finds ids."
  })
