/** Bundles the table with all it imports from source, and runs it: `npm run faults -- --help` tells what it takes. */
import { build } from "esbuild"
import { execFileSync, spawn } from "node:child_process"
import { rmSync } from "node:fs"
import { fileURLToPath } from "node:url"

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const outdir = here("dist/run")

// What a stranger would run, as the source stands.
execFileSync(process.execPath, [here("../exporter/bundle.js")], { stdio: ["ignore", "ignore", "inherit"] })
rmSync(outdir, { recursive: true, force: true })
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

const child = spawn(process.execPath, ["--enable-source-maps", `${outdir}/main.js`, ...process.argv.slice(2)], {
  stdio: "inherit"
})
child.on("exit", (code, signal) => {
  process.exitCode = signal === null ? code ?? 1 : 130
})
// A terminal sends Ctrl-C to both.
process.on("SIGINT", () => {})
process.on("SIGTERM", () => child.kill("SIGTERM"))
