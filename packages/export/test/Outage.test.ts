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

/** Five windows fail for this reason, and another scope for another one. */
const leftOut = (tag: Problem["tag"]) =>
  Effect.gen(function*() {
    const out = yield* folder
    const run = yield* Runs.make({ id: "run-1", published: () => Effect.void }).pipe(
      Effect.provide(
        Dataset.layer({ out, tables, sources: {} }).pipe(Layer.provide(Disk.layer))
      )
    )
    const outage = yield* Outage.make(scope)
    const failing = Effect.gen(function*() {
      yield* run.problem({ ...scope, tag, message: "", requestId: null })
      yield* run.problem({ ...scope, scope: "org-2", tag: "ServerFault", message: "", requestId: null })
      return "failed" as const
    })
    yield* Effect.replicateEffect(outage.guard(failing), 5)
    yield* Effect.provideService(outage.report, Runs.Run, run)
    const { problems } = yield* run.state
    return problems.at(-1)
  })

it.scopedLive("names the reason of the last one, and not the network whatever it was", () =>
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
