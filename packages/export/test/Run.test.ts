/** What one run gathers: verdicts, and problems with what it lands. */
import { assert, it } from "@effect/vitest"
import { Dataset, Proof } from "@trunkline/dataset"
import { DateTime, Effect } from "effect"
import * as ExitCode from "../src/ExitCode.js"
import * as Runs from "../src/internal/run.js"
import { memory } from "./fixtures/memory.js"

it.effect("a proof that contradicts itself is a problem of the program, and its window lands uncertified", () =>
  Effect.gen(function*() {
    const { proofs, service } = memory("out")
    const run = yield* Runs.make({ id: "run", published: () => Effect.void }).pipe(
      Effect.provideService(Dataset, service)
    )
    const at = (hours: number) => DateTime.unsafeMake(hours * 3_600_000)
    const land = (total: number, from: number) => {
      const walk: Proof.Walk = {
        totals: [total],
        keys: new Set([Proof.key("a")]),
        refused: new Set(),
        requestIds: ["req_1"]
      }
      return run.land({
        window: { source: "notes", scope: "team", stream: "items", from: at(from), to: at(from + 1) },
        proof: { verdict: "certified", lists: [{ kind: "window", walks: [walk] }] },
        tables: []
      })
    }
    yield* land(1, 0)
    yield* land(2, 1)
    const { problems, windows } = yield* run.state
    assert.deepStrictEqual(windows, { certified: 1, open: 0, uncertified: 1 })
    assert.deepStrictEqual(proofs.map(({ verdict }) => verdict), ["certified", "uncertified"])
    assert.deepStrictEqual(problems.map(({ scope, source, tag }) => [source, scope, tag]), [
      ["notes", "team", "ContradictoryProof"]
    ])
    assert.deepStrictEqual(ExitCode.ofProblems(problems, { heard: true }), [1])
  }))
