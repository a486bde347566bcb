/** What a command that is bundled gets: one file of ES modules, and the drawing library only where it is asked for. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { golden } from "./golden.js"
import { gathered } from "./worlds.js"

const bundled = (source: string, folder: string) =>
  Effect.promise(() =>
    build({
      stdin: { contents: source, resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "ts" },
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20",
      conditions: ["@trunkline/source"],
      external: ["@duckdb/node-api"],
      outdir: folder,
      entryNames: "main",
      metafile: true,
      logLevel: "silent",
      outExtension: { ".js": ".mjs" }
    })
  )

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "trunkline-bundle-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

describe("a bundle", () => {
  it.scoped("of the page warns of nothing, requires nothing at run time, and renders in a process of its own", () =>
    Effect.gen(function*() {
      const folder = yield* temporary
      const built = yield* bundled(
        `import { readFileSync } from "node:fs"
        const { render } = await import("@trunkline/analytics/ReportPage")
        process.stdout.write(render(JSON.parse(readFileSync(process.argv[2], "utf8"))))`,
        folder
      )
      assert.deepStrictEqual(built.warnings, [])
      const foreign = Object.values(built.metafile.outputs).flatMap(({ imports }) =>
        imports.filter(({ external }) => external === true).map(({ path }) => path)
      )
      assert.deepStrictEqual([...new Set(foreign)].filter((path) => !path.startsWith("node:")), [])
      const report = yield* gathered(golden, { zone: "Europe/Paris" })
      const model = join(folder, "report.json")
      writeFileSync(model, JSON.stringify(report))
      // Away from any node_modules.
      const { stdout } = yield* Effect.promise(() =>
        promisify(execFile)("node", [join(folder, "main.mjs"), model], { cwd: folder, maxBuffer: 10_000_000 })
      )
      assert.match(stdout, /^<!doctype html>.*class="chart wide".*<\/html>\n$/s)
    }))

  it.scoped("of everything but the page leaves the drawing library out", () =>
    Effect.gen(function*() {
      const folder = yield* temporary
      const { metafile } = yield* bundled(
        `import { Report, ReportText, Analytics } from "@trunkline/analytics"
        console.log(Report, ReportText, Analytics, () => import("@trunkline/analytics/ReportPage"))`,
        folder
      )
      const main = Object.entries(metafile.outputs).find(([path]) => path.endsWith("main.mjs"))?.[1]
      const first = new Set(Object.keys(main?.inputs ?? {}))
      for (const { kind, path } of main?.imports ?? []) {
        if (kind === "import-statement") {
          for (const input of Object.keys(metafile.outputs[path]?.inputs ?? {})) first.add(input)
        }
      }
      assert.isAbove(first.size, 20)
      assert.deepStrictEqual([...first].filter((path) => /observablehq|\/d3|linkedom/.test(path)), [])
    }))
})
