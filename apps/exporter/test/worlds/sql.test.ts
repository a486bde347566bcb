/** `trunkline sql` from outside: what it may touch, and what it says of a statement that is wrong. */
import { DuckDBInstance } from "@duckdb/node-api"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { escape, folder, installed, trunkline } from "../commandline.js"

const command = installed()

const number = "+33612345678"

/** A dataset of one call whose every text is hostile, with a `trunkline.sql` that would give itself away. */
const dataset = Effect.gen(function*() {
  const here = yield* folder
  const out = join(here, "data")
  const partition = join(out, "calls/source=allo/month=2026-05/part.parquet")
  yield* Effect.promise(async () => {
    await fs.mkdir(join(partition, ".."), { recursive: true })
    const instance = await DuckDBInstance.create()
    const connection = await instance.connect()
    await connection.run(`COPY (
      SELECT 'c1' AS call_id, TIMESTAMPTZ '2026-05-05 10:00:00+00' AS started_at, '${number}' AS contact_number,
        'answered' AS outcome, 'inbound' AS direction, E'\\x1b[2J' || chr(155) || '31m' AS summary, '=1+1' AS agent_name
    ) TO '${partition}' (FORMAT parquet)`)
    connection.closeSync()
    instance.closeSync()
    await fs.writeFile(join(out, "trunkline.sql"), `COPY (SELECT 1) TO '${join(here, "ran.csv")}';`)
  })
  const bytes = Effect.promise(async () => (await fs.readFile(partition)).toString("base64"))
  const run = (...words: ReadonlyArray<string>) => trunkline(command(), [...words, "--out", out], { cwd: here })
  return { here, out, partition, bytes, run, sql: (...words: ReadonlyArray<string>) => run("sql", ...words) }
})

it.scopedLive("sql opens the dataset and no other file, and writes none", () =>
  Effect.gen(function*() {
    const { bytes, here, partition, sql } = yield* dataset
    const before = yield* bytes
    for (
      const statement of [
        "FROM read_text('/etc/passwd')",
        `COPY calls TO '${partition}'`,
        `EXPLAIN ANALYZE COPY calls TO '${partition}' (USE_TMP_FILE false)`,
        `COPY calls TO '${here}/out.csv'`
      ]
    ) {
      const { code, stderr, stdout } = yield* sql(statement)
      assert.deepStrictEqual([code, stdout], [2, ""], statement)
      assert.include(stderr, "With --files SQL may read and write other files; docs/security.md says what it may do")
    }
    assert.strictEqual(yield* bytes, before)
    assert.deepStrictEqual((yield* Effect.promise(() => fs.readdir(here))).toSorted(), ["data"])
  }), 60_000)

it.scopedLive(
  "sql --files opens other files, names a folder that is not there, and never writes into the dataset",
  () =>
    Effect.gen(function*() {
      const { bytes, here, out, partition, sql } = yield* dataset
      const before = yield* bytes
      assert.strictEqual((yield* sql("--files", "COPY (SELECT call_id FROM calls) TO 'out.csv'")).code, 0)
      assert.strictEqual(yield* Effect.promise(() => fs.readFile(join(here, "out.csv"), "utf8")), "call_id\nc1\n")
      assert.strictEqual((yield* sql("--files", "--format", "csv", "FROM 'out.csv'")).stdout, "call_id\r\nc1\r\n")
      for (const target of [partition, "data/new.csv", `${out}/../data/new.csv`]) {
        const { code, stderr } = yield* sql("--files", `COPY calls TO '${target}'`)
        assert.strictEqual(code, 2)
        assert.include(stderr, `${target} lies in the dataset or holds it, and SQL never writes there`)
      }
      const nowhere = yield* sql("--files", "--json", "COPY calls TO 'nowhere/out.csv'")
      assert.strictEqual(nowhere.code, 2)
      assert.include(
        nowhere.stderr,
        `There is no folder ${here}/nowhere to write to. Make it first, or name another one`
      )
      assert.include(JSON.parse(nowhere.stdout).problems[0].message, `There is no folder ${here}/nowhere`)
      assert.strictEqual(yield* bytes, before)
    }),
  60_000
)

it.scopedLive("no command runs the trunkline.sql of a folder", () =>
  Effect.gen(function*() {
    const { here, run } = yield* dataset
    for (const words of [["sql", "--files", "FROM calls"], ["report"], ["verify"], ["doctor"]]) yield* run(...words)
    assert.deepStrictEqual((yield* Effect.promise(() => fs.readdir(here))).toSorted(), ["data"])
  }), 60_000)

it.scopedLive(
  "a wrong statement is shown with the place and the suggestions, on stderr and in the document",
  () =>
    Effect.gen(function*() {
      const { sql } = yield* dataset
      const said = [
        "Binder Error: Referenced column \"contct_number\" not found in FROM clause!",
        "Candidate bindings: \"contact_number\", \"contact_name\", \"contact_country\", \"contact_id\", \"contacts\"",
        "",
        "LINE 1: SELECT contct_number FROM calls",
        "               ^",
        "Mend the query; docs/analytics.md names every view and column"
      ].join("\n")
      const { code, stderr, stdout } = yield* sql("--json", "SELECT contct_number FROM calls")
      assert.deepStrictEqual([code, stderr], [2, `trunkline: ${said}\n`])
      assert.deepStrictEqual(JSON.parse(stdout).problems, [
        { tag: "SqlError", source: null, scope: null, message: said, requestId: null }
      ])
      const control = yield* sql(`SELECT ${escape}[2J`)
      assert.include(control.stderr, "\\u001b[2J")
      assert.notInclude(control.stderr, escape)
      // Logs are kept, so they repeat nothing of a statement.
      const logged = yield* sql("--log-format", "json", `SELECT '${number}' AS mine, contct_number FROM calls`)
      assert.strictEqual(JSON.parse(logged.stderr).message, "trunkline: The query is refused (Binder Error)")
    }),
  60_000
)

it.scopedLive("what stands in a row is in no error", () =>
  Effect.gen(function*() {
    const { sql } = yield* dataset
    for (
      const statement of [
        "SELECT contact_number::DATE FROM calls",
        "SELECT error(contact_number) FROM calls",
        "SET VARIABLE v = (SELECT contact_number FROM calls); FROM query_table(getvariable('v'))"
      ]
    ) {
      const { code, stderr, stdout } = yield* sql("--json", statement)
      assert.strictEqual(code, 2)
      assert.notInclude(stderr + stdout, number.slice(1))
    }
  }), 60_000)

it.scopedLive("JSON has no control in its text, and CSV holds what it is asked to hold", () =>
  Effect.gen(function*() {
    const { sql } = yield* dataset
    const json = (yield* sql("--json", "SELECT summary FROM calls")).stdout
    assert.notMatch(json, /[\u001b\u009b]/)
    assert.deepStrictEqual(JSON.parse(json), [{ summary: "\u001b[2J\u009b31m" }])
    const csv = (...words: ReadonlyArray<string>) =>
      Effect.map(
        sql("--format", "csv", ...words, "SELECT agent_name, contact_number FROM calls"),
        ({ stdout }) => stdout
      )
    assert.strictEqual(yield* csv(), `agent_name,contact_number\r\n=1+1,${number}\r\n`)
    assert.strictEqual(yield* csv("--spreadsheet"), `agent_name,contact_number\r\n'=1+1,${number}\r\n`)
    const table = yield* sql("--spreadsheet", "FROM calls")
    assert.deepStrictEqual([table.code, table.stdout], [2, ""])
    assert.include(table.stderr, "--spreadsheet: goes with --format csv")
  }), 60_000)
