/** The history of runs says of each run what its report says, and of each scope since when it is certified. */
import { assert, it } from "@effect/vitest"
import { DiskError } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import { DateTime, Effect } from "effect"
import { folder } from "../fixtures/account.js"
import { counted, reading, requestsSince, rowsOf, run, unhurried } from "../fixtures/runs.js"

const world = Sandbox.layer({
  ...unhurried,
  size: 200,
  allomiaCalls: 40,
  organizations: 2,
  days: 20,
  movement: false,
  keptRequests: 100_000
})

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

it.scopedLive("whoever and whatever calls and messages name has a row of its own, at no request", () =>
  Effect.gen(function*() {
    const out = yield* folder
    const { report, requests } = yield* counted(out)
    assert.deepStrictEqual([report.exitCode, report.requests.total], [0, requests])
    // Neither people nor tags are asked for: the records name them.
    const paths = (yield* requestsSince(0)).map(({ path }) => path)
    assert.deepStrictEqual(paths.filter((path) => /\/(users|tags)/.test(path)), [])
    const rows = (sql: string) => reading(out, ({ session }) => session.rows(sql))
    const of = (table: string) =>
      `read_parquet('${out}/${table}/**/*.parquet', hive_partitioning = true, union_by_name = true)`
    const items = `(SELECT source, agent_id, agent_name, line_number, tags FROM ${of("calls")}
      UNION ALL BY NAME SELECT source, agent_id, agent_name, line_number, tags FROM ${of("messages")})`
    for (
      const [table, key, named] of [
        ["agents", "agent_id", `SELECT DISTINCT source, agent_id FROM ${items} WHERE agent_id IS NOT NULL`],
        ["lines", "number", `SELECT DISTINCT source, line_number AS number FROM ${items} WHERE line_number <> ''`],
        ["tags", "tag", `SELECT DISTINCT source, unnest(tags) AS tag FROM ${items}`],
        ["organizations", "organization_id", `SELECT DISTINCT source, organization_id FROM ${of("calls")}`]
      ] as const
    ) {
      const missing = yield* rows(`SELECT * FROM (${named}) ANTI JOIN ${of(table)} USING (source, ${key})`)
      assert.deepStrictEqual(missing, [], table)
      const [counts] = yield* rows(
        `SELECT count(*)::INTEGER AS rows, count(DISTINCT (source, ${key}))::INTEGER AS keys FROM ${of(table)}`
      )
      assert.isAbove(Number(counts?.["rows"]), 0, table)
      assert.strictEqual(counts?.["rows"], counts?.["keys"], table)
    }
    const organizations = yield* rows(`SELECT source, name, zone FROM ${of("organizations")} ORDER BY ALL`)
    assert.deepStrictEqual(organizations.map(({ source, zone }) => [source, zone === null]), [
      ["allo", true],
      ["allomia", false],
      ["allomia", false]
    ])
    assert.isTrue(organizations.every(({ name }) => name !== null))
    const [differing] = yield* rows(
      `SELECT count(*)::INTEGER AS count FROM ${items} AS item JOIN ${of("agents")} AS agent USING (source, agent_id)
        WHERE item.agent_name IS DISTINCT FROM agent.name`
    )
    assert.deepStrictEqual(differing, { count: 0 })

    // Next time they are there already, and seen once more.
    const again = yield* run(out)
    assert.deepStrictEqual([again.exitCode, again.new, again.updated], [0, 0, 0])
    const [later] = yield* rows(
      `SELECT bool_and(first_seen_at <= last_seen_at) AS ordered, bool_or(first_seen_at < last_seen_at) AS again
        FROM ${of("organizations")}`
    )
    assert.deepStrictEqual(later, { ordered: true, again: true })
  }).pipe(Effect.provide(world)))

it.scopedLive("a run that fails while it publishes tells what it published, and the next one the rest", () =>
  Effect.gen(function*() {
    const out = yield* folder
    let writes = 0
    const before = (step: string) =>
      step === "partition write" && ++writes > 2
        ? Effect.fail(new DiskError({ step: "write", path: "x", code: "ENOSPC" }))
        : Effect.void
    const failed = yield* run(out, {}, { before })
    const shown = yield* Effect.map(
      Effect.forEach(
        ["calls", "messages", "conversations", "utterances"],
        (table) => Effect.map(rowsOf(out, table), ({ length }) => length)
      ),
      (counts) => counts.reduce((sum, count) => sum + count, 0)
    )
    assert.deepStrictEqual([failed.exitCode, failed.new], [2, shown])
    assert.isAbove(shown, 0)

    const { exitCode, new: rest } = yield* run(out)
    assert.deepStrictEqual([exitCode, shown + rest], [0, (yield* run(yield* folder)).new])
  }).pipe(Effect.provide(world)))
