/** Two thousand transactions in one process, and how many rows they left. */
import { Ledger } from "@trunkline/dataset"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const main = Effect.gen(function*() {
  const ledger = yield* Ledger.open(process.argv[2] ?? "")
  yield* Effect.forEach(
    Array.from({ length: 2000 }, (_, index) => index),
    (index) =>
      ledger.transaction(
        "state commit",
        (transaction) => transaction.run("INSERT INTO facts VALUES ('allo', '-', ?, 'x')", `fact ${index}`)
      ),
    { concurrency: 20, discard: true }
  )
  const rows = yield* ledger.all(Schema.Struct({ count: Schema.Number }), "SELECT count(*) AS count FROM facts")
  const settings = yield* ledger.all(Schema.Struct({ synchronous: Schema.Number }), "PRAGMA synchronous")
  yield* Console.log(`${rows[0]?.count} rows, synchronous ${settings[0]?.synchronous}`)
}).pipe(Effect.scoped)

Effect.runFork(main)
