/** Puts the page of the explorer and all it imports into one script, so that nothing is fetched and nothing more installed. */
import { build } from "esbuild"
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

/** A database in the browser, which the page has no use for; with it come an address of a network and an `eval`. */
const withoutDatabase = {
  name: "without-database",
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^@duckdb\/duckdb-wasm$/ }, ({ path }) => ({ path, namespace: "none" }))
    onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: "export {}", loader: "js" }))
  }
}

/** The package a file of `node_modules` belongs to. */
const packageOf = (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file.replaceAll("\\", "/"))?.[0]

/** What a package says of its licence: the texts it carries, or else the name it gives. */
const licenceOf = async (folder) => {
  const { author, homepage, license, name, version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"))
  const names = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).toSorted()
  const texts = await Promise.all(names.map((file) => readFile(join(folder, file), "utf8")))
  const said = `${name} ${version}, ${license}`
  const by = typeof author === "string" ? author : author?.name
  return [said, ...(texts.length > 0 ? texts : [`By ${by ?? "its authors"}, ${homepage ?? name}`])]
    .map((text) => text.trim()).join("\n\n")
}

/** The licences of all that ended up in bundles, not of what was only looked at. */
export const writeLicences = async (outdir, ...metafiles) => {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap((output) =>
      Object.entries(output.inputs).flatMap(([file, { bytesInOutput }]) => bytesInOutput > 0 ? [file] : [])
    )
  )
  const packages = [...new Set(inputs.flatMap((file) => packageOf(file) ?? []))].toSorted()
  const licences = await Promise.all(packages.map((folder) => licenceOf(resolve(folder))))
  await writeFile(
    join(outdir, "THIRD-PARTY.txt"),
    `This folder holds code of these packages.\n\n${licences.join(`\n\n${"-".repeat(80)}\n\n`)}\n`
  )
}

export const buildPage = async (outdir) => {
  await rm(outdir, { recursive: true, force: true })
  await mkdir(outdir, { recursive: true })
  const { metafile } = await build({
    entryPoints: { explorer: here("explorer/main.ts") },
    outdir,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    plugins: [withoutDatabase],
    // Named as missing by the connector that is never made.
    logOverride: { "import-is-undefined": "silent" },
    legalComments: "none",
    metafile: true,
    logLevel: "warning"
  })
  await copyFile(here("explorer/explorer.css"), join(outdir, "explorer.css"))
  return metafile
}

if (resolve(process.argv[1] ?? "") === fileURLToPath(import.meta.url)) {
  const outdir = process.argv[2] ?? here("dist/explorer")
  await writeLicences(outdir, await buildPage(outdir))
}
