/** Recordings and transcripts as streams of bytes, through our clients and over the sandbox. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import { AlloClient, Conversations, Recordings } from "@trunkline/allo"
import { AllomiaClient, CallFiles, Calls } from "@trunkline/allomia"
import { Sandbox } from "@trunkline/sandbox"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"

/** The headers of each request for a file. */
class Sent extends Effect.Service<Sent>()("Sent", {
  effect: Ref.make<ReadonlyArray<string>>([]).pipe(Effect.map((all) => ({ all })))
}) {}

const http = Layer.effect(
  HttpClient.HttpClient,
  Effect.gen(function*() {
    const { all } = yield* Sent
    return HttpClient.tapRequest(
      yield* HttpClient.HttpClient,
      (request) =>
        request.url.includes("/files/")
          ? Ref.update(all, (before) => [...before, JSON.stringify(request.headers)])
          : Effect.void
    )
  })
).pipe(Layer.provide(FetchHttpClient.layer))

const Vendors = Layer.unwrapEffect(Effect.map(Sandbox, ({ alloUrl, allomiaUrl, keys }) =>
  Layer.merge(
    Layer.merge(Conversations.layer, Recordings.layer).pipe(
      Layer.provide(AlloClient.layer({ apiKey: Redacted.make(keys.allo), baseUrl: alloUrl, pace: "unlimited" }))
    ),
    CallFiles.layer.pipe(
      Layer.provideMerge(Calls.layer),
      Layer.provide(
        AllomiaClient.layer({ apiKey: Redacted.make(keys.allomia), baseUrl: allomiaUrl, pace: "unlimited" })
      )
    )
  ))).pipe(Layer.provide(http))

const world = Vendors.pipe(Layer.provideMerge(Sandbox.layerTest({ size: 300 })), Layer.provideMerge(Sent.Default))

const text = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>) => Stream.mkString(Stream.decodeText(bytes))

describe("Allo", () => {
  it.effect("a recording comes as bytes, and the key is not sent for them", () =>
    Effect.gen(function*() {
      const { items } = yield* Conversations
      const { bytes, link } = yield* Recordings
      const all = yield* Stream.runCollect(items({ type: "CALL" }))
      const recorded = Array.from(all).find(({ recordingUrl }) => recordingUrl !== null)
      const silent = Array.from(all).find(({ recordingUrl }) => recordingUrl === null)
      assert.match(yield* text(bytes(recorded?.id ?? "")), /^ID3\.+$/)
      const { expiresAt } = yield* link(recorded?.id ?? "")
      const { world } = yield* Sandbox
      assert.strictEqual(expiresAt && DateTime.toEpochMillis(expiresAt), (yield* world.now) + 3_600_000)
      const sent = yield* Ref.get((yield* Sent).all)
      assert.strictEqual(sent.length, 1)
      assert.notMatch(sent.join(), /authorization|ak_live/)
      const error = yield* Effect.flip(Stream.runDrain(bytes(silent?.id ?? "")))
      assert.strictEqual(error._tag, "NotFound")
    }).pipe(Effect.provide(world)))
})

describe("Allomia", () => {
  it.effect("a recording and a transcript come as bytes, without the key", () =>
    Effect.gen(function*() {
      const { organizations } = yield* Sandbox
      const { get, stream } = yield* Calls
      const { recording, transcript } = yield* CallFiles
      const organizationId = organizations[0]?.id ?? ""
      const calls = yield* Stream.runCollect(
        Stream.mapEffect(stream({ organizationId }), ({ id }) => get(id, { organizationId }))
      )
      const told = Array.from(calls).find(({ transcriptUrl }) => transcriptUrl !== null)
      const silent = Array.from(calls).find(({ recordingUrl }) => recordingUrl === null)
      assert.match(yield* text(transcript(told?.id ?? "")), /^Agent: /)
      assert.match(yield* text(recording(told?.id ?? "")), /^ID3/)
      assert.notMatch((yield* Ref.get((yield* Sent).all)).join(), /authorization|Bearer/i)
      const error = yield* Effect.flip(Stream.runDrain(recording(silent?.id ?? "")))
      assert.strictEqual(error._tag, "NotFound")
      assert.include(error.message, "no recording")
    }).pipe(Effect.provide(world)))
})
