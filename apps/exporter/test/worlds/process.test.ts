/** What is promised of the process while it reads: what stands on stdout and stderr, and how a signal ends it. */
import { assert, it } from "@effect/vitest"
import { Fault, Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schedule from "effect/Schedule"
import { join } from "node:path"
import { escape, folder, installed, quick, reached, slow, start, trunkline, until } from "../commandline.js"

const command = installed()

const isJson = (text: string): boolean => Either.isRight(Either.try((): unknown => JSON.parse(text)))

it.scopedLive("every command keeps stdout to its result, and --json to one document, without a key anywhere", () =>
  Effect.gen(function*() {
    const bin = command()
    const out = join(yield* folder, "data")
    const { env, secrets } = yield* reached
    const commandlines = [
      ["plan", "--out", out],
      ["export", "--dry-run", "--out", out],
      ["export", "--out", out],
      ["export", "--out", out, "--full", "--transcripts", "--accept-gone", "--refresh", "0", "--same-account"],
      ["quarantine", "--out", out],
      ["accept", "--out", out],
      ["verify", "--out", out],
      ["verify", "--remote", "--out", out],
      ["doctor", "--out", out],
      ["sql", "SELECT count(*) AS calls FROM calls", "--out", out]
    ]
    for (const words of commandlines) {
      const whole = yield* trunkline(bin, [...words, "--json", "--log-level", "debug", "--log-format", "json"], { env })
      assert.strictEqual(whole.code, 0, `${words.join(" ")}: ${whole.stderr}`)
      assert.isTrue(isJson(whole.stdout), `${words.join(" ")}: ${whole.stdout}`)
      for (const line of whole.stderr.split("\n").filter((line) => line !== "")) {
        assert.isTrue(isJson(line), line)
      }
      const all = `${whole.stdout}${whole.stderr}`
      assert.notInclude(all, escape)
      for (const secret of secrets) assert.notInclude(all, secret)
    }
    const debug = yield* trunkline(bin, ["plan", "--out", out, "--log-level", "debug"], { env })
    for (const secret of secrets) assert.notInclude(`${debug.stdout}${debug.stderr}`, secret)
    assert.match(debug.stderr, /DEBUG request .*operation=Conversations.search.* requestId=req_/)
  }).pipe(Effect.provide(quick)))

it.scopedLive("the first signal ends a run with what it has, and the document says so", () =>
  Effect.gen(function*() {
    const bin = command()
    const here = yield* folder
    const { env } = yield* reached
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      const run = yield* start(bin, ["export", "--json", "--log-level", "debug"], { env, cwd: here })
      yield* until(() => run.stderr().includes("operation=Calls.get"))
      run.child.kill(signal)
      const { code, stderr, stdout } = yield* run.ended
      assert.strictEqual(code, 130)
      assert.include(stderr, `${signal}: finishing the page in hand`)
      const document = JSON.parse(stdout)
      assert.strictEqual(document.status, "interrupted")
      assert.strictEqual(document.exitCode, 130)
      assert.isAbove(document.rows.calls, 0)
    }
    assert.strictEqual((yield* trunkline(bin, ["verify"], { cwd: here })).code, 0)
  }).pipe(Effect.provide(slow)))

it.scopedLive("the second signal ends the run at once, whatever it waits for", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const { env } = yield* reached
    const { faults, history } = yield* Sandbox
    const run = yield* start(command(), ["export", "--log-level", "debug"], { env, cwd: here })
    yield* until(() => run.stderr().includes("operation=Calls.get"))
    // From now on half of every answer comes, and the rest never.
    yield* faults.push({ fault: Fault.Stalled(), times: 1_000_000 })
    const before = yield* history.total
    yield* Effect.repeat(history.total, {
      until: (total) => total > before,
      schedule: Schedule.spaced("20 millis")
    })
    run.child.kill("SIGINT")
    yield* until(() => run.stderr().includes("Once more"))
    yield* Effect.sleep("400 millis")
    run.child.kill("SIGTERM")
    const { code, stderr, stdout } = yield* run.ended
    assert.deepStrictEqual({ code, stdout }, { code: 130, stdout: "" })
    assert.notInclude(stderr, "    at ")
  }).pipe(Effect.provide(slow)))
