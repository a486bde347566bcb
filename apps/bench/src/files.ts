/** How large published files are, and how fast DuckDB answers from them, beside its own `COPY` of the same rows. */
import { DuckDBInstance } from "@duckdb/node-api"
import { ParquetFiles } from "@trunkline/dataset"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { exported } from "./cost.js"
import { inFolder, parquetFiles } from "./folders.js"
import { median, table } from "./print.js"
import { withServer } from "./processes.js"
import { held, turns } from "./settings.js"
import { world } from "./world.js"

const queries = {
  "calls a day by outcome": "SELECT date_trunc('day', started_at), outcome, count(*) FROM calls GROUP BY ALL",
  "length by agent":
    "SELECT agent_id, median(duration_seconds), sum(duration_seconds) FROM calls WHERE direction = 'inbound' GROUP BY ALL",
  "callers of a month": `SELECT count(DISTINCT contact_number) FROM calls
    WHERE started_at >= (SELECT max(started_at) - INTERVAL 30 DAY FROM calls)`,
  "summaries about a refund": "SELECT count(*) FROM calls WHERE summary LIKE '%refund%'"
} as const

const megabytes = (folder: string) =>
  parquetFiles(join(folder, "calls")).reduce((sum, { bytes }) => sum + bytes, 0) / 1e6

const line = (what: string, unit: string, one: number, other: number) => [
  String(held),
  what,
  `${one.toFixed(1)} ${unit}`,
  `${other.toFixed(1)} ${unit}`,
  (one / other).toFixed(2)
]

export const files = (): Promise<string> =>
  inFolder(async (folder) => {
    const made = world("items", held)
    const published = join(folder, "data")
    await withServer(made, (url) => exported(made, url, published))
    const copied = join(folder, "copied")
    mkdirSync(copied)
    const instance = await DuckDBInstance.create()
    const connection = await instance.connect()
    await connection.run(`SET TimeZone = 'UTC'; SET threads = 1;
      COPY (SELECT * EXCLUDE (day) FROM ${ParquetFiles.tree(published, "calls")})
      TO '${join(copied, "calls")}' (FORMAT parquet, PARTITION_BY (source, month))`)
    const time = async (files: string, query: string): Promise<number> => {
      await connection.run(`CREATE OR REPLACE TEMP VIEW calls AS FROM ${ParquetFiles.tree(files, "calls")}`)
      const began = performance.now()
      await connection.runAndReadAll(query)
      return performance.now() - began
    }
    const lines: Array<ReadonlyArray<string>> = []
    lines.push(line("size", "MB", megabytes(published), megabytes(copied)))
    for (const [name, query] of Object.entries(queries)) {
      // The first answer of each also fills the cache of the system.
      for (const files of [published, copied]) await time(files, query)
      const pairs: Array<readonly [number, number]> = []
      for (let turn = 0; turn < 7 * turns; turn++) pairs.push([await time(published, query), await time(copied, query)])
      lines.push(line(name, "ms", median(pairs.map(([one]) => one)), median(pairs.map(([, other]) => other))))
    }
    connection.closeSync()
    instance.closeSync()
    return table(["calls", "what", "published", "COPY", "ratio"], lines)
  })
