/** What a whole answer means: its body, or the error that it stands for. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ApiError from "../ApiError.js"
import type { AnswerHead } from "./head.js"
import { parse } from "./json.js"
import type { Words } from "./words.js"

/**
 * An answer that is a refusal, for a vendor's classifier.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refused extends Words {
  /** What the head says: operation, status, request id, and the wait that the API asks for. */
  readonly told: ApiError.RefusalFields & { readonly status: number }
  /** The body, if it is JSON. */
  readonly body: unknown
}

/** No answer, or one that cannot be read. */
export type Unanswered = ApiError.Unreachable | ApiError.Undecodable

/** A good answer, parsed. */
export interface Read {
  readonly status: number
  readonly head: AnswerHead
  readonly body: unknown
}

export const isGood = (status: number): boolean => status >= 200 && status < 300

/** The body of a good answer, or the error that the answer stands for. */
export const meaning = <E extends ApiError.Refusal>(
  { bodiless, head, operation, refusal, status, text, words }: {
    readonly status: number
    readonly head: AnswerHead
    readonly text: string
    readonly operation: string
    readonly bodiless?: boolean | undefined
    readonly refusal: (refused: Refused) => E
    readonly words: Words
  }
): Effect.Effect<Read, E | Unanswered> => {
  const known = { operation, status, requestId: head.requestId }
  const json = parse(text)
  const body = Option.getOrUndefined(json)
  const empty = text.trim().length === 0
  if (isGood(status)) {
    return Option.isSome(json) || (bodiless === true && empty)
      ? Effect.succeed({ status, head, body })
      : Effect.fail(new ApiError.Undecodable({ ...known, reason: empty ? "empty" : "syntax" }))
  }
  const { receivedAt, retryAfter } = head
  if (status === 408 || status === 425) {
    return Effect.fail(
      new ApiError.Unreachable({ ...known, reason: status === 408 ? "time" : "connection", retryAfter })
    )
  }
  return Effect.fail(
    ApiError.tagOfStatus(status) === undefined
      ? new ApiError.Undecodable({ ...known, reason: "status" })
      : refusal({ told: { ...known, retryAfter, refusedAt: receivedAt }, body, ...words })
  )
}
