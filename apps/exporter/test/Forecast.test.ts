import { assert, it } from "@effect/vitest"
import * as Forecast from "../src/terminal/Forecast.js"

/** Answers at a steady rate from a time on, one after the other. */
const steadily = (lane: Forecast.Lane, perSecond: number, from: number, seconds: number): Forecast.Lane => {
  let state = lane
  for (let answer = 1; answer <= perSecond * seconds; answer++) {
    state = Forecast.answered(state, 10, from + answer * 1000 / perSecond)
  }
  return state
}

it("before anything is known, a lane is believed to go as fast as it may", () => {
  const lane = Forecast.expect(Forecast.empty, { requests: 100, rows: 10_000 }, 0)
  assert.strictEqual(Forecast.secondsLeft(lane, 5, 0), 20)
})

it("at every moment of a steady run the time that is left is within a tenth of what it takes", () => {
  for (const perSecond of [1, 4.8, 9, 18]) {
    const total = perSecond * 120
    let lane = Forecast.expect(Forecast.empty, { requests: total, rows: 0 }, 5000)
    for (let second = 5; second < 110; second += 5) {
      lane = steadily(lane, perSecond, 5000 + (second - 5) * 1000, 5)
      assert.approximately(
        Forecast.secondsLeft(lane, 20, 5000 + second * 1000) ?? -1,
        120 - second,
        0.1 * (120 - second)
      )
    }
  }
})

it("a lane that slows down is forecast at its new rate within twenty seconds", () => {
  let lane = Forecast.expect(Forecast.empty, { requests: 1000, rows: 0 }, 0)
  lane = steadily(lane, 10, 0, 30)
  lane = steadily(lane, 2, 30_000, 21)
  assert.approximately(
    Forecast.secondsLeft(lane, 10, 51_000) ?? -1,
    (1000 - 300 - 42) / 2,
    0.1 * ((1000 - 300 - 42) / 2)
  )
})

it("no forecast is faster than the limit allows", () => {
  let lane = Forecast.expect(Forecast.empty, { requests: 1000, rows: 0 }, 0)
  lane = steadily(lane, 50, 0, 10)
  assert.strictEqual(Forecast.secondsLeft(lane, 5, 10_000), 100)
})

it("a lane that waited for work is not thought slow for having waited", () => {
  let lane = Forecast.expect(Forecast.empty, { requests: 10, rows: 0 }, 0)
  lane = steadily(lane, 5, 0, 2)
  lane = Forecast.expect(lane, { requests: 100, rows: 0 }, 60_000)
  assert.strictEqual(Forecast.secondsLeft(lane, 5, 60_000), 20)
  lane = steadily(lane, 5, 60_000, 10)
  assert.approximately(Forecast.secondsLeft(lane, 5, 70_000) ?? -1, 10, 0.1 * (10))
})

it("a lane without work has no forecast, and the slowest of several counts", () => {
  assert.isNull(Forecast.secondsLeft(Forecast.empty, 5, 0))
  assert.strictEqual(Forecast.slowest([null, 3, 40, 7]), 40)
  assert.isNull(Forecast.slowest([null]))
})
