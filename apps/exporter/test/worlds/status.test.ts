/** `trunkline status` and `trunkline connect`: what a dataset says and shows without a key. */
import { assert, it } from "@effect/vitest"
import { tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import { Disk } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { escape, folder, installed, quick, reached, trunkline } from "../commandline.js"
import { opened } from "../database.js"

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
      document.scopes.map(
        ({ name, ok, source }: { readonly name: string; readonly ok: boolean; readonly source: string }) => [
          source,
          ok,
          name.length > 0
        ]
      ),
      [["allo", true, true], ["allomia", true, true], ["allomia", true, true]]
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
      /^All is certified, up to \d{4}-\d\d-\d\d \d\d:\d\d UTC\n\nsource +scope +name +since +certified until +proved +state\n/
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
    // Over accounts each has a line, also where its dataset cannot be read.
    yield* Effect.promise(async () => {
      await fs.writeFile(
        join(here, "trunkline.toml"),
        ["one", "two"].map((name) => `[accounts.${name}]\nsource = "allo"\nkey_env = "THE_KEY"\n`).join("")
      )
      await fs.mkdir(join(here, "all"))
      await fs.rename(join(here, "data"), join(here, "all/account=one"))
      const ledger = await fs.open(join(here, "all/account=one/_trunkline/ledger.db"), "r+")
      // The version of an SQLite file stands at its byte 60.
      await ledger.write(Uint8Array.of(0, 0, 3, 231), 0, 4, 60)
      await ledger.close()
    })
    const all = yield* ask("status", "--out", "all")
    assert.match(all.stdout, /\none +A newer version of trunkline wrote this dataset /)
    assert.match(all.stdout, /\ntwo +Nothing was exported yet /)
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

it.scopedLive("connect writes a database of the views, also while the one before is open", () =>
  Effect.gen(function*() {
    const { ask, env, here, json } = yield* exported
    const { world } = yield* Sandbox
    const path = join(here, "data/trunkline.duckdb")
    const { code, stderr, stdout } = yield* ask("connect")
    assert.deepStrictEqual([code, stderr, stdout], [0, "", `${yield* Effect.promise(() => fs.realpath(path))}\n`])
    const count = (database: Effect.Effect.Success<ReturnType<typeof opened>>, table: string) =>
      Effect.promise(async () =>
        Number((await database.runAndReadAll(`SELECT count(*) FROM ${table}`)).getRows()[0]?.[0])
      )
    const before = yield* opened(path)
    const calls = yield* count(before, "calls")
    assert.isAbove(calls, 0)
    assert.strictEqual(yield* count(before, "utterances"), 0)

    // What is exported later is seen through the old file as well, but for tables that had no file.
    yield* world.advance("1 day")
    const more = yield* trunkline(command(), ["export", "--transcripts", "--full"], { env, cwd: here })
    assert.strictEqual(more.code, 0, more.stderr)
    const again = yield* json("connect")
    assert.deepStrictEqual([again.code, again.document.exitCode], [0, 0])
    assert.includeMembers(again.document.tables, ["calls", "utterances", "runs"])
    assert.strictEqual(again.document.file, stdout.trim())
    const after = yield* opened(path)
    assert.isAbove(yield* count(after, "utterances"), 0)
    assert.strictEqual(yield* count(before, "calls"), yield* count(after, "calls"))
    assert.isAbove(yield* count(after, "call_duration_daily"), 0)

    assert.strictEqual((yield* ask("verify")).code, 0)
    const left = yield* Effect.promise(() => fs.readdir(join(here, "data/_trunkline")))
    assert.deepStrictEqual(left.filter((name) => name.includes("duckdb")), [])
    assert.strictEqual((yield* ask("connect", "--out", "nowhere")).code, 2)
  }).pipe(Effect.provide(quick)))
