/** The committed notebooks: whole, clean, and made of code that still compiles and runs. In Node alone; no kernel is needed. */
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { vi } from "vitest"
import { compare } from "../../src/compare.js"
import * as DemoDataset from "../../src/DemoDataset.js"
import { faults } from "../../src/faults.js"
import * as Notebook from "../../src/Notebook.js"
import { run } from "../../src/run.js"
import { folder, notebooks, root } from "../../src/Workspace.js"
import { importsOf, moduleOf } from "../cells.js"

const text = (name: string) => readFileSync(join(folder, `${name}.ipynb`), "utf8")

const written = join(folder, "dist-test/cells")

const Package = Schema.parseJson(Schema.Struct({
  dependencies: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.String }), {
    default: () => ({})
  }),
  devDependencies: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.String }), {
    default: () => ({})
  })
}))

const shown = (notebook: Notebook.Notebook) => Notebook.codeOf(notebook).flatMap(({ outputs }) => outputs)

describe.each(notebooks)("%s.ipynb", (name) => {
  it.effect("is in the form that npm run notebooks writes, each cell executed in order and without an error", () =>
    Effect.gen(function*() {
      const notebook = yield* Notebook.read(text(name))
      assert.strictEqual(yield* Notebook.print(Notebook.normal(notebook)), text(name))
      assert.strictEqual(new Set(notebook.cells.map(({ id }) => id)).size, notebook.cells.length)
      assert.isAbove(Notebook.codeOf(notebook).length, 5)
      assert.deepStrictEqual(faults(notebook, [root]), [])
    }))

  it.effect("says beside each chart what it shows, as a sentence and in words", () =>
    Effect.gen(function*() {
      const outputs = shown(yield* Notebook.read(text(name)))
      const charts = outputs.flatMap((output, index) => {
        const data = output.output_type === "display_data" ? output.data : {}
        const svg = data["image/svg+xml"]
        return svg === undefined ? [] : [{ svg, words: data["text/plain"] ?? "", before: outputs[index - 1] }]
      })
      assert.isAbove(charts.length, 0)
      for (const { before, svg, words } of charts) {
        assert.match(svg, /^<svg [^>]*aria-label="[^"]{80,}/)
        assert.match(svg, / role="img"/)
        assert.match(svg, /<(?:rect|path|circle)\b/)
        assert.notMatch(svg, /NaN|undefined|Infinity/)
        assert.isAbove(words.length, 80)
        assert.match(
          before?.output_type === "display_data" ? before.data["text/markdown"] ?? "" : "",
          /^\*\*.{20,}\d.*\.\*\*$/
        )
      }
    }))

  it.effect("imports what package.json names, and parts of Node", () =>
    Effect.gen(function*() {
      const here = yield* Schema.decode(Package)(readFileSync(join(folder, "package.json"), "utf8"))
      const above = yield* Schema.decode(Package)(readFileSync(join(root, "package.json"), "utf8"))
      const named = [...Object.keys({ ...here.dependencies, ...above.devDependencies }), "@trunkline/notebook"]
      const imports = importsOf(yield* Notebook.read(text(name)))
      assert.isAbove(imports.length, 4)
      assert.deepStrictEqual(
        imports.filter((one) =>
          !one.startsWith("node:") && !named.some((own) => one === own || one.startsWith(`${own}/`))
        ),
        []
      )
    }))
})

