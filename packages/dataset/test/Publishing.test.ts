/** What wins: one row per key, the newest of what was asked, and nothing rewritten without need. */
import { assert, describe, it } from "@effect/vitest"
import { Dataset } from "@trunkline/dataset"
import { rows, type Writable } from "@trunkline/dataset/Dataset"
import { Disk, DiskError } from "@trunkline/parquet"
import * as Table from "@trunkline/parquet/Table"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Struct from "effect/Struct"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { watched } from "./scenario.js"
import { folder } from "./support.js"
import {
  Call,
  call,
  calls,
  groups,
  landing,
  line,
  november,
  ofCalls,
  ofLines,
  ofThreads,
  proof,
  read,
  seen,
  thread,
  utc,
  within
} from "./tables.js"

/** A text of twice so many characters, another for each seed. */
const textOf = (bytes: number) => (seed: number): string =>
  createHash("shake256", { outputLength: bytes }).update(String(seed)).digest("hex")

const many = (
  answer: number,
  from: number,
  rows: number,
  text: (seed: number) => string,
  more: Partial<Call> = {}
) =>
  ofCalls(
    read(
      answer,
      ...Array.from(
        { length: rows },
        (_, index) => call(`call ${from + index}`, { summary: text(from + index), ...more })
      )
    )
  )

const textsOf = (dataset: Writable) =>
  Effect.map(
    seen(dataset, "calls", "call_id"),
    (rows) => new Map(rows.map((row) => [row["call_id"], row["summary"]]))
  )

/** With the warnings that were logged meanwhile. */
const warned = <A, E>(work: Effect.Effect<A, E>) =>
  Effect.suspend(() => {
    const warnings: Array<unknown> = []
    const logger = Logger.make(({ logLevel, message }) => {
      if (logLevel._tag === "Warning") warnings.push(message)
    })
    return Effect.map(
      Effect.provide(work, Logger.replace(Logger.defaultLogger, logger)),
      (found) => [found, warnings] as const
    )
  })

const fileOf = (out: string, table: string, month: string) =>
  join(out, table, "source=allo", `month=${month}`, "data.parquet")

