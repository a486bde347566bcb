/** The demo from its first run on, and what sql, verify and doctor say of its dataset. */
import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { execFile, spawn } from "node:child_process"
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll } from "vitest"
import { type Ended, escape, installed, trunkline } from "../commandline.js"

const shell = promisify(execFile)
const command = installed()

let made: string | null = null
/** The folder that the demo runs in. */
const here = (): string => {
  if (made === null) throw new Error("the folder is not made yet")
  return made
}
let first: Ended = { code: null, stdout: "", stderr: "" }
/** A key and a URL of the vendor's: the demo has to leave them alone. */
const foreign = { ALLO_API_KEY: "ak_live_of_the_user", ALLO_BASE_URL: "http://127.0.0.1:1" }

beforeAll(async () => {
  made = await fs.mkdtemp(join(tmpdir(), "trunkline-demo-"))
  first = await Effect.runPromise(trunkline(command(), ["demo"], { cwd: made, env: foreign }))
}, 120_000)
// Without a folder there is nothing to remove.
afterAll(async () => {
  if (made !== null) await fs.rm(made, { recursive: true, force: true })
})

const sql = (words: ReadonlyArray<string>, options: { readonly stdin?: string } = {}) =>
  trunkline(command(), ["sql", "--out", join(here(), "trunkline-demo"), ...words], { cwd: here(), ...options })

it.live("the demo prints totals, durations, intents, where the files are and what to do next", () =>
  Effect.gen(function*() {
    assert.strictEqual(first.code, 0, first.stderr)
    assert.match(first.stdout, /^[\d,]+ new, certified up to .* UTC \(Allo\), .* UTC \(Allomia\)\n/)
    assert.match(first.stdout, /Rows {5}[\d,]+ calls, [\d,]+ messages, [\d,]+ utterances, [\d,]+ conversations\n/)
    assert.match(first.stdout, /How long calls last.*\n +source +direction +calls +mean +median +p90\n( +Allo.*█.*\n)+/)
    assert.match(first.stdout, /What Allomia callers want\n +intent +calls +share +mean\n +book_appointment .*█/)
    assert.include(first.stdout, `Files    ${join(here(), "trunkline-demo")}`)
    assert.match(
      first.stdout,
      /Next\n {2}npx trunkline sql --out \.\/trunkline-demo ".*"\n {2}npx trunkline verify --out/
    )
    assert.notInclude(`${first.stdout}${first.stderr}`, escape)
    assert.notInclude(`${first.stdout}${first.stderr}`, foreign.ALLO_API_KEY)
    const { mode } = yield* Effect.promise(() => fs.stat(join(here(), "trunkline-demo/_trunkline")))
    assert.strictEqual(mode & 0o777, 0o700)
  }))

it.live("a later demo goes on with the same account: little is asked, and nothing stands twice", () =>
  Effect.gen(function*() {
    const { code, stderr, stdout } = yield* trunkline(command(), ["demo", "--json"], { cwd: here() })
    assert.strictEqual(code, 0, stderr)
    const document = JSON.parse(stdout)
    assert.strictEqual(document.export.status, "certified")
    assert.isBelow(document.export.new, 5)
    assert.isBelow(document.export.updated, 20)
    assert.isBelow(document.export.requests.total, 200)
    assert.isNotEmpty(document.durations)
    assert.isNotEmpty(document.intents)
    const verified = yield* trunkline(command(), ["verify", "--out", "trunkline-demo", "--json"], { cwd: here() })
    assert.strictEqual(verified.code, 0, verified.stderr)
    const report = JSON.parse(verified.stdout)
    assert.deepInclude(report, {
      exitCode: 0,
      problems: [],
      waiting: 0,
      quarantined: 0,
      notRecomputable: 0,
      remote: null
    })
    assert.isAbove(report.rows.calls, 2500)
  }))

