/** Numbers masked by the command: every question that joins by number has the same answer, and one key serves all accounts. */
import { assert, it } from "@effect/vitest"
import { views } from "@trunkline/analytics/Views"
import { Masking } from "@trunkline/calls"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { folder, installed, reached, start, trunkline, until } from "../commandline.js"

const command = installed()

const world = Sandbox.layer({
  size: 700,
  allomiaCalls: 150,
  organizations: 3,
  days: 30,
  movement: false,
  rateLimit: { reads: 1000, writes: 1000, allomia: 1000 }
})

const small = Sandbox.layer({ size: 200, allomiaCalls: 20, organizations: 1, days: 20, movement: false })

const number = "contact_number"
/** When something was read differs between two runs. */
const ofReading = ["exported_at", "details_at", "as_of"]

interface Row {
  readonly [column: string]: unknown
}

/** A folder, the vendors' addresses and keys, and the command there. */
const place = Effect.gen(function*() {
  const here = yield* folder
  const { env } = yield* reached
  return { here, env, run: (...words: ReadonlyArray<string>) => trunkline(command(), words, { env, cwd: here }) }
})

const masked = (value: unknown): boolean => typeof value === "string" && Masking.isToken(value)

it.scopedLive(
  "every view says the same of a masked dataset, but for the numbers themselves",
  () =>
    Effect.gen(function*() {
      const { run } = yield* place
      const clear = yield* run("export", "--out", "clear", "--transcripts")
      assert.strictEqual(clear.code, 0, clear.stderr)
      const first = yield* run("export", "--out", "masked", "--transcripts", "--mask", "numbers", "--json")
      assert.strictEqual(first.code, 0, first.stderr)
      const ask = (out: string, statement: string) =>
        Effect.map(run("sql", "--out", out, "--format", "json", statement), ({ code, stderr, stdout }) => {
          assert.strictEqual(code, 0, `${statement}: ${stderr}`)
          const rows: ReadonlyArray<Row> = JSON.parse(stdout)
          return rows
        })
      let numbers = 0
      // What was read when is all that coverage is about.
      for (const name of Object.keys(views).filter((name) => name !== "coverage")) {
        const rows = (out: string) => ask(out, `FROM ${name}`)
        const texts = (rows: ReadonlyArray<Row>) =>
          rows.map((row) =>
            JSON.stringify({ ...row, [number]: null, ...Object.fromEntries(ofReading.map((column) => [column, null])) })
          )
            .toSorted()
        const [before, after] = [yield* rows("clear"), yield* rows("masked")]
        assert.isNotEmpty(before, name)
        assert.deepStrictEqual(texts(after), texts(before), name)
        numbers += after.filter((row) => masked(row[number])).length
        assert.strictEqual(
          after.filter((row) => masked(row[number])).length,
          before.filter((row) => /\d/.test(String(row[number] ?? ""))).length,
          name
        )
      }
      assert.isAbove(numbers, 300)
      // A later run needs no flag, and a comparison with the vendors finds nothing.
      const again = yield* run("export", "--out", "masked", "--transcripts", "--json")
      assert.deepStrictEqual([again.code, JSON.parse(again.stdout).new], [0, 0], again.stderr)
      const remote = yield* run("verify", "--out", "masked", "--remote", "--json")
      assert.deepStrictEqual([remote.code, JSON.parse(remote.stdout).problems], [0, []], remote.stderr)
      const [clearly] = yield* ask("masked", "SELECT count(*) AS rows FROM calls WHERE contact_number LIKE '+%'")
      assert.strictEqual(clearly?.["rows"], 0)
    }).pipe(Effect.provide(world)),
  300_000
)

