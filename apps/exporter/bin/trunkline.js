#!/usr/bin/env node
import { existsSync } from "node:fs"

const bundle = new URL("../dist/bundle/main.js", import.meta.url)

if (existsSync(bundle)) {
  await import(bundle.href)
} else {
  process.stderr.write("trunkline: it is not built yet. Run npm run build in the repository first\n")
  process.exitCode = 2
}
