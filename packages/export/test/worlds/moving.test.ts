import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import { Effect } from "effect"
import { folder, run } from "../fixtures/account.js"

const busy = { allomiaCalls: 600, organizations: 2, days: 2, movement: false, rateLimit: false, size: 100 } as const

it.scopedLive("a busy last day is read in few answers, whichever stamp the API filters by", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const report = yield* run(yield* folder, { details: false }, { allo: null })
    assert.strictEqual(report.exitCode, 0)
    assert.strictEqual(report.rows.calls, 600)
    // Twelve pages of fifty would hold them; cutting time until a piece is one page takes some more, which differs by the hour.
    assert.isBelow(yield* sandbox.history.total, 110)
  }).pipe(Effect.provide(Sandbox.layer({ ...busy, allomia: { filterStamp: "createdAt" } }))))

it.scopedLive("an API that allows fewer rows a page refuses so many once for each organisation", () =>
  Effect.gen(function*() {
    const { history } = yield* Sandbox
    const report = yield* run(yield* folder, { details: false }, { allo: null })
    assert.strictEqual(report.exitCode, 0)
    assert.strictEqual(report.rows.calls, 600)
    const refused = (yield* history.requests).filter(({ status }) => status === 400)
    // Four are side by side before the first of them is answered.
    assert.isAtMost(refused.length, 2 * 4)
  }).pipe(Effect.provide(Sandbox.layer({ ...busy, allomia: { limitCap: 20 } }))))
