import { assert, describe, it } from "@effect/vitest"
import { Account, AlloClient, Conversations } from "@trunkline/allo"
import * as Testing from "@trunkline/http/testing"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"

interface Sent {
  readonly method: string
  readonly path: string
  readonly at: number
}

const apiKey = Redacted.make("ak_live_0123456789abcdef")

const item = { data: { id: "cll-1", date: "2026-01-01T00:00:00Z" } }
const page = { data: [], pagination: { page: 1, size: 20, total_count: 0, has_more: false } }
const me = { data: { team: { id: "team-1" } } }

/** What any of the endpoints used here answers. */
const answer = ({ method, path }: Testing.Received, headers: Testing.Head["headers"] = {}): Testing.Reply =>
  Testing.json(method === "POST" || path.startsWith("/v1/") ? page : path.endsWith("/me") ? me : item, { headers })

/** An API, and what it was sent and when. */
const watched = (script: Testing.Script) => {
  const sent: Array<Sent> = []
  const layer = Testing.layer((received, index) =>
    Effect.flatMap(Clock.currentTimeMillis, (at) => {
      sent.push({ method: received.method, path: received.path, at })
      const reply = script(received, index)
      return Effect.isEffect(reply) ? reply : Effect.succeed(reply)
    })
  )
  return { sent, layer }
}

const answering = (headers: Testing.Head["headers"]) => watched((received) => answer(received, headers))

const getItem = Effect.flatMap(Conversations, (conversations) => conversations.item("cll-1"))
const search = Effect.flatMap(Conversations, (conversations) => conversations.search({}))
const history = Effect.flatMap(
  Conversations,
  (conversations) => conversations.contactHistoryPage({ contactId: "con-1" })
)
const getMe = Effect.flatMap(Account, (account) => account.me)

/** Asks for it over and over, so often at once. */
const busily = <A, E, R>(ask: Effect.Effect<A, E, R>, inFlight: number) =>
  Effect.fork(Effect.all(Array.from({ length: inFlight }, () => Effect.forever(ask)), { concurrency: inFlight }))

const client = (options: { readonly readsPerSecond?: number; readonly writesPerSecond?: number } = {}) =>
  AlloClient.layer({ apiKey, ...options })

const services = (allo: ReturnType<typeof client>, api: ReturnType<typeof watched>["layer"]) =>
  Layer.merge(Conversations.layer, Account.layer).pipe(Layer.provideMerge(allo), Layer.provide(api))

it.effect("GET and POST are paced apart, 20 and 5 a second side by side, and neither is refused", () => {
  let refused = 0
  const limited = (limit: number) =>
    Testing.limited({ algorithm: "fixed", limit: () => limit, phaseMillis: 137, latency: Effect.succeed([15, 15]) })(
      (received) => answer(received)
    )
  const [reads, writes] = [limited(20), limited(5)]
  const { layer, sent } = watched((received, index) => {
    const reply = (received.method === "GET" ? reads : writes)(received, index)
    return Effect.tap(Effect.isEffect(reply) ? reply : Effect.succeed(reply), (reply) => {
      if (reply._tag === "Answer" && reply.status === 429) refused += 1
    })
  })
  return Effect.gen(function*() {
    const workers = [yield* busily(getItem, 8), yield* busily(search, 8)]
    yield* TestClock.adjust("10 seconds")
    yield* Fiber.interruptAll(workers)
    const gets = sent.filter(({ method }) => method === "GET").length
    const posts = sent.filter(({ method }) => method === "POST").length
    assert.isTrue(gets >= 196 && gets <= 220, `${gets} reads`)
    assert.isTrue(posts >= 47 && posts <= 55, `${posts} writes`)
    assert.strictEqual(refused, 0)
  }).pipe(Effect.provide(services(client(), layer)))
}, 30_000)

describe("one key, one layer value, one pace", () => {
  const startedAtOnce = Effect.gen(function*() {
    const fibers = [yield* busily(Effect.zipRight(getItem, Effect.never), 30)]
    fibers.push(yield* busily(Effect.zipRight(getMe, Effect.never), 30))
    yield* TestClock.adjust("500 millis")
    yield* Fiber.interruptAll(fibers)
  })

  it.effect("two services over one layer value share it", () => {
    const { layer, sent } = answering({})
    return startedAtOnce.pipe(
      Effect.provide(services(client(), layer)),
      Effect.map(() => assert.strictEqual(sent.length, 20))
    )
  })

  it.effect("services over two layer values have two, and twice the rate", () => {
    const { layer, sent } = answering({})
    const two = Layer.merge(
      Layer.provide(Conversations.layer, client()),
      Layer.provide(Account.layer, client())
    ).pipe(Layer.provide(layer))
    return startedAtOnce.pipe(
      Effect.provide(two),
      Effect.map(() => assert.strictEqual(sent.length, 40))
    )
  })
})

describe("the limit an answer tells", () => {
  const told = { "x-ratelimit-limit": "31", "x-ratelimit-remaining": "30" }
  const reads = Effect.flatMap(AlloClient, (allo) => allo.readsPerSecond)
  const writes = Effect.flatMap(AlloClient, (allo) => allo.writesPerSecond)

  it.effect("is adopted from v2, for reads and the rest apart", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual([yield* reads, yield* writes], [20, 5])
      yield* getItem
      assert.deepStrictEqual([yield* reads, yield* writes], [31, 5])
      yield* search
      assert.deepStrictEqual([yield* reads, yield* writes], [31, 31])
    }).pipe(Effect.provide(services(client(), answering(told).layer))))

  it.effect("is that of a day in v1, and is not adopted", () => {
    const { layer, sent } = answering({ "x-ratelimit-limit": "1000", "x-ratelimit-remaining": "0" })
    return Effect.gen(function*() {
      yield* history
      assert.strictEqual(yield* reads, 20)
      const more = yield* busily(Effect.zipRight(history, Effect.never), 19)
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(more)
      assert.strictEqual(sent.length, 20)
    }).pipe(Effect.provide(services(client(), layer)))
  })

  it.effect("is not exceeded by a wish, and a wish is not exceeded by it", () => {
    const { layer, sent } = answering(told)
    return Effect.gen(function*() {
      assert.deepStrictEqual([yield* reads, yield* writes], [7, 5])
      yield* getItem
      yield* search
      assert.deepStrictEqual([yield* reads, yield* writes], [7, 31])
      yield* TestClock.adjust("5 seconds")
      sent.length = 0
      const more = yield* busily(Effect.zipRight(getItem, Effect.never), 30)
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(more)
      assert.strictEqual(sent.length, 7)
    }).pipe(Effect.provide(services(client({ readsPerSecond: 7, writesPerSecond: 40 }), layer)))
  })

  it.effect("leaves nothing, though we asked once: a stranger has the key too, and nobody starts", () => {
    const { layer, sent } = answering({ "x-ratelimit-limit": "20", "x-ratelimit-remaining": "0" })
    return Effect.gen(function*() {
      yield* getItem
      const more = yield* busily(Effect.zipRight(getItem, Effect.never), 5)
      yield* TestClock.adjust("990 millis")
      assert.strictEqual(sent.length, 1)
      yield* TestClock.adjust("20 millis")
      assert.isAbove(sent.length, 1)
      yield* Fiber.interrupt(more)
    }).pipe(Effect.provide(services(client(), layer)))
  })
})
