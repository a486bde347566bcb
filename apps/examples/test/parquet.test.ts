/** One file out of a stream of items: every call once, as DuckDB counts them. */
import { DuckDBConnection } from "@duckdb/node-api"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { AlloClient, Conversations } from "@trunkline/allo"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { download } from "../src/parquet.js"

const Allo = Layer.unwrapEffect(Effect.map(Sandbox, ({ alloUrl, keys }) =>
  Conversations.layer.pipe(
    Layer.provide(AlloClient.layer({ apiKey: Redacted.make(keys.allo), baseUrl: alloUrl }))
  ))).pipe(
    Layer.provideMerge(Sandbox.layer({ size: 400, movement: false, rateLimit: false })),
    Layer.provide(NodeHttpClient.layerUndici)
  )

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "trunkline-example-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

describe("the Parquet example", () => {
  it.scopedLive("streams every call into one file that DuckDB counts", () =>
    Effect.gen(function*() {
      const inside = yield* folder
      const path = join(inside, "calls.parquet")
      const written = yield* download(path)

      const { history } = yield* Sandbox
      const calls = yield* history.mustHaveSeen({ source: "allo", type: "CALL" })
      assert.isAbove(calls.size, 100)
      assert.strictEqual(written.rows, calls.size)
      const counted = yield* Effect.promise(async () => {
        const connection = await DuckDBConnection.create()
        const found = await connection.runAndReadAll(
          `SELECT count(*)::INTEGER AS rows, count(DISTINCT id)::INTEGER AS ids, typeof(any_value(started_at)) AS type
           FROM read_parquet('${path}')`
        )
        connection.closeSync()
        return found.getRowObjectsJS()
      })
      assert.deepStrictEqual(counted, [{ rows: calls.size, ids: calls.size, type: "TIMESTAMP" }])
      assert.deepStrictEqual(readdirSync(inside), ["calls.parquet"])
    }).pipe(Effect.provide(Allo)), 30_000)

  it("is a program of less than twenty lines", () => {
    const text = readFileSync(fileURLToPath(new URL("../src/parquet.ts", import.meta.url)), "utf8")
    const lines = text.split("\n").filter((line) => !/^(import|\/\*\*|$)/.test(line))
    assert.isBelow(lines.length, 20)
  })
})
