/**
 * A page of five records of which one was changed at random: the page reads, the other four are themselves. Then error
 * bodies changed at random: each is a refusal of its status.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { AllomiaClient, type AllomiaError, Calls, Organizations } from "@trunkline/allomia"
import { ApiError, type Page } from "@trunkline/http"
import * as Testing from "@trunkline/http/testing"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { constantFrom, nat, sample, tuple } from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { calls } from "./fixtures/calls.js"
import { callType } from "./fixtures/errors.js"
import { extras, mutate, mutations, runs, seed, touches } from "./fixtures/mutation.js"
import { allomia, key } from "./fixtures/scripted.js"

interface List {
  readonly name: string
  readonly golden: ReadonlyArray<unknown>
  readonly body: (rows: ReadonlyArray<unknown>) => unknown
  readonly read: Effect.Effect<Page.Page<unknown>, AllomiaError, Calls | Organizations>
  /** What identifies a row and says when it happened. */
  readonly essential: ReadonlyArray<ReadonlyArray<string>>
}

const five = [0, 1, 2, 3, 4]
const pagination = { page: 1, limit: 5, total: 5, totalPages: 1, hasNextPage: false, hasPreviousPage: false }

const lists: ReadonlyArray<List> = [
  {
    name: "calls",
    golden: five.map((n) => ({ ...calls.calls[0], id: `f6a7b8c9-${n}`, callDurationSeconds: `${180 + n}` })),
    body: (rows) => ({ calls: rows, pagination }),
    read: Effect.flatMap(Calls, ({ list }) => list({ organizationId: "a1b2c3d4" })),
    essential: [["id"], ["callStartedAt"]]
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
    essential: [["id"]]
  }
]

/** The services over a client that answers this body at once: a thousand pages need no network, scripted or not. */
const answered = (body: unknown) => {
  const client = Layer.succeed(AllomiaClient, {
    call: ({ operation, read }) =>
      Either.mapLeft(
        read(body, { requestId: "req_1", answeredAt: null, header: () => undefined }),
        (paths) => new ApiError.Undecodable({ operation, reason: "shape", paths })
      ),
    requestsPerSecond: Effect.succeed(10)
  })
  return Layer.mergeAll(Calls.layer, Organizations.layer).pipe(Layer.provide(client))
}

const take = ({ body, read }: List, rows: ReadonlyArray<unknown>) =>
  Effect.runSync(Effect.provide(read, answered(body(rows))))

describe.each(lists)(`one changed record of five $name (seed ${seed})`, (list) => {
  const { body, essential, golden, read } = list
  const expected = take(list, golden)

  const changed = tuple(nat(4), mutations).map(([index, all]) => ({ index, ...mutate(golden[index], all) }))

  it.effect("unchanged, all five are rows", () =>
    Effect.gen(function*() {
      const { rejected, rows } = yield* read
      assert.deepStrictEqual([rows.length, rejected], [5, []])
      assert.notInclude(extras(rows), ":")
    }).pipe(Effect.provide(allomia(() => Testing.json(body(golden))))))

  it.prop("touches no other, is never lost, and is a failure only for its id or its instant", [changed], ([
    { added, damaged, index, marks, value }
  ]) => {
    const { rejected, rows } = take(list, golden.map((row, place) => place === index ? value : row))
    const others = (all: ReadonlyArray<unknown>) => all.filter((_, place) => place !== index)
    const sent = JSON.stringify(value)

    // The others are themselves, in order.
    assert.deepStrictEqual(rejected.length === 0 ? others(rows) : rows, others(expected.rows))
    // It is a row or a failure, never both, never lost.
    assert.deepStrictEqual(
      [rows.length, rejected.map(({ raw }) => Redacted.value(raw))],
      rejected.length === 0 ? [5, []] : [4, [sent]]
    )
    if (rejected.length > 0) assert.isTrue(touches(damaged, essential), JSON.stringify(rejected))

    // What was added to it is in extra; what was put where it cannot be read is kept. A later change may have
    // removed what an earlier one put there.
    const kept = rejected.length === 0 ? JSON.stringify(rows[index]) : sent
    const extra = rejected.length === 0 ? extras(rows[index]) : sent
    assert.deepStrictEqual(marks.filter((mark) => sent.includes(mark) && !kept.includes(mark)), [])
    assert.deepStrictEqual(added.filter((mark) => sent.includes(mark) && !extra.includes(mark)), [])
  }, runs)
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
