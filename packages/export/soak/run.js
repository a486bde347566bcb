/** Bundles the soak with all it imports from source, and runs it: `npm run soak -- --help` tells what it takes. */
import { build } from "esbuild"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const outfile = here("../dist/soak/main.js")

await build({
  entryPoints: [here("main.ts")],
  outfile,
  bundle: true,
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

const child = spawn(process.execPath, ["--enable-source-maps", outfile, ...process.argv.slice(2)], { stdio: "inherit" })
child.on("exit", (code, signal) => {
  process.exitCode = signal === null ? code ?? 1 : 130
})
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal))
