/** What a nightly run costs: a dataset that holds many calls meets a few that are new or have changed. */
import { cpSync } from "node:fs"
import { join } from "node:path"
import { exported } from "./cost.js"
import { inFolder, parquetFiles } from "./folders.js"
import type { Ours } from "./ours.js"
import { median, table } from "./print.js"
import { type Spent, withServer } from "./processes.js"
import { changes, held, turns } from "./settings.js"
import { later, type World, world } from "./world.js"

interface Night extends Spent<Ours> {
  readonly rewritten: number
  readonly partitions: number
}

const night = (base: string, url: string, world: World): Promise<Night> =>
  inFolder(async (folder) => {
    const out = join(folder, "data")
    cpSync(base, out, { recursive: true, preserveTimestamps: true })
    const before = new Map(parquetFiles(join(out, "calls")).map(({ inode, path }) => [path, inode]))
    const spent = await exported(world, url, out)
    const after = parquetFiles(join(out, "calls"))
    return {
      ...spent,
      rewritten: after.filter(({ inode, path }) => before.get(path) !== inode).length,
      partitions: after.length
    }
  })

export const incremental = (): Promise<string> =>
  inFolder(async (folder) => {
    const base = join(folder, "base")
    const before = world("items", held)
    await withServer(before, (url) => exported(before, url, base))
    const lines: Array<ReadonlyArray<string>> = []
    for (const count of changes) {
      const nights = await withServer(later(before, count), async (url) => {
        const found: Array<Night> = []
        for (let turn = 0; turn < turns; turn++) found.push(await night(base, url, before))
        return found
      })
      const of = (value: (one: Night) => number) => median(nights.map(value))
      lines.push([
        String(held),
        String(count),
        `${of(({ said }) => said.new)} and ${of(({ said }) => said.updated)}`,
        of(({ cpu }) => cpu).toFixed(2),
        of(({ seconds }) => seconds).toFixed(1),
        of(({ peak }) => peak ?? Number.NaN).toFixed(0),
        `${of(({ rewritten }) => rewritten)} of ${of(({ partitions }) => partitions)}`
      ])
    }
    return table(
      ["calls held", "changes", "new and updated", "CPU, s", "seconds", "peak, MB", "partitions rewritten"],
      lines
    )
  })
