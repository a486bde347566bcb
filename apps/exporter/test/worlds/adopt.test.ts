/** `trunkline config`: the file is written, checked, and a dataset of before becomes an account, wherever it is killed. */
import { assert, it } from "@effect/vitest"
import { tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import * as Verify from "@trunkline/dataset/Verify"
import { Disk } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import * as Adopt from "../../src/configuration/Adopt.js"
import { folder, installed, quick, reached, trunkline } from "../commandline.js"

const command = installed()

const list = (path: string) => Effect.promise(async () => (await fs.readdir(path)).toSorted())

/** A dataset with a row in quarantine, two tables and a file of somebody else beside it. */
const stands = Effect.gen(function*() {
  const out = join(yield* folder, "data")
  const at = DateTime.unsafeMake("2026-11-05T10:00:00Z")
  yield* Effect.flatMap(Dataset, (dataset) =>
    Effect.zipRight(
      dataset.land({
        window: { source: "allo", scope: "team-1", stream: "items", from: at, to: DateTime.add(at, { days: 1 }) },
        proof: null,
        tables: [],
        refused: [{ raw: "{}", reason: "date: is missing" }],
        runId: "run",
        readAt: at
      }),
      dataset.publish
    )).pipe(Effect.provide(Dataset.layer({ out, tables }).pipe(Layer.provide(Disk.layer))))
  for (const name of ["calls", "messages"]) yield* Effect.promise(() => fs.mkdir(join(out, name)))
  yield* Effect.promise(() => fs.writeFile(join(out, "trunkline.sql"), "-- views"))
  yield* Effect.promise(() => fs.writeFile(join(out, "mine.html"), "mine"))
  return out
})

/** A disk that dies before its step of this number, as a process that is killed. */
const dying = (step: number) => {
  let done = 0
  return Disk.layerWatched(() => Effect.suspend(() => done++ === step ? Effect.die("killed") : Effect.void))
}

it.scopedLive(
  "an adoption that is killed at any step is gone on with by the same command",
  () =>
    Effect.gen(function*() {
      let step = 0
      let killed = true
      while (killed) {
        const out = yield* stands
        const first = yield* Effect.exit(Effect.provide(Adopt.adopt(out, "paris"), dying(step)))
        killed = Exit.isFailure(first)
        if (killed && !(yield* list(out)).includes("account=paris")) {
          yield* Effect.provide(Adopt.adopt(out, "paris"), Disk.layer)
        }
        assert.deepStrictEqual(yield* list(out), ["account=paris", "mine.html"], `killed before step ${step}`)
        const target = join(out, "account=paris")
        assert.deepStrictEqual(yield* list(target), ["_trunkline", "calls", "messages", "trunkline.sql"])
        const found = yield* Verify.folder({ out: target, tables })
        assert.deepStrictEqual({ problems: found.problems, quarantined: found.quarantined }, {
          problems: [],
          quarantined: 1
        })
        step++
      }
      assert.isAbove(step, 8)
      // What stands under the name already is not touched.
      const out = yield* stands
      yield* Effect.promise(() => fs.mkdir(join(out, "account=paris")))
      const refused = yield* Effect.flip(Effect.provide(Adopt.adopt(out, "paris"), Disk.layer))
      assert.include(refused.message, "stands there already")
      const nothing = yield* Effect.flip(Effect.provide(Adopt.adopt(yield* folder, "paris"), Disk.layer))
      assert.strictEqual(nothing._tag, "NoDataset")
    }),
  120_000
)

it.scopedLive("a dataset written before is adopted, certificates and all, and continued", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const { env } = yield* reached
    const sandbox = yield* Sandbox
    const bin = command()
    const ask = (...words: ReadonlyArray<string>) => trunkline(bin, words, { cwd: here, env })
    const before = yield* ask("export", "--json", "--source", "allo")
    assert.strictEqual(before.code, 0, before.stderr)
    const certified = (out: ReadonlyArray<string>) =>
      Effect.map(ask("sql", "--format", "csv", "SELECT count(*), sum(total) FROM certificates", ...out), ({ stdout }) =>
        stdout)
    const held = yield* certified([])

    const adopted = yield* ask("config", "init", "--adopt", "paris", "--json")
    assert.strictEqual(adopted.code, 0, adopted.stderr)
    assert.deepInclude(JSON.parse(adopted.stdout), {
      account: "paris",
      out: join(here, "data/account=paris"),
      exitCode: 0
    })
    assert.deepStrictEqual(yield* list(join(here, "data")), ["account=paris", "trunkline.sql"])
    assert.deepStrictEqual(yield* list(here), ["data", "trunkline.schema.json", "trunkline.toml"])
    assert.strictEqual(yield* certified(["--account", "paris"]), held)
    assert.strictEqual((yield* ask("verify")).code, 0)

    yield* Effect.promise(() =>
      fs.appendFile(join(here, "trunkline.toml"), `base_url = "${sandbox.alloUrl}"\nreads_per_second = 1000\n`)
    )
    assert.strictEqual((yield* ask("config", "check")).code, 0)
    const after = yield* ask("export", "--json")
    assert.strictEqual(after.code, 0, after.stderr)
    const [account] = JSON.parse(after.stdout).accounts
    assert.deepInclude(account, { account: "paris", status: "certified", new: 0, rows: JSON.parse(before.stdout).rows })
    const twice = yield* ask("config", "init")
    assert.strictEqual(twice.code, 2)
    assert.include(twice.stderr, "stands there already, and is not written over")
  }).pipe(Effect.provide(quick)), 240_000)

it.scopedLive(
  "a dataset of both sources, and an account of another source, are refused, and nothing moves",
  () =>
    Effect.gen(function*() {
      const here = yield* folder
      const { env } = yield* reached
      const ask = (...words: ReadonlyArray<string>) => trunkline(command(), words, { cwd: here, env })
      assert.strictEqual((yield* ask("export")).code, 0)
      const both = yield* ask("config", "init", "--adopt", "paris")
      assert.strictEqual(both.code, 2)
      assert.include(both.stderr, "this dataset holds both sources")
      assert.deepStrictEqual(yield* list(here), ["data"])
      assert.strictEqual((yield* ask("config", "check")).code, 2)

      const wrong = [
        {
          text: "[accounts.paris]\nsource = \"allo\"\nkey = \"ak_live_1\"\n",
          says: "trunkline.toml:3: accounts.paris.key: a key never stands"
        },
        {
          text: "[accounts.paris]\nsource = \"allo\"\nkey_file = \"nowhere\"\n",
          says: "accounts.paris.key_file: there is no such file"
        },
        {
          text: "out = \"new\"\n[accounts.paris]\nsource = \"allo\"\nkey_env = \"ALLO_API_KEY\"\n" +
            "[accounts.lyon]\nsource = \"allo\"\nkey_env = \"ALLO_API_KEY\"\n",
          says: "paris and lyon have the same key"
        }
      ]
      for (const { says, text } of wrong) {
        yield* Effect.promise(() => fs.writeFile(join(here, "trunkline.toml"), text))
        const found = yield* ask("config", "check", "--json")
        assert.include(found.stderr, says)
        assert.strictEqual(JSON.parse(found.stdout).exitCode, found.code)
      }
    }).pipe(Effect.provide(quick)),
  240_000
)
