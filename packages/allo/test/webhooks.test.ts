/** Deliveries of webhooks: which are believed, what they tell, and that each is handled once. */
import { assert, describe, it } from "@effect/vitest"
import { type WebhookEvent, WebhookRefused, Webhooks } from "@trunkline/allo"
import * as Config from "effect/Config"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { createHmac } from "node:crypto"
import { inspect } from "node:util"

const secret = `whsec_${Buffer.from("a secret of 24 bytes ...").toString("base64")}`
const next = `whsec_${Buffer.from("the secret after that one").toString("base64")}`
const sentAt = 1_780_000_000

const call = {
  topic: "call.completed",
  version: "2.0",
  timestamp: "2026-05-28T20:26:40.123456Z",
  data: {
    id: "cll-abc123",
    from_number: "+14155551234",
    to_number: "+14155550100",
    type: "INBOUND",
    started_at: "2026-05-28T20:20:00.000Z",
    length_in_minutes: 5.5,
    result: "ANSWERED",
    summary: "Asked for a quote",
    user_email: "john@acme.example",
    person: { id: "con_1", name: "Sarah", last_name: "Johnson", numbers: ["+14155551234"] },
    ivr_result: { dtmf_key: "1" }
  }
}

/** Signed by Node and not by the code under test. */
const delivery = (event: unknown, options: { id?: string; at?: number; secrets?: ReadonlyArray<string> } = {}) => {
  const { at = sentAt, id = "msg_1", secrets = [secret] } = options
  const body = typeof event === "string" ? event : JSON.stringify(event)
  const signatures = secrets.map((secret) =>
    `v1,${createHmac("sha256", Buffer.from(secret.slice(6), "base64")).update(`${id}.${at}.${body}`).digest("base64")}`
  )
  return {
    headers: { "Webhook-Id": id, "webhook-timestamp": String(at), "webhook-signature": signatures.join(" ") },
    body
  }
}

const webhooks = (...secrets: ReadonlyArray<string>) =>
  Layer.merge(
    Webhooks.layer({ secrets: (secrets.length === 0 ? [secret] : secrets).map((_) => Redacted.make(_)) }),
    Layer.effectDiscard(TestClock.setTime(sentAt * 1000 + 2000))
  )

const refused = (request: Parameters<Webhooks["Type"]["verify"]>[0]) =>
  Effect.flatMap(Webhooks, (_) => Effect.map(Effect.flip(_.verify(request)), ({ reason }) => reason))

describe("a signature", () => {
  it.effect("of the secret is believed, and its event is typed", () =>
    Effect.gen(function*() {
      const { event, id, signedAt } = yield* (yield* Webhooks).verify(delivery(call))
      assert.deepStrictEqual([id, DateTime.toEpochMillis(signedAt)], ["msg_1", sentAt * 1000])
      assert.strictEqual(event._tag, "CallCompleted")
      if (event._tag !== "CallCompleted") return
      assert.strictEqual(event.data.id, "cll-abc123")
      assert.strictEqual(event.data.person?.lastName, "Johnson")
      assert.deepStrictEqual(event.data.extra, { ivr_result: { dtmf_key: "1" } })
    }).pipe(Effect.provide(webhooks())))

  it.effect("is that of the bytes: a body of bytes verifies, a body written again does not", () =>
    Effect.gen(function*() {
      const { body, headers } = delivery(call)
      const { event } = yield* (yield* Webhooks).verify({ headers, body: new TextEncoder().encode(body) })
      assert.strictEqual(event.topic, "call.completed")
      assert.strictEqual(yield* refused({ headers, body: JSON.stringify(call, null, 2) }), "signature")
    }).pipe(Effect.provide(webhooks())))

  it.effect("of another secret, id, time or version is not believed", () =>
    Effect.gen(function*() {
      const { body, headers } = delivery(call)
      const with_ = (more: Record<string, string>) => refused({ headers: { ...headers, ...more }, body })
      assert.deepStrictEqual([
        yield* refused(delivery(call, { secrets: [next] })),
        yield* with_({ "Webhook-Id": "msg_2" }),
        yield* with_({ "webhook-timestamp": String(sentAt + 1) }),
        yield* with_({ "webhook-signature": headers["webhook-signature"].replace("v1,", "v1a,") }),
        yield* with_({ "webhook-signature": "v1," }),
        yield* with_({ "webhook-signature": "v1,not base64!" })
      ], Array.from({ length: 6 }, () => "signature"))
    }).pipe(Effect.provide(webhooks())))

  it.effect("that is missing is not believed either", () =>
    Effect.gen(function*() {
      const { body, headers } = delivery(call)
      for (const name of Object.keys(headers)) {
        assert.strictEqual(yield* refused({ headers: { ...headers, [name]: undefined }, body }), "unsigned")
      }
      assert.strictEqual(yield* refused({ headers: { ...headers, "webhook-timestamp": "soon" }, body }), "unsigned")
    }).pipe(Effect.provide(webhooks())))

  it.effect("that is older or newer than five minutes is stale", () =>
    Effect.gen(function*() {
      const now = sentAt + 2
      assert.strictEqual(yield* refused(delivery(call, { at: now - 301 })), "stale")
      assert.strictEqual(yield* refused(delivery(call, { at: now + 301 })), "stale")
      const { verify } = yield* Webhooks
      yield* verify(delivery(call, { at: now - 299 }))
      yield* verify(delivery(call, { at: now + 299 }))
    }).pipe(Effect.provide(webhooks())))

  it.effect("of either secret is believed while they are rotated, and of two signatures one is enough", () =>
    Effect.gen(function*() {
      const { verify } = yield* Webhooks
      yield* verify(delivery(call, { secrets: [secret] }))
      yield* verify(delivery(call, { secrets: [next] }))
      yield* verify(delivery(call, { secrets: [`whsec_${Buffer.from("one of long ago").toString("base64")}`, next] }))
    }).pipe(Effect.provide(webhooks(secret, next))))
})