it.scopedLive(
  "another key, a lost one and a dataset in clear are refused with 2, and say so without a key",
  () =>
    Effect.gen(function*() {
      const here = yield* folder
      const { env } = yield* reached
      const keys = ["first key of 24 letters!", "other key of 24 letters!"] as const
      yield* Effect.promise(() =>
        Promise.all(keys.map((key, index) => fs.writeFile(join(here, `key-${index}`), `${key}\n`)))
      )
      const run = (more: Readonly<Record<string, string>>, ...words: ReadonlyArray<string>) =>
        trunkline(command(), words, { env: { ...env, ...more }, cwd: here })
      const named = (file: string) => ({ TRUNKLINE_MASK_KEY_FILE: file })
      const exporting = ["export", "--out", "masked", "--json", "--log-level", "warning"] as const
      const first = yield* run(named("key-0"), ...exporting, "--mask", "numbers")
      assert.strictEqual(first.code, 0, first.stderr)
      const refused = (ended: { readonly code: number | null; readonly stdout: string; readonly stderr: string }) => {
        for (const key of keys) assert.notInclude(ended.stdout + ended.stderr, key)
        return [ended.code, JSON.parse(ended.stdout).problems.map(({ tag }: { readonly tag: string }) => tag)]
      }
      assert.deepStrictEqual(refused(yield* run(named("key-1"), ...exporting)), [2, ["OtherMaskKey"]])
      assert.deepStrictEqual(refused(yield* run(named("key-2"), ...exporting)), [2, ["MaskKeyUnusable"]])
      assert.deepStrictEqual(refused(yield* run({}, ...exporting)), [2, ["MaskKeyUnusable"]])
      const remote = yield* run(named("key-1"), "verify", "--out", "masked", "--remote", "--json")
      assert.deepStrictEqual(refused(remote), [2, ["OtherMaskKey"]])
      // What asks no vendor needs no key.
      assert.strictEqual((yield* run({}, "verify", "--out", "masked")).code, 0)
      assert.strictEqual((yield* run({}, "sql", "--out", "masked", "FROM repeat_callers")).code, 0)
      assert.strictEqual((yield* run(named("key-0"), ...exporting)).code, 0)
    }).pipe(Effect.provide(small)),
  120_000
)

it.scopedLive(
  "a dataset of before is masked by mask, and by an export that was killed and run again; rotated, it goes on",
  () =>
    Effect.gen(function*() {
      const { env, here, run } = yield* place
      const count = (out: string, like: string) =>
        Effect.map(
          run(
            "sql",
            "--out",
            out,
            "--json",
            `SELECT count(*)::INT AS rows FROM calls WHERE contact_number LIKE '${like}'`
          ),
          ({ stdout }): number => JSON.parse(stdout)[0].rows
        )
      assert.strictEqual((yield* run("export", "--out", "data")).code, 0)
      yield* Effect.promise(() => fs.cp(join(here, "data"), join(here, "copy"), { recursive: true }))
      const clear = yield* count("data", "+%")
      assert.isAbove(clear, 50)
      assert.strictEqual((yield* run("mask", "--out", "data", "--rotate")).code, 2)
      const masked = yield* run("mask", "--out", "data", "--json")
      assert.deepStrictEqual([masked.code, JSON.parse(masked.stdout).exitCode], [0, 0], masked.stderr)
      assert.deepStrictEqual([yield* count("data", "+%"), yield* count("data", "masked-%")], [0, clear])

      const killed = yield* start(command(), ["export", "--out", "copy", "--mask", "numbers"], { env, cwd: here })
      yield* until(() => existsSync(join(here, "copy/_trunkline/mask.key")))
      killed.child.kill("SIGKILL")
      yield* killed.ended
      const again = yield* run("export", "--out", "copy", "--mask", "numbers", "--json")
      assert.deepStrictEqual([again.code, JSON.parse(again.stdout).new], [0, 0], again.stderr)
      assert.deepStrictEqual([yield* count("copy", "+%"), yield* count("copy", "masked-%")], [0, clear])

      const rotated = yield* run("mask", "--out", "copy", "--rotate")
      assert.strictEqual(rotated.code, 0, rotated.stderr)
      assert.deepStrictEqual([yield* count("copy", "masked-b-%"), yield* count("copy", "masked-%")], [clear, clear])
      const last = yield* run("export", "--out", "copy", "--json")
      assert.deepStrictEqual([last.code, JSON.parse(last.stdout).new], [0, 0], last.stderr)
      for (const out of ["data", "copy"]) assert.strictEqual((yield* run("verify", "--out", out)).code, 0)
    }).pipe(Effect.provide(small)),
  240_000
)

