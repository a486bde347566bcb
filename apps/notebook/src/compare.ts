/** Where two versions of a notebook part, told so that one finds it. */
import type { Notebook, Output } from "./Notebook.js"

const lines = (cell: Notebook["cells"][number]): ReadonlyArray<string> => [
  ...cell.source.split("\n"),
  ...(cell.cell_type === "code" ? cell.outputs.flatMap((output) => [output.output_type, ...shown(output)]) : [])
]

const shown = (output: Output): ReadonlyArray<string> =>
  JSON.stringify(output, null, 1).replaceAll("\\n", "\n").split("\n")

/** One line for each cell that differs; empty when nothing that matters does. */
export const compare = (committed: Notebook, fresh: Notebook): ReadonlyArray<string> => {
  if (committed.cells.length !== fresh.cells.length) return ["the number of cells differs"]
  return fresh.cells.flatMap((cell, index) => {
    const before = committed.cells[index]
    if (before === undefined || before.id !== cell.id) return [`cell ${cell.id} is another one`]
    const [old, now] = [lines(before), lines(cell)]
    const at = now.findIndex((line, index) => line !== old[index])
    if (at === -1 && old.length === now.length) return []
    return [`cell ${cell.id} shows something else:\n  - ${cut(old[at])}\n  + ${cut(now[at])}`]
  })
}

const cut = (line: string | undefined): string => (line ?? "(nothing)").trim().slice(0, 160)
