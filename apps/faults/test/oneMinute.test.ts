/** A handful of cases of the fault table. Other seeds are for `npm run faults`. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"

const run = fileURLToPath(new URL("../run.js", import.meta.url))
const seed = 1

const faults = (words: ReadonlyArray<string>) =>
  Effect.async<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }>((resume) => {
    execFile(process.execPath, [run, ...words], (error, stdout, stderr) => {
      resume(Effect.succeed({ code: error === null ? 0 : error.code, stdout, stderr }))
    })
  })

it.live(`no case of the one-minute part fails, seed ${seed}`, () =>
  Effect.gen(function*() {
    const { code, stderr, stdout } = yield* faults(["--part", "one", "--seed", String(seed), "--json"])
    assert.strictEqual(code, 0, stderr)
    const { failed, rows } = JSON.parse(stdout)
    assert.deepStrictEqual(failed, [])
    for (const { cases, of, skipped } of rows) assert.strictEqual(cases + skipped, of)
  }), 300_000)
