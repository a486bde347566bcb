/** A process of its own, as an analyst starts it: in the folder, with DuckDB and trunkline.sql and nothing else. */
import { DuckDBInstance } from "@duckdb/node-api"
import { readFileSync } from "node:fs"

const instance = await DuckDBInstance.create(":memory:")
const connection = await instance.connect()
await connection.run(readFileSync("trunkline.sql", "utf8"))
const answers = {}
for (const query of JSON.parse(process.argv[2])) {
  answers[query] = (await connection.runAndReadAll(query)).getRowObjectsJson()
}
console.log(JSON.stringify(answers))
