/** Ten million rows, account by account. */
import { ParquetFiles } from "@trunkline/dataset"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { reading, run, unhurried } from "../../../../packages/export/test/fixtures/runs.js"
import * as Oracle from "../oracle.js"
import { type Row, wrongOf } from "../Row.js"
import * as Still from "../still.js"

const rows = 2_000_000

export const soak: Row = {
  name: "soak",
  words: "Accounts of 2,000,000 rows each, exported whole",
  cases: { whole: 0, ten: 0, one: 0, soak: 5 },
  seconds: 4 * 3600,
  make: Effect.succeed(({ number, seed }) =>
    Effect.gen(function*() {
      const sandbox = yield* Still.sandboxOf({
        ...unhurried,
        seed: seed + number,
        size: rows,
        allomiaCalls: 0,
        days: 1000,
        movement: false,
        keptRequests: 100
      })
      // On a disk: a folder in memory would take it from the export.
      const root = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "trunkline-soak-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
      )
      const out = join(root, "out")
      const report = yield* run(out, { details: false }, { allomia: null }).pipe(
        Effect.provideService(Sandbox, sandbox)
      )
      const visible = yield* sandbox.history.mustHaveSeen({ source: "allo" })
      const found = yield* reading(out, ({ session }) =>
        session.rows(
          `SELECT count(*)::INTEGER AS rows, count(DISTINCT id)::INTEGER AS keys FROM (
            SELECT call_id AS id FROM ${ParquetFiles.tree(out, "calls")} UNION ALL
            SELECT message_id FROM ${ParquetFiles.tree(out, "messages")})`
        ))
      const [held, keys] = [Number(found[0]?.["rows"]), Number(found[0]?.["keys"])]
      return [
        ...Oracle.ofReport(report),
        ...report.exitCode === 0 ? [] : [wrongOf(`exit ${report.exitCode}`)],
        ...held === keys ? [] : [wrongOf(`${held - keys} keys stand twice`)],
        ...keys === visible.size ? [] : [wrongOf(`${visible.size - keys} of ${visible.size} rows are missing`)],
        ...yield* Oracle.ofFolder(out)
      ]
    })
  )
}
