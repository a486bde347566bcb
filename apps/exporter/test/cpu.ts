/** What processes of this machine have used, where the system says it in /proc. */
import { readdirSync, readFileSync } from "node:fs"

/** The fields behind the name of a process, which may hold anything. */
const stat = (pid: number): ReadonlyArray<string> => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8")
    return text.slice(text.lastIndexOf(")") + 2).split(" ")
  } catch {
    return []
  }
}

const ticks = (fields: ReadonlyArray<string>, from: number, to: number): number =>
  fields.slice(from, to).reduce((sum, field) => sum + Number(field), 0) / 100

/** Seconds that one process has computed. */
export const seconds = (pid: number): number => ticks(stat(pid), 11, 13)

/** The same with its children, those that ended among them. */
export const below = (pid: number): number =>
  readdirSync("/proc").map(Number).filter((one) => Number(stat(one)[1]) === pid)
    .reduce((sum, one) => sum + seconds(one), ticks(stat(pid), 11, 15))

/** Megabytes that a process has taken at most. */
export const memory = (pid: number): number =>
  Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024)
