/** ClickHouse with the Delta kernel, from npm. It is too large for a dependency: `node packages/lake/test/readers.js` fetches it. */
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"

/** A folder in which `npm install chdb` ran. */
export const folder = process.env["TRUNKLINE_CHDB"]

export const missing = folder === undefined || !existsSync(join(folder, "node_modules", "chdb"))

export const where = missing ? "chdb (TRUNKLINE_CHDB names no folder that has it)" : `chdb in ${folder}`

const script = `const { query } = require(process.env.TRUNKLINE_CHDB + "/node_modules/chdb")
let text = ""
process.stdin.on("data", (data) => { text += data })
process.stdin.on("end", () => process.stdout.write(JSON.stringify(JSON.parse(text).map((sql) => query(sql, "JSONEachRow")))))`

export type Row = Readonly<Record<string, unknown>>

const rowsOf = (lines: string): ReadonlyArray<Row> =>
  lines.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line))

/** The rows of each query, in a process of their own. It may read what is in this folder. */
export const ask = (
  within: string,
  queries: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<ReadonlyArray<Row>>> =>
  Effect.async((resume) => {
    const options = { cwd: within, maxBuffer: 256 * 1024 * 1024, env: { ...process.env, TZ: "UTC" } }
    const child = execFile(process.execPath, ["-e", script], options, (error, stdout, stderr) => {
      if (error !== null) return resume(Effect.dieMessage(`chdb: ${stderr.slice(0, 4000)}`))
      const answers: ReadonlyArray<string> = JSON.parse(stdout)
      resume(Effect.succeed(answers.map(rowsOf)))
    })
    child.stdin?.end(JSON.stringify(queries))
  })
