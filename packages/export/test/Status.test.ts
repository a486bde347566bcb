/** What a dataset says of itself: certified or not, how long ago it was proved, and what is damaged. */
import { assert, describe, it } from "@effect/vitest"
import { tables } from "@trunkline/calls"
import type { Proof } from "@trunkline/dataset"
import { Dataset, DatasetReader, Run } from "@trunkline/dataset"
import type { Writable } from "@trunkline/dataset/Dataset"
import * as Grain from "@trunkline/export/Grain"
import * as Status from "@trunkline/export/Status"
import { Disk } from "@trunkline/parquet"
import { DateTime, Duration, Effect, Layer, TestClock } from "effect"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { folder } from "./fixtures/account.js"

const utc = (text: string) => DateTime.unsafeMake(text)
const now = utc("2026-11-20T08:00:00Z")
const hoursAgo = (hours: number) => DateTime.subtract(now, { hours })

const window = {
  source: "notes",
  scope: "team",
  stream: "items",
  from: utc("2026-11-01T00:00:00Z"),
  to: utc("2026-11-19T00:00:00Z")
}

const certify = (dataset: Writable, scope: string) =>
  Effect.gen(function*() {
    yield* dataset.ask("notes", scope, window.from)
    const walk: Proof.Walk = { totals: [0], keys: new Set(), refused: new Set(), requestIds: ["req_1"] }
    yield* dataset.land({
      window: { ...window, scope },
      proof: { verdict: "certified", lists: [{ kind: "window", walks: [walk, walk] }] },
      tables: [],
      runId: "run",
      readAt: hoursAgo(5)
    })
    yield* dataset.publish
  })

/** A run that ended so long ago, and what it says of scopes. */
const ran = (
  dataset: Writable,
  hours: number,
  scopes: Readonly<Record<string, boolean>>,
  problems: Run.Summary["problems"] = [],
  { status = problems.length === 0 ? "certified" : "partial", until = window.to }: {
    readonly status?: "certified" | "partial" | "failed"
    readonly until?: DateTime.Utc
  } = {}
) =>
  Effect.gen(function*() {
    const id = `run-${hours}`
    yield* dataset.beginRun({ id, at: hoursAgo(hours + 0.1), command: "export", version: null })
    yield* dataset.endRun({
      id,
      at: hoursAgo(hours),
      status,
      summary: {
        ...Run.silent,
        problems,
        scopes: Object.entries(scopes).map(([scope, proved]) => ({
          source: "notes",
          scope,
          from_at: window.from,
          until_at: until,
          reconciled: null,
          proved
        }))
      }
    })
  })

const uncertified = { tag: "Uncertified", source: "notes", scope: "team", count: 1 }

