/** Clocks that are wrong by days, theirs and ours: the command names both times. */
import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import { Effect } from "effect"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { dated, tampered } from "../../../../packages/export/test/fixtures/proxy.js"
import { day, unhurried } from "../../../../packages/export/test/fixtures/runs.js"
import { folder, installed, trunkline } from "../commandline.js"

const world = Sandbox.layer({
  ...unhurried,
  size: 300,
  allomiaCalls: 60,
  organizations: 2,
  days: 30,
  movement: false
})

const command = installed()

it.scopedLive("names both times, whichever clock is wrong, and ends with 4; the doctor finds it as well", () =>
  Effect.gen(function*() {
    const { both, control } = yield* tampered
    const out = yield* folder
    const env = {
      ALLO_API_KEY: both.keys.allo,
      ALLO_BASE_URL: both.alloUrl,
      ALLOMIA_API_KEY: both.keys.allomia,
      ALLOMIA_BASE_URL: both.allomiaUrl,
      ALLOMIA_REQUESTS_PER_SECOND: "1000",
      TRUNKLINE_OUT: join(out, "data")
    }
    const right = yield* trunkline(command(), ["export", "--no-details"], { env })
    assert.strictEqual(right.code, 0, right.stderr)
    control.tamper = dated(40, "once")
    const theirs = yield* trunkline(command(), ["export", "--no-details", "--lookback", "0d"], { env })
    assert.strictEqual(theirs.code, 4, theirs.stderr)
    assert.match(theirs.stderr, /^ClockSkew \[allo\]: The Date header .* 40 days apart/m)
    control.tamper = (_, answered) => answered
    // The clock of this process, as Node reads it.
    const clock = join(out, "clock.mjs")
    yield* Effect.promise(() => writeFile(clock, `const now = Date.now; Date.now = () => now() - ${3 * day}\n`))
    const wrong = { ...env, NODE_OPTIONS: `--import ${pathToFileURL(clock).href}` }
    const ours = yield* trunkline(command(), ["export", "--no-details"], { env: wrong })
    assert.strictEqual(ours.code, 4, ours.stderr)
    assert.match(ours.stderr, /^ClockSkew \[allomia\]: The Date header .* 3 days apart/m)
    const doctor = yield* trunkline(command(), ["doctor"], { env: wrong })
    assert.strictEqual(doctor.code, 4, doctor.stdout)
    assert.match(doctor.stdout, /^fail {2}allo clock +this machine is .* behind the API/m)
    const healed = yield* trunkline(command(), ["export", "--no-details"], { env })
    assert.strictEqual(healed.code, 0, healed.stderr)
  }).pipe(Effect.provide(world)))
