/** A small table with bars, for terminals and pipes alike. */

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

const length = (seconds: number) => `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, "0")}`

/** One line a group, the largest first: its size, its share, and the mean of the lengths that are not zero. */
export const bars = (title: string, groups: ReadonlyMap<string, ReadonlyArray<number>>): string => {
  const rows = [...groups].toSorted(([, a], [, b]) => b.length - a.length)
  const total = rows.reduce((sum, [, values]) => sum + values.length, 0)
  const widest = Math.max(...rows.map(([name]) => name.length), 0)
  const lines = rows.map(([name, values]) => {
    const share = values.length / total
    const talked = values.filter((value) => value > 0)
    return [
      name.padEnd(widest),
      String(values.length).padStart(6),
      `${(share * 100).toFixed(0).padStart(3)} %`,
      (talked.length === 0 ? "-" : length(mean(talked))).padStart(6),
      "#".repeat(Math.round(share * 40))
    ].join("  ").trimEnd()
  })
  const head = ["".padEnd(widest), "calls".padStart(6), "share", "mean".padStart(6)].join("  ")
  return [title, head, ...lines, ""].join("\n")
}
