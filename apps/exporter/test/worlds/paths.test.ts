/** What the folder of a dataset is called changes nothing of what a run, a comparison or a command does. */
import { assert, describe, it } from "@effect/vitest"
import * as Compare from "@trunkline/export/Compare"
import { Stop } from "@trunkline/export/Stop"
import { Sandbox } from "@trunkline/sandbox"
import { Effect, Layer } from "effect"
import { cpSync } from "node:fs"
import { mkdir, readdir } from "node:fs/promises"
import { join } from "node:path"
import { folder, sources } from "../../../../packages/export/test/fixtures/account.js"
import { contents, reading, run, unhurried } from "../../../../packages/export/test/fixtures/runs.js"
import { installed, trunkline } from "../commandline.js"

const world = Sandbox.layer({ ...unhurried, size: 300, allomiaCalls: 60, organizations: 2, days: 40, movement: false })

/** Read where its folder has a plain name. */
const copied = (out: string) =>
  Effect.gen(function*() {
    const copy = join(yield* folder, "copy")
    cpSync(out, copy, { recursive: true })
    return yield* contents(copy)
  })

const compare = (out: string) =>
  reading(
    out,
    (dataset) => Compare.compare(dataset).pipe(Effect.provide(Layer.mergeAll(sources(), Stop.layer)))
  )

describe("a folder that a pattern or a partition could be called", () => {
  it.scopedLive("is filled, read for its lines, and compared like any other", () =>
    Effect.gen(function*() {
      const { keys, world } = yield* Sandbox
      const [plain, others] = [join(yield* folder, "plain"), join(yield* folder, "others")]
      yield* run(plain)
      yield* run(others, {}, { allo: null })
      const [expected, theirs] = [yield* copied(plain), yield* copied(others)]
      const now = yield* world.now
      const outs: Array<string> = []
      for (
        const [name, sibling] of [
          ["data[1]", "data1"],
          ["source=allomia", "source=allo"],
          ["organization_id=1", "plain"]
        ] as const
      ) {
        const root = yield* folder
        const [out, beside] = [join(root, name), join(root, sibling)]
        cpSync(others, beside, { recursive: true })
        // The lines of this key are those of the rows that are published.
        const report = yield* run(out, {}, { allo: keys.alloConversationsOnly })
        assert.deepStrictEqual([report.exitCode, report.problems], [0, []], name)
        const again = yield* run(out, { full: true })
        assert.deepStrictEqual([again.exitCode, again.new, again.problems], [0, 0, []], name)
        assert.deepStrictEqual(yield* copied(out), expected, name)
        assert.deepStrictEqual(yield* copied(beside), theirs, name)
        outs.push(out)
      }
      const gone = expected["calls"]?.map((row) => JSON.parse(row)).filter((row) =>
        Date.parse(row.started_at) < now - 20 * 86_400_000
      ) ?? []
      const ids = ["allo", "allomia"].map((source) => String(gone.find((row) => row.source === source).call_id))
      for (const id of ids) {
        assert.isTrue(yield* world.remove(id))
      }
      for (const out of outs) {
        const report = yield* compare(out)
        assert.deepStrictEqual(
          [
            report.exitCode,
            report.differing.flatMap(({ missingThere }) =>
              missingThere
            ).toSorted()
          ],
          [0, ids.toSorted()],
          out
        )
      }
    }).pipe(Effect.provide(world)), 120_000)
})

const command = installed()

it.scopedLive(
  "a folder that the shell, a URL or a flag could be called is named as it is written",
  () =>
    Effect.gen(function*() {
      const here = yield* folder
      const sandbox = yield* Sandbox
      const env = { ALLO_API_KEY: sandbox.keys.allo, ALLO_BASE_URL: sandbox.alloUrl }
      const names = ["-dash", "s3://bucket/x", "trail ", "st*ar"]
      yield* Effect.promise(() => mkdir(join(here, "stXar")))
      const question = ["sql", "SELECT count(*)::INTEGER AS calls FROM calls", "--json"]
      let expected = ""
      for (const name of ["plain", ...names]) {
        const exported = yield* trunkline(command(), ["export", `--out=${name}`, "--json"], { env, cwd: here })
        assert.strictEqual(exported.code, 0, `${name}: ${exported.stderr}`)
        assert.strictEqual(JSON.parse(exported.stdout).out, join(here, name))
        const verified = yield* trunkline(command(), ["verify", `--out=${name}`], { env, cwd: here })
        assert.strictEqual(verified.code, 0, `${name}: ${verified.stderr}`)
        const asked = yield* trunkline(command(), question, { env: { ...env, TRUNKLINE_OUT: name }, cwd: here })
        assert.strictEqual(asked.code, 0, `${name}: ${asked.stderr}`)
        if (name === "plain") expected = asked.stdout
        assert.strictEqual(asked.stdout, expected, name)
      }
      assert.deepStrictEqual(
        (yield* Effect.promise(() => readdir(here))).toSorted(),
        ["plain", "stXar", "s3:", ...names.filter((name) => !name.includes("/"))].toSorted()
      )
    }).pipe(Effect.provide(world)),
  120_000
)
