/** Fetches ClickHouse's Delta kernel into a folder outside of the project, and reads our tables with it. */
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const version = "3.4.0"
const folder = process.env.TRUNKLINE_CHDB ?? join(tmpdir(), `trunkline-chdb-${version}`)
const shell = process.platform === "win32"

if (!existsSync(join(folder, "node_modules", "chdb"))) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "package.json"), "{ \"private\": true }\n")
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", `chdb@${version}`], {
    cwd: folder,
    stdio: "inherit",
    shell
  })
}

execFileSync("npx", ["vitest", "run", "--project", "lake", "readers"], {
  cwd: fileURLToPath(new URL("../../../", import.meta.url)),
  env: { ...process.env, TRUNKLINE_CHDB: folder },
  stdio: "inherit",
  shell
})