describe("a delivery", () => {
  it.effect("that comes again is handled once, also when both come at the same time", () =>
    Effect.gen(function*() {
      const { once } = yield* Webhooks
      const handled: Array<string> = []
      const handle = ({ id }: { readonly id: string }) =>
        Effect.zipRight(Effect.yieldNow(), Effect.sync(() => handled.push(id)))
      yield* Effect.all([once(delivery(call), handle), once(delivery(call), handle)], { concurrency: 2 })
      assert.isTrue(Option.isNone(yield* once(delivery(call, { at: sentAt + 60 }), handle)))
      assert.isTrue(Option.isSome(yield* once(delivery(call, { id: "msg_2" }), handle)))
      assert.deepStrictEqual(handled, ["msg_1", "msg_2"])
    }).pipe(Effect.provide(webhooks())))

  it.effect("whose handling failed is handled when it comes again", () =>
    Effect.gen(function*() {
      const { once } = yield* Webhooks
      assert.strictEqual(yield* Effect.flip(once(delivery(call), () => Effect.fail("full"))), "full")
      assert.deepStrictEqual(yield* once(delivery(call), () => Effect.succeed("kept")), Option.some("kept"))
    }).pipe(Effect.provide(webhooks())))

  it.effect("that is signed and holds no event is refused, and its paths say where", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.flatMap(Webhooks, (_) => _.verify(delivery({ data: call.data }))))
      assert.deepStrictEqual([error.reason, error.paths], ["body", ["topic"]])
      assert.strictEqual(yield* refused(delivery("not JSON")), "body")
      assert.instanceOf(error, WebhookRefused)
    }).pipe(Effect.provide(webhooks())))

  it.effect("shows no number and no text when it is inspected", () =>
    Effect.gen(function*() {
      const { verify } = yield* Webhooks
      for (const topic of ["call.completed", "summary.updated"]) {
        const text = inspect(yield* verify(delivery({ ...call, topic })), { depth: null })
        for (const one of ["4155551234", "quote", "Johnson", "acme.example"]) assert.notInclude(text, one)
      }
    }).pipe(Effect.provide(webhooks())))
})

const topics: ReadonlyArray<readonly [topic: string, tag: WebhookEvent["_tag"]]> = [
  ["call.received", "CallReceived"],
  ["call.triggered", "CallTriggered"],
  ["call.answered", "CallAnswered"],
  ["call.completed", "CallCompleted"],
  ["tag.added", "TagAdded"],
  ["tag.removed", "TagRemoved"],
  ["sms.received", "SmsReceived"],
  ["sms.sent", "SmsSent"],
  ["contact.created", "ContactCreated"],
  ["contact.updated", "ContactUpdated"]
]

describe("topics", () => {
  it.effect.each(topics)("%s", ([topic, tag]) =>
    Effect.gen(function*() {
      const { event } = yield* (yield* Webhooks).verify(delivery({ ...call, topic, data: { id: "x", more: [1] } }))
      assert.deepStrictEqual([event._tag, event.topic, event.version], [tag, topic, "2.0"])
      assert.deepStrictEqual(event._tag === "Unknown" ? null : event.data.extra["more"], [1])
    }).pipe(Effect.provide(webhooks())))

  it.effect("an eleventh is kept as it came", () =>
    Effect.gen(function*() {
      const { event } = yield* (yield* Webhooks).verify(delivery({ ...call, topic: "summary.updated" }))
      assert.deepStrictEqual([event._tag, event.topic], ["Unknown", "summary.updated"])
      assert.deepStrictEqual(event._tag === "Unknown" ? Redacted.value(event.data) : null, call.data)
    }).pipe(Effect.provide(webhooks())))

  it.effect("a known one without data is kept, too", () =>
    Effect.gen(function*() {
      const { event } = yield* (yield* Webhooks).verify(delivery({ topic: "call.received", data: null }))
      assert.deepStrictEqual([event._tag, event.topic], ["Unknown", "call.received"])
    }).pipe(Effect.provide(webhooks())))
})

it.effect("secrets that cannot be used are refused, and not shown", () =>
  Effect.gen(function*() {
    for (const secrets of [[], ["whsec_"], ["whsec_not base64 !!"]]) {
      const layer = Webhooks.layerConfig({ secrets: Config.succeed(secrets.map((_) => Redacted.make(_))) })
      const exit = yield* Effect.exit(Effect.provide(Effect.asVoid(Webhooks), layer))
      assert.isTrue(Exit.isFailure(exit))
      assert.notInclude(String(exit), "not base64 !!")
    }
  }))
