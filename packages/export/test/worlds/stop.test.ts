/** Asked to stop, a run keeps and publishes what it has read, and the next one goes on from there. */
import { assert, it } from "@effect/vitest"
import { Progress } from "@trunkline/export/Progress"
import { Stop } from "@trunkline/export/Stop"
import { Sandbox } from "@trunkline/sandbox"
import { Deferred, Effect, Layer } from "effect"
import { folder } from "../fixtures/account.js"
import { contents, reading, requestsSince, rowsOf, run, unhurried } from "../fixtures/runs.js"

const world = Sandbox.layer({
  ...unhurried,
  size: 600,
  allomiaCalls: 150,
  organizations: 3,
  days: 80,
  movement: false,
  keptRequests: 100_000,
  v2: { searchMaximumDays: 16 }
})

/** Asks to stop once so many rows, or answers without rows, came over a lane. */
const after = (lane: string, most: { readonly rows: number } | { readonly details: number }) =>
  Effect.gen(function*() {
    const asked = yield* Deferred.make<void>()
    let rows = 0
    let details = 0
    const progress = Layer.effect(
      Progress,
      Effect.map(Progress, (silent) => ({
        ...silent,
        answered: (from, many) =>
          Effect.suspend(() => {
            if (from.name !== lane) return Effect.void
            rows += many
            if (many === 0) details += 1
            return ("rows" in most ? rows >= most.rows : details >= most.details)
              ? Deferred.succeed(asked, undefined)
              : Effect.void
          })
      }))
    )
    const stop = Layer.succeed(Stop, {
      request: Effect.asVoid(Deferred.succeed(asked, undefined)),
      requested: Deferred.isDone(asked),
      wait: Deferred.await(asked)
    })
    return { progress, stop }
  })

const stretchOf = (path: string): number => {
  const asked = new URL(path, "http://sandbox").searchParams
  return Date.parse(asked.get("to") ?? "") - Date.parse(asked.get("from") ?? "")
}

/** Ids of what pages showed, by the other side's books; a count shows a row as well, and nobody reads it. */
const shownSince = (total: number) =>
  Effect.map(requestsSince(total), (requests) =>
    new Set(requests.flatMap(({ body, ids, path }) => {
      const page = path.endsWith("/items/search")
        ? JSON.parse(body).size === 100
        // What is asked for a few seconds only is to find out what the filter goes by.
        : path.startsWith("/api/calls?") && path.includes("limit=50") && stretchOf(path) > 10_000
      return page ? ids : []
    })))

for (
  const [name, lane, most] of [
    ["in the middle of Allo", "allo search", { rows: 250 }],
    ["in the middle of the clinics' calls", "allomia", { rows: 60 }],
    ["in the middle of details", "allomia", { details: 60 }],
    ["at the very beginning", "allo read", { rows: 0 }]
  ] as const
) {
  it.scopedLive(`${name}: what was shown is published, and only the rest is asked for again`, () =>
    Effect.gen(function*() {
      const { history } = yield* Sandbox
      const out = yield* folder
      const whole = yield* folder
      const report = yield* run(out, { concurrency: 2 }, yield* after(lane, most))
      assert.deepStrictEqual([report.status, report.exitCode, report.problems], ["interrupted", 130, []])
      const [stopped] = yield* reading(out, ({ runs }) => runs(1))
      assert.deepInclude(stopped, { run_id: report.runId, status: "interrupted", exit_code: 130 })
      assert.isFalse(stopped?.scopes.some(({ proved }) => proved))
      const held = new Set([
        ...(yield* rowsOf(out, "calls")).map((row) => row["call_id"]),
        ...(yield* rowsOf(out, "messages")).map((row) => row["message_id"])
      ])
      for (const id of yield* shownSince(0)) assert.isTrue(held.has(id), `${id} was shown and is not there`)
      assert.isBelow(held.size, 750)
      assert.strictEqual(report.rows.calls + report.rows.messages, held.size)
      const first = yield* history.total
      assert.strictEqual(report.requests.total, first)

      const rest = yield* run(out)
      assert.deepStrictEqual([rest.status, rest.exitCode, rest.problems], ["certified", 0, []])
      const second = (yield* history.total) - first
      const undisturbed = yield* run(whole)
      const once = (yield* history.total) - first - second
      assert.deepStrictEqual(yield* contents(out), yield* contents(whole))
      assert.strictEqual(undisturbed.exitCode, 0)
      // Windows in hand are begun again, and what is recent is read by both.
      assert.isBelow(second, once + 1)
    }).pipe(Effect.provide(world)))
}
