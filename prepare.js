/** Builds after `npm ci`. An install without the development dependencies has nothing to build with, and builds nothing. */
import { execSync } from "node:child_process"
import { existsSync } from "node:fs"

if (existsSync("node_modules/typescript")) execSync("npm run build --silent", { stdio: "inherit" })
else process.stdout.write("Nothing is built: the development dependencies are left out\n")
