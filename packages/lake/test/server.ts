/** Servers that others wrote, for tests: started as processes and ended with the scope. */
import { Effect, Schedule, type Scope } from "effect"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { createServer } from "node:net"

/** A port that nobody has at the moment. */
export const freePort: Effect.Effect<number> = Effect.async((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(address === null || typeof address === "string" ? 0 : address.port)))
  })
})

/** Whether a command runs and succeeds here. */
export const runs = (command: string, ...options: ReadonlyArray<string>): boolean =>
  spawnSync(command, options, { stdio: "ignore" }).status === 0

/** A process that ends with the scope. */
export const started = (
  command: string,
  options: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>> = {}
): Effect.Effect<ChildProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => spawn(command, options, { stdio: "ignore", env: { ...process.env, ...environment } })),
    (child) =>
      Effect.async<void>((resume) => {
        if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
        child.once("exit", () => resume(Effect.void))
        child.kill("SIGKILL")
      })
  )

/** Waits until a server answers, whatever it answers. */
export const answers = (url: string, seconds: number): Effect.Effect<void, string> =>
  Effect.tryPromise({ try: () => fetch(url), catch: () => `${url} does not answer` }).pipe(
    Effect.retry(Schedule.intersect(Schedule.spaced("200 millis"), Schedule.recurs(seconds * 5))),
    Effect.asVoid
  )
