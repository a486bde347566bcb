/** Reads of our clients that no export needs, against the sandbox: neither was written from the other. */
import { assert, describe, it } from "@effect/vitest"
import {
  Account,
  Contacts,
  Conversations,
  LineCalls,
  PartnerAccounts,
  SummaryTemplates,
  WebhookEndpoints,
  Webhooks
} from "@trunkline/allo"
import { Calls, Organizations, OutboundCalls } from "@trunkline/allomia"
import { Sandbox } from "@trunkline/sandbox"
import { Effect, Option, Redacted, Stream } from "effect"
import { world } from "./vendors.js"

describe("Allo", () => {
  it.effect("one member of the team is who the list shows, and a stranger is not found", () =>
    Effect.gen(function*() {
      const { user, users } = yield* Account
      const { rows } = yield* users({ status: "BLOCKED" })
      const [blocked] = rows
      assert.isDefined(blocked)
      assert.deepStrictEqual(blocked && (yield* user(blocked.id)), blocked)
      const error = yield* Effect.flip(user("usr-nobody"))
      assert.deepStrictEqual([error._tag, "code" in error ? error.code : ""], ["NotFound", "MEMBER_NOT_FOUND"])
    }).pipe(Effect.provide(world)))

  it.effect("the numbers of version 1 are those of version 2, and say which are shared", () =>
    Effect.gen(function*() {
      const { numbers, sharedNumbers } = yield* Account
      // The first row of version 2 is a placeholder.
      const [lines, shared] = [(yield* numbers).rows.slice(1), (yield* sharedNumbers).rows]
      assert.deepStrictEqual(shared.map(({ number }) => number), lines.map(({ number }) => number))
      assert.deepStrictEqual(shared.map(({ isShared }) => isShared), lines.map(({ users }) => users.length > 1))
    }).pipe(Effect.provide(world)))

  it.effect("the calls of a line are those that a search finds on it", () =>
    Effect.gen(function*() {
      const [alloNumber = ""] = (yield* Sandbox).lines
      const { items } = yield* Conversations
      const { stream } = yield* LineCalls
      const found = yield* Stream.runCollect(items({ alloNumber, type: "CALL" }))
      const listed = yield* Stream.runCollect(stream({ alloNumber }))
      assert.isAbove(listed.length, 100)
      assert.sameMembers(Array.from(listed, ({ id }) => id), Array.from(found, ({ id }): string => id))
    }).pipe(Effect.provide(world)))

  it.effect("contacts come through, each once, and one alone tells more", () =>
    Effect.gen(function*() {
      const { get, stream } = yield* Contacts
      const all = Array.from(yield* Stream.runCollect(stream()))
      assert.isAbove(all.length, 50)
      assert.strictEqual(new Set(all.map(({ id }) => id)).size, all.length)
      const [first] = all
      const plain = yield* get(first?.id ?? "")
      assert.deepStrictEqual([plain.id, plain.numbers, plain.name], [first?.id, first?.numbers, first?.name])
      assert.deepStrictEqual([plain.engagement, plain.activity], [null, null])
      const whole = yield* get(first?.id ?? "", { extend: ["engagement", "activity"] })
      assert.isAbove(whole.activity?.length ?? 0, 0)
      assert.strictEqual(whole.engagement, first?.engagement)
      assert.strictEqual((yield* Effect.flip(get("cnt-nobody")))._tag, "NotFound")
    }).pipe(Effect.provide(world)))
})

describe("what is set up in Allo", () => {
  it.effect("endpoints of webhooks come through, each alone with a secret that Webhooks takes", () =>
    Effect.gen(function*() {
      const { get, list, topics } = yield* WebhookEndpoints
      const { rows } = yield* list
      assert.deepStrictEqual(rows.map(({ enabled, signingSecret }) => [enabled, signingSecret]), [[true, null], [
        false,
        null
      ]])
      const { signingSecret, url } = yield* get(rows[0]?.id ?? "")
      assert.strictEqual(url, rows[0]?.url)
      const secret = signingSecret ?? Redacted.make("")
      assert.match(Redacted.value(secret), /^whsec_/)
      yield* Effect.provide(Effect.asVoid(Webhooks), Webhooks.layer({ secrets: [secret] }))
      assert.strictEqual((yield* topics).rows.length, 11)
      assert.strictEqual((yield* Effect.flip(get("ep_none")))._tag, "NotFound")
    }).pipe(Effect.provide(world)))

  it.effect("an account that a partner made comes through, without its key, and any other is not found", () =>
    Effect.gen(function*() {
      const { get } = yield* PartnerAccounts
      const { activated, apiKey, phoneNumbers, status } = yield* get("usr_sandboxcustomer0001")
      assert.deepStrictEqual([activated, apiKey, phoneNumbers, status], [false, null, ["+33700000001"], "ACTIVE"])
      const error = yield* Effect.flip(get("usr_none"))
      assert.deepStrictEqual([error._tag, "code" in error ? error.code : ""], ["NotFound", "PARTNER_ACCOUNT_NOT_FOUND"])
    }).pipe(Effect.provide(world)))

  it.effect("templates of summaries come through", () =>
    Effect.gen(function*() {
      const { get, list } = yield* SummaryTemplates
      const { rows } = yield* list
      assert.deepStrictEqual(rows[0]?.sections.map(({ order, title }) => [order, title]), [[0, "Needs"], [
        1,
        "Next steps"
      ]])
      assert.deepStrictEqual(yield* get(rows[0]?.id ?? ""), rows[0])
      assert.strictEqual((yield* Effect.flip(get("tst-none")))._tag, "NotFound")
    }).pipe(Effect.provide(world)))
})

describe("Allomia", () => {
  it.effect("one organisation is who the list shows", () =>
    Effect.gen(function*() {
      const { get, stream } = yield* Organizations
      const first = Option.getOrThrow(yield* Stream.runHead(stream()))
      assert.deepStrictEqual(yield* get(first.id), first)
      assert.strictEqual((yield* Effect.flip(get("none")))._tag, "NotFound")
    }).pipe(Effect.provide(world)))

  it.effect("a call that went out says how far it is, and any other is not found", () =>
    Effect.gen(function*() {
      const { status } = yield* OutboundCalls
      const [organization] = (yield* Sandbox).organizations
      const { get, stream } = yield* Calls
      const organizationId = organization?.id ?? ""
      const calls = Array.from(yield* Stream.runCollect(stream({ organizationId, callType: "Outbound" })))
      const told = yield* Effect.forEach(calls, ({ id }) => Effect.all([status(id), get(id)]))
      assert.includeMembers(told.map(([{ status }]) => status), ["completed", "no-answer"])
      for (const [{ callDetails, outboundCallId }, call] of told) {
        assert.deepStrictEqual(
          [outboundCallId, callDetails?.startedAt, callDetails?.duration, callDetails?.endedReason],
          [call.id, call.callStartedAt, call.callDuration, call.callEndedReason]
        )
      }
      const going = yield* status("00000000-0000-4000-8000-000000000001")
      assert.deepStrictEqual([going.status, going.callDetails], ["calling", null])
      const [inbound] = (yield* (yield* Calls).list({ organizationId, callType: "Inbound", limit: 1 })).rows
      assert.strictEqual((yield* Effect.flip(status(inbound?.id ?? "")))._tag, "NotFound")
    }).pipe(Effect.provide(world)))
})
