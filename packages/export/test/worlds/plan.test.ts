/** What a plan says, against what the run then does. */
import { assert, it } from "@effect/vitest"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import type * as Export from "@trunkline/export/Export"
import * as Plan from "@trunkline/export/Plan"
import { Stop } from "@trunkline/export/Stop"
import { Sandbox } from "@trunkline/sandbox"
import { DateTime, Effect, Layer, Option } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { defaults, folder, type Keys, sources } from "../fixtures/account.js"
import { counted, day, filesOf, reading, tags, unhurried } from "../fixtures/runs.js"

const organizations = 3

const world = Sandbox.layer({
  ...unhurried,
  size: 1200,
  allomiaCalls: 200,
  organizations,
  days: 80,
  movement: false
})

/** It counts the items of the team, the conversations of seven lines and the calls of each organisation, and tries the filters. */
const mostSpent = 40 + 1 + 7 + organizations

/** A plan, and how many requests it took. */
const plan = (out: string, options: Partial<Export.Options> = {}, keys: Keys = {}) =>
  Effect.gen(function*() {
    const { history } = yield* Sandbox
    const total = yield* history.total
    const make = (dataset: Option.Option<Readable>) =>
      Plan.make({ ...defaults, ...options, out, dataset }).pipe(
        Effect.provide(Layer.mergeAll(sources(keys), Stop.layer))
      )
    const report = yield* (existsSync(join(out, "_trunkline"))
      ? reading(out, (dataset) => make(Option.some(dataset)))
      : make(Option.none()))
    return { report, spent: (yield* history.total) - total }
  })

/** Rows to within the day that is added at either end, requests to within a tenth and what it takes to begin. */
const assertHolds = (
  planned: Effect.Effect.Success<ReturnType<typeof plan>>,
  done: { readonly rows: number; readonly requests: number },
  overhead = 30
) => {
  assert.deepStrictEqual([planned.report.exitCode, planned.report.problems], [0, []])
  assert.isAtLeast(planned.report.rows, done.rows)
  assert.isAtMost(planned.report.rows, done.rows * 1.1 + 20)
  assert.isAtLeast(planned.report.requests, (done.requests - overhead) * 0.9)
  assert.isAtMost(planned.report.requests, done.requests * 1.1)
}

it.scopedLive("without a dataset it says what the first run will do, and writes nothing", () =>
  Effect.gen(function*() {
    const out = join(yield* folder, "not", "there")
    const planned = yield* plan(out)
    assert.isFalse(existsSync(join(out, "..")))
    assert.isBelow(planned.spent, mostSpent)
    const { report, requests } = yield* counted(out)
    assertHolds(planned, { rows: report.rows.calls + report.rows.messages, requests })
    assert.deepStrictEqual(planned.report.scopes.map(({ source }) => source), ["allo", "allomia", "allomia", "allomia"])
    assert.strictEqual(planned.report.rows, planned.report.scopes.reduce((sum, { rows }) => sum + rows, 0))
  }).pipe(Effect.provide(world)))

it.scopedLive("with a dataset it says what the next run will do, and changes nothing in it", () =>
  Effect.gen(function*() {
    const { world } = yield* Sandbox
    const out = yield* folder
    const first = yield* counted(out, { details: false })
    const files = filesOf(out)
    const now = yield* world.now
    const recent = DateTime.unsafeMake(now - 120 * day)
    // Details that were left, everything again, and more of a longer range.
    for (
      const options of [{}, { full: true }, { transcripts: true, since: recent }] satisfies ReadonlyArray<
        Partial<Export.Options>
      >
    ) {
      const planned = yield* plan(out, options)
      assert.isBelow(planned.spent, mostSpent)
      const { report, requests } = yield* counted(out, options)
      assert.strictEqual(report.exitCode, 0)
      assert.isAtLeast(planned.report.requests, (requests - 40) * 0.9, JSON.stringify(options))
      assert.isAtMost(planned.report.requests, requests * 1.1, JSON.stringify(options))
    }
    assert.isAbove(first.requests, 30)
    const second = yield* plan(out)
    assert.isBelow(second.report.rows, 500)
    assert.notDeepEqual(filesOf(out), files)
    const after = filesOf(out)
    yield* plan(out)
    assert.deepStrictEqual(filesOf(out), after)
  }).pipe(Effect.provide(world)))

it.scopedLive("of contact histories it counts the pages of these alone", () =>
  Effect.gen(function*() {
    const out = yield* folder
    const planned = yield* plan(out, { contacts: ["cnt-abc123"] })
    assert.deepStrictEqual(planned.report.scopes.map(({ source }) => source), ["allo"])
    const { report, requests } = yield* counted(out, { contacts: ["cnt-abc123"] })
    // Who the key belongs to, and its lines, are asked for by each.
    assert.strictEqual(planned.report.requests, requests - 2)
    assert.strictEqual(planned.report.rows, report.new)
    assert.strictEqual(planned.spent, 3)
    const unknown = yield* plan(out, { contacts: ["cnt-nobody"] })
    assert.deepStrictEqual([unknown.report.exitCode, tags(unknown.report)], [3, ["NotFound"]])
  }).pipe(Effect.provide(world)))

it.scopedLive("minutes are those of the slower lane at the pace that is allowed", () =>
  Effect.gen(function*() {
    const planned = yield* plan(yield* folder, {}, { allomia: null })
    const [scope] = planned.report.scopes
    // Five searches a second: pages of a hundred, and what still grows twice.
    assert.isAtLeast(scope?.minutes ?? 0, Math.floor((scope?.rows ?? 0) / 100) / 5 / 60)
    assert.isAtMost(scope?.minutes ?? 0, (scope?.requests ?? 0) / 5 / 60 + 0.1)
    assert.strictEqual(planned.report.minutes, scope?.minutes)
  }).pipe(
    Effect.provide(Sandbox.layer({
      size: 8000,
      allomiaCalls: 0,
      organizations: 1,
      days: 80,
      movement: false,
      rateLimit: { reads: 100, writes: 5 }
    }))
  ))
