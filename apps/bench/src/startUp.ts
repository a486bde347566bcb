/** How long the command takes to say its help, beside Node without anything to do. */
import { spawnSync } from "node:child_process"
import { median, table } from "./print.js"
import { command } from "./processes.js"
import { turns } from "./settings.js"

const milliseconds = (words: ReadonlyArray<string>): number => {
  const began = performance.now()
  spawnSync(process.execPath, words)
  return performance.now() - began
}

export const startUp = (): string => {
  const pairs = Array.from({ length: 5 * turns }, () => ({
    bare: milliseconds(["-e", "0"]),
    help: milliseconds([command, "--help"])
  }))
  const [bare, help] = [median(pairs.map((_) => _.bare)), median(pairs.map((_) => _.help))]
  return table(["what", "ms", "x bare"], [
    ["node -e 0", bare.toFixed(0), "1.0"],
    ["trunkline --help", help.toFixed(0), (help / bare).toFixed(1)]
  ])
}
