/**
 * A caller's input against what the documents allow, before a request is spent on it.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as ApiError from "./ApiError.js"

/**
 * One bound: whether it holds, and what to say if not. `code` is the vendor's own for the same mistake.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bound {
  readonly param: string
  readonly code: string
  readonly advice: string
  readonly holds: boolean
}

/**
 * Fails with `Invalid`, naming every input that is out of bounds.
 *
 * @since 0.1.0
 * @category checks
 */
export const check = (operation: string, bounds: ReadonlyArray<Bound>): Effect.Effect<void, ApiError.Invalid> => {
  const broken = bounds.filter(({ holds }) => !holds)
  const first = broken[0]
  return first === undefined
    ? Effect.void
    : Effect.fail(
      new ApiError.Invalid({
        operation,
        code: first.code,
        param: first.param,
        advice: [...new Set(broken.map(({ advice }) => advice))].join(". "),
        fieldErrors: broken.map(({ code, param }) => ({ field: param, code }))
      })
    )
}

/**
 * A whole number between two others, if given.
 *
 * @since 0.1.0
 * @category bounds
 */
export const whole = (options: {
  readonly param: string
  readonly value: number | undefined
  readonly from: number
  readonly to?: number | undefined
  readonly code: string
}): Bound => {
  const { code, from, param, to = Number.MAX_SAFE_INTEGER, value } = options
  return {
    param,
    code,
    advice: to === Number.MAX_SAFE_INTEGER
      ? `${param} must be a whole number of at least ${from}`
      : `${param} must be a whole number from ${from} to ${to}`,
    holds: value === undefined || (Number.isInteger(value) && value >= from && value <= to)
  }
}

/**
 * A phone number as E.164 writes it, if given: a plus sign, the country code, the number, nothing else.
 *
 * @since 0.1.0
 * @category bounds
 */
export const phone = (param: string, value: string | undefined, code: string): Bound => ({
  param,
  code,
  advice: `${param} must be an E.164 number: + and 7 to 15 digits, no spaces`,
  holds: value === undefined || /^\+[1-9]\d{6,14}$/.test(value)
})

/**
 * Text that is not empty, and no longer than this, if given.
 *
 * @since 0.1.0
 * @category bounds
 */
export const text = (options: {
  readonly param: string
  readonly value: string | undefined
  readonly code: string
  readonly longest?: number | undefined
}): Bound => {
  const { code, longest = 1000, param, value } = options
  return {
    param,
    code,
    advice: `${param} must be text of 1 to ${longest} characters`,
    holds: value === undefined || (value.trim().length > 0 && value.length <= longest)
  }
}

/**
 * Text that is one segment of a path: `.` and `..` would name another endpoint.
 *
 * @since 0.1.0
 * @category bounds
 */
export const segment = (param: string, value: string, code: string): Bound => ({
  ...text({ param, value, code, longest: 200 }),
  holds: value.trim().length > 0 && value.length <= 200 && value !== "." && value !== ".." &&
    // Half a character cannot be written into a path.
    !/\p{Surrogate}/u.test(value)
})

/**
 * Two instants in order, if both are given.
 *
 * @since 0.1.0
 * @category bounds
 */
export const inOrder = (options: {
  readonly param: string
  readonly from: DateTime.DateTime | undefined
  readonly to: DateTime.DateTime | undefined
  readonly code: string
}): Bound => ({
  param: options.param,
  code: options.code,
  advice: "from must not be after to",
  holds: options.from === undefined || options.to === undefined ||
    DateTime.lessThanOrEqualTo(options.from, options.to)
})
