/** How many files and connections this process may have open at once. */
import { existsSync, readFileSync } from "node:fs"

/** With fewer a run cannot be counted on to end. */
export const least = 96

const limits = "/proc/self/limits"

/** Null where the system does not say, as anywhere but on Linux. Node has raised the soft limit to the hard one. */
export const limit = (): number | null => {
  const text = existsSync(limits) ? readFileSync(limits, "utf8") : ""
  const soft = /^Max open files +(\d+)/m.exec(text)?.[1]
  return soft === undefined ? null : Number(soft)
}

/** What the modules, the dataset and the files of a run take beside connections. */
const others = 64
const plenty = 256

/** Connections to one API. Half of the rest is for the other end: `demo` serves the APIs it reads. */
export const connections = (files: number | null): number | undefined =>
  files === null || files >= plenty ? undefined : Math.max(1, Math.floor((files - others) / 4))

export const tooFew = (files: number): string =>
  `this process may open only ${files} files at once, and needs ${least}. Raise the limit, with ulimit -n 1024 for example`
