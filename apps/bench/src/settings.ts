/** What the environment may set for every measurement. */
import { isKind, type Kind, kinds } from "./world.js"

const words = (name: string): ReadonlyArray<string> =>
  (process.env[`TRUNKLINE_BENCH_${name}`] ?? "").split(/[\s,]+/).filter((word) => word !== "")

const numbers = (name: string, usual: ReadonlyArray<number>): ReadonlyArray<number> => {
  const given = words(name).map((word) => Number(word.replaceAll("_", "")))
  return given.length === 0 ? usual : given
}

/** So many turns of each variant, one after the other. */
export const turns = numbers("TURNS", [3])[0] ?? 3

/** So few by default that all of them end within minutes. */
const few = { items: 10_000, transcripts: 1000, calls: 2000 } satisfies Record<Kind, number>

export const sizes = (): ReadonlyArray<{ readonly kind: Kind; readonly rows: number }> => {
  const chosen = words("KINDS").filter(isKind)
  return (chosen.length === 0 ? kinds : chosen).flatMap((kind) =>
    numbers("ROWS", [few[kind]]).map((rows) => ({ kind, rows }))
  )
}

/** Calls that a dataset holds, before a run that finds changes and where published files are compared. */
export const held = numbers("HELD", [50_000])[0] ?? 50_000
export const changes = numbers("CHANGES", [100, 1000, 10_000])

/** Calls of a dataset that is pushed into a lake. */
export const lakeCalls = numbers("CALLS", [100_000])[0] ?? 100_000
