/** A reader who leaves, and a terminal that closes, cost a run nothing of what it has. */
import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { execFile, spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { folder, installed, start, trunkline, until } from "../commandline.js"

const command = installed()
const shell = promisify(execFile)

const reached = Effect.map(Sandbox, (sandbox) => ({
  PATH: process.env["PATH"] ?? "",
  ALLO_API_KEY: sandbox.keys.allo,
  ALLO_BASE_URL: sandbox.alloUrl,
  ALLOMIA_API_KEY: sandbox.keys.allomia,
  ALLOMIA_BASE_URL: sandbox.allomiaUrl,
  ALLOMIA_REQUESTS_PER_SECOND: "1000"
}))

const slow = Sandbox.layer({ size: 4000, allomiaCalls: 1000, movement: false })
const quick = Sandbox.layer({
  size: 200,
  allomiaCalls: 20,
  days: 10,
  movement: false,
  rateLimit: { reads: 1000, writes: 1000, allomia: 1000 }
})

it.scopedLive("a run whose readers have left goes on, and ends as it would have", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const env = yield* reached
    for (const words of ["export --json", "export", "verify --json", "plan", "doctor", "doctor --json"]) {
      const line = `"$0" "$1" ${words} 2>errors | true; echo "\${PIPESTATUS[0]}"`
      const { stdout } = yield* Effect.promise(() =>
        shell("bash", ["-c", line, process.execPath, command()], { cwd: here, env })
      )
      assert.strictEqual(stdout, "0\n", words)
      assert.notMatch(yield* Effect.promise(() => fs.readFile(join(here, "errors"), "utf8")), /EPIPE|^\s+at /m)
    }
    // Those of the log have left as well.
    const both = yield* Effect.promise(() =>
      shell("bash", [
        "-c",
        `"$0" "$1" export --full --log-level debug 2>&1 | true; echo "\${PIPESTATUS[0]}"`,
        process.execPath,
        command()
      ], { cwd: here, env })
    )
    assert.strictEqual(both.stdout, "0\n")
    assert.strictEqual((yield* trunkline(command(), ["verify"], { cwd: here })).code, 0)
  }).pipe(Effect.provide(quick)), 120_000)

it.scopedLive("SIGHUP twice ends a run at once", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const run = yield* start(command(), ["export", "--log-level", "debug"], { env: yield* reached, cwd: here })
    yield* until(() => run.stderr().includes("operation=Calls.get"))
    run.child.kill("SIGHUP")
    yield* until(() => run.stderr().includes("SIGHUP: finishing the page in hand"))
    yield* Effect.sleep("320 millis")
    run.child.kill("SIGHUP")
    assert.strictEqual((yield* run.ended).code, 130)
  }).pipe(Effect.provide(slow)))

const terminals = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0

it.scopedLive.runIf(terminals)(
  "a terminal that closes stops a run, which keeps what it has and ends with 130",
  () =>
    Effect.gen(function*() {
      const here = yield* folder
      const env = yield* reached
      const read = (name: string) => Effect.promise(() => fs.readFile(join(here, name), "utf8").catch(() => ""))
      for (const redirected of [">document 2>errors", ">document", ""]) {
        for (const name of ["code", "errors"]) yield* Effect.promise(() => fs.writeFile(join(here, name), ""))
        const words = `export --full --json --log-level debug ${redirected}`
        // As the shell of a terminal does, it hands the signal on; then it tells how the run ended.
        const line = `exec 3<&0; '${process.execPath}' '${command()}' ${words} <&3 & run=$!; ` +
          "trap 'kill -HUP $run' HUP; wait $run; wait $run; echo $? >code"
        const terminal = yield* Effect.sync(() =>
          spawn("script", ["-q", "-c", line, "/dev/null"], { cwd: here, env: { ...env, SHELL: "/bin/sh" } })
        )
        let shown = ""
        terminal.stdout.setEncoding("utf8").on("data", (text: string) => {
          shown += text
        })
        while (!`${shown}${yield* read("errors")}`.includes("operation=Calls.get")) yield* Effect.sleep("50 millis")
        terminal.kill("SIGKILL")
        let code = ""
        while (code === "") {
          yield* Effect.sleep("50 millis")
          code = yield* read("code")
        }
        assert.strictEqual(code, "130\n", `${redirected} ${yield* read("errors")}`)
        if (redirected !== "") assert.strictEqual(JSON.parse(yield* read("document")).status, "interrupted")
      }
      assert.strictEqual((yield* trunkline(command(), ["verify"], { cwd: here })).code, 0)
    }).pipe(Effect.provide(slow)),
  120_000
)
