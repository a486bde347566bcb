/** Figures as the API was seen to send them, which is not as documented. */
import { assert, it } from "@effect/vitest"
import { AlloClient, Analytics } from "@trunkline/allo"
import * as Testing from "@trunkline/http/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const date = { from: "2026-03-25", to: "2026-04-21" }

const answered = (body: unknown) =>
  Effect.flatMap(Analytics, (_) => _.overview({ date })).pipe(Effect.provide(
    Analytics.layer.pipe(
      Layer.provide(AlloClient.layer({ apiKey: Redacted.make("ak_live_0123456789abcdef"), pace: "unlimited" })),
      Layer.provide(Testing.layer(() => Testing.json(body)))
    )
  ))

it.effect("the name of calls over a minute has two spellings", () =>
  Effect.gen(function*() {
    for (const name of ["calls_over_1_min", "calls_over1_min", "callsOver1Min"]) {
      const { summary } = yield* answered({ data: { summary: { [name]: { value: 90 } } } })
      assert.strictEqual(summary?.callsOverOneMinute?.value, 90)
    }
  }))

it.effect("a change for the worse is negative", () =>
  Effect.gen(function*() {
    const metric = { value: 81720, previous: 103380, change: -0.21 }
    const { summary } = yield* answered({ data: { summary: { talk_time_seconds: metric } } })
    assert.strictEqual(summary?.talkTime?.change, -0.21)
  }))

it.effect("figures come without an envelope, too", () =>
  Effect.gen(function*() {
    const { summary } = yield* answered({ summary: { total_calls: { value: "7" } } })
    assert.strictEqual(summary?.totalCalls?.value, 7)
  }))

it.effect("an answer without figures is none", () =>
  Effect.gen(function*() {
    for (const body of [{ message: "Come back later" }, { data: {} }, { data: { summary: null } }]) {
      const error = yield* Effect.flip(answered(body))
      assert.deepStrictEqual(error._tag === "Undecodable" ? error.paths : error._tag, ["summary"])
    }
  }))
