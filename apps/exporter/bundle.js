/** Puts the command and all it imports into few files, so that it starts fast; each command is a file of its own. */
import { build } from "esbuild"
import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { buildPage, writeLicences } from "../../packages/analytics/bundle.js"

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const outdir = process.argv[2] ?? here("dist/bundle")

const { dependencies } = JSON.parse(await readFile(here("package.json"), "utf8"))
await rm(outdir, { recursive: true, force: true })
const { metafile } = await build({
  entryPoints: [here("src/main.ts")],
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // Siblings are read from source, so that nothing has to be compiled first.
  conditions: ["@trunkline/source"],
  // What an installed command finds beside itself. They bring binaries of their own; parquetjs-lite is not written for the
  // strict mode of modules.
  external: Object.keys(dependencies),
  // What was written for require finds it.
  banner: {
    js:
      "import { createRequire as __createRequire } from \"node:module\"; const require = __createRequire(import.meta.url);"
  },
  // Licences stand in a file of their own, whole and once each.
  legalComments: "none",
  metafile: true,
  logLevel: "warning"
})

// The page of `trunkline explore` is read from here when it is asked for.
const page = await buildPage(join(outdir, "explorer"))
await writeLicences(outdir, metafile, page)
