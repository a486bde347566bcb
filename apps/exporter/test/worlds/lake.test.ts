/** The lake by the command, through restores, damage, unsafe stores, many accounts and signals. */
import { assert, it } from "@effect/vitest"
import { S3, S3Fault, Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { documentOf, folder, installed, type Options, quick, reached, start, trunkline, until } from "../commandline.js"

const command = installed()

const json = (words: ReadonlyArray<string>, options: Options) => documentOf(command(), words, options)

const exported = (options: Options, words: ReadonlyArray<string> = []) =>
  json(["export", "--source", "allo", ...words], options)

const callsIn = (options: Options, out: string) =>
  Effect.map(
    trunkline(command(), ["sql", "--out", out, "--format", "json", "SELECT count(*)::INT AS n FROM calls"], options),
    ({ code, stdout }) => code === 0 ? JSON.parse(stdout)[0].n : code
  )

const filesBelow = (path: string) =>
  Effect.map(
    Effect.promise(() => fs.readdir(path, { recursive: true, withFileTypes: true })),
    (entries) =>
      entries.filter((entry) => entry.isFile()).map(({ name, parentPath }) => join(parentPath, name)).toSorted()
  )

it.scopedLive("a push is restored as it was, at once or when it is touched", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const { env } = yield* reached
    const on = { env, cwd: here }
    assert.strictEqual((yield* exported(on, ["--out", "data"])).exitCode, 0)
    const pushed = yield* json(["push", "--out", "data", "--to", "lake"], on)
    const fields = ["number", "changed", "files", "packed", "tables", "removed", "out", "to", "exitCode", "problems"]
    assert.hasAllKeys(pushed, fields)
    assert.deepInclude(pushed, { number: 1, changed: true, to: join(here, "lake"), exitCode: 0, problems: [] })
    const again = yield* trunkline(command(), ["push", "--out", "data", "--to", "lake"], on)
    assert.deepStrictEqual(again, {
      code: 0,
      stdout: `Nothing has changed since push 1 of ${join(here, "lake")}\n`,
      stderr: ""
    })

    const restored = yield* json(["restore", "--from", "lake", "--out", "lazy"], on)
    assert.hasAllKeys(restored, ["out", "from", "number", "files", "bytes", "fetched", "exitCode", "problems"])
    assert.deepStrictEqual([restored.number, restored.files, restored.fetched], [1, pushed.files.sent, 0])
    assert.strictEqual(yield* callsIn(on, "lazy"), 2)
    // A folder that was restored from one lake takes no files of another.
    const other = yield* json(["restore", "--from", "elsewhere", "--out", "lazy", "--all"], on)
    assert.deepStrictEqual([other.exitCode, other.problems[0].tag], [2, "OtherLake"])
    const rest = yield* json(["restore", "--from", "lake", "--out", "lazy", "--all"], on)
    assert.deepStrictEqual([rest.exitCode, rest.fetched], [0, pushed.files.sent])
    const all = yield* json(["restore", "--from", "lake", "--out", "all", "--all"], on)
    assert.deepStrictEqual([all.exitCode, all.fetched], [0, pushed.files.sent])
    const calls = yield* callsIn(on, "data")
    assert.isAbove(calls, 0)
    for (const out of ["lazy", "all"]) assert.strictEqual(yield* callsIn(on, out), calls)
    assert.include(yield* Effect.promise(() => fs.readdir(join(here, "all"))), "trunkline.sql")
    assert.notInclude(yield* Effect.promise(() => fs.readdir(join(here, "all"))), "INCOMPLETE.txt")

    const taken = yield* json(["restore", "--from", "lake", "--out", "all"], on)
    assert.deepStrictEqual([taken.exitCode, taken.problems[0].tag], [2, "NotEmpty"])
    const none = yield* json(["restore", "--from", "nolake", "--out", "new"], on)
    assert.deepStrictEqual([none.exitCode, none.problems[0].tag], [2, "NoState"])
    assert.notInclude(yield* Effect.promise(() => fs.readdir(here)), "new")
  }).pipe(Effect.provide(quick)))

