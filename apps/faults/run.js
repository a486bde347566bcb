/** Bundles the table with all it imports from source, and runs it: `npm run faults -- --help` tells what it takes. */
import { build } from "esbuild"
import { execFileSync, spawn } from "node:child_process"
import { copyFileSync, mkdirSync, rmSync } from "node:fs"
import { fileURLToPath } from "node:url"

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
// A folder of its own, since a case may be made again while the table runs.
const outdir = here(`dist/run-${process.pid}`)
process.on("exit", () => rmSync(outdir, { recursive: true, force: true }))

let child = null
const stopBundling = () => child ?? process.exit(130)
// A terminal sends Ctrl-C to this process and to the table.
process.on("SIGINT", stopBundling)
process.on("SIGTERM", () => stopBundling().kill("SIGTERM"))

// The command as the source stands: below this package, so that it finds the same modules.
mkdirSync(`${outdir}/command/bin`, { recursive: true })
copyFileSync(here("../exporter/bin/trunkline.js"), `${outdir}/command/bin/trunkline.js`)
execFileSync(process.execPath, [here("../exporter/bundle.js"), `${outdir}/command/dist/bundle`], {
  stdio: ["ignore", "ignore", "inherit"]
})
await build({
  entryPoints: {
    main: here("src/main.ts"),
    worker: here("src/worker.ts"),
    "programs/killed": here("../../packages/export/test/fixtures/process.ts"),
    "programs/crash": here("../../packages/dataset/test/drivers/crash.ts")
  },
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  conditions: ["@trunkline/source"],
  external: ["@duckdb/node-api", "@libsql/client", "libsql", "parquetjs-lite", "esbuild"],
  banner: {
    js:
      "import { createRequire as __createRequire } from \"node:module\"; const require = __createRequire(import.meta.url);"
  },
  sourcemap: "inline",
  logLevel: "warning"
})

child = spawn(process.execPath, ["--enable-source-maps", `${outdir}/main.js`, ...process.argv.slice(2)], {
  stdio: "inherit"
})
child.on("exit", (code, signal) => {
  process.exitCode = signal === null ? code ?? 1 : 130
})
