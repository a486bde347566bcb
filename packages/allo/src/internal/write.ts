/** Writes with an idempotency key: it is made before the first try and sent with every one, so that a write is done once. */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { type Bounds, RequestId } from "@trunkline/http"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { AlloClient } from "../AlloClient.js"

export const keyBound = (value: string | undefined): Bounds.Bound => ({
  param: "Idempotency-Key",
  code: "INVALID_REQUEST",
  advice: "an idempotency key must be 1 to 255 visible characters",
  holds: value === undefined || /^[\x21-\x7e]{1,255}$/.test(value)
})

/** What every write comes to, and what `read` makes of its answer, which may have no body. */
export const writer = ({ call }: Context.Tag.Service<AlloClient>) =>
<A extends object>(options: {
  readonly operation: string
  readonly kind: "write" | "replacement"
  readonly request: HttpClientRequest.HttpClientRequest
  readonly idempotencyKey: string | undefined
  readonly read: (body: unknown) => A
}) =>
  Effect.flatMap(
    options.idempotencyKey === undefined ? RequestId.idempotencyKey : Effect.succeed(options.idempotencyKey),
    (idempotencyKey) =>
      call({
        operation: options.operation,
        kind: options.kind,
        bodiless: true,
        request: HttpClientRequest.setHeader(options.request, "idempotency-key", idempotencyKey),
        read: (body, head) =>
          Either.right({
            ...options.read(body),
            replayed: head.header("idempotency-replayed")?.toLowerCase() === "true",
            idempotencyKey,
            requestId: head.requestId
          })
      })
  )
