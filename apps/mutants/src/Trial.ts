/** One change, and whether the tests notice it. */
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Mutation } from "./Mutation.js"
import type { Target } from "./targets.js"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const vitest = fileURLToPath(new URL("../../../node_modules/vitest/vitest.mjs", import.meta.url))

/** A change that makes the tests wait is noticed by this. */
const mostSeconds = 900

/** Whether these tests pass. They end with the first one that fails. */
const passes = (
  tests: ReadonlyArray<string>,
  mutant: (Pick<Mutation, "start" | "end" | "to"> & { file: string }) | null
) =>
  Effect.async<boolean>((resume) => {
    const child = spawn(
      process.execPath,
      [vitest, "run", "--config", "apps/mutants/vitest.config.ts", "--no-isolate", "--bail", "1", ...tests],
      {
        cwd: root,
        stdio: "ignore",
        detached: true,
        env: { ...process.env, ...mutant === null ? {} : { TRUNKLINE_MUTANT: JSON.stringify(mutant) } }
      }
    )
    // The runner starts workers, which end with it.
    const stop = () => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
      try {
        process.kill(-child.pid, "SIGKILL")
      } catch {
        // It has just ended.
      }
    }
    const timer = setTimeout(stop, mostSeconds * 1000)
    child.on("close", (code) => {
      clearTimeout(timer)
      resume(Effect.succeed(code === 0))
    })
    return Effect.sync(() => {
      clearTimeout(timer)
      stop()
    })
  })

/** Whether the tests pass as the files stand: else they tell nothing of a change. Tests that files share are run once. */
export const unchanged = (): (target: Target) => Effect.Effect<boolean> => {
  const known = new Map<string, boolean>()
  return ({ stages }) =>
    Effect.every(stages, (tests) =>
      Effect.gen(function*() {
        const name = tests.join(" ")
        const found = known.get(name) ?? (yield* passes(tests, null))
        known.set(name, found)
        return found
      }))
}

/** The tests that notice first; null where none does. */
export const noticedBy = ({ file, stages }: Target, mutation: Mutation): Effect.Effect<ReadonlyArray<string> | null> =>
  Effect.gen(function*() {
    const { end, start, to } = mutation
    for (const stage of stages) {
      if (!(yield* passes(stage, { file, start, end, to }))) return stage
    }
    return null
  })
