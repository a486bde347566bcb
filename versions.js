/** Writes the new versions of packages to where their sources tell them. `npm run versions` calls it. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"

const places = [
  ["apps/exporter", "src/Version.ts"],
  ["packages/allo", "src/internal/version.ts"],
  ["packages/allomia", "src/internal/version.ts"]
]

for (const [folder, file] of places) {
  const { version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"))
  const text = readFileSync(`${folder}/${file}`, "utf8")
  writeFileSync(`${folder}/${file}`, text.replace(/\d+\.\d+\.\d+[^"]*(?=")/, version))
}

// Apps that are not published need no list of changes.
for (const name of readdirSync("apps")) {
  if (JSON.parse(readFileSync(`apps/${name}/package.json`, "utf8")).private) {
    rmSync(`apps/${name}/CHANGELOG.md`, { force: true })
  }
}
