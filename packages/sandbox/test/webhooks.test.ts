/** Webhooks over HTTP: signed, tried again, sent twice and withheld, and believed by the client's own verification. */
import { assert, it } from "@effect/vitest"
import { type WebhookEvent, Webhooks } from "@trunkline/allo"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { createServer, type IncomingHttpHeaders } from "node:http"
import { allo } from "./client.js"

interface Received {
  readonly headers: Record<string, string | ReadonlyArray<string> | undefined>
  readonly body: string
}

/** A receiver on loopback that keeps what comes, and answers what it is told to, by the number of tries with that id. */
const receiver = (status: (tryNumber: number) => number) =>
  Effect.gen(function*() {
    const received: Array<Received & { readonly status: number }> = []
    const url = yield* Effect.acquireRelease(
      Effect.async<{ readonly server: ReturnType<typeof createServer>; readonly url: string }>((resume) => {
        const server = createServer((request, response) => {
          const chunks: Array<Buffer> = []
          request.on("data", (chunk: Buffer) => chunks.push(chunk))
          request.on("end", () => {
            const headers: IncomingHttpHeaders = request.headers
            const tries = received.filter((_) => _.headers["webhook-id"] === headers["webhook-id"]).length
            const answer = status(tries + 1)
            received.push({ headers, body: Buffer.concat(chunks).toString("utf8"), status: answer })
            response.writeHead(answer).end()
          })
        })
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = address === null || typeof address === "string" ? 0 : address.port
          resume(Effect.succeed({ server, url: `http://127.0.0.1:${port}/allo` }))
        })
      }),
      ({ server }) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    ).pipe(Effect.map((_) => _.url))
    return { url, received }
  })

/** The events that a client handles, each once. */
const handled = (received: ReadonlyArray<Received>, ...secrets: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const { once } = yield* Webhooks
    const results = yield* Effect.forEach(received, (request) => once(request, (_) => Effect.succeed(_)))
    return results.flatMap(Option.toArray)
  }).pipe(Effect.provide(Webhooks.layer({ secrets: secrets.map((_) => Redacted.make(_)) })))

const still = Sandbox.layer({ size: 200, movement: false, rateLimit: false })

const idIn = (event: WebhookEvent): string | null =>
  event._tag === "CallCompleted" || event._tag === "SmsReceived" || event._tag === "SmsSent" ? event.data.id : null

it.scopedLive("a call is told as it rings, is answered and ends; what is refused comes again, and is handled once", () =>
  Effect.gen(function*() {
    const { webhooks, world } = yield* Sandbox
    const { received, url } = yield* receiver((tries) => tries === 1 ? 500 : 200)
    yield* webhooks.subscribe({ url, pauses: ["5 millis"] })
    const inbound = yield* world.arrive({ source: "allo", seconds: 90 })
    const outbound = yield* world.arrive({ source: "allo", direction: "OUTBOUND", result: "CLOSED" })
    const text = yield* world.arrive({ source: "allo", type: "SMS" })
    yield* webhooks.settled

    const deliveries = yield* handled(received.filter(({ status }) => status === 200), webhooks.secret)
    const topics = deliveries.map(({ event }) => event.topic).toSorted()
    assert.deepStrictEqual(topics, [
      "call.answered",
      "call.completed",
      "call.completed",
      "call.received",
      "call.triggered",
      "sms.received"
    ])
    const ends = deliveries.flatMap(({ event }) => idIn(event) ?? [])
    assert.sameMembers(ends, [inbound, outbound, text])
    const ended = deliveries.flatMap(({ event }) =>
      event._tag === "CallCompleted" && event.data.id === inbound ? [event.data] : []
    )
    assert.deepStrictEqual(
      ended.map(({ direction, length, result }) => [direction, String(length), result]),
      [["INBOUND", "Duration(1m 30s)", "ANSWERED"]]
    )
    const events = yield* webhooks.events
    assert.deepStrictEqual(new Set(events.map(({ state, tries }) => `${state} ${tries}`)), new Set(["delivered 2"]))
    assert.strictEqual(received.length, 2 * events.length)
  }).pipe(Effect.provide(still)))

it.scopedLive("gaps never come, doubles come twice with one id, and the sandbox says which", () =>
  Effect.gen(function*() {
    const { webhooks, world } = yield* Sandbox
    const { received, url } = yield* receiver(() => 200)
    yield* webhooks.subscribe({ url, topics: ["call.completed"], gaps: 30, doubles: 40 })
    for (let call = 0; call < 60; call++) yield* world.arrive({ source: "allo" })
    yield* webhooks.settled

    const events = yield* webhooks.events
    const withheld = events.filter(({ state }) => state === "withheld")
    const twice = events.filter(({ tries }) => tries === 2)
    assert.strictEqual(events.length, 60)
    assert.isAbove(withheld.length, 8)
    assert.isAbove(twice.length, 8)
    assert.strictEqual(received.length, 60 - withheld.length + twice.length)
    const deliveries = yield* handled(received, webhooks.secret)
    assert.sameMembers(
      deliveries.flatMap(({ event }) => idIn(event) ?? []),
      events.filter(({ state }) => state === "delivered").map(({ about }) => about)
    )
  }).pipe(Effect.provide(still)))

