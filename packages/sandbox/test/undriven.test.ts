/** The test that the README shows: it ends by itself, though nobody drives its clock. */
import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { AlloClient, Conversations } from "@trunkline/allo"
import { AllomiaClient, Calls } from "@trunkline/allomia"
import { Sandbox } from "@trunkline/sandbox"
import { Clock, DateTime, Effect, Layer, Option, Redacted, Stream } from "effect"

const Allo = Layer.unwrapEffect(Effect.map(Sandbox, ({ alloUrl, keys }) =>
  Conversations.layer.pipe(
    Layer.provide(AlloClient.layer({ apiKey: Redacted.make(keys.allo), baseUrl: alloUrl, pace: "unlimited" })),
    Layer.provide(FetchHttpClient.layer)
  )))

const Allomia = Layer.unwrapEffect(Effect.map(Sandbox, ({ allomiaUrl, keys }) =>
  Calls.layer.pipe(
    Layer.provide(AllomiaClient.layer({ apiKey: Redacted.make(keys.allomia), baseUrl: allomiaUrl, pace: "unlimited" })),
    Layer.provide(FetchHttpClient.layer)
  )))

describe("under a clock that stands still", () => {
  it.effect("twelve pages of Allo hold every call and message", () =>
    Effect.gen(function*() {
      const { items } = yield* Conversations
      assert.strictEqual(yield* Stream.runCount(items()), 1200)
      const { history, world } = yield* Sandbox
      assert.strictEqual((yield* history.requests).length, 12)
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
      assert.isAbove(yield* world.now, Date.UTC(2026, 0, 1))
    }).pipe(Effect.provide(Layer.provideMerge(Allo, Sandbox.layerTest({ size: 1200 })))))

  it.effect("and so do those of a clinic", () =>
    Effect.gen(function*() {
      const { history, organizations } = yield* Sandbox
      const { stream } = yield* Calls
      const calls = yield* Stream.runCount(stream({ organizationId: organizations[0]?.id ?? "" }))
      assert.isAtLeast((yield* history.requests).length, 12)
      assert.isAbove(calls, 550)
    }).pipe(Effect.provide(Layer.provideMerge(Allomia, Sandbox.layerTest({ size: 100, allomiaCalls: 4000 })))))

  it.effect("the same options make the same world, also after other tests", () =>
    Effect.gen(function*() {
      const { items } = yield* Conversations
      const first = yield* Stream.runHead(items())
      assert.match(Option.match(first, { onNone: () => "", onSome: ({ date }) => DateTime.formatIso(date) }), /^2025-1/)
    }).pipe(Effect.provide(Layer.provideMerge(Allo, Sandbox.layerTest({ size: 100 })))))
})
