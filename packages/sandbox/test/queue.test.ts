/** The dialing queue of Allo, read by our client. */
import { assert, it } from "@effect/vitest"
import { Account, Conversations, DialingQueues } from "@trunkline/allo"
import { Sandbox } from "@trunkline/sandbox"
import { Effect, Layer, Stream } from "effect"
import { allo as vendor, world } from "./vendors.js"

it.effect("the queue of the key's owner comes page by page, by position, and names the calls that were made", () =>
  Effect.gen(function*() {
    const { current, numbers } = yield* DialingQueues
    const { queue, rows, total } = yield* current({ size: 10 })
    assert.deepStrictEqual([queue?.assigneeId, queue?.voicemailHandling, rows.length], ["usr-abc123", "NO_SKIP", 10])
    const all = Array.from(yield* Stream.runCollect(numbers({ size: 40 })))
    assert.strictEqual(all.length, total)
    assert.deepStrictEqual(all.map(({ position }) => position), all.map((_, position) => position))
    const called = all.find(({ callId }) => callId !== null)
    const call = yield* (yield* Conversations).item(called?.callId ?? "")
    assert.deepStrictEqual([call.contactNumber, call.date], [called?.number, called?.callStartedAt])
    const waiting = all.find(({ callId }) => callId === null)
    assert.deepStrictEqual([waiting?.routingResult, waiting?.callStartedAt, waiting?.syncStatus], [
      null,
      null,
      "NOT_SYNCED"
    ])
  }).pipe(Effect.provide(world)))

it.effect("a teammate's queue is asked for by id or address, and may not be there", () =>
  Effect.gen(function*() {
    const { current } = yield* DialingQueues
    const [, second, third] = (yield* (yield* Account).users()).rows
    const byId = yield* current({ userId: second?.id })
    assert.strictEqual(byId.queue?.assigneeId, second?.id)
    assert.deepStrictEqual((yield* current({ email: second?.email ?? "" })).rows, byId.rows)
    const none = yield* current({ userId: third?.id })
    assert.deepStrictEqual([none.queue, none.rows, none.total, none.more], [null, [], 0, false])
    const error = yield* Effect.flip(current({ userId: "usr-nobody" }))
    assert.deepStrictEqual([error._tag, "code" in error ? error.code : ""], ["NotFound", "ASSIGNEE_NOT_FOUND"])
  }).pipe(Effect.provide(world)))

it.effect("a key without the scope reads no queue", () =>
  Effect.gen(function*() {
    assert.strictEqual((yield* Effect.flip((yield* DialingQueues).current()))._tag, "Forbidden")
  }).pipe(Effect.provide(Layer.provideMerge(vendor((keys) => keys.alloReadOnly), Sandbox.layerTest({ size: 100 })))))
