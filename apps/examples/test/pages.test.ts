/** The pages for Python and for DuckDB's shell: what they show is run over a dataset of both vendors. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { AlloClient } from "@trunkline/allo"
import { AllomiaClient } from "@trunkline/allomia"
import * as Database from "@trunkline/analytics/Database"
import { trunklineSql } from "@trunkline/analytics/trunklineSql"
import { tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import { Export, Sources } from "@trunkline/export"
import * as AlloSource from "@trunkline/export/allo"
import * as AllomiaSource from "@trunkline/export/allomia"
import { Disk } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import { Effect, Layer, Redacted } from "effect"
import { execFile, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const run = promisify(execFile)

const page = (name: string) => readFileSync(fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url)), "utf8")

const blocks = (text: string, language: string): ReadonlyArray<string> =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))].map(([, code]) => code ?? "")

const Vendors = Layer.unwrapEffect(Effect.map(Sandbox, ({ alloUrl, allomiaUrl, keys }) =>
  Layer.merge(
    AlloClient.layer({ apiKey: Redacted.make(keys.allo), baseUrl: alloUrl }),
    AllomiaClient.layer({ apiKey: Redacted.make(keys.allomia), baseUrl: allomiaUrl })
  ))).pipe(
    Layer.provideMerge(Sandbox.layer({
      size: 300,
      allomiaCalls: 80,
      movement: false,
      rateLimit: { reads: 1000, writes: 1000 }
    })),
    Layer.provide(NodeHttpClient.layerUndici)
  )

/** A folder with a dataset `OUT` as the command leaves it. */
const exported = Effect.gen(function*() {
  const here = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "trunkline-pages-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const out = join(here, "OUT")
  const report = yield* Export.run({ transcripts: true }).pipe(Effect.provide(Layer.merge(
    Sources.layer(Effect.all([AlloSource.make, AllomiaSource.make])),
    Dataset.layer({ out, tables }).pipe(Layer.provide(Disk.layer))
  )))
  assert.deepStrictEqual([report.exitCode, report.problems], [0, []])
  const filled = yield* Database.write({ folder: out, file: join(out, "trunkline.duckdb") })
  writeFileSync(join(out, "trunkline.sql"), trunklineSql({ tables: filled }))
  return { here, out }
}).pipe(Effect.provide(Vendors))

const has = (command: string, ...words: ReadonlyArray<string>) => spawnSync(command, words).status === 0

it.scopedLive(
  "every statement for the shell of DuckDB runs and has something to say",
  () =>
    Effect.gen(function*() {
      const { out } = yield* exported
      const text = page("duckdb.md")
      const given = blocks(text, "sh").join("").matchAll(/ -c "([^"]*)"/g)
      const statements = [...blocks(text, "sql"), ...[...given].map(([, statement]) => statement ?? "")]
      assert.isAbove(statements.length, 8)
      const script = fileURLToPath(new URL("statements.mjs", import.meta.url))
      const { stdout } = yield* Effect.promise(() =>
        run(process.execPath, [script, JSON.stringify(statements)], { cwd: out })
      )
      const rows: ReadonlyArray<number> = JSON.parse(stdout)
      // What sets a variable answers nothing, and everything else does.
      const silent = statements.join("").match(/^SET /gm) ?? []
      assert.isAbove(rows.length, silent.length + 8)
      assert.strictEqual(rows.filter((count) => count === 0).length, silent.length)
      for (const name of ["calls.csv", "allo.parquet"]) assert.isAbove(statSync(join(out, name)).size, 200)
    }),
  120_000
)

it.scopedLive.skipIf(!has("duckdb", "--version"))(
  "the shell of DuckDB runs every command",
  () =>
    Effect.gen(function*() {
      const { here } = yield* exported
      for (const block of blocks(page("duckdb.md"), "sh")) {
        yield* Effect.promise(() => run("sh", ["-euc", block], { cwd: here }))
      }
      assert.match(readFileSync(join(here, "outcomes.csv"), "utf8"), /^source,outcome,calls\nallo,answered,\d+\n/)
    }),
  120_000
)

const python = process.env["TRUNKLINE_PYTHON"] ?? "python3"

it.scopedLive.skipIf(!has(python, "-c", "import duckdb, pandas, pyarrow, polars"))(
  "the lines for Python run",
  () =>
    Effect.gen(function*() {
      const { here } = yield* exported
      const programs = blocks(page("python.md"), "python").filter((code) => !code.includes("pyspark"))
      assert.isAbove(programs.length, 4)
      const said = yield* Effect.forEach(
        programs,
        (code) => Effect.promise(() => run(python, ["-W", "error", "-c", code], { cwd: here }))
      )
      assert.deepStrictEqual(said.map(({ stderr }) => stderr), said.map(() => ""))
    }),
  120_000
)
