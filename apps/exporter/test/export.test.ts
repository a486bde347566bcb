import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import { Effect } from "effect"
import { folder, run } from "./support.js"

it.scopedLive("smoke", () =>
  Effect.gen(function*() {
    const out = yield* folder
    const first = yield* run(out)
    console.log(JSON.stringify(first, null, 1))
    const second = yield* run(out)
    console.log(JSON.stringify(second, null, 1))
    assert.strictEqual(first.exitCode, 0)
  }).pipe(Effect.provide(Sandbox.layer({ size: 2000, rateLimit: false, days: 400, movement: false }))))
