/**
 * A page of five records of which one was changed at random: the page reads, the other four are themselves. Then error
 * bodies changed at random: each is a refusal of its status.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { AllomiaClient, Calls, Organizations } from "@trunkline/allomia"
import { ApiError } from "@trunkline/http"
import * as Testing from "@trunkline/http/testing"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { constantFrom, sample, tuple } from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { answering, describeChangedRows, five, type List } from "../../http/test/fixtures/changedRows.js"
import { mutate, mutations, seed } from "../../http/test/fixtures/mutation.js"
import { calls } from "./fixtures/calls.js"
import { callType } from "./fixtures/errors.js"
import { allomia, key } from "./fixtures/scripted.js"

const pagination = { page: 1, limit: 5, total: 5, totalPages: 1, hasNextPage: false, hasPreviousPage: false }

const lists: ReadonlyArray<List<Calls | Organizations>> = [
  {
    name: "calls",
    golden: five.map((n) => ({ ...calls.calls[0], id: `f6a7b8c9-${n}`, callDurationSeconds: `${180 + n}` })),
    body: (rows) => ({ calls: rows, pagination }),
    read: Effect.flatMap(Calls, ({ list }) => list({ organizationId: "a1b2c3d4" })),
    essential: () => [["id"], ["callStartedAt"]]
  },
  {
    name: "organizations",
    golden: five.map((n) => ({
      id: `a1b2c3d4-${n}`,
      tenantId: "t1",
      name: "Clinic",
      email: "clinic@example.com",
      phoneNumber: "+15559876543",
      address: "1 Main Street",
      city: "Montreal",
      stateProvince: "QC",
      postalCode: "H2X 1Y4",
      country: "CA",
      timezone: "America/Montreal",
      isActive: true,
      createdAt: "2025-05-28T14:23:45Z",
      updatedAt: "2025-05-28T14:23:45.123Z",
      deletedAt: "2025-05-29T14:23:45Z"
    })),
    body: (rows) => ({ organizations: rows, pagination }),
    read: Effect.flatMap(Organizations, ({ list }) => list({})),
    essential: () => [["id"]]
  }
]

describeChangedRows(lists, {
  answered: (body) =>
    Layer.mergeAll(Calls.layer, Organizations.layer).pipe(Layer.provide(Layer.succeed(AllomiaClient, {
      call: answering(body),
      requestsPerSecond: Effect.succeed(10)
    }))),
  scripted: allomia
})

const statuses = [400, 401, 402, 403, 404, 409, 418, 429, 500, 503]

describe(`an error body, changed (seed ${seed})`, () => {
  const cases = sample(tuple(constantFrom(...statuses), mutations), { numRuns: 1000, seed })

  // What is no read is never tried again, so that a thousand of them wait for nothing.
  const write = Effect.flatMap(
    AllomiaClient,
    ({ call }) =>
      call({ operation: "Test.write", request: HttpClientRequest.post("/test"), read: () => Either.right("answered") })
  )

  const refused = (value: unknown, status: number) =>
    Effect.flip(write).pipe(
      Effect.provide(AllomiaClient.layer({ apiKey: Redacted.make(key) })),
      Effect.provide(Testing.layer(() => Testing.json(value, { status })))
    )

  it.effect("is a refusal of its status", () =>
    Effect.forEach(cases, ([status, all]) =>
      Effect.gen(function*() {
        const { value } = mutate(callType, all)
        const error = yield* refused(value, status)
        assert.deepStrictEqual(
          [error._tag, error.status],
          [ApiError.tagOfStatus(status), status],
          JSON.stringify(value)
        )
      }), { discard: true }), 60_000)
})
