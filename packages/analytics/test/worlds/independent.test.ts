/** Every view against a computation of its own over 50,000 generated calls: in one zone, and each organisation in its own. */
import { NodeContext } from "@effect/platform-node"
import { assert, describe, layer as provided } from "@effect/vitest"
import { Report } from "@trunkline/analytics"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { compute, generate, grouped, heaps, stored, wallClock } from "../independent.js"
import { questions } from "../questions.js"
import { folderOf, isName, layer, names, plain, rounded, rows } from "../support.js"

const seed = Number(process.env["TRUNKLINE_SEED"] ?? "20261120")
const zone = "Europe/Paris"

class Computed extends Context.Tag("@trunkline/analytics/test/Computed")<Computed, ReturnType<typeof compute>>() {}
class World extends Context.Tag("@trunkline/analytics/test/World")<World, ReturnType<typeof generate>>() {}

const dataset = (one: string | null) =>
  Layer.unwrapScoped(Effect.gen(function*() {
    const generated = generate(seed, 50_000)
    const folder = yield* folderOf(stored(generated))
    const computed = compute(generated, one)
    return Layer.mergeAll(
      layer({ folder, zone: one ?? undefined }),
      Layer.succeed(Computed, { ...computed, ...questions(generated, one, computed["missed_followup"] ?? []) }),
      Layer.succeed(World, generated)
    )
  })).pipe(Layer.provide(NodeContext.layer))

/** In one order, whatever order they came in. */
const sorted = (found: ReadonlyArray<Record<string, unknown>>): ReadonlyArray<string> =>
  found.map((row) => JSON.stringify(Object.entries(row).toSorted(([one], [other]) => one < other ? -1 : 1))).toSorted()

const comparable = (view: string, row: Record<string, unknown>): Record<string, unknown> =>
  view === "calls"
    ? {
      source: row["source"],
      call_id: row["call_id"],
      duration_seconds: row["duration_seconds"],
      tags: row["tags"],
      organization_name: row["organization_name"],
      zone: row["zone"],
      local: String(row["started_local"]).replace(/^(\S+) 0?(\d+):.*$/, "$1 $2")
    }
    : row

const same = (name: string) =>
  Effect.gen(function*() {
    const computed = (yield* Computed)[name] ?? []
    const found = isName(name) ? yield* rows(name) : []
    assert.isAbove(found.length, 5)
    const [expected, actual] = [sorted(computed.map(plain)), sorted(found.map((row) => comparable(name, row)))]
    // The first few that differ say more than a difference of 50,000 lines.
    const [unexpected, absent] = [new Set(expected), new Set(actual)]
    assert.deepStrictEqual(
      [
        actual.filter((row) => !unexpected.has(row)).slice(0, 3),
        expected.filter((row) => !absent.has(row)).slice(0, 3)
      ],
      [[], []]
    )
    assert.strictEqual(actual.length, expected.length)
  })