it.scopedLive("verify and doctor say what is wrong in a lake, and nothing where all is well", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const { env } = yield* reached
    const on = { env, cwd: here }
    yield* exported(on, ["--out", "data", "--state", "lake"])
    const verify = ["verify", "--out", "data"]
    assert.isNull((yield* json(verify, on)).lake)
    const clean = yield* json([...verify, "--lake", "--from", "lake"], on)
    assert.deepInclude(clean.lake, { account: null, number: 1, findings: [] })
    assert.strictEqual(clean.exitCode, 0)
    const doctor = yield* json(["doctor", "--out", "data", "--from", "lake"], on)
    const told = (document: { readonly checks: ReadonlyArray<{ readonly name: string; readonly level: string }> }) =>
      document.checks.filter(({ name }) => name.startsWith("lake")).map(({ level, name }) => `${level} ${name}`)
    assert.deepStrictEqual(told(doctor), ["ok lake", "ok lake writes", "ok lake push", "ok lake tables"])

    const fileOf = (table: string) =>
      Effect.map(
        filesBelow(join(here, "lake", table)),
        (paths) => paths.find((path) => path.endsWith(".parquet")) ?? ""
      )
    const [calls, conversations] = [yield* fileOf("calls"), yield* fileOf("conversations")]
    yield* Effect.promise(() => fs.rm(calls))
    yield* Effect.promise(() => fs.appendFile(conversations, "x"))
    yield* Effect.promise(() => fs.rm(join(here, "lake", "messages"), { recursive: true }))
    const damaged = yield* json([...verify, "--from", "lake"], on)
    assert.strictEqual(damaged.exitCode, 5)
    const tags = damaged.problems.map(({ tag }: { readonly tag: string }) => tag)
    for (const tag of ["MissingObject", "ChangedObject", "OtherTable"]) assert.include(tags, tag)
    const shown = yield* json(["doctor", "--out", "data", "--from", "lake"], on)
    assert.deepStrictEqual([shown.exitCode, told(shown).at(-1)], [5, "fail lake tables"])

    // A lake that cannot be read hides nothing of what the files say.
    const none = yield* json([...verify, "--from", "nolake"], on)
    assert.deepStrictEqual([none.exitCode, none.lake, none.problems[0].tag], [2, null, "NoState"])
    assert.strictEqual(none.files, clean.files)
  }).pipe(Effect.provide(quick)))

it.scopedLive("a store that drops the condition of a write is refused by its name, before the APIs are asked", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const { env } = yield* reached
    const sandbox = yield* Sandbox
    const { endpoint, faults, keys, objects } = yield* S3
    const on = {
      env: {
        ...env,
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: keys.secretAccessKey
      },
      cwd: here
    }
    yield* faults.push({ fault: S3Fault.ConditionIgnored(), operation: "PutObject", times: 100 })
    const before = yield* sandbox.history.total
    const first = yield* exported(on, ["--out", "data", "--state", "s3://lake/a"])
    assert.deepStrictEqual([first.exitCode, first.problems[0].tag], [2, "UnsafeStore"])
    assert.include(first.problems[0].message, "s3://lake/a cannot hold a lake")
    assert.strictEqual(yield* sandbox.history.total, before)
    assert.strictEqual((yield* exported(on, ["--out", "data"])).exitCode, 0)
    for (const words of [["push", "--out", "data", "--to", "s3://lake/a"], ["doctor", "--from", "s3://lake/a"]]) {
      const document = yield* json(words, on)
      assert.strictEqual(document.exitCode, 2)
      assert.include(document.problems[0].message, "s3://lake/a cannot hold a lake")
    }
    assert.strictEqual((yield* objects("lake")).size, 0)
    yield* faults.clear
    const pushed = yield* trunkline(command(), ["push", "--out", "data", "--to", "s3://lake/a"], on)
    assert.strictEqual(pushed.code, 0, pushed.stderr)
    assert.match(pushed.stdout, /^Push 1 of s3:\/\/lake\/a: \d+ files \(/)
    for (const text of [pushed.stdout, pushed.stderr]) assert.notInclude(text, keys.secretAccessKey)
  }).pipe(Effect.provide(Layer.merge(quick, S3.layer()))))

