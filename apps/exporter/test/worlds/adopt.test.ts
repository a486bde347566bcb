/** `trunkline config`: the file is written, checked, and a dataset of before becomes an account, wherever it is killed. */
import { assert, it } from "@effect/vitest"
import { Dimensions, tables } from "@trunkline/calls"
import { Dataset, type Proof, Run } from "@trunkline/dataset"
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

/** A dataset of these sources: of each a row in quarantine and a name, besides a run, and files of somebody else beside it. */
const stands = (...sources: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const out = join(yield* folder, "data")
    const at = DateTime.unsafeMake("2026-11-05T10:00:00Z")
    yield* Effect.flatMap(Dataset, (dataset) =>
      Effect.gen(function*() {
        yield* dataset.beginRun({ id: "run", at, command: "export", version: null })
        for (const source of sources) {
          yield* dataset.see({
            source,
            at,
            sightings: [{
              table: Dimensions.organizations,
              row: { organization_id: "team-1", name: "Team", account: null, zone: null }
            }]
          })
          yield* dataset.land({
            window: { source, scope: "team-1", stream: "items", from: at, to: DateTime.add(at, { days: 1 }) },
            proof: { verdict: "certified", lists: [{ kind: "window", walks: [walk, walk] }] },
            tables: [],
            runId: "run",
            readAt: at
          })
          yield* dataset.land({
            window: { source, scope: "team-1", stream: "facts", from: at, to: at },
            proof: null,
            tables: [],
            refused: [{ raw: "{}", reason: "date: is missing" }],
            runId: "run",
            readAt: at
          })
        }
        yield* dataset.publish
        yield* dataset.endRun({ id: "run", at, status: "certified", summary: Run.silent })
      })).pipe(Effect.provide(Dataset.layer({ out, tables }).pipe(Layer.provide(Disk.layer))))
    yield* Effect.promise(() => fs.writeFile(join(out, "trunkline.sql"), "-- views"))
    yield* Effect.promise(() => fs.writeFile(join(out, "trunkline.duckdb"), "database"))
    yield* Effect.promise(() => fs.writeFile(join(out, "mine.html"), "mine"))
    return out
  })

const walk: Proof.Walk = { totals: [0], keys: new Set(), refused: new Set(), requestIds: ["req_1"] }

const adopt = (out: string, ...vendors: ReadonlyArray<Adopt.Vendor>) =>
  Adopt.adopt(out, { name: "paris", parts: Adopt.partsOf("paris", vendors), ready: Effect.void })

/** What a check of a dataset finds. */
const checked = (out: string) =>
  Effect.map(Verify.folder({ out, tables }), ({ problems, quarantined, rows }) => ({
    problems,
    quarantined,
    certificates: rows["certificates"],
    organizations: rows["organizations"],
    runs: rows["runs"]
  }))

const whole = { problems: [], quarantined: 1, certificates: 1, organizations: 1, runs: 1 }

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
        const out = yield* stands("allo")
        const first = yield* Effect.exit(Effect.provide(adopt(out, "allo"), dying(step)))
        killed = Exit.isFailure(first)
        if (killed && !(yield* list(out)).includes("account=paris")) {
          yield* Effect.provide(adopt(out, "allo"), Disk.layer)
        }
        // The database named files by their old paths.
        assert.deepStrictEqual(yield* list(out), ["account=paris", "mine.html"], `killed before step ${step}`)
        const target = join(out, "account=paris")
        assert.deepStrictEqual(
          yield* list(target),
          ["_trunkline", "certificates", "organizations", "runs", "trunkline.sql"]
        )
        assert.deepStrictEqual(yield* checked(target), whole)
        step++
      }
      assert.isAbove(step, 8)
      // What stands under the name already is not touched.
      const out = yield* stands("allo")
      yield* Effect.promise(() => fs.mkdir(join(out, "account=paris")))
      const refused = yield* Effect.flip(Effect.provide(adopt(out, "allo"), Disk.layer))
      assert.include(refused.message, "stands there already")
      const nothing = yield* Effect.flip(Effect.provide(adopt(yield* folder, "allo"), Disk.layer))
      assert.strictEqual(nothing._tag, "NoDataset")
      // The disk says why it refuses.
      const refusing = yield* stands("allo")
      const inTheWay = Effect.promise(() => fs.writeFile(join(refusing, ".adopting-paris"), ""))
      const denied = yield* Effect.flip(
        Effect.provide(
          Adopt.adopt(refusing, { name: "paris", parts: Adopt.partsOf("paris", ["allo"]), ready: inTheWay }),
          Disk.layer
        )
      )
      assert.include(denied.message, "create failed (EEXIST)")
    }),
  120_000
)

