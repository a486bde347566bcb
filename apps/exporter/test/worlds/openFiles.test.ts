/** A process that may open few files: enough for a run, or a line that says so. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { join } from "node:path"
import { connections } from "../../src/OpenFiles.js"
import { folder, installed } from "../commandline.js"

const command = installed()

interface Ended {
  readonly code: unknown
  readonly stdout: string
  readonly stderr: string
}

const limited = (files: number, words: ReadonlyArray<string>) =>
  Effect.async<Ended>((resume) => {
    const script = `ulimit -n ${files} && exec "$0" "$@"`
    execFile("bash", ["-c", script, process.execPath, command(), ...words], (error, stdout, stderr) => {
      resume(Effect.succeed({ code: error === null ? 0 : error.code, stdout, stderr }))
    })
  })

// Windows has no such limit.
describe.skipIf(process.platform === "win32")("with few files", () => {
  it.scopedLive("96 are enough to serve an account and to export it", () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "data")
      const ended = yield* limited(96, ["demo", "--out", out])
      assert.strictEqual(ended.code, 0, `${ended.stdout}${ended.stderr}`)
      assert.notInclude(ended.stderr, "EMFILE")
    }), 300_000)

  it.scopedLive("fewer are refused in one line, and help is there all the same", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const files = process.platform === "linux" ? [95, 40, 24, 20] : []
      for (const few of files) {
        const ended = yield* limited(few, ["export", "--out", out])
        assert.deepStrictEqual([ended.code, ended.stdout], [2, ""], ended.stderr)
        assert.match(ended.stderr, /^trunkline: [^\n]+ulimit -n 1024 for example\n$/)
      }
      if (files.length === 0) return
      const json = yield* limited(40, ["export", "--out", out, "--json"])
      assert.deepInclude(JSON.parse(json.stdout), { exitCode: 2 })
      assert.include(json.stderr, "only 40 files")
      assert.strictEqual((yield* limited(40, ["export", "--help"])).code, 0)
    }))
})

it("connections are not limited where there is plenty, and one is left in any case", () => {
  assert.deepStrictEqual([null, 1024, 256, 96, 64, 10].map(connections), [undefined, undefined, undefined, 8, 1, 1])
})
