/** A dataset of two sources becomes two: each has its rows, certificates and what waits, and the first one is as it was. */
import { assert, it } from "@effect/vitest"
import { Dataset, Division, Run, Verify } from "@trunkline/dataset"
import { Disk } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { folder } from "./support.js"
import {
  call,
  landing,
  november,
  ofCalls,
  ofThreads,
  proof,
  read,
  seen,
  tables,
  thread,
  utc,
  within
} from "./tables.js"

const sources = ["allo", "allomia"]

/** Of each source a certified call, a thread that is landed and not published, a row in quarantine and a fact. */
const fill = (out: string) =>
  within(out, (dataset) =>
    Effect.gen(function*() {
      yield* dataset.beginRun({ id: "run", at: utc("2026-11-20T00:00:00Z"), command: "export", version: null })
      for (const source of sources) {
        const window = { ...november, source }
        yield* dataset.ask(source, "team", november.from)
        yield* dataset.land(
          landing([ofCalls(read(1, call("a", { agent: source })))], {
            window,
            proof: proof(),
            facts: { frontier: source }
          })
        )
        yield* dataset.land(
          landing([], { window: { ...window, stream: "bad" }, refused: [{ raw: "{}", reason: "date: is missing" }] })
        )
      }
      yield* dataset.publish
      yield* dataset.endRun({
        id: "run",
        at: utc("2026-11-20T00:05:00Z"),
        status: "certified",
        summary: { ...Run.silent, exit_code: 0 }
      })
      for (const source of sources) {
        yield* dataset.land(landing([ofThreads(read(2, thread(`+${source}`)))], { window: { ...november, source } }))
      }
    }))

const checked = (out: string) =>
  Effect.map(Verify.folder({ out, tables }), ({ problems, quarantined, rows }) => ({
    problems,
    quarantined,
    calls: rows["calls"],
    certificates: rows["certificates"],
    runs: rows["runs"]
  }))

it.scopedLive("a copy of a dataset keeps one source, whole", () =>
  Effect.gen(function*() {
    const out = yield* folder
    const from = join(out, "both")
    mkdirSync(from)
    yield* fill(from)
    const before = yield* checked(from)
    assert.deepStrictEqual(before.problems, [])
    for (const source of sources) {
      const to = join(out, source)
      yield* Division.copy({ from, to, tables }).pipe(
        Effect.zipRight(Division.keep({ out: to, tables, keeps: (one) => one === source })),
        Effect.provide(Disk.layer)
      )
      assert.deepStrictEqual(yield* checked(to), { problems: [], quarantined: 1, calls: 1, certificates: 1, runs: 1 })
      assert.deepStrictEqual(readdirSync(join(to, "calls")), [`source=${source}`])
      yield* within(to, (dataset) =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* dataset.sources, [source])
          assert.deepStrictEqual(
            (yield* dataset.intervals({ source, scope: "team", stream: "items" })).length,
            1
          )
          yield* dataset.publish
          assert.deepStrictEqual(
            (yield* seen(dataset, "threads", "contact")).map(({ contact }) => contact),
            [`+${source}`]
          )
          assert.deepStrictEqual((yield* dataset.runs(5)).map(({ run_id, status }) => [run_id, status]), [
            ["run", "certified"]
          ])
        }))
      assert.deepStrictEqual((yield* checked(to)).problems, [])
    }
    // The files are shared, and the first dataset has not changed.
    assert.deepStrictEqual(yield* checked(from), before)
    yield* within(from, (dataset) =>
      Effect.zipRight(
        dataset.publish,
        Effect.map(seen(dataset, "threads", "contact"), (rows) => assert.strictEqual(rows.length, 2))
      ))
  }), 60_000)

it.scopedLive("a publish that was killed is finished in every copy", () =>
  Effect.gen(function*() {
    const out = yield* folder
    const from = join(out, "both")
    mkdirSync(from)
    yield* fill(from)
    // The intent to publish is in the ledger by then.
    const dying = Disk.layerWatched((step, path) =>
      step === "rename" && path.includes("threads") ? Effect.die("killed") : Effect.void
    )
    const killed = yield* Effect.exit(
      Effect.flatMap(Dataset, ({ publish }) => publish).pipe(
        Effect.provide(Dataset.layer({ out: from, tables }).pipe(Layer.provide(dying)))
      )
    )
    assert.isTrue(Exit.isFailure(killed))
    for (const source of sources) {
      const to = join(out, source)
      yield* Division.copy({ from, to, tables }).pipe(
        Effect.zipRight(Division.keep({ out: to, tables, keeps: (one) => one === source })),
        Effect.provide(Disk.layer)
      )
      yield* within(to, (dataset) => dataset.publish)
      assert.deepStrictEqual((yield* checked(to)).problems, [])
    }
  }), 60_000)
