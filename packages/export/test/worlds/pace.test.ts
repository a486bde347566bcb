/** How well a run uses what the API allows. */
import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import { Effect } from "effect"
import { folder } from "../fixtures/account.js"
import { run } from "../fixtures/runs.js"

/** How many came in the seconds between the first and the last; half of these seconds had as many or more. */
const usualOf = (times: ReadonlyArray<number>): number => {
  const first = Math.min(...times)
  const counts = Array.from(
    { length: Math.floor((Math.max(...times) - first) / 1000) },
    (_, second) => times.filter((at) => Math.floor((at - first) / 1000) === second).length
  )
  return counts.toSorted((left, right) => left - right)[Math.floor(counts.length / 2)] ?? 0
}

// Most of it is waiting. What is used on a machine with nothing else to do, the bench measures.
it.scopedLive("searches fill their limit, reads go beside them, and are not refused, whatever windows the API counts in", () =>
  Effect.forEach(["fixed", "sliding"] as const, (window) =>
    Effect.gen(function*() {
      const { history } = yield* Sandbox
      const report = yield* run(yield* folder, {}, { allomia: null })
      assert.strictEqual(report.exitCode, 0)
      const requests = yield* history.requests
      // A machine that stands still for a moment may be refused once; a run without a pace is, twice a second.
      assert.isAtMost(requests.filter(({ status }) => status === 429).length, 1, window)
      const posts = requests.filter(({ method }) => method === "POST").map(({ at }) => at)
      assert.isAbove(posts.length, 40)
      assert.isAtLeast(usualOf(posts), 4, window)
      // Nothing that is read with GET waits for a search, and no search for it.
      const conversations = requests.filter(({ path }) => path.startsWith("/v2/api/conversations?"))
      const last = Math.max(...posts)
      assert.isAbove(conversations.length, 10)
      assert.isTrue(conversations.every(({ at }) => at < last - 2000), window)
    }).pipe(Effect.provide(Sandbox.layer({
      size: 4500,
      allomiaCalls: 0,
      organizations: 1,
      days: 80,
      movement: false,
      rateLimit: { window }
    }))), { concurrency: 2 }))
