/** Every refusal is one or two lines that say what to do, with the right exit code, without a stack trace and without a key. */
import { assert, it } from "@effect/vitest"
import { tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import { Disk } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { problemLine } from "../../src/command/summary.js"
import { escape, folder, installed, trunkline } from "../commandline.js"

const command = installed()

interface Refusal {
  readonly words: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
  readonly code: number
  /** What the lines have to say. */
  readonly says: RegExp
}

const secret = "ak_live_secret_of_the_user"

const world = Sandbox.layer({
  size: 100,
  allomiaCalls: 10,
  days: 5,
  movement: false,
  rateLimit: { reads: 1000, writes: 1000, allomia: 1000 }
})

/** With `--json`: the lines stand on stderr all the same. */
const refuses = (cwd: string, refusals: ReadonlyArray<Refusal>, secrets: ReadonlyArray<string> = []) =>
  Effect.forEach(refusals, ({ code, env = {}, says, words }) =>
    Effect.gen(function*() {
      const named = `${words.join(" ")} ${JSON.stringify(env)}`
      const ended = yield* trunkline(command(), [...words, "--json", "--log-level", "warning"], { env, cwd })
      assert.strictEqual(ended.code, code, `${named}: ${ended.stderr}`)
      assert.match(ended.stderr, says, named)
      // DuckDB shows the place in a statement, with a line for its suggestions.
      assert.isAtMost(ended.stderr.trimEnd().split("\n").length, words[0] === "sql" ? 6 : 2, ended.stderr)
      const all = `${ended.stdout}\n${ended.stderr}`
      assert.notMatch(all, /^\s+at /m, named)
      assert.notInclude(all, escape)
      for (const key of [secret, ...secrets]) assert.notInclude(all, key, named)
      const parsed = JSON.parse(ended.stdout)
      assert.strictEqual(parsed.exitCode, code, named)
      assert.isNotEmpty(parsed.problems, named)
      if (words[0] === "export") {
        assert.strictEqual(parsed.status, "failed")
        assert.isTrue(parsed.out.startsWith("/"))
      }
    }), { discard: true })

it.scopedLive("flags, dates and numbers", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const env = { ALLO_API_KEY: secret }
    yield* refuses(here, [
      { words: ["export", "--sinse", "2026-01-01"], code: 2, says: /no flag --sinse\. Did you mean --since\?/ },
      { words: ["export", "--allo-api-key", secret], code: 2, says: /Keys are never flags/ },
      { words: ["export", "--since"], code: 2, says: /--since needs a value/ },
      { words: ["export", "--source", "alo"], code: 2, says: /--source must be one of allo, allomia, all/ },
      { words: ["export", "now"], code: 2, says: /takes flags alone/ },
      { words: ["export", "--since", "2026-02-30"], env, code: 2, says: /--since: there is no such day/ },
      {
        words: ["export", "--since", "last week"],
        env,
        code: 2,
        says: /--since: must be an ISO date or time, such as/
      },
      { words: ["export", "--since", "2199-01-01"], env, code: 2, says: /--since: lies in the future/ },
      {
        words: ["export", "--since", "2026-02-01", "--until", "2026-01-01"],
        env,
        code: 2,
        says: /--since: must lie before --until/
      },
      { words: ["export", "--lookback", "7"], env, code: 2, says: /--lookback: must be a number with s, m, h, d or w/ },
      { words: ["export", "--concurrency", "17"], env, code: 2, says: /--concurrency: .* from 1 to 16/ },
      { words: ["export", "--refresh", "366"], env, code: 2, says: /--refresh: .* from 0 to 365/ },
      { words: ["plan", "--refresh", "30"], env, code: 2, says: /plan has no flag --refresh/ },
      { words: ["export", "--contact", "a/b"], env, code: 2, says: /--contact: must be the id of a contact/ },
      {
        words: ["export", "--contact", "cnt-1", "--source", "allomia"],
        env,
        code: 2,
        says: /--contact: reads from Allo, and --source allomia leaves it out/
      },
      { words: ["plan", "--until", "2026-13-01"], env, code: 2, says: /--until: there is no such day/ },
      {
        words: ["pull", "--source", "allo", "--to", "x"],
        env,
        code: 2,
        says: /--table: is missing\. Name calls, messages/
      },
      { words: ["pull", "--table", "calls", "--to", "x"], env, code: 2, says: /--source: is missing/ },
      { words: ["pull", "--table", "calls", "--source", "allo"], env, code: 2, says: /--to: is missing/ },
      { words: ["pull", "--source", "all"], env, code: 2, says: /--source must be one of allo, allomia\n/ },
      {
        words: ["pull", "--table", "tags"],
        env,
        code: 2,
        says: /--table must be one of calls, messages, utterances\n/
      },
      { words: ["pull", "--out", "x"], env, code: 2, says: /pull has no flag --out/ },
      {
        words: ["pull", "--table", "messages", "--source", "allomia", "--to", "x"],
        env,
        code: 2,
        says: /--table: Allomia has no messages\. Name calls/
      },
      {
        words: ["pull", "--table", "calls", "--source", "allo", "--to", "nowhere/x.parquet"],
        env,
        code: 2,
        says: /--to: there is no folder .*nowhere\. Make it first/
      },
      {
        words: ["pull", "--table", "calls", "--source", "allo", "--to", "."],
        env,
        code: 2,
        says: /--to: .* is a folder\. Name a file in it/
      },
      {
        words: ["pull", "--table", "calls", "--source", "allo", "--to", "x", "--since", "2199-01-01"],
        env,
        code: 2,
        says: /--since: lies in the future/
      },
      {
        words: ["pull", "--table", "calls", "--source", "allomia", "--to", "x"],
        env,
        code: 2,
        says: /ALLOMIA_API_KEY: is not set, and --source allomia needs it/
      },
      { words: ["sandbox", "--port", "99999"], code: 2, says: /--port: .* from 0 to 65535/ },
      { words: ["sandbox", "--size", "5"], code: 2, says: /--size: .* from 100 to 2000000/ }
    ])
    assert.deepStrictEqual(yield* Effect.promise(() => fs.readdir(here)), [])
    const none = yield* trunkline(command(), ["exprot"])
    assert.deepStrictEqual([none.code, none.stdout], [2, ""])
    assert.strictEqual(
      none.stderr,
      "trunkline: there is no command exprot. Did you mean export?\nTry trunkline --help\n"
    )
  }))

