/** What a scope says of the windows it left out once too many had failed. */
import { assert, it } from "@effect/vitest"
import { tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import type { Problem } from "@trunkline/export/Problem"
import { Disk } from "@trunkline/parquet"
import { Effect, Layer } from "effect"
import * as Outage from "../src/internal/outage.js"
import * as Runs from "../src/internal/run.js"
import { folder } from "./fixtures/account.js"

const scope = { source: "allomia", scope: "org-1" } as const

/** What the scope says last of windows that end so, when it fails for this reason, and another scope for another one. */
const lastOf = (tag: Problem["tag"], ...endings: ReadonlyArray<Outage.Ending>) =>
  Effect.gen(function*() {
    const out = yield* folder
    const run = yield* Runs.make({ id: "run-1", published: () => Effect.void }).pipe(
      Effect.provide(
        Dataset.layer({ out, tables, sources: {} }).pipe(Layer.provide(Disk.layer))
      )
    )
    const outage = yield* Outage.make(scope)
    for (const ending of endings) {
      yield* outage.guard(Effect.gen(function*() {
        if (ending !== "failed") return ending
        yield* run.problem({ ...scope, tag, message: "", requestId: null })
        yield* run.problem({ ...scope, scope: "org-2", tag: "ServerFault", message: "", requestId: null })
        return ending
      }))
    }
    yield* Effect.provideService(outage.report, Runs.Run, run)
    const { problems } = yield* run.state
    return problems.at(-1)
  })

it.scopedLive("names the reason of the last one, and not the network whatever it was", () =>
  Effect.gen(function*() {
    for (const tag of ["RateLimited", "Unreachable"] as const) {
      assert.deepStrictEqual(yield* lastOf(tag, ...Array.from({ length: 5 }, () => "failed" as const)), {
        ...scope,
        tag,
        message: "3 windows in a row could not be read, so 2 more were left for the next run",
        requestId: null
      })
    }
  }))

it.scopedLive("says so of a single window, and nothing where one was read in between", () =>
  Effect.gen(function*() {
    assert.include(
      (yield* lastOf("Unreachable", "failed", "failed", "failed", "failed"))?.message,
      "so 1 more were left"
    )
    const between = yield* lastOf("Unreachable", "failed", "failed", "doubtful", "failed", "failed", "failed")
    assert.deepStrictEqual([between?.tag, between?.scope, between?.message], ["ServerFault", "org-2", ""])
  }))
