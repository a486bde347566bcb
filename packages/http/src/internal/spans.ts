/** The span of a call. It tells no number, no text and no key: an id of a request is one that an error may show. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import type * as Tracer from "effect/Tracer"
import type * as ApiError from "../ApiError.js"

/** Something that happened within a span. */
export const event = (span: Tracer.Span, name: string, attributes: Record<string, unknown>): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => span.event(name, BigInt(Math.round(now)) * 1_000_000n, attributes))

/** Runs a call within a span of its own. `Effect.withSpan` would keep how the call ended, and with it the answer. */
export const spanned = <A, E, R>(
  { method, operation, vendor }: {
    readonly operation: string
    readonly method: string
    readonly vendor: string | undefined
  },
  call: (span: Tracer.Span) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    let made: Tracer.Span | undefined
    const attributes = {
      "http.request.method": method,
      ...(vendor === undefined ? {} : { "trunkline.vendor": vendor })
    }
    // A stack trace would only name this file.
    return Effect.makeSpan(operation, { kind: "client", captureStackTrace: false, attributes }).pipe(
      Effect.flatMap((span) => {
        made = span
        return Effect.withParentSpan(call(span), span)
      }),
      Effect.onExit((exit) =>
        Effect.clockWith((clock) =>
          Effect.map(FiberRef.get(FiberRef.currentTracerTimingEnabled), (isTimed) =>
            made?.end(isTimed ? clock.unsafeCurrentTimeNanos() : 0n, Exit.asVoid(exit)))
        )
      )
    )
  })

/** The span tells how its call ended after so many tries. */
export const ended = (
  span: Tracer.Span,
  end: { readonly status?: number | undefined; readonly requestId?: string | undefined },
  tries: number,
  error?: ApiError.ApiError
): void => {
  if (end.status !== undefined) span.attribute("http.response.status_code", end.status)
  if (end.requestId !== undefined) span.attribute("trunkline.request_id", end.requestId)
  if (tries > 1) span.attribute("http.request.resend_count", tries - 1)
  if (error !== undefined) span.attribute("error.type", error._tag)
}
