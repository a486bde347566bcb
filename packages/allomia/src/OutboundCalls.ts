/**
 * Calls that a program placed, and how far they are.
 *
 * @since 0.1.0
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Bounds, Read, Wire } from "@trunkline/http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { AllomiaClient } from "./AllomiaClient.js"
import type { AllomiaError } from "./AllomiaError.js"

/**
 * @since 0.1.0
 * @category schemas
 */
export const OutboundCallStatus = Wire.record(Schema.Struct({
  outboundCallId: Wire.id,
  contactId: Wire.maybe(Wire.id),
  /** Every word but `calling` is the last. */
  status: Wire.maybe(Wire.openLiteral(["calling", "completed", "failed", "busy", "no-answer"])),
  /** Null while the call goes on. */
  callDetails: Wire.maybe(Wire.record(Schema.Struct({
    startedAt: Wire.maybe(Wire.instant),
    endedAt: Wire.maybe(Wire.instant),
    duration: Wire.maybe(Wire.seconds),
    endedReason: Wire.maybe(Schema.String)
  })))
}))
/** @since 0.1.0 */
export interface OutboundCallStatus extends Schema.Schema.Type<typeof OutboundCallStatus> {}

/**
 * @since 0.1.0
 * @category services
 */
export class OutboundCalls extends Context.Tag("@trunkline/allomia/OutboundCalls")<OutboundCalls, {
  /** `NotFound` for a call of an organisation that the key does not open. */
  readonly status: (id: string) => Effect.Effect<OutboundCallStatus, AllomiaError>
}>() {
  static readonly layer: Layer.Layer<OutboundCalls, never, AllomiaClient> = Layer.effect(
    this,
    Effect.suspend(() => make)
  )
}

const readStatus = Read.one(["data"], OutboundCallStatus)

const make = Effect.gen(function*() {
  const { call } = yield* AllomiaClient
  return {
    status: (id) =>
      Bounds.check("OutboundCalls.status", [Bounds.segment("id", id, "custom")]).pipe(Effect.andThen(() =>
        call({
          operation: "OutboundCalls.status",
          request: HttpClientRequest.get(`/outbound/${encodeURIComponent(id)}/status`),
          read: readStatus
        })
      ))
  } satisfies Context.Tag.Service<OutboundCalls>
})
