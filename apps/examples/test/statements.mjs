/** A shell of DuckDB in little: loads `trunkline.sql` of this folder and runs what it is given, statement by statement. */
import { DuckDBInstance } from "@duckdb/node-api"
import { readFileSync } from "node:fs"

const instance = await DuckDBInstance.create(":memory:")
const connection = await instance.connect()
await connection.run(readFileSync("trunkline.sql", "utf8"))
const rows = []
for (const text of JSON.parse(process.argv[2])) {
  const statements = await connection.extractStatements(text)
  for (let index = 0; index < statements.count; index++) {
    const prepared = await statements.prepare(index)
    rows.push((await prepared.runAndReadAll()).currentRowCount)
  }
}
console.log(JSON.stringify(rows))