describe("the code of the notebooks", () => {
  it.scopedLive("compiles", () =>
    Effect.gen(function*() {
      const place = join(written, "compiled")
      rmSync(place, { recursive: true, force: true })
      mkdirSync(place, { recursive: true })
      for (const name of notebooks) {
        writeFileSync(join(place, `${name}.ts`), moduleOf(yield* Notebook.read(text(name))))
      }
      writeFileSync(
        join(place, "tsconfig.json"),
        JSON.stringify({
          extends: join(root, "tsconfig.json"),
          files: notebooks.map((name) => `${name}.ts`),
          compilerOptions: {
            composite: false,
            declarationMap: false,
            noEmit: true,
            rootDir: ".",
            // What a user gets: the built packages, and the rules that Deno has when nobody sets others.
            customConditions: [],
            noUncheckedIndexedAccess: false,
            noUnusedLocals: false,
            plugins: []
          }
        })
      )
      const compiler = join(root, "node_modules/typescript/bin/tsc")
      const { code, output } = yield* run([process.execPath, compiler, "-p", place], { folder: root })
      assert.strictEqual(output, "")
      assert.strictEqual(code, 0)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("runs in Node, and shows as much as in the kernel", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const dataset = yield* fs.makeTempDirectoryScoped()
      yield* DemoDataset.make(dataset)
      vi.stubEnv("TRUNKLINE_OUT", dataset)

      for (const name of notebooks) {
        const notebook = yield* Notebook.read(text(name))
        const place = join(written, "run")
        mkdirSync(place, { recursive: true })
        writeFileSync(join(place, `${name}.ts`), moduleOf(notebook))
        const printed: Array<string> = []
        const log = vi.spyOn(console, "log").mockImplementation((words) => {
          printed.push(String(words))
        })
        yield* Effect.promise(() => import(join(place, `${name}.ts`))).pipe(
          Effect.ensuring(Effect.sync(() => log.mockRestore()))
        )
        assert.strictEqual(printed.length, shown(notebook).length)
        for (const words of printed) assert.notMatch(words, /NaN|undefined|Infinity|\[object/)
      }
    }).pipe(Effect.ensuring(Effect.sync(() => vi.unstubAllEnvs())), Effect.provide(NodeContext.layer)), 300_000)
})

const sample = {
  cells: [
    { cell_type: "markdown", id: "a", metadata: { collapsed: true }, source: "# One" },
    {
      cell_type: "code",
      id: "b",
      metadata: { execution: { "shell.execute_reply": "2026-01-01T00:00:00Z" } },
      source: ["1 +\n", "1"],
      execution_count: 17,
      outputs: [
        { output_type: "stream", name: "stdout", text: "a\n" },
        { output_type: "stream", name: "stdout", text: ["b\n", "c"] },
        { output_type: "execute_result", data: { "text/plain": "2" }, metadata: { width: 3 }, execution_count: 17 }
      ]
    }
  ],
  metadata: { kernelspec: { name: "deno", display_name: "Deno 1" }, widgets: {} },
  nbformat: 4,
  nbformat_minor: 5
}
const Sample = (change: Readonly<Record<string, unknown>> = {}) =>
  Notebook.read(JSON.stringify({ ...sample, cells: [sample.cells[0], { ...sample.cells[1], ...change }] }))

describe("the form in which a notebook is committed", () => {
  it.effect("knows no times, no counts that jump and no pieces of one text", () =>
    Effect.gen(function*() {
      const printed = yield* Notebook.print(Notebook.normal(yield* Sample()))
      assert.notMatch(printed, /2026|17|collapsed|width|widgets|Deno 1/)
      const again = yield* Notebook.read(printed)
      assert.strictEqual(yield* Notebook.print(Notebook.normal(again)), printed)
      const [first, second] = shown(again)
      assert.deepStrictEqual(first, { output_type: "stream", name: "stdout", text: "a\nb\nc" })
      assert.strictEqual(second?.output_type === "execute_result" ? second.execution_count : null, 1)
    }))

  it.effect("is refused with a failed cell, one that never ran, a path, a number or a key", () =>
    Effect.gen(function*() {
      const said = (words: string) => [{ output_type: "stream", name: "stdout", text: words }]
      const cases = [
        { outputs: [{ output_type: "error", ename: "TypeError", evalue: "no", traceback: [] }] },
        { execution_count: null },
        { outputs: said(`wrote ${"/home"}/somebody/calls.parquet`) },
        { outputs: said("called +14155550100") },
        { outputs: said("with ak_live_sandbox_0a1b2c") },
        { source: "const key = \"ak_live_sandbox_0a1b2c\"" },
        { outputs: said("on a certain machine") }
      ]
      for (const change of cases) {
        assert.strictEqual(faults(yield* Sample(change), ["certain machine"]).length, 1, JSON.stringify(change))
      }
      assert.deepStrictEqual(faults(yield* Sample(), ["certain machine"]), [])
    }))

  it.effect("is compared by what it says and shows, and not by what an editor notes", () =>
    Effect.gen(function*() {
      const one = Notebook.normal(yield* Sample())
      assert.deepStrictEqual(compare(one, Notebook.normal(yield* Sample({ execution_count: 3, metadata: {} }))), [])
      const other = compare(one, Notebook.normal(yield* Sample({ outputs: [] })))
      assert.strictEqual(other.length, 1)
      assert.match(other[0] ?? "", /^cell b /)
      assert.strictEqual(compare(one, Notebook.normal(yield* Sample({ source: "2" }))).length, 1)
    }))
})
