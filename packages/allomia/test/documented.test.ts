/** Every documented read has a method that can ask all there is to ask, refuses what is out of bounds, and reads all names. */
import { assert, describe, it } from "@effect/vitest"
import {
  AllomiaClient,
  type AllomiaError,
  Call,
  CallDetails,
  Calls,
  Organization,
  Organizations,
  OutboundCalls,
  OutboundCallStatus
} from "@trunkline/allomia"
import * as Testing from "@trunkline/http/testing"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as JSONSchema from "effect/JSONSchema"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type * as Schema from "effect/Schema"
import { namesRead } from "../../http/test/fixtures/names.js"
import { type ReadName, reads } from "./fixtures/documented.js"

const services = Layer.mergeAll(Calls.layer, Organizations.layer, OutboundCalls.layer).pipe(
  Layer.provide(AllomiaClient.layer({ apiKey: Redacted.make("key-0123456789"), pace: "unlimited" })),
  Layer.provideMerge(Testing.layer(() => Testing.json({ calls: [], organizations: [] })))
)

type Ask = Effect.Effect<unknown, AllomiaError, Layer.Layer.Success<typeof services>>

interface Paging {
  readonly page?: number
  readonly limit?: number
}

const [from, to] = [DateTime.unsafeMake("2026-01-01"), DateTime.unsafeMake("2026-02-01")]

/** Asks a read with all its parameters. */
const asks: { readonly [name in ReadName]: (paging: Paging) => Ask } = {
  "GET /calls": (paging) =>
    Effect.flatMap(Calls, (_) =>
      _.list({
        organizationId: "org-1",
        callType: "Inbound",
        agentName: "Front desk",
        from,
        to,
        userPrimaryIntent: "book_appointment",
        sort: "desc",
        ...paging
      })),
  "GET /calls/{id}": () => Effect.flatMap(Calls, (_) => _.get("call-1", { organizationId: "org-1" })),
  "GET /organization": (paging) =>
    Effect.flatMap(Organizations, (_) => _.list({ search: "Clinic", sort: "-createdAt", ...paging })),
  "GET /organization/{id}": () => Effect.flatMap(Organizations, (_) => _.get("org-1")),
  "GET /outbound/{id}/status": () => Effect.flatMap(OutboundCalls, (_) => _.status("out-1"))
}

const organizationId = "org-1"

/** Bounds besides those of pages: what is refused, and the parameter that the refusal names. */
const refused: { readonly [name in ReadName]: ReadonlyArray<readonly [param: string, ask: Ask]> } = {
  "GET /calls": [
    ["organizationId", Effect.flatMap(Calls, (_) => _.list({ organizationId: "" }))],
    ["callType", Effect.flatMap(Calls, (_) => _.list({ organizationId, callType: "" }))],
    ["from", Effect.flatMap(Calls, (_) => _.list({ organizationId, from: to, to: from }))]
  ],
  "GET /calls/{id}": [["id", Effect.flatMap(Calls, (_) => _.get(".."))]],
  "GET /organization": [["search", Effect.flatMap(Organizations, (_) => _.list({ search: "" }))]],
  "GET /organization/{id}": [["id", Effect.flatMap(Organizations, (_) => _.get(".."))]],
  "GET /outbound/{id}/status": [["id", Effect.flatMap(OutboundCalls, (_) => _.status(".."))]]
}

const recordsOf: { readonly [name in ReadName]: Schema.Schema.AnyNoContext } = {
  "GET /calls": Call,
  "GET /calls/{id}": CallDetails,
  "GET /organization": Organization,
  "GET /organization/{id}": Organization,
  "GET /outbound/{id}/status": OutboundCallStatus
}

const received = Effect.flatMap(Testing.Requests, Ref.get)

for (const [name, read] of reads) {
  describe(`${name}`, () => {
    it.effect("is asked for by its path, with all that can be asked", () =>
      Effect.gen(function*() {
        yield* Effect.either(asks[name]({ page: 2, limit: 20 }))
        const [request] = yield* received
        const [method, path = ""] = name.split(" ")
        assert.strictEqual(request?.method, method)
        assert.match(request?.path ?? "", new RegExp(`^/api${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`))
        assert.sameMembers(Object.keys(request?.query ?? {}), Object.keys(read.asks))
      }).pipe(Effect.provide(services)))

    const beyond = (["page", "limit"] as const).flatMap((param) => {
      const { least, most } = read.asks[param] ?? {}
      return [
        ...(least === undefined ? [] : [least - 1, least + 0.5, Number.NaN]),
        ...(most === undefined ? [] : [most + 1])
      ].map((value) => [param, `${value}`, asks[name]({ [param]: value })] as const)
    })

    for (const [param, value, ask] of [...beyond, ...refused[name].map(([param, ask]) => [param, "", ask] as const)]) {
      it.effect(`refuses a bad ${param} ${value} without a request`, () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(ask)
          assert.strictEqual(error._tag === "Invalid" ? error.param : error._tag, param)
          assert.strictEqual((yield* received).length, 0)
        }).pipe(Effect.provide(services)))
    }

    it("has all names of its answer read", () => {
      assert.includeMembers([...namesRead(JSONSchema.make(recordsOf[name]))], read.answers.split(" "))
    })
  })
}
