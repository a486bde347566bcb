/** Processes of the bench: a server for a while, and work whose time and memory are its own. */
import { fork } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { World } from "./world.js"

/** The command, as it is built. */
export const command = fileURLToPath(new URL("../../exporter/bin/trunkline.js", import.meta.url))

const fileOf = (name: string) => fileURLToPath(new URL(`./${name}.js`, import.meta.url))

export interface Spent<Said> {
  /** Processor time of the work, all threads together, without the loading of modules. */
  readonly cpu: number
  readonly seconds: number
  /** The high-water mark of the whole process, in megabytes; null where the system does not tell. */
  readonly peak: number | null
  readonly said: Said
}

const isSpent = <Said>(value: unknown): value is Spent<Said> =>
  typeof value === "object" && value !== null && "cpu" in value

/** Of a process that runs. */
export const peakOf = (id: number | "self"): number | null => {
  try {
    const found = /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))
    return found === null ? null : Number(found[1]) / 1024
  } catch {
    return null
  }
}

/** In the process that works: measures it, and tells. */
export const measured = async <Said>(work: () => Promise<Said>): Promise<void> => {
  const [before, began] = [process.cpuUsage(), performance.now()]
  const said = await work()
  const { system, user } = process.cpuUsage(before)
  const spent: Spent<Said> = {
    cpu: (user + system) / 1e6,
    seconds: (performance.now() - began) / 1000,
    peak: peakOf("self"),
    said
  }
  process.send?.(spent, () => process.exit(0))
}

/** Runs a file of the bench, and hands on what it tells. */
export const inProcess = <Said>(
  name: string,
  words: ReadonlyArray<string>,
  nodeOptions: ReadonlyArray<string> = []
): Promise<Spent<Said>> =>
  new Promise((resolve, reject) => {
    const child = fork(fileOf(name), words, { execArgv: [...process.execArgv, ...nodeOptions] })
    let told: Spent<Said> | null = null
    child.on("message", (value) => {
      if (isSpent<Said>(value)) told = value
    })
    child.once("error", reject)
    child.once(
      "close",
      (code) => told === null ? reject(new Error(`${name} ${words.join(" ")} ended with ${code}`)) : resolve(told)
    )
  })

/** The address of a server of this world, for as long as it is used. */
export const withServer = <A>(world: World, use: (url: string) => Promise<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    const child = fork(fileOf("server"), [JSON.stringify(world)])
    child.once("error", reject)
    child.once("message", (url) => {
      use(String(url)).then(resolve, reject).finally(() => child.disconnect())
    })
  })
