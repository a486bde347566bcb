/** Folders and processes for tests. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

// In memory where there is such a place: hundreds of datasets are made, each of which syncs for its life.
export const folder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "trunkline-dataset-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A compiled driver, which `npm ci` builds with everything else. */
const compiled = (name: string): string => fileURLToPath(new URL(`../dist-test/drivers/${name}.js`, import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly output: string
  readonly errors: string
}

/** A real process, ended with the scope. */
export const start = (
  name: string,
  args: ReadonlyArray<string>
): Effect.Effect<ChildProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => spawn(process.execPath, [compiled(name), ...args], { stdio: ["ignore", "pipe", "pipe"] })),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

export const ended = (child: ChildProcess): Effect.Effect<Ended> =>
  Effect.async((resume) => {
    const output: Array<string> = []
    const errors: Array<string> = []
    child.stdout?.on("data", (data) => output.push(String(data)))
    child.stderr?.on("data", (data) => errors.push(String(data)))
    child.on("close", (code, signal) =>
      resume(Effect.succeed({ code, signal, output: output.join(""), errors: errors.join("") })))
  })

/** Until it says this word. */
export const says = (child: ChildProcess, word: string): Effect.Effect<void> =>
  Effect.async((resume) => {
    child.stdout?.on("data", (data) => {
      if (String(data).includes(word)) resume(Effect.void)
    })
    child.on("close", () => resume(Effect.dieMessage(`ended before it said ${word}`)))
  })
