/** A run in lines: one per source, drawn again on a terminal, now and then elsewhere, and not at all when nothing moves. */
import { count, decimal, span } from "@trunkline/analytics/Words"
import { Progress } from "@trunkline/export/Progress"
import type { Source } from "@trunkline/export/Source"
import { Sources } from "@trunkline/export/Sources"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Forecast from "./Forecast.js"
import type { Format } from "./Logs.js"
import * as Logs from "./Logs.js"
import type { Screen } from "./Screen.js"

/** What a lane counts. */
const what = (lane: string): string => {
  const [, kind] = lane.split(" ")
  return kind === "search" ? "searches" : kind === "read" ? "reads" : "requests"
}

/** Every fifth of a second on a terminal: faster than that nobody reads. */
const redraw = "200 millis"
const pause = "5 seconds"

interface Told {
  readonly source: string
  readonly phase: string
  readonly lanes: ReadonlyArray<{ readonly lane: string; readonly state: Forecast.Lane; readonly limit: number }>
  readonly now: number
}

const pace = ({ lane, limit, state }: Told["lanes"][number], now: number): string | null => {
  if (Forecast.remaining(state) === 0) return null
  const speed = Forecast.observed(state, now)
  if (speed === null) return null
  const share = Number.isFinite(limit)
    ? `, ${Math.min(100, Math.round(speed / limit * 100))} % of ${decimal(limit)}`
    : ""
  return `${decimal(speed)} ${what(lane)}/s${share}`
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
      ? `no answer for ${span((now - idle) / 1000)}`
      : Number.isFinite(left)
      ? `${span(left)} left`
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
      const sources = yield* Sources
      const { logFormat, screen } = options
      const wanted = Logs.tells(yield* FiberRef.get(FiberRef.currentMinimumLogLevel))
      const live = screen.interactive && wanted && logFormat === "text"
      const states = new Map<string, Forecast.Lane>()
      const stateOf = (lane: string) => states.get(lane) ?? Forecast.empty
      const phases = new Map<string, string>()
      const changed = new Set<string>()

      const told = ({ lanes, name }: Source) =>
        Effect.map(
          Effect.zip(
            Clock.currentTimeMillis,
            Effect.forEach(
              lanes,
              ({ name, perSecond }) => Effect.map(perSecond, (limit) => ({ lane: name, limit, state: stateOf(name) }))
            )
          ),
          ([now, lanes]): Told => ({ source: name, now, phase: phases.get(name) ?? "", lanes })
        )
      const active = () =>
        sources.filter(({ lanes, name }) => phases.has(name) || lanes.some(({ name }) => stateOf(name).since !== null))
      const sourceOf = (lane: string) =>
        sources.find(({ lanes }) => lanes.some(({ name }) => name === lane))?.name ?? lane

      const draw = Effect.flatMap(Effect.suspend(() => Effect.forEach(active(), told)), (sources) =>
        Effect.sync(() =>
          screen.live(sources.map((source) =>
            `${source.source.padEnd(7)}  ${facts(source).join(" · ")}`
          ))
        ))

      const note = Effect.gen(function*() {
        for (const source of active()) {
          if (!changed.delete(source.name)) continue
          const line = facts(yield* told(source))
          if (logFormat === "json") {
            yield* Effect.logInfo("progress").pipe(
              Effect.annotateLogs({ source: source.name, progress: line.join(", ") })
            )
          } else screen.say(`${source.name}: ${line.join(", ")}`)
        }
      })

      if (live) {
        yield* Effect.addFinalizer(() => Effect.sync(() => screen.live([])))
        yield* Effect.forkScoped(Effect.repeat(draw, Schedule.spaced(redraw)))
      } else if (wanted) {
        yield* Effect.forkScoped(Effect.repeat(note, Schedule.spaced(pause)).pipe(Effect.delay(pause)))
      }

      const change = (source: string, update: (now: number) => void) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          update(now)
          changed.add(source)
        })
      return {
        expect: ({ name }, work) =>
          change(sourceOf(name), (now) => {
            states.set(name, Forecast.expect(stateOf(name), work, now))
          }),
        answered: ({ name }, rows) =>
          change(sourceOf(name), (now) => {
            states.set(name, Forecast.answered(stateOf(name), rows, now))
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