it.scopedLive("each account is pushed and restored by itself: one that fails stops no other", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const { env } = yield* reached
    const on = { env, cwd: here }
    const account = (name: string) =>
      `[accounts.${name}]\nsource = "allo"\nkey_env = "ALLO_API_KEY"\nbase_url = "${env.ALLO_BASE_URL}"\n`
    const write = (...names: ReadonlyArray<string>) =>
      Effect.promise(() =>
        fs.writeFile(
          join(here, "trunkline.toml"),
          ["out = \"data\"\n[lake]\nto = \"lake\"\nretention = \"30d\"\n", ...names.map(account)].join("\n")
        )
      )
    yield* write("paris", "lyon")
    const first = yield* json(["export"], on)
    const numbers = (document: typeof first) =>
      document.accounts.map((
        entry: typeof first
      ) => [entry.account, entry.exitCode, entry.lake?.number ?? entry.number])
    assert.deepStrictEqual(numbers(first), [["paris", 0, 1], ["lyon", 0, 1]], JSON.stringify(first.problems))
    const tables = yield* Effect.promise(() => fs.readdir(join(here, "lake", "calls")))
    assert.deepStrictEqual(tables.toSorted(), ["_delta_log", "account=lyon", "account=paris"])

    // An account without a dataset and without a push is named, and the others are done.
    yield* write("paris", "lyon", "nice")
    const pushed = yield* json(["push"], on)
    assert.deepStrictEqual(numbers(pushed), [["paris", 0, 1], ["lyon", 0, 1], ["nice", 2, 0]])
    assert.deepStrictEqual([pushed.exitCode, pushed.problems[0].account, pushed.problems[0].tag], [
      4,
      "nice",
      "NoDataset"
    ])
    yield* Effect.promise(() => fs.rename(join(here, "data"), join(here, "lost")))
    const restored = yield* json(["restore", "--all"], on)
    assert.deepStrictEqual(numbers(restored), [["paris", 0, 1], ["lyon", 0, 1], ["nice", 2, null]])
    assert.deepStrictEqual([restored.exitCode, restored.problems[0].tag], [4, "NoState"])
    const asked = "SELECT account, count(*)::INT AS n FROM calls GROUP BY ALL ORDER BY ALL"
    const { stdout } = yield* trunkline(command(), ["sql", "--format", "csv", asked], on)
    assert.match(stdout, /^account,n\r\nlyon,(\d+)\r\nparis,\1\r\n$/)

    yield* write("paris", "lyon")
    const next = yield* json(["export"], on)
    assert.deepStrictEqual(numbers(next), [["paris", 0, 2], ["lyon", 0, 2]], JSON.stringify(next.problems))
    const verified = yield* json(["verify", "--lake", "--account", "paris"], on)
    assert.deepInclude(verified.accounts[0].lake, { account: "paris", number: 2, findings: [] })
    const doctor = yield* json(["doctor"], on)
    assert.strictEqual(doctor.exitCode, 0, JSON.stringify(doctor.problems))
    assert.deepStrictEqual(
      doctor.accounts.map(({ checks }: { readonly checks: ReadonlyArray<{ readonly name: string }> }) =>
        checks.filter(({ name }) => name.startsWith("lake")).length
      ),
      [2, 2]
    )

    // Without the configuration a folder is known by what it was pushed as.
    yield* Effect.promise(() => fs.rm(join(here, "trunkline.toml")))
    const alone = ["--out", "data/account=paris", "--from", "lake"]
    const one = yield* json(["verify", "--lake", ...alone], on)
    assert.deepInclude(one.lake, { account: "paris", number: 2, findings: [] })
    const checked = yield* json(["doctor", ...alone], on)
    assert.deepStrictEqual(
      checked.checks.filter(({ name }: { readonly name: string }) => name.startsWith("lake"))
        .map(({ level, name }: { readonly name: string; readonly level: string }) => `${level} ${name}`),
      ["ok lake", "ok lake writes", "ok lake push", "ok lake tables"]
    )
    const onward = yield* json(["export", "--source", "allo", "--out", "data/account=paris", "--state", "lake"], on)
    assert.deepStrictEqual([onward.exitCode, onward.lake.number], [0, 3], JSON.stringify(onward.problems))
    const again = yield* json(["push", "--out", "data/account=paris", "--to", "lake"], on)
    assert.deepStrictEqual([again.exitCode, again.number, again.changed], [0, 3, false])
  }).pipe(Effect.provide(quick)))