it.scopedLive("while a secret is rotated both sign, and a stranger's secret opens nothing", () =>
  Effect.gen(function*() {
    const { webhooks, world } = yield* Sandbox
    const { received, url } = yield* receiver(() => 200)
    const [old, next] = ["b2xkIHNlY3JldA==", "bmV4dCBzZWNyZXQ="].map((_) => `whsec_${_}`)
    yield* webhooks.subscribe({ url, topics: ["call.completed"], secrets: [old ?? "", next ?? ""] })
    yield* world.arrive({ source: "allo" })
    yield* webhooks.settled
    for (const secret of [old ?? "", next ?? ""]) assert.strictEqual((yield* handled(received, secret)).length, 1)
    const error = yield* Effect.flip(handled(received, webhooks.secret))
    assert.strictEqual(error.reason, "signature")
  }).pipe(Effect.provide(still)))

it.scopedLive("an event that nobody accepts is abandoned after its last try", () =>
  Effect.gen(function*() {
    const { webhooks, world } = yield* Sandbox
    const { received, url } = yield* receiver(() => 302)
    yield* webhooks.subscribe({ url, topics: ["sms.sent"], pauses: ["1 millis", "1 millis"] })
    yield* webhooks.subscribe({ url: "http://127.0.0.1:9/nobody", topics: ["sms.sent"], pauses: [] })
    const id = yield* world.arrive({ source: "allo", type: "SMS", direction: "OUTBOUND" })
    yield* webhooks.settled
    assert.strictEqual(received.length, 3)
    assert.deepStrictEqual(
      (yield* webhooks.events).map(({ about, state, tries }) => [about, state, tries]),
      [[id, "abandoned", 3], [id, "abandoned", 1]]
    )
  }).pipe(Effect.provide(still)))

it.scopedLive("tags that a client or a test changes are told, each as added or removed", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const { received, url } = yield* receiver(() => 200)
    yield* sandbox.world.setTags("cll-abc123", ["old"])
    yield* sandbox.webhooks.subscribe({ url })
    yield* allo(sandbox, "/v2/api/conversations/items/cll-abc123/tags", { body: { tags: ["new"] } })
    yield* sandbox.world.setTags("cll-abc123", ["new"])
    yield* sandbox.webhooks.settled
    const told = (yield* handled(received, sandbox.webhooks.secret)).map(({ event }) =>
      event._tag === "TagAdded" || event._tag === "TagRemoved" ? [event.topic, event.data.callId, event.data.tag] : []
    )
    assert.sameDeepMembers(told, [["tag.added", "cll-abc123", "new"], ["tag.removed", "cll-abc123", "old"]])
  }).pipe(Effect.provide(still)))

it.scopedLive("a world that moves by itself tells of what arrives, although nobody asks the APIs", () =>
  Effect.gen(function*() {
    const { history, webhooks } = yield* Sandbox
    const { received, url } = yield* receiver(() => 200)
    yield* webhooks.subscribe({ url })
    yield* Effect.repeat(Effect.sleep("20 millis"), { until: () => received.length >= 5 })
    assert.strictEqual(yield* history.total, 0)
    assert.isAtLeast((yield* handled(received.slice(0, 5), webhooks.secret)).length, 5)
  }).pipe(Effect.provide(Sandbox.layer({ size: 200, movement: { arrivalsPerMinute: 3000 } }))))

it.effect("a first try needs no clock, and a secret that is none is refused", () =>
  Effect.gen(function*() {
    const { webhooks, world } = yield* Sandbox
    const { received, url } = yield* receiver(() => 200)
    const refused = yield* Effect.either(webhooks.subscribe({ url, secrets: ["whsec_"] }))
    assert.strictEqual(Either.isLeft(refused) && refused.left.option, "subscribe.secrets")
    assert.isTrue(Either.isLeft(yield* Effect.either(webhooks.subscribe({ url: "ftp://here" }))))
    yield* webhooks.subscribe({ url, topics: ["call.completed"] })
    const id = yield* world.arrive({ source: "allo" })
    yield* webhooks.settled
    const [delivery] = yield* handled(received, webhooks.secret)
    assert.strictEqual(delivery === undefined ? null : idIn(delivery.event), id)
  }).pipe(Effect.scoped, Effect.provide(Layer.fresh(Sandbox.layerTest({ size: 200 })))))