const cases: ReadonlyArray<{
  readonly name: string
  readonly life: (dataset: Writable) => Effect.Effect<void, unknown>
  readonly maxAge?: Duration.Duration
  readonly exitCode: number
  /** Tag and scope. */
  readonly problems?: ReadonlyArray<readonly [string, string | null]>
  readonly scopes?: ReadonlyArray<string>
}> = [
  { name: "nothing", life: () => Effect.void, exitCode: 4, problems: [["Uncertified", null]], scopes: [] },
  {
    name: "a scope that was asked for and never read",
    life: (dataset) => dataset.ask("notes", "team", window.from),
    exitCode: 4,
    problems: [["Uncertified", "team"]]
  },
  {
    name: "a certified scope, proved in time",
    life: (dataset) => Effect.zipRight(certify(dataset, "team"), ran(dataset, 5, { team: true })),
    maxAge: Duration.hours(26),
    exitCode: 0
  },
  {
    name: "a certified scope, proved too long ago",
    life: (dataset) => Effect.zipRight(certify(dataset, "team"), ran(dataset, 27, { team: true })),
    maxAge: Duration.hours(26),
    exitCode: 4,
    problems: [["Stale", "team"]]
  },
  {
    name: "a certified scope, proved in time by a run that read up to last year only",
    life: (dataset) =>
      Effect.zipRight(
        certify(dataset, "team"),
        ran(dataset, 5, { team: true }, [], { until: utc("2025-01-31T00:00:00Z") })
      ),
    maxAge: Duration.hours(26),
    exitCode: 4,
    problems: [["Stale", "team"]]
  },
  {
    name: "a certified scope, proved up to last year by the newest run and up to now by the one before",
    life: (dataset) =>
      Effect.all([
        certify(dataset, "team"),
        ran(dataset, 20, { team: true }),
        ran(dataset, 5, { team: true }, [], { until: utc("2025-01-31T00:00:00Z") })
      ]),
    maxAge: Duration.hours(26),
    exitCode: 0
  },
  {
    name: "a certified scope of any age",
    life: (dataset) => Effect.zipRight(certify(dataset, "team"), ran(dataset, 2700, { team: true })),
    exitCode: 0
  },
  {
    name: "a certified scope of an earlier version, whose runs said nothing of it",
    life: (dataset) => certify(dataset, "team"),
    maxAge: Duration.hours(26),
    exitCode: 4,
    problems: [["Stale", "team"]]
  },
  {
    name: "a newest run that did not prove it",
    life: (dataset) =>
      Effect.all([
        certify(dataset, "team"),
        ran(dataset, 5, { team: true }),
        ran(dataset, 1, { team: false }, [uncertified])
      ]),
    exitCode: 4,
    problems: [["Uncertified", "team"]]
  },
  {
    name: "a newest run that did not prove it, and one before that did in time",
    life: (dataset) =>
      Effect.all([
        certify(dataset, "team"),
        ran(dataset, 5, { team: true }),
        ran(dataset, 1, { team: false }, [uncertified])
      ]),
    maxAge: Duration.hours(26),
    exitCode: 0
  },
  {
    name: "a key that was refused since",
    life: (dataset) =>
      Effect.all([
        certify(dataset, "team"),
        ran(dataset, 5, { team: true }),
        ran(dataset, 1, {}, [{ tag: "Unauthorized", source: "notes", scope: null, count: 1 }])
      ]),
    exitCode: 4,
    problems: [["Uncertified", "team"]]
  },
  {
    name: "a newest run over another source",
    life: (dataset) =>
      Effect.all([
        certify(dataset, "team"),
        ran(dataset, 5, { team: true }),
        ran(dataset, 1, {}, [{ tag: "Unauthorized", source: "other", scope: null, count: 1 }])
      ]),
    exitCode: 0
  },
  {
    name: "a scope that runs have left out for more than a week",
    life: (dataset) =>
      Effect.all([
        certify(dataset, "team"),
        certify(dataset, "left"),
        ran(dataset, 200, { team: true, left: true }),
        ran(dataset, 5, { team: true })
      ]),
    maxAge: Duration.hours(26),
    exitCode: 0
  },
  {
    name: "a scope that one run left out",
    life: (dataset) =>
      Effect.all([
        certify(dataset, "team"),
        certify(dataset, "two"),
        ran(dataset, 50, { team: true, two: true }),
        ran(dataset, 5, { team: true })
      ]),
    maxAge: Duration.hours(26),
    exitCode: 4,
    problems: [["Stale", "two"]],
    scopes: ["team", "two"]
  },
  {
    name: "a scope that a failed run did not come to",
    life: (dataset) =>
      Effect.all([
        certify(dataset, "team"),
        certify(dataset, "two"),
        ran(dataset, 400, { team: true, two: true }),
        ran(dataset, 5, { team: true }, [], { status: "failed" })
      ]),
    maxAge: Duration.hours(26),
    exitCode: 4,
    problems: [["Stale", "two"]],
    scopes: ["team", "two"]
  },
  {
    name: "a scope that the vendor deleted, and lists no more",
    life: (dataset) =>
      Effect.gen(function*() {
        yield* certify(dataset, "team")
        yield* certify(dataset, "left")
        yield* dataset.land({
          window: { ...window, scope: "left", stream: "facts" },
          proof: null,
          tables: [],
          facts: { deleted: "yes" },
          runId: "run",
          readAt: hoursAgo(30)
        })
        yield* ran(dataset, 50, { team: true, left: true })
        yield* ran(dataset, 5, { team: true })
      }),
    maxAge: Duration.hours(26),
    exitCode: 0
  },
  {
    name: "a scope that was proved before very many runs over another source",
    life: (dataset) =>
      Effect.gen(function*() {
        yield* certify(dataset, "team")
        yield* ran(dataset, 210, { team: true })
        for (let hours = 205; hours > 3; hours--) {
          yield* ran(dataset, hours, {}, [{ tag: "Unauthorized", source: "other", scope: null, count: 1 }])
        }
      }),
    exitCode: 0
  },
  {
    name: "one of two scopes that was proved",
    life: (dataset) =>
      Effect.all([
        certify(dataset, "team"),
        certify(dataset, "two"),
        ran(dataset, 50, { team: true, two: true }),
        ran(dataset, 5, { team: true, two: false }, [{ ...uncertified, scope: "two" }])
      ]),
    maxAge: Duration.hours(26),
    exitCode: 4,
    problems: [["Stale", "two"]],
    scopes: ["team", "two"]
  },
  {
    name: "a vanished scope that was accepted",
    life: (dataset) =>
      Effect.gen(function*() {
        yield* certify(dataset, "team")
        yield* certify(dataset, "left")
        const { number } = yield* dataset.stand({
          kind: "vanished",
          source: "notes",
          scope: "left",
          name: "left",
          says: "not listed",
          at: now
        })
        yield* dataset.accept(number, now)
        yield* ran(dataset, 5, { team: true, left: false })
      }),
    maxAge: Duration.hours(26),
    exitCode: 0
  },
  {
    name: "a file that is gone",
    life: (dataset) =>
      Effect.gen(function*() {
        yield* certify(dataset, "team")
        yield* ran(dataset, 5, { team: true })
        rmSync(join(dataset.out, "certificates/source=notes/month=2026-11/data.parquet"))
      }),
    exitCode: 5,
    problems: [["MissingFile", null]]
  }
]

describe("status", () => {
  it.scoped.each(cases)(
    "$name",
    ({ exitCode, life, maxAge, problems = [], scopes = ["team"] }) =>
      Effect.gen(function*() {
        yield* TestClock.setTime(now.epochMillis)
        const out = yield* folder
        yield* Effect.flatMap(Dataset, life).pipe(
          Effect.provide(Dataset.layer({ out, tables }).pipe(Layer.provide(Disk.layer)))
        )
        const report = yield* Effect.flatMap(
          DatasetReader,
          (dataset) => Status.of(dataset, { lists: { notes: { stream: "items", grain: Grain.seconds } }, maxAge })
        ).pipe(
          Effect.provide(DatasetReader.layer({ out }))
        )
        assert.deepStrictEqual(report.problems.map(({ scope, tag }) => [tag, scope] as const), problems)
        assert.strictEqual(report.exitCode, exitCode)
        assert.deepStrictEqual(report.scopes.map(({ scope }) => scope), scopes)
        for (const { certifiedFrom, certifiedUntil, scope } of report.scopes) {
          if (problems.some(([tag, one]) => tag === "Uncertified" && one === scope) && certifiedUntil === null) continue
          assert.deepStrictEqual([certifiedFrom, certifiedUntil], [
            DateTime.formatIso(window.from),
            DateTime.formatIso(window.to)
          ])
        }
      })
  )
})
