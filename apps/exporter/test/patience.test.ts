/** How long a run waits: shortly for its first answer, patiently for the others, and not at all when told to come again later. */
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import { AllomiaClient, Calls, Organizations } from "@trunkline/allomia"
import * as Plan from "@trunkline/export/Plan"
import { Sources } from "@trunkline/export/Sources"
import { Stop } from "@trunkline/export/Stop"
import * as Testing from "@trunkline/http/testing"
import { Clock, Context, Effect, Fiber, Layer, Option, Redacted, Ref, TestClock } from "effect"
import { clientsOf, defaults } from "../../../packages/export/test/fixtures/account.js"
import * as Checks from "../src/command/checks.js"
import { problemLine } from "../src/command/summary.js"

const pagination = { page: 1, limit: 50, total: 0, totalPages: 0, hasNextPage: false, total_count: 0, has_more: false }

/** An account without a call. */
const bodies: ReadonlyArray<readonly [path: string, body: unknown]> = [
  ["/v2/api/me", { data: { id: "key-1", team: { id: "team-1", name: "A team" }, scopes: ["CONVERSATIONS_READ"] } }],
  ["/organization", { organizations: [{ id: "org-1" }, { id: "org-2" }], pagination }],
  ["/calls", { calls: [], pagination }],
  ["/v2/api/", { data: [], pagination }]
]

const quiet: Testing.Script = ({ path }) =>
  Testing.json(bodies.find(([beginning]) => path.startsWith(beginning))?.[1] ?? {})

const late = (refuses: (path: string) => boolean): Testing.Script => (received, index) =>
  refuses(received.path)
    ? Testing.json({ error: "Too many requests" }, { status: 429, headers: { "retry-after": "7200" } })
    : quiet(received, index)

interface Asked {
  readonly script: Testing.Script
  readonly allo?: boolean
  readonly organizationIds?: ReadonlyArray<string>
}

/** Runs it over both sources, for an hour of the clock at most; how long it took, and what it sent. */
const within = <A>(
  { allo = false, organizationIds = [], script }: Asked,
  effect: Effect.Effect<A, never, Sources | HttpClient.HttpClient>
) =>
  Effect.gen(function*() {
    const http = yield* Layer.build(Testing.layer(script))
    const services = yield* clientsOf({
      allo: allo ? { apiKey: Redacted.make("ak_live_0123456789abcdef"), baseUrl: "https://api.withallo.com" } : null,
      allomia: allo ? null : { apiKey: Redacted.make("tenant-0123456789"), baseUrl: "https://allomia.com" },
      organizationIds
    }).pipe(Effect.provide(http))
    const began = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.fork(Effect.zip(
      effect.pipe(Effect.provideService(Sources, services), Effect.provide(http)),
      Clock.currentTimeMillis
    ))
    yield* TestClock.adjust("1 hour")
    const [value, ended] = yield* Fiber.join(fiber)
    const requests = yield* Ref.get(Context.get(http, Testing.Requests))
    return { value, seconds: (ended - began) / 1000, requests: requests.length }
  })

const plan = Plan.make({ ...defaults, out: "/nowhere", dataset: Option.none() }).pipe(
  Effect.provide(Stop.layer)
)

describe("told to come again in two hours", () => {
  const cases: ReadonlyArray<readonly [string, Asked]> = [
    ["the first answer, of Allo", { allo: true, script: late(() => true) }],
    ["a later answer, of Allo", { allo: true, script: late((path) => path.endsWith("/numbers")) }],
    ["the list of organisations", { script: late(() => true) }],
    ["calls, of organisations that were listed", { script: late((path) => path === "/calls") }],
    ["calls, of organisations that were named", { organizationIds: ["org-1", "org-2"], script: late(() => true) }]
  ]
  it.scoped.each(cases)("by %s, a run says until when, and ends with 4", ([, asked]) =>
    Effect.gen(function*() {
      const { requests, seconds, value } = yield* within(asked, plan)
      assert.deepStrictEqual([...new Set(value.problems.map(({ tag }) => tag))], ["RateLimited"])
      assert.strictEqual(value.exitCode, 4)
      for (const problem of value.problems) {
        assert.match(problemLine(problem), /Asked to wait 2h, until 1970-01-01T0[23]:\d\d:\d\dZ/)
      }
      // A wait as wild as this is doubted once, after a minute.
      assert.isAtMost(seconds, 125)
      assert.isAtMost(requests, 8)
    }))

  it.scoped("the doctor says so of every part at once", () =>
    Effect.gen(function*() {
      const asked = { organizationIds: ["org-1", "org-2", "org-3"], script: late((path) => path === "/calls") }
      const { seconds, value } = yield* within(
        asked,
        Checks.allomia(asked.organizationIds, { url: "", answers: Effect.succeed(false) }).pipe(
          Effect.provide(
            Layer.mergeAll(Calls.layer, Organizations.layer).pipe(
              Layer.provideMerge(
                AllomiaClient.layer({ apiKey: Redacted.make("tenant-0123456789"), baseUrl: "https://allomia.com" })
              )
            )
          )
        )
      )
      const calls = value.filter(({ name }) => name === "allomia calls")
      assert.strictEqual(calls.length, 3)
      for (const { exitCode, message } of calls) {
        assert.strictEqual(exitCode, 4)
        assert.match(message, /too many requests.*until 1970/)
      }
      assert.isAtMost(seconds, 1)
    }))
})

describe("a slow server", () => {
  for (const allo of [true, false]) {
    it.scoped(`that takes 12 seconds for every answer of ${allo ? "Allo" : "Allomia"} is read`, () =>
      Effect.gen(function*() {
        const script: Testing.Script = (received, index) => {
          const reply = quiet(received, index)
          return Effect.delay(Effect.isEffect(reply) ? reply : Effect.succeed(reply), "12 seconds")
        }
        const { value } = yield* within({ allo, script }, plan)
        assert.deepStrictEqual([value.exitCode, value.problems], [0, []])
      }))
  }

  it.scoped("that never answers its first request is left after one try", () =>
    Effect.gen(function*() {
      const { requests, seconds, value } = yield* within({ allo: true, script: () => Testing.stalled() }, plan)
      assert.deepStrictEqual([value.problems.map(({ tag }) => tag), requests], [["Unreachable"], 1])
      assert.isAtMost(seconds, 30)
    }))

  it.scoped("that nobody can reach is left soon", () =>
    Effect.gen(function*() {
      const { requests, seconds, value } = yield* within({ allo: true, script: () => Testing.noAnswer() }, plan)
      assert.deepStrictEqual([value.problems.map(({ tag }) => tag), requests], [["Unreachable"], 3])
      assert.isAtMost(seconds, 10)
    }))

  it.scoped("that fails in between is tried again as often as any", () =>
    Effect.gen(function*() {
      let failures = 0
      const script: Testing.Script = (received, index) =>
        received.path.endsWith("/numbers") && failures++ < 5
          ? Testing.text("", { status: 502 })
          : quiet(received, index)
      const { value } = yield* within({ allo: true, script }, plan)
      assert.deepStrictEqual([value.exitCode, failures], [0, 6])
    }))
})
