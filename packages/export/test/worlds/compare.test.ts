/** Whether the APIs still hold what the dataset holds. */
import { assert, it } from "@effect/vitest"
import * as Remote from "@trunkline/export/Compare"
import { Stop } from "@trunkline/export/Stop"
import { Sandbox } from "@trunkline/sandbox"
import { Effect, Layer } from "effect"
import { folder, type Keys, sources } from "../fixtures/account.js"
import { rows, tampered } from "../fixtures/proxy.js"
import { contents, day, reading, rowsOf, run, unhurried } from "../fixtures/runs.js"

const world = Sandbox.layer({ ...unhurried, size: 300, allomiaCalls: 90, organizations: 3, days: 60, movement: false })

const compare = (out: string, keys: Keys = {}) =>
  reading(
    out,
    (dataset) => Remote.compare(dataset).pipe(Effect.provide(Layer.mergeAll(sources(keys), Stop.layer)))
  )

it.scopedLive("what is the same on either side costs a few requests a list, and differs nowhere", () =>
  Effect.gen(function*() {
    const { history } = yield* Sandbox
    const out = yield* folder
    yield* run(out)
    const before = yield* contents(out)
    const total = yield* history.total
    const report = yield* compare(out)
    assert.deepStrictEqual([report.exitCode, report.differing, report.problems], [0, [], []])
    assert.isAtLeast(report.windows, 3)
    // Of the key, of each organisation, and of each line.
    assert.isBelow((yield* history.total) - total, 8 * report.counted.length)
    for (const { here, there } of report.counted) assert.strictEqual(here, there)
    assert.deepStrictEqual(yield* contents(out), before)
  }).pipe(Effect.provide(world)))

it.scopedLive("what was deleted over there is named and no fault; what is lacking here is", () =>
  Effect.gen(function*() {
    const { organizations, world } = yield* Sandbox
    const out = yield* folder
    yield* run(out)
    const now = yield* world.now
    const aged = (source: string) =>
      Effect.map(rowsOf(out, "calls", `source = '${source}'`), (calls) =>
        String(
          calls.filter((row) => Date.parse(String(row["started_at"])) < now - 20 * day)[3]?.["call_id"]
        ))
    const [ours, theirs] = [yield* aged("allo"), yield* aged("allomia")]
    for (const id of [ours, theirs]) assert.isTrue(yield* world.remove(id))
    const deleted = yield* compare(out)
    assert.strictEqual(deleted.exitCode, 0)
    assert.deepStrictEqual(deleted.differing.flatMap(({ missingHere }) => missingHere), [])
    assert.deepStrictEqual(
      deleted.differing.flatMap(({ missingThere }) => missingThere).toSorted(),
      [ours, theirs].toSorted()
    )
    for (const { here, there } of deleted.differing) assert.strictEqual(here, Number(there) + 1)

    // Two of each, since one that goes and one that comes leave a count as it was, and counts are what is compared.
    const late = yield* Effect.all([30, 31].flatMap((days) => [
      world.arrive({ source: "allo", startedAt: now - days * day }),
      world.arrive({ source: "allomia", startedAt: now - days * day, organizationId: organizations[0]?.id ?? "" })
    ]))
    const lacking = yield* compare(out)
    assert.deepStrictEqual([lacking.exitCode, lacking.problems], [4, []])
    assert.deepStrictEqual(lacking.differing.flatMap(({ missingHere }) => missingHere).toSorted(), late.toSorted())
    yield* run(out, { full: true })
    const mended = yield* compare(out)
    assert.deepStrictEqual([mended.exitCode, mended.differing.flatMap(({ missingHere }) => missingHere)], [0, []])
  }).pipe(Effect.provide(world)))

it.scopedLive("what lies in quarantine is not missing", () =>
  Effect.gen(function*() {
    const { control, sandbox } = yield* tampered
    const out = yield* folder
    const now = yield* sandbox.world.now
    const [bad = "", gone = ""] = yield* sandbox.history.mayHaveSeen({
      source: "allo",
      type: "CALL",
      from: now - 40 * day,
      to: now - 20 * day
    })
    control.tamper = (_, { body, status }) => ({
      status,
      body: rows(body, (row) => row["id"] === bad ? { ...row, type: "FAX" } : row)
    })
    const through = Effect.provideService(Sandbox, sandbox)
    yield* through(run(out, {}, { allomia: null }))
    yield* sandbox.world.remove(gone)
    const report = yield* through(compare(out, { allomia: null }))
    assert.deepStrictEqual(
      [report.exitCode, report.differing.map(({ missingHere, missingThere }) => ({ missingHere, missingThere }))],
      [0, [{ missingHere: [], missingThere: [gone] }]]
    )
  }).pipe(Effect.provide(world)))

it.scopedLive("a key that was revoked is told, and the other source is compared", () =>
  Effect.gen(function*() {
    const { keys, world } = yield* Sandbox
    const out = yield* folder
    yield* run(out)
    yield* world.revoke(keys.allo)
    const report = yield* compare(out)
    assert.deepStrictEqual([report.exitCode, report.problems.map(({ source, tag }) => [tag, source])], [4, [[
      "Unauthorized",
      "allo"
    ]]])
    assert.isAbove(report.windows, 0)
    const alone = yield* compare(out, { allomia: null })
    assert.deepStrictEqual([alone.exitCode, alone.windows], [3, 0])
  }).pipe(Effect.provide(world)))
