/** What a text of SQL may read and write: the dataset alone, unless other files are allowed. */
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Analytics } from "@trunkline/analytics"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { folderOf, layer, statements, write } from "./support.js"

const secret = "+33612345678"

/** A dataset of one call, a folder beside it with a secret in it, and links between the two. */
const dataset = Effect.gen(function*() {
  // In a folder of its own, since statements below try to replace the folder that holds the dataset.
  const above = yield* folderOf({})
  const root = join(above, "data")
  yield* Effect.promise(() => fs.mkdir(root))
  yield* write(root, {
    calls: [{
      source: "allo",
      call_id: "1",
      started_at: "2026-05-05T10:00:00Z",
      exported_at: "2026-05-05T10:00:00Z",
      outcome: "answered",
      contact_number: secret
    }]
  })
  const beside = join(above, "beside")
  yield* Effect.promise(() => fs.mkdir(beside))
  yield* Effect.promise(async () => {
    await fs.mkdir(join(root, "_trunkline"))
    await fs.writeFile(join(root, "_trunkline/ledger.db"), "the ledger")
    await fs.writeFile(join(root, "trunkline.sql"), `COPY (SELECT 1) TO '${join(beside, "ran.csv")}'`)
    await fs.writeFile(join(beside, "secret.csv"), `name,number\nhidden,${secret}\n`)
    await fs.symlink(join(beside, "secret.csv"), join(root, "link.csv"))
    await fs.symlink(root, join(beside, "link"))
  })
  return { root, beside, partition: join(root, "calls/source=allo/month=2026-05/data_0.parquet") }
})

/** Every file below, with what is in it. */
const contents = (folder: string) =>
  Effect.promise(async () => {
    const names = (await fs.readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)).toSorted()
    return Promise.all(names.map(async (name) => [name, (await fs.readFile(name)).toString("base64")]))
  })

const asked = (text: string) =>
  Effect.flatMap(Analytics, ({ sql }) => Effect.map(Stream.runCollect(sql(text)), Chunk.toReadonlyArray))

const refused = (text: string) =>
  Effect.catchAll(
    Effect.map(asked(text), (rows) => `answered ${JSON.stringify(rows)}`),
    (error) => Effect.succeed(`${error._tag}${error._tag === "QueryRefused" ? ` ${error.needs ?? ""}` : ""}`.trim())
  )

