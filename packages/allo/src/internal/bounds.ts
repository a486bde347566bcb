/** What Allo's documents allow, under the codes it would answer itself. */
import { Bounds, Wire } from "@trunkline/http"

export const pageSize = (size: number | undefined): Bounds.Bound =>
  Bounds.whole({ param: "size", value: size, from: 1, to: 100, code: "INVALID_PAGE_SIZE" })

export const pageNumber = (page: number | undefined, first: 0 | 1): Bounds.Bound =>
  Bounds.whole({ param: "page", value: page, from: first, code: "INVALID_REQUEST" })

export const phone = (param: string, value: string | undefined): Bounds.Bound =>
  Bounds.phone(param, value, "INVALID_PHONE_FORMAT")

export const email = (param: string, value: string | undefined): Bounds.Bound => ({
  param,
  code: "INVALID_REQUEST",
  advice: `${param} must be an address such as name@example.com`,
  holds: value === undefined || /^[^\s@]{1,64}@[^\s@]{1,255}$/.test(value)
})

/** A word of an enumeration that may grow: the API alone knows which words there are. */
export const word = (param: string, value: string | undefined): Bounds.Bound =>
  Bounds.text({ param, value, code: "INVALID_REQUEST" })

export const extend = (value: string | undefined): Bounds.Bound =>
  Bounds.text({ param: "extend", value, code: "UNSUPPORTED_EXTEND_VALUE" })

export const itemId = (id: string): Bounds.Bound => ({
  param: "id",
  code: "INVALID_ITEM_ID",
  advice: "id must begin with cll- or msg-",
  holds: /^(cll|msg)[-_][\w-]{1,200}$/i.test(id)
})

/** Only calls have tags of their own and summaries. */
export const callId = (id: string): Bounds.Bound => ({
  param: "id",
  code: "INVALID_ITEM_ID",
  advice: "id must begin with cll-",
  holds: /^cll[-_][\w-]{1,200}$/i.test(id)
})

const isDay = (day: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(day) && Wire.instantFrom(day) !== undefined

/** Days sort as text. */
export const days = (
  date: { readonly from: string; readonly to: string } | undefined,
  param = "date"
): ReadonlyArray<Bounds.Bound> =>
  date === undefined ? [] : [
    ...(["from", "to"] as const).map((end): Bounds.Bound => ({
      param: `${param}.${end}`,
      code: "INVALID_DATE_RANGE",
      advice: `${param}.${end} must be a day as YYYY-MM-DD`,
      holds: isDay(date[end])
    })),
    {
      param,
      code: "INVALID_DATE_RANGE",
      advice: `${param}.from must not be after ${param}.to`,
      holds: !isDay(date.from) || !isDay(date.to) || date.from <= date.to
    }
  ]
