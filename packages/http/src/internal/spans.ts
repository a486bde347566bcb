/** What the span of a call tells. No number, no text and no key: an id of a request is one that an error may show. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as ApiError from "../ApiError.js"

/** Something that happened within the span at hand. */
export const event = (name: string, attributes: Record<string, unknown>): Effect.Effect<void> =>
  Effect.flatMap(Effect.option(Effect.currentSpan), (span) =>
    span._tag === "None"
      ? Effect.void
      : Effect.map(Clock.currentTimeMillis, (now) =>
        span.value.event(name, BigInt(Math.round(now)) * 1_000_000n, attributes)))

/** How a call ended after so many tries. */
export const ended = (
  end: { readonly status?: number | undefined; readonly requestId?: string | undefined },
  tries: number,
  error?: ApiError.ApiError
): Effect.Effect<void> =>
  Effect.annotateCurrentSpan({
    ...(end.status === undefined ? {} : { "http.response.status_code": end.status }),
    ...(end.requestId === undefined ? {} : { "trunkline.request_id": end.requestId }),
    ...(tries > 1 ? { "http.request.resend_count": tries - 1 } : {}),
    ...(error === undefined ? {} : { "error.type": error._tag })
  })
