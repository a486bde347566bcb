/** Our own clients against the sandbox, calm and flaky: neither was written from the other. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Account, AlloClient, Conversations } from "@trunkline/allo"
import { AllomiaClient, Calls, Organizations } from "@trunkline/allomia"
import { type Options, Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"

/** With a limit that a test need not wait for, which the clients learn from the answers. */
const world = {
  movement: false,
  dailyQuota: false,
  startsAt: Date.UTC(2026, 10, 20, 12),
  rateLimit: { reads: 2000, writes: 2000 }
} as const

const services = (options: Options) =>
  Layer.unwrapEffect(Effect.map(Sandbox, (sandbox) =>
    Layer.mergeAll(
      Layer.mergeAll(Conversations.layer, Account.layer).pipe(
        Layer.provide(AlloClient.layer({ apiKey: Redacted.make(sandbox.keys.allo), baseUrl: sandbox.alloUrl }))
      ),
      Layer.mergeAll(Calls.layer, Organizations.layer).pipe(
        Layer.provide(AllomiaClient.layer({
          apiKey: Redacted.make(sandbox.keys.allomia),
          baseUrl: sandbox.allomiaUrl,
          requestsPerSecond: 1000
        }))
      )
    ).pipe(Layer.provide(NodeHttpClient.layerUndici), Layer.merge(Logger.minimumLogLevel(LogLevel.Warning))))).pipe(
      Layer.provideMerge(Sandbox.layer({ ...world, ...options }))
    )

const idsOf = <E, R>(rows: Stream.Stream<{ readonly id: string }, E, R>) =>
  Effect.map(Stream.runCollect(rows), (all) => Array.from(all, (_) => _.id))

/** So many items are read to their end. */
export const describeClients = (size: number) => {
  for (const profile of ["calm", "flaky"] as const) {
    describe(`our clients, ${profile}`, () => {
      it.live(`${size} items come through, each once`, () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox
          const ids = yield* idsOf((yield* Conversations).items({ sort: "DATE_ASC" }))
          assert.strictEqual(ids.length, size)
          assert.deepStrictEqual(new Set<string>(ids), yield* sandbox.history.mustHaveSeen({ source: "allo" }))
        }).pipe(Effect.provide(services({ profile, size }))), 60_000)

      it.live("every organisation's calls come through, and each has details", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox
          const organizations = yield* idsOf((yield* Organizations).stream({}))
          assert.sameMembers(organizations, sandbox.organizations.map((_) => _.id))
          const calls = yield* Calls
          for (const organizationId of organizations) {
            const ids = yield* idsOf(calls.stream({ organizationId }))
            assert.deepStrictEqual(
              new Set<string>(ids),
              yield* sandbox.history.mustHaveSeen({ source: "allomia", organizationId })
            )
            const [first] = ids
            if (first !== undefined) assert.strictEqual((yield* calls.get(first, { organizationId })).id, first)
          }
        }).pipe(Effect.provide(services({ profile, size: 2000 }))), 60_000)

      it.live("lines, people, tags and histories can be read", () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox
          const account = yield* Account
          const conversations = yield* Conversations
          assert.include((yield* account.me).scopes ?? [], "CONVERSATIONS_READ")
          assert.isAbove((yield* account.users({})).rows.length, 0)
          assert.isAbove((yield* account.tags).rows.length, 0)
          const lines = (yield* account.numbers).rows.flatMap((_) => (_.number === null ? [] : [_.number]))
          assert.sameMembers(lines, [...sandbox.lines])
          const listed = yield* Stream.runCount(conversations.stream({ alloNumber: "+14155550100" }))
          assert.isAbove(listed, 20)
          const history = yield* Stream.runCount(conversations.contactHistory({ contactId: "cnt_abc123" }))
          assert.isAbove(history, 20)
          const item = yield* conversations.item("cll-abc123", { extend: "transcript" })
          assert.isAbove(item.transcript?.length ?? 0, 5)
          assert.deepStrictEqual((yield* conversations.batch(["cll-abc123", "cll-gone"])).missing, ["cll-gone"])
        }).pipe(Effect.provide(services({ profile, size: 2000 }))), 60_000)

      it.live("tags are put on and taken off once, whatever happens to the answers", () =>
        Effect.gen(function*() {
          const conversations = yield* Conversations
          const tags = Array.from({ length: 30 }, (_, index) => `tag ${index}`)
          for (const tag of tags) yield* conversations.addTags({ id: "cll-abc123", tags: [tag] })
          const again = { id: "cll-abc123", tags: ["again"], idempotencyKey: "one-key" }
          yield* conversations.addTags(again)
          assert.isTrue((yield* conversations.addTags(again)).replayed)
          yield* conversations.removeTag({ id: "cll-abc123", tag: "tag 0" })
          const own = (yield* conversations.item("cll-abc123")).tags ?? []
          assert.deepStrictEqual(own.filter((_) => _.startsWith("tag ")), tags.slice(1))
        }).pipe(Effect.provide(services({ profile, size: 500 }))), 60_000)
    })
  }
}
