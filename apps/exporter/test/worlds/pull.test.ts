/** `trunkline pull`, as a process: real HTTP in, one Parquet file out, and DuckDB reading it beside an export of the same range. */
import { assert, it } from "@effect/vitest"
import { Fault, Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { type Ended, folder, installed, quick, reached, slow, start, trunkline, until } from "../commandline.js"

const command = installed()

const namesIn = (path: string) => Effect.promise(async () => (await fs.readdir(path)).toSorted())
const bytesOf = (path: string) => Effect.promise(() => fs.readFile(path))
const write = (path: string, text: string) => Effect.promise(() => fs.writeFile(path, text))

/** What somebody kept under the name of the file. */
const old = "what was there before"
const isOld = (path: string) => Effect.map(bytesOf(path), (bytes) => assert.strictEqual(bytes.toString("utf8"), old))

const words = (table: string, source: string, to: string) => ["pull", "--table", table, "--source", source, "--to", to]

const holdsNoKey = ({ stderr, stdout }: Ended, secrets: ReadonlyArray<string>) => {
  for (const secret of secrets) assert.notInclude(`${stdout}${stderr}`, secret)
}

/** Everything of a row but when it was read, with instants in the one type that both files have. */
const content = (table: string) => {
  const times = table === "calls" ? ["started_at", "ended_at", "created_at", "gone_at"] : ["sent_at", "gone_at"]
  const replaced = times.map((name) => `CAST(${name} AS TIMESTAMP) AS ${name}`).join(", ")
  const left = ["exported_at", ...table === "calls" ? ["details_at"] : []].join(", ")
  return (from: string, where = "true") =>
    `SELECT * EXCLUDE (${left}) REPLACE (${replaced}) FROM (FROM ${from} WHERE ${where})`
}

it.scopedLive("a file holds what an export of the same range publishes, and the document says what it is", () =>
  Effect.gen(function*() {
    const bin = command()
    const here = yield* folder
    const { env, secrets } = yield* reached
    const asked = { env, cwd: here }
    assert.strictEqual((yield* trunkline(bin, ["export", "--json"], asked)).code, 0)
    for (const [table, source] of [["calls", "allo"], ["messages", "allo"], ["calls", "allomia"]] as const) {
      const file = `${source}-${table}.parquet`
      const ended = yield* trunkline(bin, [...words(table, source, file), "--json", "--log-level", "debug"], asked)
      holdsNoKey(ended, secrets)
      assert.strictEqual(ended.code, 0, ended.stderr)
      const document = JSON.parse(ended.stdout)
      const bytes = yield* bytesOf(join(here, file))
      const sha256 = createHash("sha256").update(bytes).digest("hex")
      const to = yield* Effect.promise(async () => join(await fs.realpath(here), file))
      assert.deepInclude(document, { table, source, to, bytes: bytes.length, sha256, exitCode: 0, problems: [] })
      assert.deepStrictEqual(Object.keys(document).toSorted(), [
        "bytes",
        "exitCode",
        "from",
        "problems",
        "requests",
        "rows",
        "seconds",
        "sha256",
        "source",
        "table",
        "to",
        "until",
        "windows"
      ])
      assert.strictEqual(document.windows.uncertified, 0)
      assert.isAbove(document.windows.certified + document.windows.open, 0)
      assert.isAbove(document.requests.total, 0)
      assert.isAbove(Date.parse(document.until), Date.parse(document.from))

      const of = content(table)
      const [pulled, published] = [
        of(`'${to}'`),
        of(`read_parquet('data/${table}/source=${source}/**/*.parquet', hive_partitioning = false)`)
      ]
      const statement = `SELECT (SELECT count(*) FROM '${to}') AS here,
        (SELECT count(*) FROM (${pulled} EXCEPT ALL ${published})) AS more,
        (SELECT count(*) FROM (${published} EXCEPT ALL ${pulled})) AS fewer`
      const compared = yield* trunkline(bin, ["sql", "--files", "--format", "json", statement], asked)
      assert.deepStrictEqual(JSON.parse(compared.stdout), [{ here: document.rows, more: 0, fewer: 0 }], compared.stderr)
      assert.isAbove(document.rows, 10)
    }
    assert.deepStrictEqual(yield* namesIn(here), [
      "allo-calls.parquet",
      "allo-messages.parquet",
      "allomia-calls.parquet",
      "data"
    ])
  }).pipe(Effect.provide(quick)))

it.scopedLive("for people it is a few lines, and a file that was there is replaced", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const { env, secrets } = yield* reached
    const file = join(here, "file.parquet")
    yield* write(file, old)
    const ended = yield* trunkline(command(), words("utterances", "allo", file), { env, cwd: here })
    holdsNoKey(ended, secrets)
    assert.strictEqual(ended.code, 0, ended.stderr)
    assert.match(
      ended.stdout,
      /^[\d,]+ utterances, all that there are, \d{4}-.* UTC to .* UTC, with those read on the days around it\nWindows {2}.* certified.*\nCost .*requests.*\nFile .*file\.parquet \(.*\)\n$/
    )
    assert.deepStrictEqual([...(yield* bytesOf(file)).subarray(0, 4)], [...Buffer.from("PAR1")])
    assert.deepStrictEqual(yield* namesIn(here), ["file.parquet"])
  }).pipe(Effect.provide(quick)))

