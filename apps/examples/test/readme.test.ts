/** What the documentation shows is compiled, and the first program of the README is run. */
import { assert, describe, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const folder = join(root, "apps/examples/.readme")

const inside = (path: string, keep: (name: string) => boolean): ReadonlyArray<string> =>
  readdirSync(join(root, path), { recursive: true, encoding: "utf8" }).filter(keep).map((name) => `${path}/${name}`)

const pages = [
  "README.md",
  ...inside("docs", (name) => name.endsWith(".md")),
  ...["packages", "apps"].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => `${group}/${name}/README.md`).filter((path) =>
      existsSync(join(root, path))
    )
  )
]
const sources = readdirSync(join(root, "packages")).flatMap((name) =>
  inside(`packages/${name}/src`, (path) => path.endsWith(".ts"))
)

interface Block {
  readonly name: string
  readonly code: string
}

/** Fenced TypeScript in pages, and what follows `@example` in comments. */
const blocks: ReadonlyArray<Block> = [...pages, ...sources].flatMap((path) => {
  const text = readFileSync(join(root, path), "utf8")
  const found = path.endsWith(".md")
    ? [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? "")
    : [...text.matchAll(/ \* @example\n([\s\S]*?) \*\//g)].map((match) => (match[1] ?? "").replaceAll(/^ \* ?/gm, ""))
  return found.map((code, index) => ({ name: `${path.replaceAll(/[/.]/g, "-")}-${index}`, code }))
})

const run = (command: string, args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  Effect.async<{ readonly code: number | null; readonly output: string; readonly errors: string }>((resume) => {
    const child = spawn(command, args, { cwd: root, env: { PATH: process.env["PATH"] ?? "", ...env } })
    const output: Array<string> = []
    const errors: Array<string> = []
    child.stdout.on("data", (data) => output.push(String(data)))
    child.stderr.on("data", (data) => errors.push(String(data)))
    child.on("close", (code) => resume(Effect.succeed({ code, output: output.join(""), errors: errors.join("") })))
  })

const compiled = Effect.gen(function*() {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const { code, name } of blocks) writeFileSync(join(folder, `${name}.ts`), `${code}\nexport {}\n`)
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: "../../../tsconfig.json",
      files: blocks.map(({ name }) => `${name}.ts`),
      compilerOptions: {
        composite: false,
        declaration: false,
        declarationMap: false,
        outDir: "out",
        // What a user gets: the built packages, and no rule about what is left unused.
        customConditions: [],
        noUnusedLocals: false,
        plugins: []
      }
    })
  )
  return yield* run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder])
})

describe("the documentation", () => {
  it.scopedLive("compiles, every block of it, and the first one runs", () =>
    Effect.gen(function*() {
      assert.isAbove(blocks.length, 5)
      const { code, output } = yield* compiled
      assert.strictEqual(output, "")
      assert.strictEqual(code, 0)

      const { alloUrl, keys } = yield* Sandbox
      const first = yield* run(process.execPath, [join(folder, "out/README-md-0.js")], {
        ALLO_API_KEY: keys.allo,
        ALLO_BASE_URL: alloUrl
      })
      assert.strictEqual(first.errors, "")
      assert.strictEqual(first.code, 0)
      const lines = first.output.trim().split("\n")
      assert.isAbove(lines.length, 50)
      assert.match(lines[0] ?? "", /^20\d\d-\d\d-\d\dT[\d:.]+Z (INBOUND|OUTBOUND) /)
    }).pipe(Effect.provide(Sandbox.layer({ size: 100, movement: false }))), 60_000)
})
