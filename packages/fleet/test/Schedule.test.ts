import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Schedule from "../src/Schedule.js"

const after = (schedule: Schedule.Schedule, instant: string): string =>
  DateTime.formatIso(Schedule.next(schedule, DateTime.unsafeMake(instant)))

describe("the next night", () => {
  const cases: ReadonlyArray<
    readonly [what: string, at: ReadonlyArray<string>, zone: string, from: string, to: string]
  > = [
    ["later today", ["02:00"], "UTC", "2026-03-01T01:59:59.999Z", "2026-03-01T02:00:00.000Z"],
    ["tomorrow, at the very instant", ["02:00"], "UTC", "2026-03-01T02:00:00.000Z", "2026-03-02T02:00:00.000Z"],
    ["the nearest of several", ["14:00", "02:00"], "UTC", "2026-03-01T03:00:00.000Z", "2026-03-01T14:00:00.000Z"],
    ["over the end of a year", ["00:00"], "UTC", "2026-12-31T23:59:00.000Z", "2027-01-01T00:00:00.000Z"],
    ["in a zone to the east", ["02:00"], "Europe/Paris", "2026-01-10T00:30:00.000Z", "2026-01-10T01:00:00.000Z"],
    [
      "in a zone that is a day ahead",
      ["01:00"],
      "Pacific/Kiritimati",
      "2026-01-10T10:30:00.000Z",
      "2026-01-10T11:00:00.000Z"
    ],
    [
      "in a zone that is a day behind",
      ["23:30"],
      "Pacific/Niue",
      "2026-01-10T10:00:00.000Z",
      "2026-01-10T10:30:00.000Z"
    ],
    ["after summer time began", ["04:00"], "Europe/Paris", "2026-03-29T00:00:00.000Z", "2026-03-29T02:00:00.000Z"],
    [
      "of a time that the clock skips",
      ["02:30"],
      "Europe/Paris",
      "2026-03-29T00:00:00.000Z",
      "2026-03-29T01:30:00.000Z"
    ],
    [
      "of a time that the clock shows twice, once",
      ["02:30"],
      "Europe/Paris",
      "2026-10-25T00:30:00.000Z",
      "2026-10-26T01:30:00.000Z"
    ],
    ["a day later, without a time", [], "UTC", "2026-03-01T05:00:00.000Z", "2026-03-02T05:00:00.000Z"],
    [
      "a day later, without a zone that exists",
      ["02:00"],
      "Mars/Base",
      "2026-03-01T05:00:00.000Z",
      "2026-03-02T05:00:00.000Z"
    ]
  ]
  for (const [what, at, zone, from, to] of cases) {
    it(`${what}`, () => assert.strictEqual(after({ at, zone }, from), to))
  }

  it("is never more than a day and an hour away, and comes as often as there are times", () => {
    const schedule = { at: ["02:30", "13:15"], zone: "America/St_Johns" }
    let now = Date.parse("2026-01-01T00:00:00Z")
    let nights = 0
    while (now < Date.parse("2027-01-01T00:00:00Z")) {
      const next = Schedule.next(schedule, DateTime.unsafeMake(now)).epochMillis
      assert.isAbove(next, now)
      assert.isAtMost(next - now, 25 * 3_600_000)
      now = next
      nights++
    }
    assert.strictEqual(nights, 731)
  })
})

it("is written the same whatever the order of its times", () => {
  assert.strictEqual(Schedule.written({ at: ["14:00", "02:00", "14:00"], zone: "UTC" }), "02:00 14:00 UTC")
})
