/** What is promised of the process: what stands on stdout and stderr, how it starts, and how it ends. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { commands } from "../src/command/help.js"
import { version } from "../src/Version.js"
import { escape, folder, installed, quick, reached, slow, start, trunkline, until } from "./commandline.js"

const shell = promisify(execFile)
const command = installed()

it.scopedLive("help names every command and flag, on stdout, without escape codes on a pipe", () =>
  Effect.gen(function*() {
    const bin = command()
    const all = yield* trunkline(bin, ["--help"])
    assert.strictEqual(all.code, 0)
    assert.strictEqual(all.stderr, "")
    assert.notInclude(all.stdout, escape)
    for (const [name, { flags }] of Object.entries(commands)) {
      assert.include(all.stdout, `\n  ${name} `)
      const { code, stderr, stdout } = yield* trunkline(bin, [name, "--help"])
      assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" })
      assert.include(stdout, `  trunkline ${name} [FLAGS]`)
      assert.include(stdout, "Examples\n  trunkline ")
      assert.notInclude(stdout, escape)
      for (const flag of flags) assert.include(stdout, `--${flag}`)
      if (name === "sql") {
        assert.match(stdout, /--files +let SQL read and write other files; without it SQL only reads the dataset/)
      }
    }
    assert.strictEqual((yield* trunkline(bin, [])).stdout, all.stdout)
    assert.strictEqual(
      (yield* trunkline(bin, ["help", "export"])).stdout,
      (yield* trunkline(bin, ["export", "-h"])).stdout
    )
  }))

it.scopedLive("the version is that of the package", () =>
  Effect.gen(function*() {
    const bin = command()
    const manifest = yield* Effect.promise(() => fs.readFile(new URL("../package.json", import.meta.url), "utf8"))
    assert.include(manifest, `"version": "${version}"`)
    assert.strictEqual((yield* trunkline(bin, ["--version"])).stdout, `${version}\n`)
  }))

it.scopedLive("completion scripts are what their shells can read", () =>
  Effect.gen(function*() {
    const bin = command()
    const here = yield* folder
    for (const name of ["bash", "sh", "zsh", "fish"]) {
      const { code, stderr, stdout } = yield* trunkline(bin, ["--completions", name])
      assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" })
      assert.notInclude(stdout, escape)
      for (const command of Object.keys(commands)) assert.include(stdout, command)
      for (const flag of ["files", "spreadsheet"]) assert.include(stdout, flag)
      assert.notInclude(stdout, "wizard")
      if (name === "bash") {
        const path = join(here, "completions")
        yield* Effect.promise(() => fs.writeFile(path, stdout))
        yield* Effect.promise(() => shell("bash", ["-n", path]))
      }
    }
  }))

it.scopedLive("without a bundle the command says how to make one", () =>
  Effect.gen(function*() {
    const bin = command()
    const alone = join(yield* folder, "bin", "trunkline.mjs")
    yield* Effect.promise(() => fs.mkdir(join(alone, "..")))
    yield* Effect.promise(() => fs.copyFile(bin, alone))
    const { code, stderr, stdout } = yield* trunkline(alone, ["export"])
    assert.deepStrictEqual({ code, stdout }, { code: 2, stdout: "" })
    assert.strictEqual(stderr, "trunkline: it is not built yet. Run npm run build in the repository first\n")
  }))

it.scopedLive("a plan and a dry run write nothing, not even the folder", () =>
  Effect.gen(function*() {
    const bin = command()
    const here = yield* folder
    const { env } = yield* reached
    for (const words of [["plan"], ["export", "--dry-run"], ["doctor"]]) {
      const { code } = yield* trunkline(bin, [...words, "--out", join(here, "data")], { env, cwd: here })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(yield* Effect.promise(() => fs.readdir(here)), [])
    }
  }).pipe(Effect.provide(quick)))

it.scopedLive("a second run says that nothing is new, and up to when all is certified", () =>
  Effect.gen(function*() {
    const bin = command()
    const here = yield* folder
    const { env } = yield* reached
    assert.strictEqual((yield* trunkline(bin, ["export"], { env, cwd: here })).code, 0)
    const { code, stderr, stdout } = yield* trunkline(bin, ["export", "--log-level", "warning"], { env, cwd: here })
    assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" })
    assert.match(stdout, /^0 new, certified up to 20\d\d-.* UTC \(Allo\), 20\d\d-.* UTC \(Allomia\)\n/)
    assert.include(stdout, join(here, "data"))
  }).pipe(Effect.provide(quick)))

it.scopedLive("the same signal twice within a moment is one, as a terminal and npm send it", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const { env } = yield* reached
    const words = ["export", "--source", "allomia", "--log-level", "debug"]
    const run = yield* start(command(), words, { env, cwd: here })
    yield* until(() => run.stderr().includes("operation=Calls.get"))
    run.child.kill("SIGINT")
    run.child.kill("SIGINT")
    const { code, stdout } = yield* run.ended
    assert.strictEqual(code, 130)
    assert.include(stdout, "Interrupted: ")
  }).pipe(Effect.provide(slow)))

it.live("what nobody thought of ends with 1 and two lines, and with its trace only for who asks for everything", () =>
  Effect.gen(function*() {
    const chunks = join(command(), "../../dist/bundle")
    const names = yield* Effect.promise(() => fs.readdir(chunks))
    const [doctor = ""] = names.filter((name) => name.startsWith("doctor-"))
    const whole = yield* Effect.promise(() => fs.readFile(join(chunks, doctor)))
    yield* Effect.promise(() =>
      fs.writeFile(join(chunks, doctor), "throw new Error(`no call to +1 415 555 0100 with key12345`)")
    )
    const env = { ALLO_API_KEY: "key12345" }
    const { code, stderr, stdout } = yield* trunkline(command(), ["doctor", "--json"], { env })
    assert.strictEqual(code, 1)
    assert.strictEqual(
      stderr,
      "trunkline: something unexpected happened: no call to <digits> with <redacted>\n" +
        "This is a bug. Run again with --log-level debug, and report what that prints\n"
    )
    assert.strictEqual(JSON.parse(stdout).exitCode, 1)
    const debug = yield* trunkline(command(), ["doctor", "--log-level", "debug"], { env })
    assert.match(debug.stderr, /\n +at /)
    assert.notInclude(debug.stderr, env.ALLO_API_KEY)
    assert.notInclude(debug.stderr, "555")
    yield* Effect.promise(() => fs.writeFile(join(chunks, doctor), whole))
  }))

it.live.runIf(process.platform === "linux")(
  "a result that does not fit on the disk is told, and ends with 2",
  () =>
    Effect.gen(function*() {
      for (const words of ["--help", "doctor --json", "doctor"]) {
        const line = `"$0" "$1" ${words} > /dev/full`
        const error = yield* Effect.flip(
          Effect.tryPromise({
            try: () => shell("sh", ["-c", line, process.execPath, command()], { env: { ALLO_API_KEY: "a b" } }),
            catch: (error) => error
          })
        )
        assert.propertyVal(error, "code", 2)
        if (words !== "--help") {
          assert.match(String(Reflect.get(Object(error), "stderr")), /could not be written \(ENOSPC\)\. Make room/)
        }
      }
      const left = yield* Effect.promise(() =>
        shell("bash", [
          "-c",
          `"$0" "$1" doctor --help | head -1; echo "\${PIPESTATUS[0]}"`,
          process.execPath,
          command()
        ])
      )
      assert.match(left.stdout, /\n0\n$/)
    })
)

it.scopedLive("in a folder that is gone the command says so", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const line = "mkdir gone; cd gone; rmdir ../gone; \"$0\" \"$1\" export --json; echo $?"
    const { stderr, stdout } = yield* Effect.promise(() =>
      shell("sh", ["-c", line, process.execPath, command()], { cwd: here })
    )
    assert.strictEqual(stderr, "trunkline: the folder this runs in is gone. Change to another one\n")
    assert.include(stdout, "\"exitCode\": 2")
    assert.match(stdout, /}\n2\n$/)
  }))

it.scopedLive("a signal that comes while the command is being loaded is not lost", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const chunks = join(command(), "../../dist/bundle")
    const names = yield* Effect.promise(() => fs.readdir(chunks))
    const path = join(chunks, names.find((name) => name.startsWith("program-")) ?? "")
    const whole = yield* Effect.promise(() => fs.readFile(path, "utf8"))
    const pause = "process.stderr.write(\"loading\\n\"); await new Promise((go) => setTimeout(go, 500));\n"
    yield* Effect.promise(() => fs.writeFile(path, pause + whole))
    const run = yield* start(command(), ["export", "--json"], { env: { ALLO_API_KEY: "key12345" }, cwd: here })
    yield* until(() => run.stderr() !== "")
    run.child.kill("SIGTERM")
    const { code, stdout } = yield* run.ended
    yield* Effect.promise(() => fs.writeFile(path, whole))
    assert.strictEqual(code, 130)
    assert.strictEqual(JSON.parse(stdout).status, "interrupted")
    assert.deepStrictEqual(yield* Effect.promise(() => fs.readdir(here)), [])
  }))

it.scopedLive("lines for machines are JSON, also when a run is refused", () =>
  Effect.gen(function*() {
    const { code, stderr } = yield* trunkline(command(), ["export", "--log-format", "json"], { cwd: yield* folder })
    assert.strictEqual(code, 2)
    assert.deepInclude(JSON.parse(stderr), { level: "ERROR" })
    assert.include(JSON.parse(stderr).message, "neither is set")
  }))

it.scopedLive("other commands end at the first signal", () =>
  Effect.gen(function*() {
    const bin = command()
    const run = yield* start(bin, ["sandbox", "--size", "100"])
    yield* until(() => run.stderr().includes("Serving"))
    assert.match(run.stdout(), /^export ALLO_BASE_URL=http:\/\/127.0.0.1:\d+\n/)
    run.child.kill("SIGTERM")
    const { code, stderr } = yield* run.ended
    assert.strictEqual(code, 130)
    assert.include(stderr, "trunkline: stopped")
  }))
