/** The history of runs says of each run what its report says, and of each scope since when it is certified. */
import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import { DateTime, Effect } from "effect"
import { folder } from "../fixtures/account.js"
import { reading, run, unhurried } from "../fixtures/runs.js"

const world = Sandbox.layer({ ...unhurried, size: 200, allomiaCalls: 40, organizations: 2, days: 20, movement: false })

it.scopedLive("every run is in the table, with what it proved of each scope", () =>
  Effect.gen(function*() {
    const out = yield* folder
    const first = yield* run(out, { version: "9.9.9" })
    yield* run(out, {}, { allo: "wrong" })
    const [second, found] = yield* reading(out, ({ runs }) => runs(9))
    assert.deepInclude(found, {
      run_id: first.runId,
      command: "export",
      version: "9.9.9",
      status: "certified",
      exit_code: 0,
      rows_new: first.new,
      requests: first.requests.total,
      windows_certified: first.windows.certified,
      problems: []
    })
    const landed = new Map(found?.rows_landed.map(({ rows, table_name }) => [table_name, rows]))
    assert.isAtLeast(landed.get("calls") ?? 0, first.rows["calls"] ?? Infinity)
    assert.deepStrictEqual(
      found?.scopes.map(({ from_at, proved, reconciled, source, until_at }) => [
        source,
        from_at === null,
        until_at === null,
        reconciled,
        proved
      ]).toSorted(),
      [["allo", false, false, true, true], ["allomia", false, false, true, true], ["allomia", false, false, true, true]]
    )
    // What is promised of a source is what all of its scopes have in common.
    const allomia = found?.scopes.flatMap(({ source, until_at }) =>
      source === "allomia" && until_at !== null ? [DateTime.formatIso(until_at)] : []
    )
    assert.strictEqual(allomia?.toSorted()[0], first.certifiedUntil["allomia"])

    assert.deepInclude(second, { status: "partial", exit_code: 4 })
    assert.deepStrictEqual(second?.problems, [{ tag: "Unauthorized", source: "allo", scope: null, count: 1 }])
    assert.deepStrictEqual(second?.scopes.map(({ proved, source }) => [source, proved]), [
      ["allomia", true],
      ["allomia", true]
    ])
    const published = yield* reading(
      out,
      ({ session }) => session.rows(`FROM read_parquet('${out}/runs/**/*.parquet')`)
    )
    assert.deepStrictEqual(
      published.map(({ run_id, status }) => [run_id, status]).toSorted(),
      [
        [first.runId, "certified"],
        [second?.run_id, "partial"]
      ].toSorted()
    )
  }).pipe(Effect.provide(world)))
