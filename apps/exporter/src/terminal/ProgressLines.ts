/** A run in lines: one per source, drawn again on a terminal, now and then elsewhere, and not at all when nothing moves. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { type Lane, Progress } from "../Progress.js"
import { type Name, Sources } from "../Sources.js"
import * as Forecast from "./Forecast.js"
import type { Format } from "./Logs.js"
import * as Logs from "./Logs.js"
import type { Screen } from "./Screen.js"
import { count, lasting, rate } from "./text.js"

const lanesOf: { readonly [source in Name]: ReadonlyArray<Lane> } = {
  allo: ["allo search", "allo read"],
  allomia: ["allomia"]
}

const sourceOf = (lane: Lane): Name => (lane === "allomia" ? "allomia" : "allo")

const what: { readonly [lane in Lane]: string } = {
  "allo search": "searches",
  "allo read": "reads",
  allomia: "requests"
}

/** Every fifth of a second on a terminal: faster than that nobody reads. */
const redraw = "200 millis"
const pause = "5 seconds"

interface Told {
  readonly source: Name
  readonly phase: string
  readonly lanes: ReadonlyArray<{ readonly lane: Lane; readonly state: Forecast.Lane; readonly limit: number }>
  readonly now: number
}

const pace = ({ lane, limit, state }: Told["lanes"][number], now: number): string | null => {
  if (Forecast.remaining(state) === 0) return null
  const speed = Forecast.observed(state, now)
  if (speed === null) return null
  const share = Number.isFinite(limit) ? `, ${Math.min(100, Math.round(speed / limit * 100))} % of ${rate(limit)}` : ""
  return `${rate(speed)} ${what[lane]}/s${share}`
}

/** Facts about a source, the most wanted first, so that a narrow terminal cuts off the rest. */
export const facts = ({ lanes, now, phase }: Told): ReadonlyArray<string> => {
  const rows = lanes.reduce((sum, { state }) => sum + state.done.rows, 0)
  const expectedRows = lanes.reduce((sum, { state }) => sum + state.expected.rows, 0)
  const requests = lanes.reduce((sum, { state }) => sum + state.done.requests, 0)
  const expected = lanes.reduce((sum, { state }) => sum + state.expected.requests, 0)
  const left = Forecast.slowest(lanes.map(({ limit, state }) => Forecast.secondsLeft(state, limit, now)))
  const idle = Math.max(...lanes.map(({ state }) => state.last ?? state.since ?? Number.NEGATIVE_INFINITY))
  return [
    phase,
    expectedRows > rows ? `${count(rows)} of ${count(expectedRows)} rows` : `${count(rows)} rows`,
    left === null
      ? null
      : now - idle > 10_000
      ? `no answer for ${lasting((now - idle) / 1000)}`
      : Number.isFinite(left)
      ? `${lasting(left)} left`
      : null,
    expected > requests ? `${count(requests)} of ${count(expected)} requests` : `${count(requests)} requests`,
    ...lanes.map((lane) => pace(lane, now))
  ].filter((fact): fact is string => fact !== null && fact !== "")
}

export const layer = (options: {
  readonly screen: Screen
  readonly logFormat: Format
}): Layer.Layer<Progress, never, Sources> =>
  Layer.scoped(
    Progress,
    Effect.gen(function*() {
      const { allo, allomia } = yield* Sources
      const { logFormat, screen } = options
      const wanted = Logs.tells(yield* FiberRef.get(FiberRef.currentMinimumLogLevel))
      const live = screen.interactive && wanted && logFormat === "text"
      const limits: { readonly [lane in Lane]: Effect.Effect<number> } = {
        "allo search": allo?.client.writesPerSecond ?? Effect.succeed(Number.POSITIVE_INFINITY),
        "allo read": allo?.client.readsPerSecond ?? Effect.succeed(Number.POSITIVE_INFINITY),
        allomia: allomia?.client.requestsPerSecond ?? Effect.succeed(Number.POSITIVE_INFINITY)
      }
      const lanes: { [lane in Lane]: Forecast.Lane } = {
        "allo search": Forecast.empty,
        "allo read": Forecast.empty,
        allomia: Forecast.empty
      }
      const phases = new Map<Name, string>()
      const changed = new Set<Name>()

      const told = (source: Name) =>
        Effect.map(
          Effect.zip(
            Clock.currentTimeMillis,
            Effect.forEach(
              lanesOf[source],
              (lane) => Effect.map(limits[lane], (limit) => ({ lane, limit, state: lanes[lane] }))
            )
          ),
          ([now, lanes]): Told => ({ source, now, phase: phases.get(source) ?? "", lanes })
        )
      const active = (): ReadonlyArray<Name> =>
        (["allo", "allomia"] as const).filter((source) =>
          phases.has(source) || lanesOf[source].some((lane) => lanes[lane].since !== null)
        )

      const draw = Effect.flatMap(Effect.suspend(() => Effect.forEach(active(), told)), (sources) =>
        Effect.sync(() =>
          screen.live(sources.map((source) =>
            `${source.source.padEnd(7)}  ${facts(source).join(" · ")}`
          ))
        ))

      const note = Effect.gen(function*() {
        for (const source of active()) {
          if (!changed.delete(source)) continue
          const line = facts(yield* told(source))
          if (logFormat === "json") {
            yield* Effect.logInfo("progress").pipe(Effect.annotateLogs({ source, progress: line.join(", ") }))
          } else screen.say(`${source}: ${line.join(", ")}`)
        }
      })

      if (live) {
        yield* Effect.addFinalizer(() => Effect.sync(() => screen.live([])))
        yield* Effect.forkScoped(Effect.repeat(draw, Schedule.spaced(redraw)))
      } else if (wanted) {
        yield* Effect.forkScoped(Effect.repeat(note, Schedule.spaced(pause)).pipe(Effect.delay(pause)))
      }

      const change = (source: Name, update: (now: number) => void) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          update(now)
          changed.add(source)
        })
      return {
        expect: (lane, work) =>
          change(sourceOf(lane), (now) => {
            lanes[lane] = Forecast.expect(lanes[lane], work, now)
          }),
        answered: (lane, rows) =>
          change(sourceOf(lane), (now) => {
            lanes[lane] = Forecast.answered(lanes[lane], rows, now)
          }),
        phase: (source, text) =>
          change(source, () => {
            phases.set(source, text)
          }),
        notice: (text) =>
          logFormat === "json"
            ? Effect.logInfo(text)
            : Effect.sync(() => {
              if (wanted) screen.say(text)
            })
      }
    })
  )
