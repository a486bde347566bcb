/** What the doctor says of base URLs that lead beside the API, and the help of folders. */
import { assert, it } from "@effect/vitest"
import { System } from "@trunkline/dataset"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { disk } from "../src/command/checks.js"
import { folder, installed, trunkline } from "./commandline.js"

const command = installed()

const world = Sandbox.layer({
  size: 100,
  allomiaCalls: 10,
  days: 5,
  movement: false,
  rateLimit: { reads: 1000, writes: 1000, allomia: 1000 }
})

it.scopedLive("the doctor finds the API below the base URL, and says what to set", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const { allomiaUrl, keys } = yield* Sandbox
    const base = allomiaUrl.replace(/\/api$/, "")
    const doctor = (key: string, url: string) =>
      trunkline(command(), ["doctor"], { env: { ALLOMIA_API_KEY: key, ALLOMIA_BASE_URL: url }, cwd: here })
    const well = yield* doctor(keys.allomia, allomiaUrl)
    assert.strictEqual(well.code, 0, well.stdout)
    for (const url of [base, `${base}/`]) {
      const { code, stdout } = yield* doctor(keys.allomia, url)
      assert.strictEqual(code, 3, stdout)
      assert.include(stdout, `. The API answers below it: set ALLOMIA_BASE_URL to ${base}/api\n`)
      assert.notInclude(stdout, keys.allomia)
    }
    // An answer that refuses the key is one as well.
    const other = yield* doctor("another-key", base)
    assert.include(other.stdout, `set ALLOMIA_BASE_URL to ${base}/api\n`)
    const nowhere = yield* doctor(keys.allomia, `${base}/elsewhere`)
    assert.strictEqual(nowhere.code, 3)
    assert.include(nowhere.stdout, ". Check ALLOMIA_BASE_URL: it ends in /api\n")
  }).pipe(Effect.provide(world)))

it.scopedLive("the help of the demo names the demo's own folder, and that of others theirs", () =>
  Effect.gen(function*() {
    const demo = yield* trunkline(command(), ["demo", "--help"])
    assert.match(demo.stdout, /--out DIR +folder of the dataset; TRUNKLINE_OUT or \.\/trunkline-demo when left out\n/)
    assert.notInclude(demo.stdout, "./data")
    const other = yield* trunkline(command(), ["export", "--help"])
    assert.match(other.stdout, /--out DIR +folder of the dataset; TRUNKLINE_OUT or \.\/data when left out\n/)
  }))

it.scopedLive("the doctor says on Windows that a dataset wants WSL", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const checks = yield* Effect.provideService(disk(here), System, "win32")
    assert.deepStrictEqual(checks.map(({ exitCode, level, name }) => [name, level, exitCode]), [["system", "fail", 2]])
    assert.include(checks[0]?.message, "WSL")
    assert.notInclude((yield* disk(here)).map(({ name }) => name), "system")
  }))
