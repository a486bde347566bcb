/** What a release needs: workflows that run what exists, and one version wherever a version is told. */
import { assert, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parse } from "yaml"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const read = (path: string) => readFileSync(join(root, path), "utf8")
const workflow = (name: string) => parse(read(`.github/workflows/${name}.yml`))

it("workflows and pages name scripts that exist", () => {
  const { scripts } = JSON.parse(read("package.json"))
  const pages = [
    ".ci/run",
    "README.md",
    "CONTRIBUTING.md",
    ...readdirSync(join(root, ".github/workflows")).map((name) => `.github/workflows/${name}`)
  ]
  const named = pages.flatMap((page) => [...read(page).matchAll(/npm run ([\w:]+)/g)].map(([, name = ""]) => name))
  assert.isAbove(named.length, 20)
  assert.deepStrictEqual([...new Set(named)].filter((name) => !Object.hasOwn(scripts, name)), [])
})

it("checks run on Linux and macOS with each Node, and on Windows for the clients and the sandbox alone", () => {
  const { check, windows } = workflow("check").jobs
  assert.deepStrictEqual(check.strategy.matrix, { os: ["ubuntu-latest", "macos-latest"], node: [20, 22, 24] })
  assert.deepStrictEqual(windows.strategy.matrix, { node: [20, 22, 24] })
  const { run } = windows.steps.at(-1)
  assert.deepStrictEqual([...run.matchAll(/--project (\w+)/g)].map(([, name]) => name), [
    "http",
    "allo",
    "allomia",
    "sandbox"
  ])
})

it("a release is tried before it is published, and may sign its provenance", () => {
  const { permissions, jobs: { release } } = workflow("release")
  assert.deepStrictEqual(permissions, {})
  assert.strictEqual(release.permissions["id-token"], "write")
  const steps: ReadonlyArray<{ readonly run?: string; readonly uses?: string }> = release.steps
  const tried = steps.findIndex(({ run }) => run === "npm run release:dry")
  const published = steps.findIndex(({ uses }) => uses?.startsWith("changesets/action"))
  assert.isTrue(tried > 0 && tried < published)
})

it("a new version reaches the sources that tell it", () => {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-versions-"))
  try {
    const sources = [
      "apps/exporter/src/Version.ts",
      "packages/allo/src/internal/version.ts",
      "packages/allomia/src/internal/version.ts"
    ]
    for (const path of [...sources, "versions.js"]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      cpSync(join(root, path), join(folder, path))
    }
    writeFileSync(join(folder, "package.json"), "{\"type\":\"module\"}")
    for (const path of ["apps/exporter", "packages/allo", "packages/allomia"]) {
      writeFileSync(join(folder, path, "package.json"), "{\"version\":\"1.2.3-next.4\"}")
    }
    execFileSync(process.execPath, ["versions.js"], { cwd: folder })
    for (const path of sources) {
      const now = readFileSync(join(folder, path), "utf8")
      assert.strictEqual(now, read(path).replace(/\d+\.\d+\.\d+/, "1.2.3-next.4"))
      assert.include(now, "1.2.3-next.4\"")
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
