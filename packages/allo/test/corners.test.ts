import { assert, it } from "@effect/vitest"
import { Account, Conversations } from "@trunkline/allo"
import * as Testing from "@trunkline/http/testing"
import * as Effect from "effect/Effect"
import { allo } from "./fixtures/scripted.js"

it.effect("a word of validation is no scope", () =>
  Effect.gen(function*() {
    const { me } = yield* Account
    const error = yield* Effect.flip(me)
    assert.strictEqual("advice" in error ? error.advice : undefined, "Correct the named fields")
  }).pipe(Effect.provide(allo(() =>
    Testing.json({ error: { code: "INVALID_REQUEST", errors: [{ field: "x", message: "required=true" }] } }, {
      status: 400
    })
  ))))

it.effect("a write answered 204 is done", () =>
  Effect.gen(function*() {
    const { addTags } = yield* Conversations
    assert.isFalse((yield* addTags({ id: "cll-1", tags: ["a"] })).replayed)
  }).pipe(Effect.provide(allo(() => Testing.text("", { status: 204 })))))