it.scopedLive("where nothing can be proved, the file is whole, and 4 and the windows say so", () =>
  Effect.gen(function*() {
    const bin = command()
    const here = yield* folder
    const { env, secrets } = yield* reached
    const { faults } = yield* Sandbox
    const file = join(here, "file.parquet")
    yield* write(file, old)
    const since = ["--since", new Date(Date.now() - 5 * 86_400_000).toISOString().slice(0, 10)]
    const proved = JSON.parse(
      (yield* trunkline(bin, [...words("calls", "allo", "proved"), ...since, "--json"], {
        env,
        cwd: here
      })).stdout
    )
    yield* faults.push({
      match: { path: "items/search" },
      fault: Fault.Total({ says: "null" }),
      times: 1_000_000
    })
    const ended = yield* trunkline(bin, [...words("calls", "allo", file), ...since, "--json"], { env, cwd: here })
    holdsNoKey(ended, secrets)
    assert.strictEqual(ended.code, 4)
    const document = JSON.parse(ended.stdout)
    assert.deepInclude(document, { exitCode: 4, rows: proved.rows })
    assert.isAbove(document.windows.uncertified, 0)
    const message: string = document.problems[0].message
    assert.match(message, /^\d{4}-\d\d-\d\d .*could not be proved complete: the API gave no total to check against/)
    assert.include(ended.stderr, "Uncertified [allo")
    assert.strictEqual((yield* bytesOf(file)).length, document.bytes)
    const lines = yield* trunkline(bin, [...words("calls", "allo", file), ...since], { env, cwd: here })
    assert.match(lines.stdout, /^Partial: [\d,]+ calls, /)
  }).pipe(Effect.provide(quick)))

it.scopedLive("a signal, or a kill, leaves the file that was there, and a stop leaves nothing else", () =>
  Effect.gen(function*() {
    const bin = command()
    const { env, secrets } = yield* reached
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const) {
      for (const before of [[], ["file.parquet"]]) {
        const here = yield* folder
        const file = join(here, "file.parquet")
        if (before.length > 0) yield* write(file, old)
        const run = yield* start(bin, [...words("calls", "allomia", file), "--json", "--log-level", "debug"], {
          env,
          cwd: here
        })
        yield* until(() => run.stderr().includes("operation=Calls.get"))
        run.child.kill(signal)
        const ended = yield* run.ended
        holdsNoKey(ended, secrets)
        const left = yield* namesIn(here)
        if (signal === "SIGKILL") {
          assert.deepStrictEqual(left.filter((name) => !/^\.trunkline-.*\.partial$/.test(name)), before)
        } else {
          assert.strictEqual(ended.code, 130, ended.stderr)
          const document = JSON.parse(ended.stdout)
          assert.deepStrictEqual([document.exitCode, document.problems[0].tag], [130, "Interrupted"])
          assert.deepStrictEqual(left, before)
        }
        if (before.length > 0) yield* isOld(file)
      }
    }
  }).pipe(Effect.provide(slow)))

it.scopedLive("what nothing can be read with writes nothing, and leaves what is there", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const { env } = yield* reached
    const file = join(here, "file.parquet")
    yield* write(file, old)
    for (
      const [given, source, code] of [
        [{ ...env, ALLO_API_KEY: "ak_live_wrong" }, "allo", 3],
        [{ ...env, ALLOMIA_API_KEY: "wrong_key" }, "allomia", 3],
        [{ ...env, ALLO_BASE_URL: "http://127.0.0.1:1" }, "allo", 4]
      ] as const
    ) {
      const ended = yield* trunkline(command(), [...words("calls", source, file), "--json"], { env: given, cwd: here })
      holdsNoKey(ended, ["ak_live_wrong", "wrong_key"])
      assert.strictEqual(ended.code, code, ended.stderr)
      assert.deepInclude(JSON.parse(ended.stdout), { rows: 0, bytes: null, sha256: null, exitCode: code })
      yield* isOld(file)
    }
    const lines = yield* trunkline(command(), words("calls", "allo", file), {
      env: { ...env, ALLO_API_KEY: "ak_live_wrong" },
      cwd: here
    })
    assert.match(lines.stdout, /^Failed: nothing was written\n/)
    assert.deepStrictEqual(yield* namesIn(here), ["file.parquet"])
  }).pipe(Effect.provide(quick)))
