/** One change, and whether the tests notice it. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Mutation } from "./Mutation.js"
import type { Target } from "./targets.js"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const vitest = fileURLToPath(new URL("../../../node_modules/vitest/vitest.mjs", import.meta.url))

/** The longest that tests may take as the files stand. */
const mostSeconds = 900

/** A change that makes tests take so much longer than they do without it keeps them from ending: that is noticed. */
const longer = (seconds: number): number => 30 + 5 * seconds

/** Whether these tests pass. They end with the first one that fails. */
const passes = (
  tests: ReadonlyArray<string>,
  mutant: (Pick<Mutation, "start" | "end" | "to"> & { file: string }) | null,
  mostSeconds: number
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

/** A file's stages, and how many seconds each takes while nothing is changed. */
export interface Timed {
  readonly file: string
  readonly stages: ReadonlyArray<{ readonly tests: ReadonlyArray<string>; readonly seconds: number }>
}

/** Null where tests do not pass as the files stand: they tell nothing of a change. Tests that files share are run once. */
export const unchanged = (): (target: Target) => Effect.Effect<Timed | null> => {
  const known = new Map<string, number | null>()
  const secondsOf = (tests: ReadonlyArray<string>) =>
    Effect.gen(function*() {
      const name = tests.join(" ")
      const before = known.get(name)
      if (before !== undefined) return before
      const [took, passed] = yield* Effect.timed(passes(tests, null, mostSeconds))
      const seconds = passed ? Duration.toSeconds(took) : null
      known.set(name, seconds)
      return seconds
    })
  return ({ file, stages }) =>
    Effect.gen(function*() {
      const timed: Array<Timed["stages"][number]> = []
      for (const tests of stages) {
        const seconds = yield* secondsOf(tests)
        if (seconds === null) return null
        timed.push({ tests, seconds })
      }
      return { file, stages: timed }
    })
}

/** The tests that notice first; null where none does. */
export const noticedBy = ({ file, stages }: Timed, mutation: Mutation): Effect.Effect<ReadonlyArray<string> | null> =>
  Effect.gen(function*() {
    const { end, start, to } = mutation
    for (const { seconds, tests } of stages) {
      if (!(yield* passes(tests, { file, start, end, to }, longer(seconds)))) return tests
    }
    return null
  })
