/** Puts the command and all it imports into few files, so that it starts fast; each command is a file of its own. */
import { build } from "esbuild"
import { rm } from "node:fs/promises"
import { fileURLToPath } from "node:url"

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const outdir = process.argv[2] ?? here("dist/bundle")

await rm(outdir, { recursive: true, force: true })
await build({
  entryPoints: [here("src/main.ts")],
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // Siblings are read from source, so that nothing has to be compiled first.
  conditions: ["@trunkline/source"],
  // They bring binaries of their own; the last is not written for the strict mode of modules.
  external: ["@duckdb/node-api", "@libsql/client", "libsql", "parquetjs-lite"],
  // What was written for require finds it.
  banner: {
    js:
      "import { createRequire as __createRequire } from \"node:module\"; const require = __createRequire(import.meta.url);"
  },
  legalComments: "none",
  logLevel: "warning"
})