it.scopedLive(
  "a dataset of both sources is two accounts or as it was, wherever its adoption is killed",
  () =>
    Effect.gen(function*() {
      const names = ["account=paris-allo", "account=paris-allomia"]
      const before = yield* stands("allo", "allomia")
      let step = 0
      let killed = true
      while (killed) {
        const out = join(yield* folder, "data")
        yield* Effect.promise(() => fs.cp(before, out, { recursive: true }))
        const first = yield* Effect.exit(Effect.provide(adopt(out, "allo", "allomia"), dying(step)))
        killed = Exit.isFailure(first)
        const { stands: where } = yield* Adopt.standing(out)
        if (where === "whole") {
          assert.deepStrictEqual(
            yield* checked(out),
            { ...whole, quarantined: 2, certificates: 2, organizations: 2 },
            `killed before step ${step}`
          )
        }
        if (where !== "nowhere") yield* Effect.provide(adopt(out, "allo", "allomia"), Disk.layer)
        assert.deepStrictEqual(yield* list(out), [...names, "mine.html"], `killed before step ${step}`)
        for (const name of names) assert.deepStrictEqual(yield* checked(join(out, name)), whole)
        step++
      }
      assert.isAbove(step, 20)
    }),
  300_000
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
      accounts: [{ account: "paris", source: "allo", out: join(here, "data/account=paris") }],
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
  "a dataset of both sources is adopted as two accounts, certificates and all, and continued",
  () =>
    Effect.gen(function*() {
      const here = yield* folder
      const { env } = yield* reached
      const sandbox = yield* Sandbox
      const ask = (...words: ReadonlyArray<string>) => trunkline(command(), words, { cwd: here, env })
      const before = yield* ask("export", "--json")
      assert.strictEqual(before.code, 0, before.stderr)
      const certified = Effect.map(
        ask(
          "sql",
          "--format",
          "csv",
          "SELECT source, scope, stream, from_at, to_at, total_first, keys_sha256 FROM certificates ORDER BY ALL"
        ),
        ({ stdout }) => stdout
      )
      const held = yield* certified
      assert.isAbove(held.split("\n").length, 3)

      const adopted = yield* ask("config", "init", "--adopt", "paris", "--json")
      assert.strictEqual(adopted.code, 0, adopted.stderr)
      const out = (name: string) => join(here, `data/account=${name}`)
      assert.deepInclude(JSON.parse(adopted.stdout), {
        accounts: [
          { account: "paris-allo", source: "allo", out: out("paris-allo") },
          { account: "paris-allomia", source: "allomia", out: out("paris-allomia") }
        ],
        exitCode: 0
      })
      assert.deepStrictEqual(
        yield* list(join(here, "data")),
        ["account=paris-allo", "account=paris-allomia", "trunkline.sql"]
      )
      assert.strictEqual(yield* certified, held)
      assert.strictEqual((yield* ask("verify")).code, 0)
      const status = yield* ask("status", "--max-age", "26h", "--json")
      assert.strictEqual(status.code, 0, status.stdout)

      yield* Effect.promise(async () => {
        const path = join(here, "trunkline.toml")
        const text = await fs.readFile(path, "utf8")
        await fs.writeFile(
          path,
          text.replace(/(source = "allo"\n)/, `$1base_url = "${sandbox.alloUrl}"\nreads_per_second = 1000\n`)
            .replace(/(source = "allomia"\n)/, `$1base_url = "${sandbox.allomiaUrl}"\nrequests_per_second = 1000\n`)
        )
      })
      assert.strictEqual((yield* ask("config", "check")).code, 0)
      const after = yield* ask("export", "--json")
      assert.strictEqual(after.code, 0, after.stderr)
      const accounts: ReadonlyArray<{ readonly account: string; readonly status: string; readonly new: number }> =
        JSON.parse(after.stdout).accounts
      assert.deepStrictEqual(accounts.map((one) => [one.account, one.status, one.new]), [
        ["paris-allo", "certified", 0],
        ["paris-allomia", "certified", 0]
      ])
      assert.strictEqual((yield* ask("verify")).code, 0)
    }).pipe(Effect.provide(quick)),
  240_000
)

it.scopedLive(
  "a configuration without the account is refused, and nothing moves",
  () =>
    Effect.gen(function*() {
      const here = yield* folder
      const { env } = yield* reached
      const ask = (...words: ReadonlyArray<string>) => trunkline(command(), words, { cwd: here, env })
      assert.strictEqual((yield* ask("export")).code, 0)
      // Something in the way is met before a configuration is written.
      yield* Effect.promise(() => fs.mkdir(join(here, "data/account=paris-allo")))
      const way = yield* ask("config", "init", "--adopt", "paris")
      assert.strictEqual(way.code, 2)
      assert.include(way.stderr, "stands there already")
      assert.deepStrictEqual(yield* list(here), ["data"])
      yield* Effect.promise(() => fs.rmdir(join(here, "data/account=paris-allo")))

      const before = yield* list(join(here, "data"))
      const adopt = (text: string) =>
        Effect.zipRight(
          Effect.promise(() => fs.writeFile(join(here, "trunkline.toml"), text)),
          ask("config", "init", "--adopt", "paris")
        )
      const one = yield* adopt("[accounts.paris-allo]\nsource = \"allo\"\nkey_env = \"ALLO_API_KEY\"\n")
      assert.deepStrictEqual([one.code, one.stderr.includes("has no account paris-allomia")], [2, true])
      const other = yield* adopt("[accounts.paris-allo]\nsource = \"allomia\"\nkey_env = \"ALLO_API_KEY\"\n")
      assert.deepStrictEqual([other.code, other.stderr.includes("is one of allomia")], [2, true])
      assert.deepStrictEqual(yield* list(join(here, "data")), before)

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
