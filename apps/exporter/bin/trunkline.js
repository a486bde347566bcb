#!/usr/bin/env node
import { existsSync } from "node:fs"
import { setFlagsFromString } from "node:v8"

// The young generation of the heap grows while modules load, and never becomes smaller. src/Memory.ts sets its size.
setFlagsFromString("--semi-space-growth-factor=1")

const bundle = new URL("../dist/bundle/main.js", import.meta.url)

if (existsSync(bundle)) {
  try {
    await import(bundle.href)
  } catch (error) {
    // So few that not even the first modules can be read.
    if (error?.code !== "EMFILE" && error?.code !== "ENFILE") throw error
    process.stderr.write(
      "trunkline: too few files may be open at once. Raise the limit, with ulimit -n 1024 for example\n"
    )
    process.exitCode = 2
  }
} else {
  process.stderr.write("trunkline: it is not built yet. Run npm run build in the repository first\n")
  process.exitCode = 2
}
