/** Puts the command and all it imports into few files, so that it starts fast; each command is a file of its own. */
import { build } from "esbuild"
import { readdir, readFile, rm, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

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

// What ends up in the bundle, and not what was only looked at.
const inputs = Object.values(metafile.outputs).flatMap((output) =>
  Object.entries(output.inputs).flatMap(([file, { bytesInOutput }]) => bytesInOutput > 0 ? [file] : [])
)
const packages = [...new Set(inputs.flatMap((file) => packageOf(file) ?? []))].toSorted()
const licences = await Promise.all(packages.map((folder) => licenceOf(resolve(folder))))
await writeFile(
  join(outdir, "THIRD-PARTY.txt"),
  `This folder holds code of these packages.\n\n${licences.join(`\n\n${"-".repeat(80)}\n\n`)}\n`
)