it.scopedLive(
  "a masked dataset that becomes two accounts goes on with its key",
  () =>
    Effect.gen(function*() {
      const { env, here, run } = yield* place
      assert.strictEqual((yield* run("export", "--mask", "numbers")).code, 0)
      const account = (source: "allo" | "allomia", url: string) => [
        `[accounts.paris-${source}]`,
        `source = "${source}"`,
        `key_env = "${source.toUpperCase()}_API_KEY"`,
        `base_url = "${url}"`,
        ""
      ]
      const lines = [...account("allo", env.ALLO_BASE_URL), ...account("allomia", env.ALLOMIA_BASE_URL)]
      yield* Effect.promise(() => fs.writeFile(join(here, "trunkline.toml"), lines.join("\n"), { mode: 0o600 }))
      const adopted = yield* run("config", "init", "--adopt", "paris")
      assert.strictEqual(adopted.code, 0, adopted.stderr)
      const after = yield* run("export", "--json")
      const entries: ReadonlyArray<{ readonly new: number; readonly exitCode: number }> =
        JSON.parse(after.stdout).accounts
      assert.deepStrictEqual(entries.map((entry) => [entry.exitCode, entry.new]), [[0, 0], [0, 0]], after.stderr)
    }).pipe(Effect.provide(small)),
  120_000
)

it.scopedLive(
  "the accounts of a configuration have one key, made by the first of them, or named",
  () =>
    Effect.gen(function*() {
      const { env, here, run } = yield* place
      const account = (
        name: string,
        lines: ReadonlyArray<string>
      ) => [`[accounts.${name}]`, ...lines, "mask = \"numbers\"", ""]
      const allo = ["source = \"allo\"", "key_env = \"ALLO_API_KEY\"", `base_url = "${env.ALLO_BASE_URL}"`]
      const write = (head: ReadonlyArray<string>) =>
        Effect.promise(() =>
          fs.writeFile(
            join(here, "trunkline.toml"),
            [...head, ...account("one", allo), ...account("two", allo)].join("\n"),
            { mode: 0o600 }
          )
        )
      const tokens = (out: string) =>
        Effect.map(
          run(
            "sql",
            "--out",
            out,
            "--json",
            "SELECT DISTINCT account, contact_number FROM calls WHERE contact_number LIKE 'masked-%'"
          ),
          ({ stdout }): ReadonlyArray<{ readonly account: string; readonly contact_number: string }> =>
            JSON.parse(stdout)
        )
      const of = (rows: Effect.Effect.Success<ReturnType<typeof tokens>>, name: string) =>
        rows.flatMap(({ account, contact_number }) => account === name ? [contact_number] : []).toSorted()

      yield* write([])
      const first = yield* run("export", "--out", "data")
      assert.strictEqual(first.code, 0, first.stderr)
      const found = yield* tokens("data")
      assert.isNotEmpty(of(found, "one"))
      assert.deepStrictEqual(of(found, "one"), of(found, "two"))
      const { mode } = yield* Effect.promise(() => fs.stat(join(here, "data/mask.key")))
      assert.strictEqual(mode & 0o777, 0o600)

      yield* Effect.promise(() => fs.writeFile(join(here, "own.key"), "a key of our own, long enough\n"))
      yield* write(["mask_key_file = \"own.key\""])
      assert.strictEqual((yield* run("export", "--out", "data")).code, 2)
      assert.strictEqual((yield* run("export", "--out", "other")).code, 0)
      const others = yield* tokens("other")
      assert.deepStrictEqual(of(others, "one"), of(others, "two"))
      assert.strictEqual(of(others, "one").filter((token) => of(found, "one").includes(token)).length, 0)
    }).pipe(Effect.provide(small)),
  120_000
)