describe("publish", () => {
  it.scopedLive(
    "takes the lines of a call away where a reading has none, and keeps no file of a reading without anything",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        const landed = () => readdirSync(join(out, "_trunkline/landing")).length
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            yield* dataset.land(landing([ofCalls(read(1, call("a"))), ofLines(read(1, line("a", 0, "one")))]))
            yield* dataset.publish
            yield* dataset.land(landing([ofLines([])]))
            assert.strictEqual(landed(), 0)
            yield* dataset.land(landing([ofLines([], [{ answer: 2, of: ["a"] }])]))
            const { problems, waiting } = yield* dataset.verify
            assert.deepStrictEqual([problems, waiting, landed()], [[], 1, 1])
            yield* dataset.publish
            assert.deepStrictEqual(yield* seen(dataset, "lines", "seq"), [])
          }))
      }),
    30_000
  )

  it.scopedLive(
    "begins a hundred and twenty months at once, each with its own rows, and later writes the one that changes",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        const months = Array.from({ length: 120 }, (_, index) => new Date(Date.UTC(2016, index, 3)).toISOString())
        const idOf = (month: string) => `call of ${month.slice(0, 7)}`
        const byMonth = (found: ReadonlyArray<Readonly<Record<string, unknown>>>) =>
          found.map((row) => [row["month"], row["call_id"]])
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            const all = months.map((month) => call(idOf(month), { started_at: utc(month) }))
            // Of every second call, a reading that shows lines; of the others, one that shows none.
            const [spoken, silent] = [0, 1].map((odd) => all.filter((_, index) => index % 2 === odd))
            yield* dataset.land(landing([
              ofCalls(read(2, ...all)),
              ofLines(
                read(
                  2,
                  ...(spoken ?? []).flatMap(({ call_id }) => [line(call_id, 0, "hello"), line(call_id, 1, "bye")])
                ),
                (silent ?? []).map(({ call_id }) => ({ answer: 2, of: [call_id] }))
              )
            ]))
            // An older reading of a call whose month has no lines.
            yield* dataset.land(landing([ofLines(read(1, line(silent?.[3]?.call_id ?? "", 0, "old")))]))
            const first = yield* dataset.publish
            assert.deepStrictEqual([first.new, first.files, first.damaged], [240, 180, []])
            assert.deepStrictEqual(
              byMonth(yield* seen(dataset, "calls", "call_id")),
              all.map(({ call_id }, index) => [months[index]?.slice(0, 7), call_id])
            )
            assert.deepStrictEqual(
              byMonth(yield* seen(dataset, "lines", "call_id, seq")),
              all.flatMap(({ call_id }, index) =>
                index % 2 === 0 ? [0, 1].map(() => [months[index]?.slice(0, 7), call_id]) : []
              )
            )
            const { problems, waiting } = yield* dataset.verify
            assert.deepStrictEqual([problems, waiting], [[], 0])
            assert.deepStrictEqual(readdirSync(join(out, "_trunkline/temporary")), [])
            assert.deepStrictEqual(readdirSync(join(out, "_trunkline/publishing")), [])
            yield* dataset.land(
              landing([ofCalls(read(3, call(idOf("2020-05"), { started_at: utc("2020-05-03T00:00:00Z") })))])
            )
            yield* dataset.land(
              landing([
                ofCalls(read(4, call(idOf("2020-06"), { started_at: utc("2020-06-03T00:00:00Z"), agent: "Ida" })))
              ])
            )
            const next = yield* dataset.publish
            assert.deepStrictEqual([next.new, next.updated, next.files], [0, 1, 1])
          }))
      }),
    60_000
  )

  it.scopedLive(
    "remembers how new the lines of a call are when it moves to another month",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            yield* dataset.land(landing([ofCalls(read(5, call("a"))), ofLines(read(5, line("a", 0, "new")))]))
            yield* dataset.publish
            yield* dataset.land(landing([ofCalls(read(6, call("a", { started_at: utc("2026-12-05T10:00:00Z") })))]))
            yield* dataset.publish
            yield* dataset.land(landing([ofLines(read(4, line("a", 0, "old"), line("a", 1, "older")))]))
            yield* dataset.publish
            const rows = yield* seen(dataset, "lines", "seq")
            assert.deepStrictEqual(rows.map(({ month, words }) => [month, words]), [["2026-12", "new"]])
          }))
      }),
    30_000
  )

  it.scopedLive(
    "leaves a row where a newer reading put it, whatever an older one says of its time",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            yield* dataset.land(landing([ofCalls(read(5, call("a")))]))
            // Newer and without a time, so that the groups of the row are of different ages.
            yield* dataset.land(landing([ofCalls(read(9, call("a", { summary: "late" })), ["details"])]))
            yield* dataset.publish
            yield* dataset.land(
              landing([ofCalls(read(3, call("a", { started_at: utc("2026-12-05T10:00:00Z") })), ["list"])])
            )
            yield* dataset.publish
            assert.deepStrictEqual((yield* seen(dataset, "calls", "call_id")).map(({ month }) => month), ["2026-11"])
            yield* dataset.land(
              landing([ofCalls(read(7, call("a", { started_at: utc("2026-12-05T10:00:00Z") })), ["list"])])
            )
            yield* dataset.publish
            const rows = yield* seen(dataset, "calls", "call_id")
            assert.deepStrictEqual(rows.map(({ month, summary }) => [month, summary]), [["2026-12", "late"]])
          }))
      }),
    30_000
  )

  it.scopedLive("keeps only those landings waiting that a damaged partition concerns", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const december = { started_at: utc("2026-12-05T10:00:00Z") }
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(landing([ofCalls(read(1, call("a"), call("b", december)))]))
          yield* dataset.publish
          rmSync(fileOf(out, "calls", "2026-11"))
          yield* dataset.land(landing([ofCalls(read(2, call("c")))]))
          yield* dataset.land(landing([ofCalls(read(3, call("d", december)))]))
          const { damaged } = yield* dataset.publish
          assert.deepStrictEqual(damaged.map(({ problem }) => problem._tag), ["MissingFile"])
          assert.strictEqual((yield* dataset.verify).waiting, 1)
          const rows = yield* seen(dataset, "calls", "call_id")
          assert.deepStrictEqual(rows.map(({ call_id }) => call_id), ["b", "d"])
        }))
    }), 30_000)

  for (
    const [what, tag, harm] of [
      ["gone", "MissingFile", (path: string) => rmSync(path)],
      ["cut", "ChangedFile", (path: string) => truncateSync(path, 100)]
    ] as const
  ) {
    it.scopedLive(`builds on nothing and claims nothing while a published file is ${what}, though nothing was landed`, () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* within(
          out,
          (dataset) =>
            Effect.zipRight(dataset.land(landing([ofCalls(read(1, call("a")))], { proof: proof() })), dataset.publish)
        )
        harm(fileOf(out, "calls", "2026-11"))
        const { damaged } = yield* within(out, (dataset) => dataset.publish)
        assert.deepStrictEqual(damaged.map(({ problem }) => [problem._tag, problem.path]), [
          [tag, fileOf(out, "calls", "2026-11")]
        ])
      }))
  }

  it.scopedLive("makes one row per key out of landings, and leaves no landing behind", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(landing([
            ofCalls(read(1, call("a"), call("b", { started_at: utc("2026-12-01T00:00:00Z") }))),
            ofLines(read(1, line("a", 0, "hello"), line("a", 1, "you"), line("b", 0, "yes"))),
            ofThreads(read(1, thread("+2"), thread("+3")))
          ], { proof: proof() }))
          yield* dataset.land(landing([ofCalls(read(2, call("a", { summary: "new" })))]))
          assert.deepStrictEqual(yield* dataset.publish, {
            new: 7,
            updated: 0,
            removed: 0,
            files: 6,
            waiting: 0,
            damaged: []
          })
          const rows = yield* seen(dataset, "calls", "call_id")
          assert.deepStrictEqual(rows.map((row) => [row["call_id"], row["summary"], row["source"], row["month"]]), [
            ["a", "new", "allo", "2026-11"],
            ["b", null, "allo", "2026-12"]
          ])
          assert.strictEqual(rows[0]?.["started_at"], "2026-11-05 10:00:00.123+00")
          assert.deepStrictEqual(rows[0]?.["contacts"], [{ id: "c1", name: null }])
          assert.lengthOf(yield* seen(dataset, "lines", "call_id, seq"), 3)
          assert.lengthOf(yield* seen(dataset, "threads", "contact"), 2)
          const [certificate] = yield* seen(dataset, "certificates", "from_at")
          assert.strictEqual(certificate?.["verdict"], "certified")
          assert.strictEqual(certificate?.["from_at"], "2026-11-01 00:00:00+00")
          assert.deepStrictEqual(certificate?.["request_ids"], ["req_1", "req_2"])
          assert.deepStrictEqual(readdirSync(join(out, "_trunkline/landing")), [])
          assert.deepStrictEqual(readdirSync(join(out, "_trunkline/publishing")), [])
          assert.deepStrictEqual((yield* dataset.verify).problems, [])
          assert.strictEqual(statSync(join(out, "_trunkline")).mode & 0o777, 0o700)
          assert.strictEqual(statSync(fileOf(out, "calls", "2026-11")).mode & 0o777, 0o600)
          assert.isNotEmpty(readFileSync(fileOf(out, "lines", "2026-12")))
        }))
    }), 60_000)

  const other = call("a", {
    started_at: utc("2026-11-07T00:00:00Z"),
    agent: "other",
    seconds: null,
    contacts: [],
    tags: [],
    summary: "other",
    intent: "other",
    has_lines: true,
    extra: "{}",
    exported_at: utc("2026-11-08T00:00:00Z")
  })
  const first = call("a", { summary: "first", intent: "first", has_lines: false, extra: "[]" })

  for (const group of calls.groups) {
    const base = read(1, first)
    const later = read(2, other)
    const expected: Record<string, unknown> = { ...first }
    for (const column of group.columns) expected[column] = Reflect.get(other, column)

    const orders: Record<string, (dataset: Writable) => Effect.Effect<unknown, unknown>> = {
      "before": (dataset) =>
        dataset.land(landing([ofCalls(base)])).pipe(
          Effect.zipRight(dataset.publish),
          Effect.zipRight(dataset.land(landing([ofCalls(later, [group.name])]))),
          Effect.zipRight(dataset.publish)
        ),
      "after": (dataset) =>
        dataset.land(landing([ofCalls(later, [group.name])])).pipe(
          Effect.zipRight(dataset.publish),
          Effect.zipRight(dataset.land(landing([ofCalls(base)]))),
          Effect.zipRight(dataset.publish)
        ),
      "together with": (dataset) =>
        dataset.land(landing([ofCalls(later, [group.name])])).pipe(
          Effect.zipRight(dataset.land(landing([ofCalls(base)]))),
          Effect.zipRight(dataset.publish)
        )
    }
    for (const [order, act] of Object.entries(orders)) {
      it.scopedLive(
        `lets a reading of ${group.name} say nothing of the rest, ${order} an older one of everything`,
        () =>
          Effect.gen(function*() {
            yield* within(yield* folder, (dataset) =>
              Effect.gen(function*() {
                yield* act(dataset)
                const [row, ...more] = yield* seen(dataset, "calls", "call_id")
                assert.lengthOf(more, 0)
                const text = (value: unknown) =>
                  JSON.stringify(
                    value,
                    (key, inner) => key === "exported_at" || key.endsWith("_at") ? undefined : inner
                  )
                const { month: _month, source: _source, ...found } = row ?? {}
                assert.deepStrictEqual(JSON.parse(text(found)), JSON.parse(text(expected)))
                assert.strictEqual(
                  row?.["started_at"],
                  group.name === "list" ? "2026-11-07 00:00:00+00" : "2026-11-05 10:00:00.123+00"
                )
              }))
          }),
        60_000
      )
    }
  }

  it.scopedLive(
    "rewrites no file and counts no update when nothing is new, and keeps when it was exported",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            const parts = (answer: number, exported_at = utc("2026-11-06T00:00:00Z")) =>
              landing([
                ofCalls(
                  read(answer, call("a", { exported_at }), call("b", { exported_at, contacts: [], tags: ["é"] }))
                ),
                ofLines(read(answer, line("a", 0, "hello", { exported_at }), line("a", 1, "you", { exported_at }))),
                ofThreads(read(answer, thread("+2", { exported_at })))
              ])
            yield* dataset.land(parts(1))
            yield* dataset.publish
            const files = ["calls", "lines"].map((table) => fileOf(out, table, "2026-11"))
            const before = files.map((file) => [statSync(file).ino, statSync(file).mtimeMs])
            yield* dataset.land(parts(2, utc("2026-11-09T00:00:00Z")))
            assert.deepStrictEqual(yield* dataset.publish, {
              new: 0,
              updated: 0,
              removed: 0,
              files: 0,
              waiting: 0,
              damaged: []
            })
            assert.deepStrictEqual(files.map((file) => [statSync(file).ino, statSync(file).mtimeMs]), before)

            // One line differs: the other keeps its stamp, and so does the untouched call.
            yield* dataset.land(landing([
              ofLines(
                read(3, line("a", 0, "hello"), line("a", 1, "them")).map((one) => ({
                  ...one,
                  row: { ...one.row, exported_at: utc("2026-11-10T00:00:00Z") }
                }))
              )
            ]))
            assert.deepStrictEqual(yield* dataset.publish, {
              new: 0,
              updated: 1,
              removed: 0,
              files: 1,
              waiting: 0,
              damaged: []
            })
            assert.deepStrictEqual(
              (yield* seen(dataset, "lines", "seq")).map((row) => [row["words"], row["exported_at"]]),
              [["hello", "2026-11-06 00:00:00+00"], ["them", "2026-11-10 00:00:00+00"]]
            )
          }))
      }),
    60_000
  )

  it.scopedLive(
    "takes nothing from a reading that did not ask, even where nobody ever has",
    () =>
      Effect.gen(function*() {
        yield* within(yield* folder, (dataset) =>
          Effect.gen(function*() {
            yield* dataset.land(landing([ofCalls(read(1, call("a")), ["list"])]))
            yield* dataset.publish
            yield* dataset.land(landing([ofCalls(read(2, call("a", { summary: "made up" })), ["list"])]))
            assert.strictEqual((yield* dataset.publish).updated, 0)
            assert.strictEqual((yield* seen(dataset, "calls", "call_id"))[0]?.["summary"], null)
          }))
      }),
    60_000
  )

  it.scopedLive("tells what it published before it failed, and the next one tells the rest", () =>
    Effect.gen(function*() {
      const out = yield* folder
      let [fails, writes] = [false, 0]
      const before = (step: string) =>
        step === "partition write" && fails && ++writes === 2
          ? Effect.fail(new DiskError({ step: "write", path: "x", code: "ENOSPC" }))
          : Effect.void
      const pair = (answer: number) =>
        landing([ofCalls(read(
          answer,
          call(`november ${answer}`),
          call(`october ${answer}`, { started_at: utc("2026-10-05T10:00:00Z") })
        ))])
      yield* watched(out, before, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(pair(1))
          yield* dataset.publish
          assert.deepInclude(yield* dataset.changed, { new: 2, files: 2 })
          fails = true
          yield* dataset.land(pair(2))
          assert.strictEqual((yield* Effect.flip(dataset.publish))._tag, "DiskError")
          assert.deepInclude(yield* dataset.changed, { new: 3, files: 3 })
          assert.strictEqual((yield* seen(dataset, "calls", "call_id")).length, 3)
          assert.deepInclude(yield* dataset.publish, { new: 1, files: 1 })
          assert.deepInclude(yield* dataset.changed, { new: 4, files: 4 })
        }))
    }))

  it.scopedLive("keeps rows of a megabyte within its memory", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          const long = (index: number) => call(`call ${index}`, { summary: String(index).repeat(300_000) })
          for (let from = 0; from < 100; from += 50) {
            const some = Array.from({ length: 50 }, (_, index) => long(100 + from + index))
            yield* dataset.land(landing([ofCalls(read(1, ...some))]))
          }
          assert.strictEqual((yield* dataset.publish).new, 100)
          yield* dataset.land(landing([ofCalls(read(2, call("call 100", { summary: "short" })))]))
          assert.strictEqual((yield* dataset.publish).updated, 1)
        }))
    }), 60_000)

  it.scopedLive(
    "decides what is newest by the answer's number, in whatever order answers land",
    () =>
      Effect.gen(function*() {
        yield* within(yield* folder, (dataset) =>
          Effect.gen(function*() {
            const summary = Effect.map(seen(dataset, "calls", "call_id"), ([row]) => row?.["summary"])
            yield* dataset.land(landing([ofCalls(read(12, call("a", { summary: "twelve" })))]))
            yield* dataset.publish
            // Read before, landed after; and what it would have brought back had the same text not counted as read.
            yield* dataset.land(landing([ofCalls(read(20, call("a", { summary: "twelve" })))]))
            yield* dataset.publish
            yield* dataset.land(landing([ofCalls(read(15, call("a", { summary: "fifteen" })))]))
            assert.strictEqual((yield* dataset.publish).updated, 0)
            assert.strictEqual(yield* summary, "twelve")
            // In one landing, and twice in one answer: the last word counts.
            yield* dataset.land(landing([ofCalls([
              ...read(31, call("a", { summary: "31" })),
              ...read(32, call("a", { summary: "32, first" }), call("a", { summary: "32, last" })),
              ...read(30, call("a", { summary: "30" }))
            ])]))
            yield* dataset.publish
            assert.strictEqual(yield* summary, "32, last")
          }))
      }),
    60_000
  )

  it.scopedLive(
    "moves a call to another month with its lines, and leaves other files alone",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            yield* dataset.land(landing([
              ofCalls(read(
                1,
                call("a"),
                call("b"),
                call("c", { started_at: utc("2026-12-24T00:00:00Z") }),
                call("d", { started_at: utc("2026-10-24T00:00:00Z") })
              )),
              ofLines(read(1, line("a", 0, "a"), line("b", 0, "b"), line("c", 0, "c"), line("d", 0, "d")))
            ]))
            yield* dataset.publish
            const untouched = readFileSync(fileOf(out, "calls", "2026-10"))
            // There and back at once, which no order of two renames could do.
            yield* dataset.land(landing([
              ofCalls(read(
                2,
                call("a", { started_at: utc("2026-12-31T23:59:59.999Z") }),
                call("c", { started_at: utc("2026-11-30T00:00:00Z") })
              ))
            ]))
            assert.deepStrictEqual(yield* dataset.publish, {
              new: 0,
              updated: 2,
              removed: 0,
              files: 8,
              waiting: 0,
              damaged: []
            })
            const months = (table: string) =>
              Effect.map(
                seen(dataset, table, "call_id"),
                (found) => found.map((row) => `${row["call_id"]} ${row["month"]}`)
              )
            const expected = ["a 2026-12", "b 2026-11", "c 2026-11", "d 2026-10"]
            assert.deepStrictEqual(yield* months("calls"), expected)
            assert.deepStrictEqual(yield* months("lines"), expected)
            assert.isTrue(readFileSync(fileOf(out, "calls", "2026-10")).equals(untouched))
            assert.deepStrictEqual((yield* dataset.verify).problems, [])

            // An older answer that would move it back does not.
            yield* dataset.land(landing([ofCalls(read(1, call("a")))]))
            yield* dataset.publish
            assert.deepStrictEqual(yield* months("calls"), expected)
            // New lines find the call where it is now.
            yield* dataset.land(landing([ofLines(read(3, line("a", 0, "a"), line("a", 1, "more")))]))
            yield* dataset.publish
            assert.deepStrictEqual(yield* months("lines"), ["a 2026-12", ...expected])
          }))
      }),
    60_000
  )

  it.scopedLive(
    "replaces the lines of a call together, and leaves none of a longer transcript",
    () =>
      Effect.gen(function*() {
        yield* within(yield* folder, (dataset) =>
          Effect.gen(function*() {
            const words = Effect.map(
              seen(dataset, "lines", "call_id, seq"),
              (found) => found.map((row) => `${row["call_id"]}${row["seq"]} ${row["words"]}`)
            )
            yield* dataset.land(landing([
              ofCalls(read(1, call("a"), call("b"))),
              ofLines(read(1, line("a", 0, "one"), line("a", 1, "two"), line("a", 2, "three"), line("b", 0, "else")))
            ]))
            yield* dataset.publish
            // Three lines became one; what an older answer says of two is too late.
            yield* dataset.land(landing([ofLines(read(3, line("a", 0, "one")))]))
            yield* dataset.land(landing([ofLines(read(2, line("a", 0, "one"), line("a", 1, "two")))]))
            assert.deepStrictEqual(yield* dataset.publish, {
              new: 0,
              updated: 0,
              removed: 2,
              files: 1,
              waiting: 0,
              damaged: []
            })
            assert.deepStrictEqual(yield* words, ["a0 one", "b0 else"])
            yield* dataset.land(landing([ofLines(read(2, line("a", 0, "one"), line("a", 1, "two")))]))
            yield* dataset.publish
            // Read again without lines: that was not said by a reading that did not ask, so it is told.
            yield* dataset.land(landing([ofCalls(read(4, call("a")))]))
            yield* dataset.publish
            assert.deepStrictEqual(yield* words, ["a0 one", "b0 else"])
            yield* dataset.land(landing([ofLines([], [{ answer: 5, of: ["a"] }])]))
            assert.strictEqual((yield* dataset.publish).removed, 1)
            assert.deepStrictEqual(yield* words, ["b0 else"])
          }))
      }),
    60_000
  )

  it.scopedLive("keeps lines whose call is not known until it is", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(
            landing([ofCalls(read(1, call("b"))), ofLines(read(1, line("a", 0, "one"), line("b", 0, "two")))], {
              proof: proof()
            })
          )
          assert.strictEqual((yield* dataset.publish).waiting, 1)
          // The certificate waits with them.
          assert.lengthOf(readdirSync(join(out, "_trunkline/landing")), 1)
          assert.isFalse(readdirSync(out).includes("certificates"))
          yield* dataset.land(landing([ofCalls(read(2, call("a")))]))
          assert.deepStrictEqual(yield* dataset.publish, {
            new: 2,
            updated: 0,
            removed: 0,
            files: 3,
            waiting: 0,
            damaged: []
          })
          assert.lengthOf(yield* seen(dataset, "lines", "call_id"), 2)
          assert.deepStrictEqual(readdirSync(join(out, "_trunkline/landing")), [])
        }))
    }), 60_000)

  it.scopedLive(
    "writes the newest month once, where all that is new of it can be merged at a time",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        const written: Array<string> = []
        const disk = Disk.layerWatched((step, path) =>
          Effect.sync(() => {
            if (step === "rename" && path.includes("calls")) written.push(path.replace(/^.*month=|\/data.*$/g, ""))
          })
        )
        const window = (from: string, to: string) => ({ ...november, from: utc(from), to: utc(to) })
        const open = proof({ verdict: "open", lists: [] })
        const of = (month: string, ...ids: ReadonlyArray<string>) =>
          ids.map((id) => call(id, { started_at: utc(`2026-${month}-05T10:00:00Z`) }))
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            yield* dataset.land(landing([ofCalls(read(1, ...of("11", "a", "b", "c")))], {
              window: window("2026-11-01T00:00:00Z", "2026-11-08T00:00:00Z"),
              proof: open
            }))
            yield* dataset.land(landing([ofCalls(read(2, ...of("10", "d", "e", "f")))], {
              window: window("2026-10-01T00:00:00Z", "2026-10-08T00:00:00Z"),
              proof: open
            }))
            yield* dataset.land(landing([ofCalls(read(3, ...of("11", "g", "h")))], {
              window: window("2026-11-08T00:00:00Z", "2026-11-15T00:00:00Z"),
              proof: open
            }))
            yield* dataset.publish
          }), { disk, mergeAtMost: 5 })
        assert.deepStrictEqual(written, ["2026-11", "2026-10"])
      }),
    60_000
  )

  it.scopedLive(
    "writes a month of many calls once, in little memory, and nothing else lies beside it then",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        // More than all of the memory together, and nothing makes it shorter.
        const text = textOf(1000)
        const [found, warnings] = yield* warned(within(out, (dataset) =>
          Effect.gen(function*() {
            for (let from = 0; from < 48_000; from += 8000) yield* dataset.land(landing([many(1, from, 8000, text)]))
            const october = { started_at: utc("2026-10-05T00:00:00Z") }
            for (let from = 48_000; from < 50_000; from += 1000) {
              yield* dataset.land(landing([many(1, from, 1000, text, october)]))
            }
            const { files, new: found } = yield* dataset.publish
            assert.deepStrictEqual([found, files], [50_000, 2])
            const beside = readdirSync(join(out, "_trunkline/temporary"))
            assert.deepStrictEqual(beside.filter((name) => name !== "writer"), [])
            return yield* textsOf(dataset)
          })))
        assert.strictEqual(found.size, 50_000)
        for (let index = 0; index < 50_000; index++) assert.strictEqual(found.get(`call ${index}`), text(index))
        assert.deepStrictEqual(warnings, [])
      }),
    120_000
  )

  it.scopedLive("reads many calls of a month again in as little memory", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const text = textOf(400)
      const other = (seed: number) => text(seed % 2 === 0 ? seed : -seed)
      const [found, warnings] = yield* warned(within(out, (dataset) =>
        Effect.gen(function*() {
          for (let from = 0; from < 40_000; from += 8000) yield* dataset.land(landing([many(1, from, 8000, text)]))
          yield* dataset.publish
          for (let from = 0; from < 40_000; from += 8000) yield* dataset.land(landing([many(2, from, 8000, other)]))
          const { new: found, updated } = yield* dataset.publish
          assert.deepStrictEqual([found, updated], [0, 20_000])
          return yield* textsOf(dataset)
        })))
      assert.strictEqual(found.size, 40_000)
      for (let index = 0; index < 40_000; index++) assert.strictEqual(found.get(`call ${index}`), other(index))
      assert.deepStrictEqual(warnings, [])
    }), 120_000)

  it.scopedLive("gives what an earlier version landed the columns and types of the table as it is", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const { exported_at, ...columns } = Call.fields
      const before = Table.make({
        name: "calls",
        key: ["call_id"],
        eventTime: "started_at",
        stamps: ["exported_at"],
        // Since then a text became a number, contacts gained a field and lost one, a column came, and one went.
        row: Schema.Struct({
          ...Struct.omit(columns, "intent"),
          seconds: Schema.NullOr(Schema.String),
          contacts: Schema.Array(Schema.Struct({ id: Schema.String, nick: Schema.NullOr(Schema.String) })),
          mood: Schema.NullOr(Schema.String),
          exported_at
        }),
        groups: [
          { name: "list", columns: ["started_at", "agent", "seconds", "contacts", "tags", "exported_at"] },
          { name: "details", columns: ["summary", "mood"] },
          { name: "lines", columns: ["has_lines"] },
          { name: "extra", columns: ["extra"] }
        ]
      })
      const { intent: _, ...of } = call("a", { summary: "said" })
      yield* within(
        out,
        (dataset) =>
          Effect.zipRight(dataset.land(landing([ofCalls(read(1, call("a", { intent: "buy" })))])), dataset.publish)
      )
      yield* Effect.flatMap(Dataset, (dataset) =>
        dataset.land(landing([
          rows(before, {
            groups,
            rows: Stream.fromIterable(
              read(2, { ...of, seconds: "62", contacts: [{ id: "c", nick: "Al" }], mood: "glad" })
            )
          })
        ]))).pipe(
          Effect.provide(Layer.provide(Dataset.layer({ out, tables: [before] }), Disk.layer))
        )
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(landing([ofCalls(read(3, call("b")))]))
          const published = yield* dataset.publish
          assert.deepStrictEqual([published.new, published.updated], [1, 1])
          const [row] = yield* seen(dataset, "calls", "call_id")
          assert.deepStrictEqual([row?.["seconds"], row?.["contacts"], row?.["summary"], row?.["intent"]], [
            62,
            [{ id: "c", name: null }],
            "said",
            null
          ])
        }))
    }))

  it.scopedLive("comes to the same whatever is merged at a time", () =>
    Effect.gen(function*() {
      const ids = Array.from({ length: 12 }, (_, index) => `call ${index}`)
      const month = (index: number) => utc(`2026-${String(1 + index % 4).padStart(2, "0")}-05T00:00:00Z`)
      const act = (mergeAtMost: number) =>
        Effect.flatMap(folder, (out) =>
          within(out, (dataset) =>
            Effect.gen(function*() {
              yield* dataset.land(landing([
                ofCalls(ids.flatMap((id, index) => read(1 + index, call(id, { started_at: month(index) })))),
                ofLines(ids.flatMap((id, index) => read(1 + index, line(id, 0, id), line(id, 1, id))))
              ]))
              yield* dataset.land(landing([
                ofCalls(
                  ids.slice(0, 6).flatMap((id, index) =>
                    read(100 + index, call(id, { started_at: month(index + 1), summary: "s" }))
                  )
                ),
                ofLines(ids.slice(0, 6).flatMap((id, index) => read(100 + index, line(id, 0, "short"))))
              ]))
              yield* dataset.publish
              assert.deepStrictEqual((yield* dataset.verify).problems, [])
              assert.deepStrictEqual(readdirSync(join(out, "_trunkline/landing")), [])
              return [yield* seen(dataset, "calls", "call_id"), yield* seen(dataset, "lines", "call_id, seq")]
            }), { mergeAtMost }))
      const whole = yield* act(100_000)
      assert.deepStrictEqual(whole.map((found) => found.length), [12, 18])
      assert.deepStrictEqual(yield* act(7), whole)
      assert.deepStrictEqual(yield* act(20), whole)
    }), 60_000)

  it.scopedLive("keeps every value as it was", () =>
    Effect.gen(function*() {
      const odd = [
        call("😀 'quoted\" \\ ", { agent: "\ufffd😀", seconds: -1, contacts: [{ id: "", name: "null" }], tags: [] }),
        call("early", { started_at: utc("1900-01-01T00:00:00.001Z"), extra: "{\"a\":[1]}", seconds: 0 }),
        call("late", { started_at: utc("2200-12-31T23:59:59.999Z"), summary: "x".repeat(1_000_000) }),
        call("least", { started_at: utc("0001-01-01T00:00:00.000Z"), agent: "" })
      ]
      const out = yield* folder
      yield* Effect.flatMap(Dataset, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(landing([ofCalls(read(1, ...odd))]))
          yield* dataset.publish
          const types = yield* dataset.session.rows(
            `DESCRIBE SELECT * FROM read_parquet('${out}/calls/**/*.parquet', hive_partitioning = false)`
          )
          assert.deepStrictEqual(types.map((row) => row["column_type"]), [
            "VARCHAR",
            "TIMESTAMP WITH TIME ZONE",
            "VARCHAR",
            "INTEGER",
            "STRUCT(id VARCHAR, \"name\" VARCHAR)[]",
            "VARCHAR[]",
            "VARCHAR",
            "VARCHAR",
            "BOOLEAN",
            "VARCHAR",
            "TIMESTAMP WITH TIME ZONE"
          ])
          const found = yield* seen(dataset, "calls", "started_at")
          const expected = odd.toSorted((left, right) => left.started_at.epochMillis - right.started_at.epochMillis)
          for (const [index, row] of found.entries()) {
            const { exported_at: _exported, started_at, ...values } = expected[index] ?? call("none")
            const { exported_at: _other, month, source: _source, started_at: found, ...others } = row
            assert.deepStrictEqual(others, JSON.parse(JSON.stringify(values)))
            assert.strictEqual(
              new Date(String(found).replace("+00", "Z").replace(" ", "T")).getTime(),
              started_at.epochMillis
            )
            assert.strictEqual(month, new Date(started_at.epochMillis).toISOString().slice(0, 7))
          }
          assert.lengthOf(found, 4)
        })).pipe(Effect.provide(
          Dataset.layer({ out, tables: [calls] }).pipe(Layer.provide(Disk.layer))
        ))
    }), 60_000)

  it.scopedLive("writes row groups of about 30,000, and says in each file whose it is", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(
            landing([ofCalls(read(1, ...Array.from({ length: 65_000 }, (_, index) => call(`call ${index}`))))])
          )
          yield* dataset.publish
          const groups = yield* dataset.session.rows(
            `SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata('${
              fileOf(out, "calls", "2026-11")
            }') ORDER BY 1`
          )
          const sizes = groups.map((row) => Number(row["row_group_num_rows"]))
          assert.strictEqual(sizes.reduce((sum, rows) => sum + rows, 0), 65_000)
          assert.lengthOf(sizes, 3)
          for (const rows of sizes.slice(0, -1)) assert.closeTo(rows, 30_000, 2000)
          const [metadata] = yield* dataset.session.rows(
            `SELECT decode(value) AS id FROM parquet_kv_metadata('${
              fileOf(out, "calls", "2026-11")
            }') WHERE decode(key) = 'trunkline.dataset'`
          )
          assert.strictEqual(metadata?.["id"], dataset.id)
        }), { mergeAtMost: 50_000 })
    }), 60_000)
})
