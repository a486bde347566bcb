/** What a whole export costs beside loops that many would write: processor time and memory, each turn in a process of its own. */
import { inFolder } from "./folders.js"
import type { Ours } from "./ours.js"
import { median, table } from "./print.js"
import { inProcess, type Spent, withServer } from "./processes.js"
import { sizes, turns } from "./settings.js"
import { begin, day, type Kind, type World, world } from "./world.js"

const variants = {
  floor: "(a) fetch and JSON.parse",
  copied: "(b) NDJSON, COPY",
  lite: "(c) parquetjs-lite",
  hyparquet: "(d) hyparquet-writer",
  ours: "(e) Export.run"
} as const
type Variant = keyof typeof variants
const order: ReadonlyArray<Variant> = ["floor", "copied", "lite", "hyparquet", "ours"]

const kindNames = {
  items: "Allo items",
  transcripts: "Allo items with transcripts",
  calls: "Allomia calls with details"
} satisfies Record<Kind, string>

/** A whole export, which has to end certified. */
export const exported = async (world: World, url: string, out: string): Promise<Spent<Ours>> => {
  // The command gives itself a young generation of this size as well.
  const words = [world.kind, url, out, String(begin(world) - day)]
  const spent = await inProcess<Ours>("ours", words, ["--max-semi-space-size=4"])
  if (spent.said.exitCode !== 0) {
    throw new Error(`the export ended with ${spent.said.exitCode}: ${spent.said.problems.join("; ")}`)
  }
  return spent
}

/** One turn, which has to read every row. */
const take = (variant: Variant, of: World, url: string): Promise<Spent<number>> =>
  inFolder(async (out) => {
    const found = variant === "ours"
      ? await exported(of, url, out).then((spent) => ({ ...spent, said: spent.said.calls }))
      : await inProcess<number>("loop", [variant, of.kind, url, out])
    if (found.said !== of.rows) throw new Error(`${variants[variant]} has ${found.said} of ${of.rows} rows`)
    return found
  })

const compare = async (of: World) => {
  const spent = new Map<Variant, Array<Spent<number>>>(order.map((variant) => [variant, []]))
  await withServer(of, async (url) => {
    // One after the other, so that a busy moment of the machine meets all of them.
    for (let turn = 0; turn < turns; turn++) {
      for (const variant of order) spent.get(variant)?.push(await take(variant, of, url))
    }
  })
  const middle = (variant: Variant, value: (one: Spent<number>) => number) =>
    median((spent.get(variant) ?? []).map(value))
  const cpu = (variant: Variant) => middle(variant, (one) => one.cpu / of.rows * 1e6)
  return order.map((variant) => [
    kindNames[of.kind],
    String(of.rows),
    variants[variant],
    cpu(variant).toFixed(1),
    (cpu(variant) / cpu("floor")).toFixed(1),
    (cpu(variant) / cpu("copied")).toFixed(2),
    middle(variant, (one) => one.seconds).toFixed(1),
    middle(variant, (one) => one.peak ?? Number.NaN).toFixed(0)
  ])
}

export const cost = async (): Promise<string> => {
  const lines: Array<ReadonlyArray<string>> = []
  for (const { kind, rows } of sizes()) lines.push(...await compare(world(kind, rows)))
  return table(["what", "rows", "by", "CPU, us a row", "x (a)", "x (b)", "seconds", "peak, MB"], lines)
}
