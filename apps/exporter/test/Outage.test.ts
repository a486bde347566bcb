/** What a scope says of the windows it left out once too many had failed. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Problem } from "../src/Problem.js"
import * as Outage from "../src/reading/Outage.js"

const scope = { source: "allomia", scope: "org-1" } as const

/** Five windows fail for this reason, and another scope for another one. */
const leftOut = (tag: Problem["tag"]) =>
  Effect.gen(function*() {
    const problems: Array<Problem> = []
    const problem = (one: Problem) => Effect.sync(() => void problems.push(one))
    const outage = Outage.make({ problem, state: { problems } }, scope)
    const failing = Effect.gen(function*() {
      yield* problem({ ...scope, tag, message: "", requestId: null })
      yield* problem({ ...scope, scope: "org-2", tag: "ServerFault", message: "", requestId: null })
      return false
    })
    yield* Effect.replicateEffect(outage.guard(failing), 5)
    yield* outage.report
    return problems.at(-1)
  })

it.effect("names the reason of the last one, and not the network whatever it was", () =>
  Effect.gen(function*() {
    for (const tag of ["RateLimited", "Unreachable"] as const) {
      assert.deepStrictEqual(yield* leftOut(tag), {
        ...scope,
        tag,
        message: "3 windows in a row could not be read, so 2 more were left for the next run",
        requestId: null
      })
    }
  }))