it.scopedLive("a pull into a dataset", () =>
  Effect.gen(function*() {
    const here = yield* folder
    yield* Effect.promise(async () => {
      await fs.mkdir(join(here, "data", "_trunkline"), { recursive: true })
      await fs.mkdir(join(here, "data", "calls"))
      await fs.writeFile(join(here, "data", "_trunkline", "ledger.db"), "")
      await fs.symlink(join(here, "data", "calls"), join(here, "link"))
    })
    yield* refuses(
      here,
      ["data/x.parquet", "data/calls/x.parquet", "data/_trunkline/x.parquet", "link/x.parquet"].map((to) => ({
        words: ["pull", "--table", "calls", "--source", "allo", "--to", to],
        env: { ALLO_API_KEY: secret },
        code: 2,
        says: /--to: .*x\.parquet lies in the dataset .*data\. Name a file elsewhere/
      }))
    )
  }))

it.scopedLive("keys, variables and URLs", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const empty = join(here, "empty")
    yield* Effect.promise(() => fs.writeFile(empty, "\n"))
    yield* refuses(here, [
      { words: ["export"], code: 2, says: /ALLO_API_KEY, ALLOMIA_API_KEY: neither is set.*\n.*trunkline demo/ },
      { words: ["plan"], env: { ALLO_API_KEY: " " }, code: 2, says: /neither is set/ },
      { words: ["verify", "--remote"], code: 2, says: /neither is set/ },
      {
        words: ["export", "--source", "all"],
        env: { ALLO_API_KEY: secret },
        code: 2,
        says: /ALLOMIA_API_KEY: is not set, and --source all needs it/
      },
      {
        words: ["export"],
        env: { ALLO_API_KEY: `${secret} ` },
        code: 2,
        says: /ALLO_API_KEY: the key is empty, or holds/
      },
      {
        words: ["export"],
        env: { ALLO_API_KEY_FILE: "nowhere" },
        code: 2,
        says: /ALLO_API_KEY_FILE: there is no such/
      },
      { words: ["export"], env: { ALLO_API_KEY_FILE: empty }, code: 2, says: /ALLO_API_KEY_FILE: the file is empty/ },
      {
        words: ["export"],
        env: { ALLO_API_KEY: secret, ALLO_API_KEY_FILE: empty },
        code: 2,
        says: /ALLO_API_KEY: is set, and ALLO_API_KEY_FILE as well/
      },
      {
        words: ["export"],
        env: { ALLO_API_KEY: secret, ALLO_BASE_URL: "api.withallo.com" },
        code: 2,
        says: /ALLO_BASE_URL: expected an http or https URL/
      },
      {
        words: ["export"],
        env: { ALLOMIA_API_KEY: secret, ALLOMIA_BASE_URL: `https://me:${secret}@allomia.com` },
        code: 2,
        says: /ALLOMIA_BASE_URL: expected .* without credentials/
      },
      {
        words: ["export"],
        env: { ALLO_API_KEY: secret, ALLO_READS_PER_SECOND: "fast" },
        code: 2,
        says: /ALLO_READS_PER_SECOND: must be a number of requests a second, from 1 to 1000/
      },
      {
        words: ["export"],
        env: { ALLOMIA_API_KEY: secret, ALLOMIA_ORGANIZATION_IDS: "," },
        code: 2,
        says: /ALLOMIA_ORGANIZATION_IDS: must be ids with commas/
      },
      {
        words: ["export"],
        env: { ALLO_API_KEY: secret, OTEL_EXPORTER_OTLP_ENDPOINT: "nowhere" },
        code: 2,
        says: /OTEL_EXPORTER_OTLP_ENDPOINT: must be an http or https URL/
      }
    ])
  }))