it.scopedLive("the command's own sandbox has a bucket, for a first try", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const served = yield* start(command(), ["sandbox", "--size", "100", "--no-limit", "--s3", "--json"])
    yield* until(() => served.stderr().includes("s3://lake"))
    const { variables: env } = JSON.parse(served.stdout())
    assert.match(served.stderr(), /trunkline push --to s3:\/\/lake\/calls/)
    const on = { env, cwd: here }
    assert.strictEqual((yield* exported(on, ["--out", "data", "--state", "s3://lake/calls"])).lake.number, 1)
    const restored = yield* json(["restore", "--from", "s3://lake/calls", "--out", "other", "--all"], on)
    assert.deepStrictEqual([restored.exitCode, restored.number], [0, 1])
    assert.strictEqual(yield* callsIn(on, "other"), yield* callsIn(on, "data"))
    served.child.kill("SIGTERM")
    assert.strictEqual((yield* served.ended).code, 130)
  }))

it.scopedLive("a signal ends a push and a restore, and the next one goes on", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const { env } = yield* reached
    const { endpoint, history, keys, objects } = yield* S3
    const on = {
      env: {
        ...env,
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: keys.secretAccessKey
      },
      cwd: here
    }
    const to = "s3://lake/a"
    const stopped = (words: ReadonlyArray<string>, operation: string, least: number) =>
      Effect.gen(function*() {
        yield* history.clear
        const run = yield* start(command(), [...words, "--json"], on)
        let seen = 0
        yield* Effect.fork(
          Effect.forever(
            Effect.delay(
              Effect.tap(history.requests, (requests) =>
                Effect.sync(() => {
                  seen = requests.filter((request) => request.operation === operation).length
                })),
              "20 millis"
            )
          )
        )
        // Some objects have moved, and most have not.
        yield* until(() => seen >= least)
        run.child.kill("SIGINT")
        const { code, stderr, stdout } = yield* run.ended
        assert.strictEqual(code, 130, stderr)
        return JSON.parse(stdout)
      }).pipe(Effect.scoped)

    // A whole export that was stopped in its push is published here, and says so.
    const first = yield* stopped(["export", "--source", "allo", "--out", "data", "--state", to], "PutObject", 6)
    assert.deepStrictEqual([first.status, first.lake, first.problems.at(-1).tag], ["certified", null, "Interrupted"])
    assert.isFalse([...(yield* objects("lake")).keys()].some((key) => key.endsWith(".json.gz")))
    const pushing = yield* stopped(["push", "--out", "data", "--to", to], "PutObject", 4)
    assert.strictEqual(pushing.problems[0].tag, "Interrupted")
    const done = yield* json(["push", "--out", "data", "--to", to], on)
    assert.deepStrictEqual([done.exitCode, done.number], [0, 1])
    const files = [...(yield* objects("lake")).keys()].filter((key) => key.endsWith(".parquet"))
    // What was sent before the signal was not sent twice.
    assert.strictEqual(files.length, done.files.sent)

    // The manifest is there, and the ledger is on its way.
    yield* stopped(["restore", "--from", to, "--out", "next"], "GetObject", 2)
    assert.include(yield* Effect.promise(() => fs.readdir(join(here, "next", "_trunkline"))), "restoring.json")
    // An export goes on from a restore that was stopped, as does another restore.
    const next = yield* exported(on, ["--out", "next", "--state", to])
    assert.deepStrictEqual([next.exitCode, next.new, next.lake.number], [0, 0, 2], JSON.stringify(next.problems))
  }).pipe(Effect.provide(Layer.merge(quick, S3.layer({ latency: "150 millis" })))))
