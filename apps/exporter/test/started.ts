/** Processes of the command, and the sandboxes that they read. */
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A folder of its own, gone afterwards. */
export const folder = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(join(tmpdir(), "trunkline-"))),
  (path) => Effect.promise(() => fs.rm(path, { recursive: true, force: true }))
)

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Effect.Effect<Ended>
}

export interface Options {
  /** All there is in the environment, besides what finds Node. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly stdin?: string
}

export const start = (bin: string, words: ReadonlyArray<string>, options: Options = {}): Effect.Effect<Started> =>
  Effect.sync(() => {
    const child = spawn(process.execPath, [bin, ...words], {
      cwd: options.cwd ?? tmpdir(),
      env: { PATH: process.env["PATH"] ?? "", HOME: tmpdir(), ...options.env },
      stdio: ["pipe", "pipe", "pipe"]
    })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text
    })
    child.stdin.on("error", () => {})
    child.stdin.end(options.stdin ?? "")
    const ending = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })))
    return { child, stdout: () => stdout, stderr: () => stderr, ended: Effect.promise(() => ending) }
  })

/** Runs to its end; a test that is given up ends it. */
export const trunkline = (bin: string, words: ReadonlyArray<string>, options: Options = {}): Effect.Effect<Ended> =>
  Effect.acquireUseRelease(
    start(bin, words, options),
    ({ ended }) => ended,
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

/** Looks again and again until it holds. */
export const until = (holds: () => boolean): Effect.Effect<void> =>
  Effect.promise(async () => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20))
  })

export const escape = "\u001b"

/** The variables that lead to a sandbox, and its keys, which no output may hold. */
export const reached = Effect.map(Sandbox, (sandbox) => ({
  secrets: [sandbox.keys.allo, sandbox.keys.allomia],
  env: {
    ALLO_API_KEY: sandbox.keys.allo,
    ALLO_BASE_URL: sandbox.alloUrl,
    ALLOMIA_API_KEY: sandbox.keys.allomia,
    ALLOMIA_BASE_URL: sandbox.allomiaUrl,
    ALLOMIA_REQUESTS_PER_SECOND: "1000"
  }
}))

/** A small account, read in no time. */
export const quick = Sandbox.layer({
  size: 200,
  allomiaCalls: 20,
  organizations: 2,
  days: 20,
  movement: false,
  rateLimit: { reads: 1000, writes: 1000, allomia: 1000 }
})

/** An account whose reading can be interrupted. */
export const slow = Sandbox.layer({ size: 4000, allomiaCalls: 1000, movement: false })