it.scopedLive("what the APIs refuse", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const sandbox = yield* Sandbox
    const allo = (key: string) => ({ ALLO_API_KEY: key, ALLO_BASE_URL: sandbox.alloUrl })
    const allomia = (key: string) => ({ ALLOMIA_API_KEY: key, ALLOMIA_BASE_URL: sandbox.allomiaUrl })
    const { keys } = sandbox
    const [organization = ""] = keys.allomiaOrganizations
    yield* refuses(
      here,
      [
        { words: ["export"], env: allo(secret), code: 3, says: /Unauthorized \[allo\]: .*Check the key/ },
        { words: ["export"], env: allo(keys.alloRevoked), code: 3, says: /Unauthorized \[allo\].*key/ },
        { words: ["export"], env: allo(keys.alloNoScopes), code: 3, says: /Forbidden \[allo\].*scope/ },
        { words: ["export"], env: allomia(secret), code: 3, says: /Unauthorized \[allomia\]: .*Check the key/ },
        {
          words: ["export"],
          env: { ...allo(secret), ...allomia(secret) },
          code: 3,
          says: /Unauthorized \[allo\][^]*Unauthorized \[allomia\]/
        },
        {
          words: ["export"],
          env: allomia(organization),
          code: 3,
          says: /\[allomia\].*ALLOMIA_ORGANIZATION_IDS/
        },
        {
          words: ["export"],
          env: { ...allomia(keys.allomia), ALLOMIA_ORGANIZATION_IDS: "org-of-nobody" },
          code: 3,
          says: /\[allomia, org-of-nobody\]/
        },
        {
          words: ["export"],
          env: { ALLO_API_KEY: secret, ALLO_BASE_URL: "http://127.0.0.1:1" },
          code: 4,
          says: /Unreachable \[allo\].*ECONNREFUSED.*Check the network and the base URL/
        },
        { words: ["plan"], env: allo(secret), code: 3, says: /Unauthorized \[allo\]/ }
      ],
      [keys.alloRevoked, keys.alloNoScopes, organization, keys.allomia]
    )
  }).pipe(Effect.provide(world)))

