/** `trunkline status`: what a dataset says without a key. */
import { assert, it } from "@effect/vitest"
import { tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import { Disk } from "@trunkline/parquet"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { escape, folder, installed, quick, reached, trunkline } from "../commandline.js"

const command = installed()

/** A dataset that was exported once, and the command in the folder above it. */
const exported = Effect.gen(function*() {
  const { env, secrets } = yield* reached
  const here = yield* folder
  const ask = (...words: ReadonlyArray<string>) => trunkline(command(), words, { cwd: here })
  const json = (...words: ReadonlyArray<string>) =>
    Effect.map(ask(...words, "--json"), ({ code, stdout }) => ({ code, document: JSON.parse(stdout) }))
  const first = yield* trunkline(command(), ["export"], { env, cwd: here })
  assert.strictEqual(first.code, 0, first.stderr)
  return { ask, json, here, env, secrets }
})

it.scopedLive("status says what is certified, of what age, and by which runs", () =>
  Effect.gen(function*() {
    const { ask, env, here, json, secrets } = yield* exported
    const refused = yield* trunkline(command(), ["export", "--source", "allo"], {
      env: { ...env, ALLO_API_KEY: "wrong" },
      cwd: here
    })
    assert.strictEqual(refused.code, 3)

    const { code, document } = yield* json("status", "--max-age", "26h")
    assert.deepStrictEqual([code, document.exitCode, document.problems, document.maxAge], [0, 0, [], 93_600])
    assert.deepStrictEqual(
      document.scopes.map(({ ok, source }: { readonly ok: boolean; readonly source: string }) => [source, ok]),
      [["allo", true], ["allomia", true], ["allomia", true]]
    )
    assert.deepInclude(document.runs[0], { command: "export", status: "failed", exitCode: 3, new: 0 })
    assert.deepStrictEqual(document.runs[0].problems, [
      { tag: "Unauthorized", source: "allo", scope: null, count: 1 }
    ])
    assert.deepInclude(document.runs[1], { status: "certified", exitCode: 0 })
    const calls = document.tables.filter(({ table }: { readonly table: string }) => table === "calls")
    assert.deepStrictEqual(
      calls.map(({ gone, source }: { readonly gone: number; readonly source: string }) => [
        source,
        gone
      ]),
      [["allo", 0], ["allomia", 0]]
    )

    // The newest run over Allo proved nothing; and no run is younger than nothing.
    assert.strictEqual((yield* ask("status")).code, 4)
    const old = yield* json("status", "--max-age", "0s")
    assert.deepStrictEqual(
      [old.code, new Set(old.document.problems.map(({ tag }: { readonly tag: string }) => tag))],
      [4, new Set(["Stale"])]
    )

    const shown = yield* ask("status", "--max-age", "26h")
    assert.match(
      shown.stdout,
      /^All is certified, up to \d{4}-\d\d-\d\d \d\d:\d\d UTC\n\nsource +scope +certified from /
    )
    assert.match(shown.stdout, /\nlast runs +took +status +exit +new +updated +requests +problems\n/)
    assert.match(shown.stdout, / failed +3 +0 +0 +\d+ +Unauthorized\n/)
    assert.deepStrictEqual([shown.stderr, shown.stdout.includes(escape)], ["", false])
    for (const secret of secrets) assert.notInclude(shown.stdout, secret)

    for (const age of ["soon", "-1h", "26"]) {
      const wrong = yield* ask("status", "--max-age", age)
      assert.deepStrictEqual([wrong.code, wrong.stderr.includes("--max-age")], [2, true], age)
    }
    assert.strictEqual((yield* ask("status", "--out", "nowhere")).code, 2)
    const [month = ""] = yield* Effect.promise(() => fs.readdir(join(here, "data/calls/source=allo")))
    yield* Effect.promise(() => fs.rm(join(here, "data/calls/source=allo", month, "data.parquet")))
    const damaged = yield* json("status", "--max-age", "26h")
    assert.deepStrictEqual([damaged.code, damaged.document.problems[0].tag], [5, "MissingFile"])
  }).pipe(Effect.provide(quick)))

it.scopedLive("status tells a run that is under way from one that was killed", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const newest = Effect.map(
      trunkline(command(), ["status", "--json"], { cwd: here }),
      ({ stdout }) => JSON.parse(stdout).runs[0].status
    )
    yield* Effect.flatMap(Dataset, (dataset) =>
      Effect.gen(function*() {
        yield* dataset.beginRun({ id: "run", at: yield* DateTime.now, command: "export", version: null })
        assert.strictEqual(yield* newest, "running")
      })).pipe(Effect.provide(Dataset.layer({ out: join(here, "data"), tables }).pipe(Layer.provide(Disk.layer))))
    // Where the system does not tell who holds a lock, the next run tells.
    if (process.platform === "linux") assert.strictEqual(yield* newest, "killed")
  }))
