/** Exports composed from the engine, against the sandbox. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { AlloClient } from "@trunkline/allo"
import { tables } from "@trunkline/calls"
import { DatasetReader } from "@trunkline/dataset/DatasetReader"
import * as Verify from "@trunkline/dataset/Verify"
import { Sandbox } from "@trunkline/sandbox"
import { Effect, Layer, Redacted } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { linesOf, talks, talksOf } from "../src/export.js"

const Allo = Layer.unwrapEffect(
  Effect.map(Sandbox, ({ alloUrl, keys }) => AlloClient.layer({ apiKey: Redacted.make(keys.allo), baseUrl: alloUrl }))
).pipe(
  Layer.provideMerge(Sandbox.layer({
    size: 3000,
    movement: false,
    rateLimit: { reads: 1000, writes: 1000 }
  })),
  Layer.provide(NodeHttpClient.layerUndici)
)

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "trunkline-composed-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const certified = (out: string) =>
  Effect.flatMap(DatasetReader, ({ certificates }) => certificates).pipe(
    Effect.map((all) => all.filter(({ verdict }) => verdict === "certified")),
    Effect.provide(DatasetReader.layer({ out }))
  )

it.scopedLive("some lines of an account are certified by themselves, and a second run reads what is recent only", () =>
  Effect.gen(function*() {
    const out = join(yield* folder, "data")
    const { history, lines } = yield* Sandbox
    const [first = "", second = ""] = lines
    const report = yield* linesOf(out, [first, second])
    assert.deepStrictEqual([report.exitCode, report.problems], [0, []])
    assert.isNotNull(report.certifiedUntil["allo"])

    const served = yield* history.mustHaveSeen({ source: "allo" })
    const rows = (report.rows["calls"] ?? 0) + (report.rows["messages"] ?? 0)
    assert.isAbove(rows, 0)
    assert.isBelow(rows, served.size)
    const scopes = new Set((yield* certified(out)).map(({ scope }) => scope))
    assert.strictEqual(scopes.size, 2)
    for (const scope of scopes) assert.match(scope, /\/line-[0-9a-f]{12}$/)
    assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])

    const again = yield* linesOf(out, [first, second])
    assert.deepStrictEqual([again.exitCode, again.new, again.updated], [0, 0, 0])
    assert.isBelow(again.requests.total, report.requests.total)
  }).pipe(Effect.provide(Allo)))

it.scopedLive("a caller's own table holds one row for every call, with the vendor's proof", () =>
  Effect.gen(function*() {
    const out = join(yield* folder, "data")
    const { history } = yield* Sandbox
    const report = yield* talksOf(out)
    assert.deepStrictEqual([report.exitCode, report.problems], [0, []])
    const calls = yield* history.mustHaveSeen({ source: "allo", type: "CALL" })
    assert.strictEqual(report.rows["talks"], calls.size)
    assert.isNotEmpty(yield* certified(out))
    assert.deepStrictEqual((yield* Verify.folder({ out, tables: [talks] })).problems, [])
  }).pipe(Effect.provide(Allo)))
