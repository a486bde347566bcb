/** Two copies of `@trunkline/http` in one program: exact versions invite them. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import { vi } from "vitest"

it("the patience that one copy sets counts for a client of the other", async () => {
  const ours = await import("@trunkline/http")
  vi.resetModules()
  const { AlloClient, Conversations } = await import("@trunkline/allo")
  const theirs = await import("@trunkline/http")
  const Testing = await import("@trunkline/http/testing")
  assert.notStrictEqual(ours.Retry.atMost, theirs.Retry.atMost)
  const asked = Effect.gen(function*() {
    const conversations = yield* Conversations
    const [, responses] = yield* ours.ApiClient.withResponse(
      Effect.either(ours.Retry.atMost({ tries: 1 })(conversations.item("cll-1")))
    )
    return [responses.length, (yield* Ref.get(yield* Testing.Requests)).length]
  }).pipe(Effect.provide(
    Conversations.layer.pipe(
      Layer.provide(AlloClient.layer({ apiKey: Redacted.make("ak_live_test") })),
      Layer.provideMerge(Testing.layer(() => Testing.json({}, { status: 503 })))
    )
  ))
  assert.deepStrictEqual(await Effect.runPromise(asked), [1, 1])
})
