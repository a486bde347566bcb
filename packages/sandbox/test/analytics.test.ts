/** Allo's own figures, read by our client, against the calls that a search finds. */
import { assert, describe, it } from "@effect/vitest"
import { Analytics, Conversations } from "@trunkline/allo"
import { Sandbox } from "@trunkline/sandbox"
import { Chunk, Duration, Effect, Layer, Stream } from "effect"
import { allo as vendor, world } from "./vendors.js"

const month = { from: "2026-01-01", to: "2026-12-31" }

const calls = (direction?: "OUTBOUND") =>
  Effect.gen(function*() {
    const found = yield* Stream.runCollect(
      (yield* Conversations).items({ type: "CALL", date: month, ...(direction === undefined ? {} : { direction }) })
    )
    return Chunk.toReadonlyArray(found)
  })

const isConnected = ({ result }: { readonly result: string | null }) =>
  result === "ANSWERED" || result === "TRANSFERRED"

describe("the team", () => {
  it.effect("its figures are those of the calls that a search finds, and each user has a part", () =>
    Effect.gen(function*() {
      const team = yield* (yield* Analytics).overview({ date: month })
      const all = yield* calls()
      const connected = all.filter(isConnected)
      const seconds = connected.reduce((sum, { duration }) => sum + Duration.toSeconds(duration ?? Duration.zero), 0)
      assert.isAbove(all.length, 100)
      assert.strictEqual(team.summary?.totalCalls?.value, all.length)
      assert.deepStrictEqual(team.summary?.talkTime?.value, Duration.seconds(seconds))
      assert.approximately(team.summary?.answerRate?.value ?? 0, connected.length / all.length, 0.001)
      assert.deepStrictEqual([team.date?.from, team.compareDate], [month.from, null])
      const [first] = team.breakdown
      assert.strictEqual(first?.calls?.value, all.filter(({ user }) => user?.id === first?.user?.id).length)
      assert.isNull(first?.calls?.previous)
    }).pipe(Effect.provide(world)))

  it.effect("compared days bring what was before, and how it changed", () =>
    Effect.gen(function*() {
      const { overview } = yield* Analytics
      const team = yield* overview({ date: month, compareDate: month })
      assert.deepStrictEqual(team.summary?.totalCalls?.previous, team.summary?.totalCalls?.value)
      assert.strictEqual(team.summary?.totalCalls?.change, 0)
    }).pipe(Effect.provide(world)))

  it.effect("of one line, of one user", () =>
    Effect.gen(function*() {
      const { overview } = yield* Analytics
      const [alloNumber = ""] = (yield* Sandbox).lines
      const all = yield* calls()
      const [user] = all.flatMap(({ user }) => user?.id ?? [])
      const ofLine = yield* overview({ date: month, alloNumbers: [alloNumber] })
      assert.strictEqual(ofLine.summary?.totalCalls?.value, all.filter((_) => _.alloNumber === alloNumber).length)
      const ofUser = yield* overview({ date: month, userIds: [user ?? ""] })
      assert.strictEqual(ofUser.summary?.totalCalls?.value, all.filter((_) => _.user?.id === user).length)
      assert.deepStrictEqual(ofUser.breakdown.map((_) => _.user?.id), [user])
    }).pipe(Effect.provide(world)))
})

describe("calls that the team made", () => {
  it.effect("the funnel narrows, and series, hours and agents add up to it", () =>
    Effect.gen(function*() {
      const tags = ["vip", "qualified"]
      const { funnel, heatmap, leaderboard, timeSeries, timeSpent } = yield* (yield* Analytics).outbound({
        date: month,
        granularity: "MONTH",
        tags
      })
      const all = yield* calls("OUTBOUND")
      const sum = (rows: ReadonlyArray<{ readonly value: number | null }>) =>
        rows.reduce((total, { value }) => total + (value ?? 0), 0)
      assert.strictEqual(funnel?.dials?.count?.value, all.length)
      assert.strictEqual(funnel?.dials?.rate, 1)
      const connected = all.filter(isConnected).length
      assert.strictEqual(funnel?.connected?.count?.value, connected)
      assert.isAtMost(funnel?.conversions?.count?.value ?? 1e9, funnel?.conversations?.count?.value ?? 0)
      assert.strictEqual(sum(timeSeries?.dials ?? []), all.length)
      assert.strictEqual(sum(heatmap?.dials ?? []), all.length)
      assert.isTrue(timeSeries?.dials.every(({ date }) => date?.endsWith("-01")))
      assert.isAtMost(leaderboard.reduce((total, { connected }) => total + (connected ?? 0), 0), connected)
      assert.isAbove(Duration.toSeconds(timeSpent?.averageRinging?.value ?? 0), 0)
    }).pipe(Effect.provide(world)))

  it.effect("the calls behind a stage come page by page, each once", () =>
    Effect.gen(function*() {
      const { outbound, outboundCalls, outboundCallsPage } = yield* Analytics
      const { funnel } = yield* outbound({ date: month })
      const rows = yield* Stream.runCollect(outboundCalls({ date: month, stage: "CONNECTED", size: 20 }))
      assert.strictEqual(new Set(Array.from(rows, ({ id }) => id)).size, funnel?.connected?.count?.value ?? -1)
      assert.isTrue(Chunk.every(rows, ({ duration, stage }) => duration !== null && stage !== "DIAL"))
      const dials = yield* outboundCallsPage({ date: month, stage: "DIAL", size: 100 })
      assert.strictEqual(dials.total, funnel?.dials?.count?.value)
      assert.isTrue(dials.rows.some(({ voicemail }) => voicemail === true))
    }).pipe(Effect.provide(world)))
})

describe("refused by the API", () => {
  it.effect("a word that it does not know", () =>
    Effect.gen(function*() {
      const { outbound } = yield* Analytics
      const error = yield* Effect.flip(outbound({ date: month, granularity: "HOUR" }))
      assert.deepStrictEqual([error._tag, "code" in error ? error.code : ""], ["Invalid", "INVALID_GRANULARITY"])
    }).pipe(Effect.provide(world)))

  it.effect("a key without the scope", () =>
    Effect.gen(function*() {
      const { overview } = yield* Analytics
      assert.strictEqual((yield* Effect.flip(overview({ date: month })))._tag, "Forbidden")
    }).pipe(
      Effect.provide(Layer.provideMerge(vendor((keys) => keys.alloNoScopes), Sandbox.layerTest({ size: 100 })))
    ))
})
