/** Only one module hands paths to DuckDB's readers. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../..", import.meta.url))

/** Functions of DuckDB that take a path for a pattern, and a path in the place of a table. */
const readers =
  /\b(?:read_(?:parquet|json|json_auto|json_objects|json_objects_auto|ndjson|ndjson_auto|ndjson_objects|csv|csv_auto|text|blob)|parquet_(?:scan|metadata|schema|file_metadata|kv_metadata|bloom_probe|full_metadata)|sniff_csv|glob)\s*\(|\b(?:FROM|JOIN)\s+'/g

/** The second is the loop written by hand that the bench compares an export with. */
const allowed = ["packages/dataset/src/ParquetFiles.ts", "apps/bench/src/writers.ts"]

const sources = ["packages", "apps"].flatMap((kind) =>
  readdirSync(join(root, kind)).map((name) => join(root, kind, name, "src")).filter((path) => existsSync(path))
).flatMap((src) =>
  readdirSync(src, { recursive: true }).map(String).filter((name) => /\.[cm]?[jt]sx?$/.test(name)).map((name) =>
    join(src, name)
  )
)

const found = (path: string, text: string) =>
  [...text.matchAll(readers)].map(({ 0: words, index }) =>
    `${path}:${text.slice(0, index).split("\n").length}: ${words.trim()}`
  )

describe("the sources", () => {
  it("hand paths to DuckDB in ParquetFiles alone", () => {
    assert.isAbove(sources.length, 100)
    const others = sources.filter((path) => !allowed.includes(relative(root, path).replaceAll("\\", "/")))
    assert.strictEqual(others.length, sources.length - allowed.length)
    assert.deepStrictEqual(others.flatMap((path) => found(relative(root, path), readFileSync(path, "utf8"))), [])
  })

  it("would be named by file and line", () => {
    assert.deepStrictEqual(found("a.ts", "`SELECT 1`\n`SELECT * FROM read_parquet($1)`\n`FROM 'x.parquet'`"), [
      "a.ts:2: read_parquet(",
      "a.ts:3: FROM '"
    ])
  })
})