describe("a text of SQL", () => {
  it.scoped("reads the dataset in every way that analysts write it", () =>
    Effect.gen(function*() {
      const { root } = yield* dataset
      yield* Effect.provide(
        Effect.gen(function*() {
          for (
            const text of [
              "FROM calls",
              "SELECT count(*) FROM calls;",
              "-- a comment; with a semicolon\nWITH x AS (FROM calls) SELECT ';' FROM x",
              "SET VARIABLE trunkline_zone = 'Europe/Paris'; FROM call_duration_daily",
              "SET VARIABLE most = (SELECT max(duration_seconds) FROM calls); SELECT getvariable('most')",
              "PIVOT calls ON outcome USING count(*)",
              "SET VARIABLE trunkline_zone = 'UTC'; SELECT * FROM (PIVOT calls ON outcome USING count(*) GROUP BY source)",
              "UNPIVOT (SELECT outcome FROM calls) ON outcome INTO NAME n VALUE v",
              "DESCRIBE calls",
              "SUMMARIZE calls",
              "SHOW TABLES",
              "SHOW ALL TABLES",
              "PRAGMA table_info('calls')",
              "EXPLAIN FROM calls",
              "EXPLAIN /* a comment */ FROM calls",
              "EXPLAIN ANALYZE SELECT count(*) FROM calls",
              "EXPLAIN (ANALYZE, FORMAT json) SELECT count(*) FROM calls",
              "FROM duckdb_views()",
              "VALUES (1), (2)",
              "TABLE calls"
            ]
          ) {
            assert.isNotEmpty(yield* asked(text), text)
          }
          // A pivot's columns are what stands in rows, and it creates nothing that stays.
          assert.deepStrictEqual(yield* asked("PIVOT calls ON outcome USING count(*) GROUP BY source"), [{
            source: "allo",
            answered: 1
          }])
        }),
        layer({ folder: root })
      )
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("opens no other file, and says which option would let it", () =>
    Effect.gen(function*() {
      const { beside, partition, root } = yield* dataset
      const before = [yield* contents(root), yield* contents(beside)]
      const outside = join(beside, "secret.csv")
      yield* Effect.provide(
        Effect.gen(function*() {
          for (
            const text of [
              `FROM read_text('${outside}')`,
              `FROM read_csv_auto('${outside}')`,
              `FROM '${outside}'`,
              `FROM sniff_csv('${outside}')`,
              `FROM read_blob('${root}/_trunkline/ledger.db')`,
              `FROM read_text('${root}/trunkline.sql')`,
              `FROM '${root}/link.csv'`,
              `FROM read_text('${root}/calls/../../beside/secret.csv')`,
              "FROM read_text('/proc/self/environ')",
              "FROM glob('/*')",
              `FROM glob('${root}/**')`,
              "FROM 'http://127.0.0.1:1/x.csv'",
              "FROM read_parquet('s3://bucket/x.parquet')",
              "FROM duckdb_extensions()",
              `COPY calls TO '${beside}/out.csv'`,
              `COPY calls TO '${beside}/nowhere/out.csv'`,
              `COPY calls TO '${partition}'`,
              `COPY calls TO '${partition}' (USE_TMP_FILE false)`,
              `COPY (SELECT 1 AS x, 2 AS y) TO '${root}/calls' (FORMAT parquet, PARTITION_BY (x), OVERWRITE)`,
              `EXPORT DATABASE '${beside}/all'`,
              `ATTACH '${beside}/new.duckdb' AS new`,
              `ATTACH '${root}/calls/new.duckdb' AS new`,
              "ATTACH ':memory:' AS new",
              `SELECT 1; COPY calls TO '${beside}/out.csv'`,
              `EXPLAIN ANALYZE COPY calls TO '${partition}' (USE_TMP_FILE false)`,
              `PREPARE p AS SELECT 1`,
              "CREATE TABLE t AS FROM calls",
              "CREATE OR REPLACE VIEW calls AS SELECT 1",
              "CREATE SECRET s (TYPE http, EXTRA_HTTP_HEADERS MAP {'a': 'b'})",
              "DROP VIEW calls",
              "CALL pragma_version()",
              "PRAGMA enable_progress_bar",
              "BEGIN; COMMIT"
            ]
          ) {
            assert.strictEqual(yield* refused(text), "QueryRefused files", text)
          }
          for (
            const text of [
              "INSTALL httpfs",
              "LOAD httpfs",
              "SET enable_external_access = true",
              "RESET enable_external_access",
              "SET GLOBAL lock_configuration = false",
              "SET memory_limit = '100GB'",
              "SET temp_directory = '/tmp'",
              `PRAGMA profiling_output = '${beside}/profile.json'`,
              "CALL enable_logging('QueryLog')",
              `FROM enable_logging('QueryLog', storage = 'file', storage_path = '${root}/calls/log')`,
              `FROM system.main."enable_logging"('QueryLog', storage_config = {'path': '${partition}'})`,
              `FROM query('FROM enable_logging(storage_path = ''${root}/calls/log'')')`,
              `FROM enable_profiling(save_location = '${beside}/profile.json', format = 'json')`,
              "SELECT getenv('ALLO_API_KEY')",
              "WITH x AS (DELETE FROM calls RETURNING *) FROM x",
              `FROM query('COPY calls TO ''${beside}/out.csv''')`,
              `EXPLAIN /* a comment */ ANALYZE COPY calls TO '${partition}' (USE_TMP_FILE false)`,
              `EXPLAIN (ANALYZE true) COPY calls TO '${partition}' (USE_TMP_FILE false)`,
              `EXPLAIN EXPLAIN ANALYZE COPY calls TO '${partition}' (USE_TMP_FILE false)`,
              "",
              " ; -- nothing"
            ]
          ) {
            assert.notInclude(yield* refused(text), "answered", text)
          }
          assert.deepStrictEqual(yield* asked("FROM duckdb_secrets()"), [])
        }),
        layer({ folder: root })
      )
      assert.deepStrictEqual([yield* contents(root), yield* contents(beside)], before)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("reads and writes other files where they are allowed, and never writes into the dataset", () =>
    Effect.gen(function*() {
      const { beside, partition, root } = yield* dataset
      const before = yield* contents(root)
      yield* Effect.provide(
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* asked(`FROM '${beside}/secret.csv'`), [{ name: "hidden", number: secret }])
          yield* asked(`COPY (SELECT call_id FROM calls) TO '${beside}/out.csv'`)
          assert.deepStrictEqual(yield* asked(`FROM read_csv('${beside}/out.csv', all_varchar = true)`), [{
            call_id: "1"
          }])
          yield* asked(`ATTACH '${beside}/mine.duckdb' AS mine; CREATE TABLE mine.calls AS FROM memory.calls`)
          yield* asked("CREATE TEMP TABLE t AS FROM calls; FROM t")
          for (
            const text of [
              `COPY calls TO '${partition}'`,
              `COPY calls TO '${root}/new.csv'`,
              `COPY calls TO '${beside}/link/new.csv'`,
              `COPY calls TO '${beside}/link/../link/_trunkline/ledger.db'`,
              `COPY calls TO 'file:${root}/new.csv'`,
              `COPY calls TO 'file://${root}/new.csv'`,
              `COPY (SELECT 1 AS x, 2 AS y) TO '${join(root, "..")}' (FORMAT csv, PARTITION_BY (x), OVERWRITE)`,
              `EXPLAIN ANALYZE COPY calls TO '${root}/new.csv'`,
              `SELECT 1; COPY (SELECT ') TO') TO /* here */ '${root}/new.csv'`,
              `COPY calls TO ('${root}/' || 'new.csv')`,
              `COPY calls TO E'${root}/n\\145w.csv'`,
              `COPY calls TO $$${root}/new.csv$$`,
              `PREPARE p AS COPY calls TO '${root}/new.csv'`,
              `ATTACH '${root}/new.duckdb' AS new`,
              `ATTACH DATABASE IF NOT EXISTS '${root}/_trunkline/ledger.db' AS new`,
              `EXPORT DATABASE '${root}/all'`,
              "INSTALL httpfs",
              "LOAD httpfs",
              "SET allow_unsigned_extensions = true"
            ]
          ) {
            assert.strictEqual(yield* refused(text), "QueryRefused", text)
          }
        }),
        layer({ folder: root, files: true })
      )
      assert.deepStrictEqual(yield* contents(root), before)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("that writes into a folder which is not there is told so", () =>
    Effect.gen(function*() {
      const { beside, root } = yield* dataset
      const failing = (text: string) => Effect.flip(asked(text))
      yield* Effect.provide(
        Effect.gen(function*() {
          const copy = yield* failing(`COPY calls TO '${beside}/nowhere/out.csv'`)
          assert.strictEqual(copy._tag, "QueryRefused")
          assert.include(
            copy.message,
            `There is no folder ${beside}/nowhere to write to. Make it first, or name another one`
          )
          const read = yield* failing(`FROM '${beside}/nothing.csv'`)
          assert.strictEqual(read._tag, "QueryRefused")
          assert.include(read.message, `IO Error: No files found that match the pattern "${beside}/nothing.csv"`)
        }),
        layer({ folder: root, files: true })
      )
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("finds a file that was published after the layer was built, also the first of a table", () =>
    Effect.gen(function*() {
      const { root } = yield* dataset
      yield* Effect.provide(
        Effect.gen(function*() {
          const count = Effect.map(
            asked("SELECT (SELECT count(*) FROM calls) AS calls, count(*) AS lines FROM utterances"),
            ([row]) => row
          )
          assert.deepStrictEqual(yield* count, { calls: 1, lines: 0 })
          yield* statements(
            `COPY (SELECT '2' AS call_id) TO '${root}/calls/source=allo/month=2026-05/second.parquet' (FORMAT parquet);
            COPY (SELECT '2' AS call_id) TO '${root}/lines.parquet' (FORMAT parquet)`
          )
          yield* Effect.promise(async () => {
            await fs.mkdir(join(root, "utterances"))
            await fs.rename(join(root, "lines.parquet"), join(root, "utterances/lines.parquet"))
          })
          assert.deepStrictEqual(yield* count, { calls: 2, lines: 1 })
        }),
        layer({ folder: root })
      )
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("what DuckDB says of a text", () => {
  it.scoped("keeps its caret and its suggestions, and no value of a row", () =>
    Effect.gen(function*() {
      const { beside, root } = yield* dataset
      yield* Effect.promise(() => fs.writeFile(join(beside, "headless.csv"), `${secret},b\n${secret},c\n`))
      const said = (text: string) =>
        Effect.map(Effect.flip(asked(text)), (error) => error._tag === "QueryRefused" ? error.reason : error.message)
      yield* Effect.provide(
        Effect.gen(function*() {
          assert.strictEqual(
            yield* said("SELECT call_id,\n  contct_number\nFROM calls"),
            [
              "Binder Error: Referenced column \"contct_number\" not found in FROM clause!",
              "Candidate bindings: \"contact_number\", \"contact_name\", \"contact_country\", \"contact_id\", \"contacts\"",
              "",
              "LINE 2:   contct_number",
              "          ^"
            ].join("\n")
          )
          assert.strictEqual(
            yield* said("SELECT 1; FROM cals"),
            [
              "Catalog Error: Table with name cals does not exist!",
              "Did you mean \"calls\"?",
              "",
              "LINE 1:           FROM cals",
              "                       ^"
            ].join("\n")
          )
          assert.strictEqual(
            yield* said("SELEC 1"),
            "Parser Error: syntax error at or near \"SELEC\"\n\nLINE 1: SELEC 1\n        ^"
          )
          assert.include(yield* said("SELECT call_id + 1 FROM calls"), "'+(VARCHAR, INTEGER_LITERAL)'")
          for (
            const text of [
              "SET VARIABLE v = (SELECT contact_number FROM calls); FROM query_table(getvariable('v'))",
              "SET VARIABLE v = (SELECT contact_number FROM calls); FROM query('SELECT ' || getvariable('v') || ' FROM FROM')",
              "SET VARIABLE v = (SELECT contact_number FROM calls); SELECT columns(getvariable('v')) FROM calls",
              "SELECT \"+3361234567\" FROM (PIVOT calls ON contact_number USING count(*))",
              "SELECT sum(c) FROM (SELECT (SELECT contact_number FROM calls)::UNION(a INTEGER) AS c)",
              `SELECT x FROM '${beside}/headless.csv'`,
              `SELECT "+3361234567" FROM read_csv('${beside}/headless.csv', header = true)`
            ]
          ) {
            assert.notInclude(yield* said(text), secret.slice(1), text)
          }
        }),
        layer({ folder: root, files: true })
      )
    }).pipe(Effect.provide(NodeContext.layer)))
})