it.scopedLive("folders and datasets", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const sandbox = yield* Sandbox
    const env = { ALLO_API_KEY: sandbox.keys.allo, ALLO_BASE_URL: sandbox.alloUrl }
    const text = join(here, "text")
    yield* Effect.promise(() => fs.writeFile(text, "no folder"))
    yield* Effect.promise(() => fs.mkdir(join(here, "empty")))
    assert.strictEqual((yield* trunkline(command(), ["export"], { env, cwd: here })).code, 0)

    yield* refuses(here, [
      { words: ["export", "--out", text], env, code: 2, says: /text.*\. .*/ },
      { words: ["export", "--out", join(text, "below")], env, code: 2, says: /ENOTDIR.*Choose a folder/ },
      {
        words: ["export", "--partition", "day"],
        env,
        code: 2,
        says: /has a file for each month.*Leave the option out/
      },
      {
        words: ["export"],
        env: { ...env, ALLO_BASE_URL: "https://api.withallo.com" },
        code: 2,
        says: /holds allo as localhost knows it.*Use a folder for each/
      },
      { words: ["verify", "--out", "empty"], code: 2, says: /holds no dataset/ },
      { words: ["sql", "FROM calls", "--out", "empty"], code: 2, says: /holds no dataset/ },
      { words: ["sql", "FROM calls", "--out", "nowhere"], code: 2, says: /holds no dataset/ },
      { words: ["sql"], code: 2, says: /statement: is missing\. Give one/ },
      { words: ["sql", " "], code: 2, says: /statement: is empty/ },
      { words: ["sql", "SELEC"], code: 2, says: /Parser Error: syntax error at or near "SELEC"/ },
      { words: ["sql", "SELECT nothing FROM calls"], code: 2, says: /Binder Error: .*"nothing"/ },
      { words: ["sql", "SELECT 'x'::INTEGER FROM calls"], code: 2, says: /Conversion Error.*try_cast/ },
      { words: ["sql", "FROM calls", "--file", text], code: 2, says: /--file: a statement is given as well/ },
      { words: ["sql", "--file", "nowhere"], code: 2, says: /--file: there is no such file/ },
      {
        words: ["demo", "--out", "data"],
        code: 2,
        says: /holds a dataset that is not the demo's\. Name another folder/
      }
    ], [sandbox.keys.allo])
    const differ = yield* trunkline(command(), ["sql", "FROM calls", "--json", "--format", "csv"], { cwd: here })
    assert.strictEqual(differ.code, 2)

    yield* Effect.scoped(Effect.gen(function*() {
      yield* Layer.build(
        Dataset.layer({ out: join(here, "data"), tables }).pipe(
          Layer.provide(Disk.layer)
        )
      )
      yield* refuses(here, [
        { words: ["export"], env, code: 6, says: /is being written by process \d+ on .*Wait until it is done/ }
      ], [sandbox.keys.allo])
      assert.strictEqual((yield* trunkline(command(), ["verify"], { cwd: here })).code, 0)
      assert.strictEqual((yield* trunkline(command(), ["sql", "FROM calls"], { cwd: here })).code, 0)
      const doctor = yield* trunkline(command(), ["doctor"], { env, cwd: here })
      assert.match(doctor.stdout, /^warn {2}lock +process \d+ on .* is writing, since /m)
    }))

    const calls = yield* Effect.promise(() => fs.readdir(join(here, "data/calls/source=allo")))
    const file = join(here, "data/calls/source=allo", calls[0] ?? "", "data.parquet")
    const bytes = yield* Effect.promise(() => fs.readFile(file))
    yield* Effect.promise(() => fs.writeFile(file, bytes.subarray(0, bytes.length - 10)))
    yield* refuses(here, [{
      words: ["verify"],
      code: 5,
      says: /ChangedFile: .*is not what was published.*Put it back/
    }])
    yield* Effect.promise(() =>
      fs.writeFile(join(here, "data/_trunkline/ledger.db"), "no database at all".repeat(1000))
    )
    yield* refuses(here, [
      { words: ["export"], env, code: 5, says: /The ledger failed to .*trunkline repair/ },
      { words: ["verify"], code: 5, says: /DamagedLedger: .*trunkline repair/ }
    ])
  }).pipe(Effect.provide(world)))

it("what DuckDB cannot read in a run is told with what to do", () => {
  const told = {
    tag: "DatasetQueryFailed" as const,
    source: null,
    scope: null,
    message: "DuckDB: Invalid Input Error",
    requestId: null
  }
  assert.match(problemLine(told), /\. Run trunkline verify: /)
})

it.scopedLive("a port that is taken", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const { alloUrl } = yield* Sandbox
    yield* refuses(here, [{ words: ["sandbox", "--port", new URL(alloUrl).port], code: 2, says: /port.*(taken|use)/ }])
  }).pipe(Effect.provide(world)))
