/** A PostgreSQL of its own in a process of its own, where Debian's packages or others are installed. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { chownSync, existsSync, readdirSync, writeFileSync } from "node:fs"
import * as fs from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

const root = "/usr/lib/postgresql"

/** The newest one that is installed. */
const bin = (() => {
  const named = process.env["TRUNKLINE_POSTGRES"]
  if (named !== undefined) return named
  const versions = existsSync(root) ? readdirSync(root).map(Number).filter((version) => version >= 14) : []
  const newest = versions.toSorted((left, right) => right - left)
    .find((version) => existsSync(join(root, String(version), "bin/postgres")))
  return newest === undefined ? null : join(root, String(newest), "bin")
})()

/** What tests that need it say where it is not there. */
export const missing = bin === null
export const where = missing
  ? "PostgreSQL is not here: install Debian's package postgresql, or name its folder of programs in TRUNKLINE_POSTGRES"
  : "PostgreSQL"

/** No line of a worker may hold it. */
export const password = "pg+sesame/open 17"

/** It does not run as root. */
const user = (): { readonly uid?: number; readonly gid?: number } => {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }))
  return { uid: id("-u"), gid: id("-g") }
}

const freePort = Effect.async<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = address === null || typeof address === "string" ? 0 : address.port
    server.close(() => resume(Effect.succeed(port)))
  })
})

export interface Postgres {
  /** The URL of a database of this name, with the password or without. */
  readonly url: (database: string, options?: { readonly password: boolean }) => Redacted.Redacted
  /** Stops it as `fast` or `immediate` does, and starts it again, once something has happened. */
  readonly restart: (how: "SIGINT" | "SIGQUIT", meanwhile?: Effect.Effect<void>) => Effect.Effect<void>
  readonly pid: () => number
  /** Runs a statement by PostgreSQL's own program, and gives what it prints. */
  readonly ask: (database: string, statement: string) => string
}

/** Gone when the scope ends. */
export const started = Effect.gen(function*() {
  const programs = bin ?? ""
  const owner = user()
  const folder = yield* Effect.acquireRelease(
    Effect.promise(() => fs.mkdtemp(join(tmpdir(), "trunkline-postgres-"))),
    (path) => Effect.promise(() => fs.rm(path, { recursive: true, force: true }))
  )
  const secret = join(folder, "password")
  writeFileSync(secret, password)
  for (const path of [folder, secret]) {
    if (owner.uid !== undefined && owner.gid !== undefined) chownSync(path, owner.uid, owner.gid)
  }
  const data = join(folder, "data")
  execFileSync(
    join(programs, "initdb"),
    ["-D", data, "-U", "trunkline", "--auth=scram-sha-256", `--pwfile=${secret}`, "--no-sync"],
    { ...owner, stdio: "ignore", cwd: folder }
  )
  const port = yield* freePort

  let server: { readonly child: ChildProcess; readonly ended: Promise<void> } | null = null
  const ask: Postgres["ask"] = (database, statement) =>
    execFileSync(join(programs, "psql"), [
      "-h",
      "127.0.0.1",
      "-p",
      String(port),
      "-U",
      "trunkline",
      "-d",
      database,
      "-v",
      "ON_ERROR_STOP=1",
      "-Atc",
      statement
    ], { encoding: "utf8", env: { ...process.env, PGPASSWORD: password }, stdio: ["ignore", "pipe", "ignore"] }).trim()
  const answers = () => {
    try {
      return ask("postgres", "SELECT 1") === "1"
    } catch {
      return false
    }
  }
  const start = Effect.gen(function*() {
    const child = spawn(join(programs, "postgres"), [
      "-D",
      data,
      "-p",
      String(port),
      "-k",
      folder,
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "fsync=off"
    ], { ...owner, stdio: "ignore", cwd: folder })
    server = { child, ended: new Promise((resolve) => child.on("close", () => resolve())) }
    while (!answers()) yield* Effect.sleep("100 millis")
  })
  const stop = (how: "SIGINT" | "SIGQUIT") =>
    Effect.promise(async () => {
      server?.child.kill(how)
      await server?.ended
    })
  yield* Effect.acquireRelease(start, () => stop("SIGQUIT"))
  return {
    url: (database, { password: shown } = { password: true }) => {
      const url = new URL(`postgres://trunkline@127.0.0.1:${port}/${database}`)
      if (shown) url.password = password
      return Redacted.make(url.href)
    },
    pid: () => server?.child.pid ?? 0,
    restart: (how, meanwhile = Effect.void) => stop(how).pipe(Effect.zipRight(meanwhile), Effect.zipRight(start)),
    ask
  } satisfies Postgres
})
