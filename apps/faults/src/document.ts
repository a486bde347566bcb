/** The page about what was found, and the same as lines for a terminal. */
import type { Done, Head } from "./Results.js"
import { kinds, type Row } from "./Row.js"
import type { Run } from "./Runs.js"

export const replay = ({ number, row, seed }: Pick<Done, "number" | "row" | "seed">): string =>
  `npm run faults -- --row ${row} --seed ${seed} --case ${number}`

const number = (value: number): string => value.toLocaleString("en-US")

const text = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

/** As the formatter of this repository writes a table: the first column to the left, numbers to the right. */
const aligned = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const [head = [], ...others] = rows
  const widths = head.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)))
  const cells = (row: ReadonlyArray<string>) =>
    text(row.map((cell, column) => column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
  const rule = widths.map((width, column) => column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)
  return [cells(head), text(rule), ...others.map(cells)]
}

const introduction = `# Faults

\`npm run faults\` breaks an export on purpose, again and again, and checks after each case that nothing was lost. It wrote this
page. A case is right when all of this holds:

- Every row that was visible throughout a run is published as it was served during that run, and no row that was never served.
- After the fault has ended and one more run is made, the tables equal every row that was ever exported or is still visible.
- No key stands twice, \`verify\` reads every file and knows it, and exit code and status are right.
- No API key stands in a written byte, and no number, summary or transcript in output, logs, spans and errors.
- It ended in time.

Each row counts its cases, and those of them in which a row was lost, doubled or invented, a secret leaked, a run hung or
misreported its end. Minutes are those of all processes together.
`

const sum = <A>(all: ReadonlyArray<A>, of: (one: A) => number): number => all.reduce((sum, one) => sum + of(one), 0)

const runOf = ({ began, part, rows, seed, versions }: Run): string =>
  `- ${part === "soak" ? "Soak, seed" : "Seed"} ${seed}, begun ${began.slice(0, 10)}: ${
    number(sum(rows, ({ cases }) => cases))
  } cases in ${Math.round(sum(rows, ({ minutes }) => minutes))} minutes of work. ${versions}.`

/** The page about these runs: each of these rows, over all of them. */
export const page = (runs: ReadonlyArray<Run>, rows: ReadonlyArray<Row>): string => {
  const table = aligned([
    ["fault", "cases", ...kinds, "minutes"],
    ...rows.flatMap(({ name, words }) => {
      const own = runs.flatMap((run) => run.rows.filter((row) => row.name === name))
      const skipped = sum(own, (row) => row.skipped)
      return own.length === 0 ? [] : [[
        words,
        `${number(sum(own, ({ cases }) => cases))}${skipped > 0 ? ` (${number(skipped)} not possible here)` : ""}`,
        ...kinds.map((kind) => number(sum(own, ({ found }) => found[kind]))),
        sum(own, ({ minutes }) => minutes).toFixed(1)
      ]]
    })
  ])
  const failed = runs.flatMap((run) => run.failed)
  return [
    introduction,
    ...table,
    "",
    "Runs:",
    "",
    ...runs.map(runOf),
    "",
    ...failed.length === 0
      ? ["No case failed."]
      : ["Cases that failed, each with the command that makes it again:", ""],
    ...failed.map((done) => `- \`${replay(done)}\``),
    ""
  ].join("\n")
}

export const versions = (): string => `Node ${process.versions.node}, ${process.platform} ${process.arch}`

export const headOf = (head: Pick<Head, "part" | "seed" | "program">): Head => ({
  ...head,
  began: new Date().toISOString(),
  versions: versions()
})
