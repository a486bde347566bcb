/** Summaries that our client rewrites: each write is done once, whatever becomes of its answer. */
import { assert, describe, it } from "@effect/vitest"
import { Conversations, Summaries } from "@trunkline/allo"
import { Fault, Sandbox } from "@trunkline/sandbox"
import { Effect, Layer, Stream } from "effect"
import { allo as vendor, world } from "./vendors.js"

const id = "cll-abc123"

const patches = Effect.gen(function*() {
  const requests = yield* (yield* Sandbox).history.requests
  return requests.filter(({ method }) => method === "PATCH")
})

it.effect("a summary is replaced, and the call shows it", () =>
  Effect.gen(function*() {
    const { update } = yield* Summaries
    const written = yield* update({ id, content: "# Wants a quote" })
    assert.deepStrictEqual([written.summary?.content, written.summary?.version], ["# Wants a quote", 2])
    assert.strictEqual(written.summary?.updatedBy?.id, "usr-abc123")
    assert.isFalse(written.replayed)
    assert.strictEqual((yield* (yield* Conversations).item(id)).summary, "# Wants a quote")
    assert.strictEqual((yield* update({ id, content: "" })).summary?.version, 3)
  }).pipe(Effect.provide(world)))

it.live("a write whose answer was lost is asked for again with its key, and done once", () =>
  Effect.gen(function*() {
    const { faults } = yield* Sandbox
    const { update } = yield* Summaries
    yield* faults.push({ match: { method: "PATCH" }, fault: Fault.ResetInBody() })
    const written = yield* update({ id, content: "Once" })
    assert.isTrue(written.replayed)
    assert.strictEqual(written.summary?.version, 2)
    const keys = (yield* patches).map(({ headers }) => headers["idempotency-key"])
    assert.deepStrictEqual(keys, [written.idempotencyKey, written.idempotencyKey])
  }).pipe(Effect.provide(world)))

it.effect("the key of an earlier run is answered from memory", () =>
  Effect.gen(function*() {
    const { update } = yield* Summaries
    const first = yield* update({ id, content: "Once", idempotencyKey: "night-1" })
    const again = yield* update({ id, content: "Once", idempotencyKey: "night-1" })
    assert.deepStrictEqual([first.replayed, again.replayed], [false, true])
    assert.deepStrictEqual(again.summary, first.summary)
  }).pipe(Effect.provide(world)))

describe("refused", () => {
  it.effect("by the API: no summary to replace, several, and a call that is not there", () =>
    Effect.gen(function*() {
      const { update } = yield* Summaries
      const calls = Array.from(yield* Stream.runCollect((yield* Conversations).items({ type: "CALL" })))
      const codeOf = (id: string) =>
        update({ id, content: "x" }).pipe(
          Effect.as("written"),
          Effect.catchAll((error) => Effect.succeed("code" in error ? error.code : error._tag))
        )
      const bare = calls.find(({ summary }) => summary === null)
      assert.strictEqual(yield* codeOf(bare?.id ?? ""), "SUMMARY_TEMPLATE_NOT_FOUND")
      const spoken = calls.filter(({ summary }) => summary !== null).slice(0, 60)
      const codes = yield* Effect.forEach(spoken, (call) => codeOf(call.id))
      assert.sameMembers([...new Set(codes)], ["written", "SUMMARY_TEMPLATE_KEY_REQUIRED"])
      const several = spoken[codes.indexOf("SUMMARY_TEMPLATE_KEY_REQUIRED")]
      yield* update({ id: several?.id ?? "", content: "x", templateKey: "MARKDOWN_CLASSIC" })
      assert.strictEqual(yield* codeOf("cll-none"), "CONVERSATION_ITEM_NOT_FOUND")
    }).pipe(Effect.provide(world)))

  it.effect("before a request leaves: a message, and a text that is too long", () =>
    Effect.gen(function*() {
      const { update } = yield* Summaries
      const message = yield* Effect.flip(update({ id: "msg-1", content: "x" }))
      assert.strictEqual("code" in message ? message.code : "", "INVALID_ITEM_ID")
      const long = yield* Effect.flip(update({ id, content: "x".repeat(100_001) }))
      assert.strictEqual("param" in long ? long.param : "", "content")
      assert.strictEqual((yield* patches).length, 0)
    }).pipe(Effect.provide(world)))

  it.effect("to a key that may only read", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip((yield* Summaries).update({ id, content: "x" }))
      assert.strictEqual(error._tag, "Forbidden")
    }).pipe(Effect.provide(Layer.provideMerge(vendor((keys) => keys.alloReadOnly), Sandbox.layerTest({ size: 100 })))))
})
