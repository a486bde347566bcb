/** The message of an error: what happened, the facts that may be shown, and what to do. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"

/** The fields of an error that may be shown. */
interface Facts {
  readonly operation: string
  readonly status?: number | undefined
  readonly code?: string | undefined
  readonly param?: string | undefined
  readonly advice?: string | undefined
  readonly requestId?: string | undefined
  readonly docUrl?: string | undefined
  readonly retryAfter?: Duration.Duration | undefined
  readonly refusedAt?: DateTime.Utc | undefined
}

/** A longer wait is also given as the time at which it ends. */
const short = Duration.minutes(1)

const waiting = ({ refusedAt, retryAfter }: Facts): string | undefined => {
  if (retryAfter === undefined) return undefined
  const until = refusedAt === undefined || Duration.lessThanOrEqualTo(retryAfter, short)
    ? ""
    : `, until ${DateTime.formatIso(DateTime.addDuration(refusedAt, retryAfter)).replace(/\.\d+Z$/, "Z")}`
  return `Asked to wait ${Duration.format(retryAfter)}${until}`
}

export const describe = (error: Facts, what: string): string => {
  const facts = [
    error.status === undefined ? undefined : `status ${error.status}`,
    error.code,
    error.param === undefined ? undefined : `parameter ${error.param}`
  ].filter((fact) => fact !== undefined)
  return [
    `${error.operation}: ${what}${facts.length === 0 ? "" : ` (${facts.join(", ")})`}`,
    error.advice,
    waiting(error),
    error.requestId === undefined ? undefined : `Request ${error.requestId}`,
    error.docUrl === undefined ? undefined : `See ${error.docUrl}`
  ].filter((text) => text !== undefined && text.length > 0).join(". ")
}
