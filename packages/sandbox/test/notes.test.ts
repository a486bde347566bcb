/** Notes and threads of Allo, read by our client. */
import { assert, it } from "@effect/vitest"
import { Conversations, Notes, Threads } from "@trunkline/allo"
import { Sandbox } from "@trunkline/sandbox"
import { Effect, Layer, Stream } from "effect"
import { allo as vendor, world } from "./vendors.js"

it.effect("notes on conversations come through, each as it is alone, and name members of the team", () =>
  Effect.gen(function*() {
    const { get, list, stream } = yield* Notes
    const [alloNumber = ""] = (yield* Sandbox).lines
    const { rows: conversations } = yield* (yield* Conversations).list({ alloNumber, size: 60 })
    const numbers = conversations.map(({ contactNumber }) => contactNumber).filter((_) => _.startsWith("+"))
    const notes = (yield* Effect.forEach(numbers, (contactNumber) =>
      Stream.runCollect(stream({ contactNumber, alloNumber })))).flatMap((_) =>
        Array.from(_)
      )
    assert.isAbove(notes.length, 10)
    assert.strictEqual(new Set(notes.map(({ id }) => id)).size, notes.length)
    const named = notes.find(({ mentions }) => mentions.length > 0)
    assert.isNotNull(named?.mentions[0]?.userId ?? null)
    assert.deepStrictEqual(named && (yield* get(named.id)), named)
    const example = yield* get("not-abc123")
    const page = yield* list({ contactNumber: example.contactNumber ?? "", alloNumber: example.alloNumber ?? "" })
    assert.deepStrictEqual([page.rows, page.total], [[example], 1])
    assert.deepStrictEqual((yield* list({ contactNumber: "+15550000000", alloNumber })).rows, [])
    assert.strictEqual((yield* Effect.flip(get("not-none")))._tag, "NotFound")
    const error = yield* Effect.flip(list({ contactNumber: "+15550000000", alloNumber: "+15550000001" }))
    assert.deepStrictEqual([error._tag, "code" in error ? error.code : ""], ["Forbidden", "ALLO_NUMBER_FORBIDDEN"])
  }).pipe(Effect.provide(world)))

it.effect("notes on people come through, page by page, and nobody is not found", () =>
  Effect.gen(function*() {
    const { ofPerson, ofPersonPage } = yield* Notes
    const notes = Array.from(yield* Stream.runCollect(ofPerson({ personId: "per-abc123", size: 1 })))
    assert.strictEqual(new Set(notes.map(({ id }) => id)).size, 2)
    assert.strictEqual((yield* ofPersonPage({ personId: "per-abc123" })).total, 2)
    assert.isTrue(notes.every(({ alloNumber, content }) => alloNumber === null && content !== null))
    const error = yield* Effect.flip(ofPersonPage({ personId: "cnt-abc123" }))
    assert.deepStrictEqual([error._tag, "code" in error ? error.code : ""], ["NotFound", "PERSON_NOT_FOUND"])
  }).pipe(Effect.provide(world)))

it.effect("a call has one thread or none, and alone the thread has its comments, oldest first", () =>
  Effect.gen(function*() {
    const { get, list } = yield* Threads
    const { rows: items } = yield* (yield* Conversations).search({ size: 100 })
    const threads = (yield* Effect.forEach(items, ({ id, type }) =>
      list({ entityType: type === "CALL" ? "CALL" : "TEXT_MESSAGE", entityId: id }))).flatMap(({ rows }) =>
        rows
      )
    assert.isAbove(threads.length, 3)
    assert.isBelow(threads.length, items.length)
    assert.isTrue(threads.some(({ resolvedAt }) =>
      resolvedAt === null
    ))
    assert.isTrue(threads.every(({ comments, resolvedAt, resolvedBy }) =>
      comments === null && (resolvedAt === null) === (resolvedBy === null)
    ))
    const [thread] = (yield* list({ entityType: "CALL", entityId: "cll-abc123" })).rows
    const whole = yield* get(thread?.id ?? "")
    assert.deepStrictEqual([whole.entityType, whole.entityId], ["CALL", "cll-abc123"])
    const times = whole.comments?.map(({ createdAt }) =>
      createdAt?.epochMillis ?? 0
    ) ?? []
    assert.isAbove(times.length, 0)
    assert.deepStrictEqual(times, times.toSorted((one, other) => one - other))
    assert.deepStrictEqual((yield* list({ entityType: "CALL", entityId: "cll-none" })).rows, [])
    const unknown = yield* Effect.flip(list({ entityType: "FAX", entityId: "cll-abc123" }))
    assert.strictEqual("code" in unknown ? unknown.code : "", "INVALID_THREAD_ENTITY_TYPE")
    assert.strictEqual((yield* Effect.flip(get("thr-none")))._tag, "NotFound")
  }).pipe(Effect.provide(world)))

it.effect("a key without the scopes reads neither", () =>
  Effect.gen(function*() {
    assert.strictEqual((yield* Effect.flip((yield* Notes).get("not-abc123")))._tag, "Forbidden")
    assert.strictEqual((yield* Effect.flip((yield* Threads).get("thr-none")))._tag, "Forbidden")
  }).pipe(
    Effect.provide(Layer.provideMerge(vendor((keys) => keys.alloConversationsOnly), Sandbox.layerTest({ size: 100 })))
  ))