it.live("each question of the documentation is answered by the line of SQL beside it", () =>
  Effect.gen(function*() {
    const page = yield* Effect.promise(() =>
      fs.readFile(fileURLToPath(new URL("../../../../docs/analytics.md", import.meta.url)), "utf8")
    )
    const [, table = ""] = /## Which view answers\n([\s\S]*?)\n## /.exec(page) ?? []
    const statements = [...table.matchAll(/`(SELECT [^`]*)`/g)].map(([, statement = ""]) => statement)
    assert.isAbove(statements.length, 6)
    for (const statement of statements) {
      const { code, stderr, stdout } = yield* sql(["--format", "json", statement])
      assert.strictEqual(code, 0, `${statement}: ${stderr}`)
      assert.isNotEmpty(JSON.parse(stdout), statement)
    }
  }), 60_000)

const every = `SELECT
  9007199254740993::BIGINT AS big, 170141183460469231731687303715884105727::HUGEINT AS huge, 1.10::DECIMAL(9, 2) AS price,
  TIMESTAMPTZ '2026-03-29 01:30:00.123+02' AS instant, DATE '2026-03-29' AS day, TIME '01:02:03' AS hour,
  {'a': 1, 'b': ['x', NULL]} AS struct, [1, 2] AS list, MAP {'k': 1} AS map, 'NaN'::DOUBLE AS nan, true AS yes, NULL AS nothing,
  E'two\\nlines, "quoted"' AS text, '' AS empty, 1 AS twice, 2 AS twice`

it.live("JSON is an array of objects that lose nothing", () =>
  Effect.gen(function*() {
    const { code, stdout } = yield* sql(["--format", "json", every])
    assert.strictEqual(code, 0)
    const [row] = JSON.parse(stdout)
    assert.deepStrictEqual(
      { ...row, map: null },
      {
        big: "9007199254740993",
        huge: "170141183460469231731687303715884105727",
        price: 1.1,
        instant: "2026-03-28T23:30:00.123Z",
        day: "2026-03-29",
        hour: "01:02:03",
        struct: { a: 1, b: ["x", null] },
        list: [1, 2],
        map: null,
        nan: "NaN",
        yes: true,
        nothing: null,
        text: "two\nlines, \"quoted\"",
        empty: "",
        twice: 1,
        twice_1: 2
      }
    )
    assert.strictEqual((yield* sql(["--json", "SELECT 1 WHERE false"])).stdout, "[]\n")
    assert.deepStrictEqual(
      JSON.parse((yield* sql(["--json", "SELECT range AS n FROM range(5000)"])).stdout),
      Array.from({ length: 5000 }, (_, n) => ({ n }))
    )
  }))

it.live("CSV is RFC 4180: null is empty, and an empty text is quoted", () =>
  Effect.gen(function*() {
    const { stdout } = yield* sql([
      "--format",
      "csv",
      "SELECT 'a,b' AS \"x,y\", E'1\\n\"2\"' AS z, NULL AS n, '' AS e, [1] AS l"
    ])
    assert.strictEqual(stdout, "\"x,y\",z,n,e,l\r\n\"a,b\",\"1\n\"\"2\"\"\",,\"\",[1]\r\n")
  }))

it.live("a table is aligned, and nothing in a cell controls the terminal", () =>
  Effect.gen(function*() {
    const { stdout } = yield* sql([
      "SELECT * FROM (VALUES ('é', 1), (E'\\x1b[2J\\n', 22), ('日本', NULL)) AS t (name, n)"
    ])
    assert.strictEqual(
      stdout,
      [
        "name            n",
        "-----------  ----",
        "é               1",
        "\\u001b[2J\\n    22",
        "日本         NULL",
        ""
      ].join("\n")
    )
    assert.strictEqual((yield* sql(["SELECT 1 AS x WHERE false"])).stdout, "x\n-\n")
  }))

it.live("a statement comes from the argument, from a file or from stdin", () =>
  Effect.gen(function*() {
    const path = join(here(), "statement.sql")
    yield* Effect.promise(() => fs.writeFile(path, "-- a comment\nSELECT 1 AS x;\n"))
    assert.strictEqual((yield* sql(["--format", "csv", "--file", path])).stdout, "x\r\n1\r\n")
    assert.strictEqual((yield* sql(["--format", "csv", "-"], { stdin: "SELECT 2 AS x" })).stdout, "x\r\n2\r\n")
    const views = yield* sql([
      "--json",
      "SELECT source, sum(calls) AS calls FROM call_duration_daily GROUP BY 1 ORDER BY 1"
    ])
    assert.deepStrictEqual(JSON.parse(views.stdout).map(({ source }: { source: string }) => source), [
      "allo",
      "allomia"
    ])
  }))

it.live("a reader who leaves ends the command quietly", () =>
  Effect.gen(function*() {
    const ended = yield* Effect.promise(() =>
      new Promise<{ readonly code: number | null; readonly stderr: string }>((resolve) => {
        const child = spawn(
          process.execPath,
          [command(), "sql", "--out", join(here(), "trunkline-demo"), "SELECT * FROM range(100000000)"],
          { stdio: ["ignore", "pipe", "pipe"] }
        )
        let stderr = ""
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
          stderr += text
        })
        child.stdout.once("data", () => child.stdout.destroy())
        child.on("close", (code) => resolve({ code, stderr }))
      })
    )
    assert.deepStrictEqual(ended, { code: 0, stderr: "" })
  }))

it.live("the report is tables in the terminal, one document, or one page that names nobody unless told to", () =>
  Effect.gen(function*() {
    const report = (...words: ReadonlyArray<string>) =>
      trunkline(command(), ["report", "--out", "trunkline-demo", ...words], { cwd: here() })
    const { code, stderr, stdout } = yield* report("--zone", "Europe/Paris")
    assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" })
    assert.include(stdout, "Zone Europe/Paris")
    assert.notInclude(stdout, escape)
    assert.isAtMost(Math.max(...stdout.split("\n").map((line) => [...line].length)), 80)
    assert.lengthOf(JSON.parse((yield* report("--json")).stdout).sources, 2)

    const anybody = /\+1\d{10}/
    assert.strictEqual((yield* report("--html", "page.html")).stdout, `${join(here(), "page.html")}\n`)
    const page = yield* Effect.promise(() => fs.readFile(join(here(), "page.html"), "utf8"))
    assert.match(page, /^<!doctype html>/)
    assert.notMatch(page, anybody)
    yield* report("--html", "numbers.html", "--with-numbers")
    assert.match(yield* Effect.promise(() => fs.readFile(join(here(), "numbers.html"), "utf8")), anybody)
    assert.strictEqual((yield* Effect.promise(() => fs.stat(join(here(), "numbers.html")))).mode & 0o077, 0)

    const fresh = (text: string) => text.replace(/20\d\d, \d\d:\d\d/g, "").length
    assert.isAtMost(Math.abs(fresh((yield* report("--html", "-")).stdout) - fresh(page)), 100)
    assert.strictEqual((yield* report("--html", "-", "--json")).code, 2)

    const nowhere = yield* report("--zone", "Mars/Olympus")
    assert.deepStrictEqual([nowhere.code, nowhere.stdout], [2, ""])
    assert.include(nowhere.stderr, "--zone: no such time zone. Give an IANA name")
  }))

it.live("a page takes the place of a file, and of nothing else that stands under its name", () =>
  Effect.gen(function*() {
    const pages = yield* Effect.promise(() => fs.mkdtemp(join(here(), "pages-")))
    const at = (name: string) => join(pages, name)
    const report = (name: string) =>
      trunkline(command(), ["report", "--out", "trunkline-demo", "--html", at(name)], { cwd: here() })
    yield* Effect.promise(async () => {
      await fs.mkdir(at("folder"))
      await fs.writeFile(at("old.html"), "old")
      await fs.symlink("old.html", at("link.html"))
      await shell("mkfifo", [at("pipe")])
    })
    const reader = Effect.promise(() => shell("cat", [at("pipe")], { maxBuffer: 1e8 }))
    const [piped] = yield* Effect.all([reader, report("pipe")], { concurrency: 2 })
    assert.match(piped.stdout, /^<!doctype html>[^]*<\/html>\s*$/)
    assert.strictEqual((yield* report("link.html")).code, 0)
    const refused = yield* report("folder")
    assert.deepStrictEqual([refused.code, refused.stdout], [2, ""])
    assert.match(refused.stderr, /^trunkline: --html: .*folder is a folder\. Name a file in it\n$/)
    yield* Effect.promise(async () => {
      assert.isTrue((await fs.lstat(at("pipe"))).isFIFO())
      assert.isTrue((await fs.lstat(at("link.html"))).isSymbolicLink())
      assert.match(await fs.readFile(at("old.html"), "utf8"), /^<!doctype html>/)
      assert.deepStrictEqual((await fs.readdir(pages)).toSorted(), ["folder", "link.html", "old.html", "pipe"])
    })
  }))

it.live("the doctor says of every part how it is, and what to do", () =>
  Effect.gen(function*() {
    const { alloUrl, allomiaUrl, keys, organizations, world } = yield* Sandbox
    const doctor = (env: Readonly<Record<string, string>>) =>
      trunkline(command(), ["doctor", "--out", "trunkline-demo"], {
        cwd: here(),
        env: { ALLO_BASE_URL: alloUrl, ALLOMIA_BASE_URL: allomiaUrl, ...env }
      })
    const well = yield* doctor({ ALLO_API_KEY: keys.allo, ALLOMIA_API_KEY: keys.allomia })
    assert.strictEqual(well.code, 0)
    for (
      const name of [
        "version",
        "allo key",
        "allo scopes",
        "allo calls",
        "allo lines",
        "allo pace",
        "allo clock",
        "allomia key",
        "allomia organisations",
        "allomia calls",
        "allomia pace",
        "allomia clock",
        "folder",
        "disk",
        "dataset",
        "windows",
        "quarantine",
        "details",
        "freshness",
        "lock"
      ]
    ) {
      assert.match(well.stdout, new RegExp(`^ok {4}${name}  `, "m"))
    }

    const elsewhere = yield* doctor({ ALLO_API_KEY: keys.allo, ALLO_BASE_URL: `${alloUrl}/elsewhere` })
    assert.match(elsewhere.stdout, /^fail {2}allo key .*not found \(status 404\).*\. Check ALLO_BASE_URL$/m)

    const less = yield* doctor({
      ALLO_API_KEY: keys.alloConversationsOnly,
      ALLOMIA_API_KEY: keys.allomiaOrganizations[0] ?? ""
    })
    assert.strictEqual(less.code, 3)
    assert.match(less.stdout, /^warn {2}allo lines +PHONE_NUMBERS_READ is missing, .*Give the key this scope/m)
    assert.match(less.stdout, /^fail {2}allomia key +.* name yours in ALLOMIA_ORGANIZATION_IDS$/m)

    const named = yield* doctor({
      ALLOMIA_API_KEY: keys.allomiaOrganizations[0] ?? "",
      ALLOMIA_ORGANIZATION_IDS: organizations[0]?.id ?? ""
    })
    assert.strictEqual(named.code, 0, named.stdout)
    assert.match(named.stdout, /^ok {4}allomia key +accepted; it may not list organisations$/m)

    const none = yield* doctor({ ALLO_API_KEY: keys.alloNoScopes })
    assert.strictEqual(none.code, 3)
    assert.match(none.stdout, /^fail {2}allo scopes +CONVERSATIONS_READ is missing/m)
    assert.match(none.stdout, /^ok {4}allomia key +not set, so this source is left out$/m)

    yield* world.advance("10 minutes")
    const apart = yield* doctor({ ALLO_API_KEY: keys.allo })
    assert.match(
      apart.stdout,
      /^warn {2}allo clock +this machine is (9 min 5\d s|10 min( \d s)?) behind the API\. Set its clock/m
    )
    assert.strictEqual(apart.code, 0)

    const away = yield* doctor({ ALLO_API_KEY: keys.allo, ALLO_BASE_URL: "http://127.0.0.1:1" })
    assert.strictEqual(away.code, 4)
    assert.match(away.stdout, /^fail {2}allo key +.*ECONNREFUSED.*Check the network and the base URL$/m)
  }).pipe(Effect.provide(Sandbox.layer({ size: 100, days: 5, movement: false }))))
