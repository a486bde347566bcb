/** What a lake costs: pushes of nothing, of one changed partition and of twelve, and a restore, over a folder that plays the store. */
import { cpSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { inFolder } from "./folders.js"
import type { Moved } from "./lakeWork.js"
import { median, table } from "./print.js"
import { inProcess, type Spent } from "./processes.js"
import { lakeCalls, turns } from "./settings.js"

const does = (work: string, place: string, out: string, partitions = 0) =>
  inProcess<Moved>("lakeWork", [work, place, out, String(partitions)])

const kilobytes = (bytes: number) => (bytes / 1024).toFixed(0)

const line = (name: string, spent: ReadonlyArray<Spent<Moved>>) => {
  const of = (value: (one: Spent<Moved>) => number) => median(spent.map(value))
  return [
    name,
    of(({ said }) => said.requests).toFixed(0),
    kilobytes(of(({ said }) => said.sent)),
    kilobytes(of(({ said }) => said.fetched)),
    of(({ seconds }) => seconds).toFixed(2),
    of(({ cpu }) => cpu).toFixed(2),
    of(({ peak }) => peak ?? Number.NaN).toFixed(0)
  ]
}

/** A copy of a dataset and its lake, which know each other by their new places. */
const copied = async <A>(base: string, use: (place: string, out: string) => Promise<A>): Promise<A> =>
  inFolder((folder) => {
    cpSync(base, folder, { recursive: true, preserveTimestamps: true })
    const known = join(folder, "data/_trunkline/lake.json")
    writeFileSync(known, readFileSync(known, "utf8").replace(join(base, "lake"), join(folder, "lake")))
    return use(join(folder, "lake"), join(folder, "data"))
  })

export const lake = (): Promise<string> =>
  inFolder(async (base) => {
    const [place, out] = [join(base, "lake"), join(base, "data")]
    await does("make", place, out)
    const lines = [line(`first push of ${lakeCalls} calls`, [await does("push", place, out)])]
    for (const partitions of [0, 1, 12]) {
      const pushes: Array<Spent<Moved>> = []
      for (let turn = 0; turn < turns; turn++) {
        pushes.push(
          await copied(base, async (place, out) => {
            await does("change", place, out, partitions)
            return does("push", place, out)
          })
        )
      }
      lines.push(line(`push of ${partitions} changed partitions`, pushes))
    }
    for (
      const [work, name] of [["restore", "restore"], ["all", "restore --all"], ["check", "verify --lake"]] as const
    ) {
      const found: Array<Spent<Moved>> = []
      for (let turn = 0; turn < turns; turn++) {
        found.push(await inFolder((folder) => does(work, place, join(folder, "data"))))
      }
      lines.push(line(name, found))
    }
    return table(["what", "requests", "sent, KiB", "fetched, KiB", "seconds", "CPU, s", "peak, MB"], lines)
  })