describe(`50,000 calls of seed ${seed}`, () => {
  provided(dataset(zone), { timeout: 240_000 })((it) => {
    it.effect.each(names)("%s", same)

    it.effect("the report", () =>
      Effect.gen(function*() {
        const { calls, windows } = yield* World
        const computed = yield* Computed
        const report = yield* Report.gather({ withNumbers: true })
        assert.deepStrictEqual(report.sources.map(({ source }) => source), ["allo", "allomia"])
        const clock = wallClock(zone)
        for (const source of report.sources) {
          const of = (view: string): ReadonlyArray<Record<string, unknown>> =>
            (computed[view] ?? []).map(plain).filter((row) => row["source"] === source.source)
          const total = (view: string, column: string): number =>
            of(view).reduce((sum, row) => sum + Number(row[column]), 0)
          /** The rows of all organisations that agree in some columns as one, with the sums of others. */
          const added = (
            view: string,
            by: ReadonlyArray<string>,
            columns: ReadonlyArray<string>,
            prepared: (row: Record<string, unknown>) => Record<string, unknown> = (row) => row
          ): ReadonlyArray<Record<string, unknown>> =>
            grouped(of(view).map(prepared), (row) => by.map((column) => row[column])).map((group) => ({
              ...group[0],
              ...Object.fromEntries(
                columns.map((column) => [column, group.reduce((sum, row) => sum + Number(row[column]), 0)])
              )
            }))

          const { other, talked: lengths, voicemail } = heaps(calls.filter((call) => call.source === source.source))
          const quantile = (share: number): number => {
            const at = share * (lengths.length - 1)
            const [below, above] = [lengths[Math.floor(at)] ?? 0, lengths[Math.ceil(at)] ?? 0]
            return rounded(below + (above - below) * (at - Math.floor(at)))
          }
          const { totals } = source
          assert.deepStrictEqual(
            [
              [totals.callsTalked, totals.callsVoicemail, totals.callsOther],
              [totals.talkSeconds, totals.voicemailSeconds, totals.otherSeconds]
            ],
            [
              [lengths.length, voicemail.length, other.length],
              [lengths, voicemail, other].map((heap) => heap.reduce((sum, seconds) => sum + seconds, 0))
            ]
          )
          assert.deepStrictEqual(
            [totals.calls, totals.callsZero, totals.callsUnknown, totals.talkSeconds, totals.incoming],
            [
              ...["calls", "calls_zero", "calls_unknown", "talk_seconds"].map((one) =>
                total("call_duration_daily", one)
              ),
              total("answer_rate", "incoming")
            ]
          )
          assert.deepStrictEqual(
            [totals.p50Seconds, totals.p90Seconds, totals.p99Seconds].map((value) => rounded(value ?? 0)),
            [quantile(0.5), quantile(0.9), quantile(0.99)]
          )
          assert.deepStrictEqual(
            source.days.map(({ calls, day, talkSeconds }) => [day, calls, talkSeconds]).toSorted(),
            [...new Set(of("call_duration_daily").map(({ day }) => day))].map((day) => {
              const on = of("call_duration_daily").filter((row) => row["day"] === day)
              return [
                day,
                ...["calls", "talk_seconds"].map((one) => on.reduce((sum, row) => sum + Number(row[one]), 0))
              ]
            }).toSorted()
          )
          assert.deepStrictEqual(
            source.durations.buckets.map((bucket) => [bucket.fromSeconds, bucket.talked]),
            [1, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600].map((from, index, edges) => [
              from,
              lengths.filter((length) => length >= from && length < (edges[index + 1] ?? Infinity)).length
            ])
          )
          assert.deepStrictEqual(
            source.labels.flatMap(({ kind, rows }) =>
              rows.map((row) =>
                JSON.stringify([kind, row.label, row.calls, rounded(row.share ?? 0), row.sentiment.negative])
              )
            ).toSorted(),
            // Over all organisations; a call has one intent, or any number of tags.
            added("intent_breakdown", ["kind", "label"], ["calls", "sentiment_negative"]).map((row) => {
              const of = row["kind"] === "intent"
                ? total("intent_breakdown", "calls")
                : calls.filter((call) => call.source === source.source).length
              const count = Number(row["calls"])
              return JSON.stringify([row["kind"], row["label"], count, rounded(count / of), row["sentiment_negative"]])
            }).toSorted()
          )
          assert.deepStrictEqual(
            source.agents.rows.map((row) => JSON.stringify([row.calls, row.answered, rounded(row.talkSeconds)]))
              .toSorted(),
            added(
              "calls_by_agent",
              ["agent_id", "known_as"],
              ["calls", "answered", "talk_seconds"],
              (row) => ({ ...row, known_as: row["agent_id"] === null ? row["agent_name"] : null })
            ).map((row) => JSON.stringify([row["calls"], row["answered"], row["talk_seconds"]])).toSorted()
          )
          const states = (state: string) => of("missed_followup").filter((row) => row["state"] === state).length
          const {
            calledAgain,
            callers,
            lost,
            misses,
            reached,
            reachedInTime,
            reachedLate,
            tried,
            unreachable,
            waiting
          } = source.followup
          assert.deepStrictEqual(
            [reached, tried, calledAgain, waiting, lost, unreachable, misses],
            [
              ...["reached", "tried", "called_again", "waiting", "lost", "unreachable"].map(states),
              total("missed_followup", "misses")
            ]
          )
          assert.strictEqual(callers, reached + tried + calledAgain + waiting + lost)
          assert.strictEqual(reachedInTime + reachedLate, reached)
          assert.strictEqual(
            reachedInTime,
            of("missed_followup").filter((row) => row["state"] === "reached" && row["in_time"] === true).length
          )
          // When people call, from the calls themselves: the title and the grid say the same.
          const came = new Map<string, number>()
          for (const call of calls) {
            if (call.source !== source.source || call.direction !== "inbound") continue
            const { hour, weekday } = clock(call.started)
            came.set(`${weekday} ${hour}`, (came.get(`${weekday} ${hour}`) ?? 0) + 1)
          }
          assert.deepStrictEqual(
            source.hours.map((row) => Math.round((row.incomingPerHour ?? 0) * row.hours)),
            source.hours.map(({ hour, weekday }) => came.get(`${weekday} ${hour}`) ?? 0)
          )
          assert.strictEqual(
            source.followup.within.find(({ hours }) => hours === 4)?.callers,
            of("missed_followup").filter((row) =>
              (row["followup"] === "call" || row["followup"] === "message") &&
              Number(row["seconds_to_followup"]) <= 14_400
            ).length
          )
          const repeating = of("repeat_callers")
          assert.strictEqual(source.repeats.again, repeating.length)
          assert.strictEqual(source.repeats.soon, repeating.filter((row) => Number(row["repeats"]) > 0).length)
          assert.deepStrictEqual(
            source.repeats.spread.map(({ callers }) => callers),
            [[2, 2], [3, 3], [4, 5], [6, 9], [10, Infinity]].map(([from = 0, to = 0]) =>
              repeating.filter((row) => Number(row["calls"]) >= from && Number(row["calls"]) <= to).length
            )
          )
          assert.strictEqual(source.repeats.top?.[0]?.calls, Math.max(...repeating.map((row) => Number(row["calls"]))))
          // At every hour the window read last speaks, if any does.
          const hour = 3_600_000
          for (const { fromAt, scope, stream, stretches, toAt } of source.coverage.rows) {
            const speaking = windows.filter((window) =>
              window.source === source.source && window.scope === scope &&
              (window.stream === stream || window.stream.startsWith(`${stream}+`))
            )
            for (let at = Date.parse(fromAt); at < Date.parse(toAt); at += hour) {
              const covering = speaking.filter(({ from, to }) => from <= at && at < to)
              const latest = Math.max(...covering.map(({ read }) => read))
              const verdicts = covering.filter(({ read }) => read === latest).map(({ verdict }) => verdict)
              const iso = new Date(at).toISOString()
              const state = stretches.find((one) => one.fromAt <= iso && iso < one.toAt)?.state ?? ""
              assert.include(
                verdicts.length === 0 ? ["gap"] : verdicts,
                state,
                `${source.source} ${scope} ${stream} ${iso}`
              )
            }
          }
        }
      }))
  })
})

describe(`50,000 calls of seed ${seed}, each organisation by its own clock`, () => {
  provided(dataset(null), { timeout: 240_000 })((it) => {
    it.effect.each(names)("%s", same)
  })
})
