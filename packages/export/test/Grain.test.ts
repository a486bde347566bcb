/** Units of time, and what their edges promise. */
import { assert, describe, it } from "@effect/vitest"
import { Interval } from "@trunkline/dataset"
import { Grain } from "@trunkline/export"
import { DateTime, Duration } from "effect"

const at = (text: string): DateTime.Utc => DateTime.unsafeMake(text)
const range = (from: string, to: string) => Interval.make(at(from), at(to))
const texts = ({ from, to }: Interval.Interval) => [DateTime.formatIso(from), DateTime.formatIso(to)]

it.each([["hours", Grain.hours], ["seconds", Grain.seconds]])("%s begin and end where they do in UTC", (_, grain) => {
  const hour = range("2026-05-02T10:00:00Z", "2026-05-02T11:00:00Z")
  assert.deepStrictEqual([Grain.cover(grain, hour), Grain.inside(grain, hour)].map(texts), [texts(hour), texts(hour)])
})

describe("days", () => {
  const may = range("2026-05-02T00:00:00Z", "2026-05-04T00:00:00Z")

  it("cover a stretch in every zone", () =>
    // The second of May begins 14 hours earlier in UTC+14, and ends 12 hours later in UTC-12.
    assert.deepStrictEqual(texts(Grain.cover(Grain.days, range("2026-05-02T11:59:59Z", "2026-05-02T12:00:00Z"))), [
      "2026-05-01T00:00:00.000Z",
      "2026-05-04T00:00:00.000Z"
    ]))

  it("cover no day more than that", () =>
    assert.deepStrictEqual(texts(Grain.cover(Grain.days, range("2026-05-02T12:00:00Z", "2026-05-02T10:00:00Z"))), [
      "2026-05-02T00:00:00.000Z",
      "2026-05-03T00:00:00.000Z"
    ]))

  it("promise what lies in them in every zone", () => {
    assert.deepStrictEqual(texts(Grain.inside(Grain.days, may)), [
      "2026-05-02T12:00:00.000Z",
      "2026-05-03T10:00:00.000Z"
    ])
    assert.strictEqual(DateTime.formatIso(Grain.promised(Grain.days, may)), "2026-05-03T10:00:00.000Z")
  })

  it.each([
    ["2026-05-01T10:00:00Z", false],
    ["2026-05-01T09:59:59.999Z", true],
    ["2026-05-05T11:59:59.999Z", false],
    ["2026-05-05T12:00:00Z", true]
  ])(
    "a row of %s shows an ignored filter: %s",
    (instant, outside) => assert.strictEqual(Grain.isOutside(Grain.days, may, at(instant)), outside)
  )

  it("are settled when the last zone has them behind it, and the time to settle has passed", () => {
    const settling = Duration.toMillis("1 hour")
    const first = (now: string) => DateTime.formatIso(Grain.unsettled(Grain.days, at(now), settling))
    assert.strictEqual(first("2026-05-03T12:59:59.999Z"), "2026-05-02T00:00:00.000Z")
    assert.strictEqual(first("2026-05-03T13:00:00Z"), "2026-05-03T00:00:00.000Z")
  })

  it("look back twelve hours more, since a day may begin so late", () =>
    assert.strictEqual(Duration.toHours(Grain.back(Grain.days, Duration.hours(24))), 36))

  it("are named by their first and last day", () => {
    assert.strictEqual(Grain.text(Grain.days, may), "2026-05-02 to 2026-05-03")
    assert.strictEqual(Grain.text(Grain.days, range("2026-05-02T00:00:00Z", "2026-05-03T00:00:00Z")), "2026-05-02")
  })
})

describe("seconds", () => {
  it("cover a stretch exactly", () =>
    assert.deepStrictEqual(
      texts(Grain.cover(Grain.seconds, range("2026-05-02T00:00:00.001Z", "2026-05-02T00:00:01.001Z"))),
      ["2026-05-02T00:00:00.000Z", "2026-05-02T00:00:02.000Z"]
    ))

  it("are named by both instants", () =>
    assert.strictEqual(
      Grain.text(Grain.seconds, range("2026-05-02T00:00:00Z", "2026-05-02T00:00:01Z")),
      "2026-05-02T00:00:00.000Z to 2026-05-02T00:00:01.000Z"
    ))
})

describe("pieces", () => {
  const hour = range("2026-05-02T00:00:00Z", "2026-05-02T01:00:00Z")
  it.each([2, 3, 7, 3600, 5000])("%s pieces are the whole, without a gap, each a unit at least", (pieces) => {
    const found = Grain.split(Grain.seconds, hour, pieces)
    assert.strictEqual(found.length, Math.min(pieces, 3600))
    assert.deepStrictEqual(Interval.normalise(found).map(texts), [texts(hour)])
    for (const piece of found) assert.isAtLeast(Grain.count(Grain.seconds, piece), 1)
  })

  it("are two at least, and one where there is one unit only", () => {
    assert.strictEqual(Grain.split(Grain.seconds, hour, 0).length, 2)
    assert.strictEqual(Grain.split(Grain.days, range("2026-05-02T00:00:00Z", "2026-05-03T00:00:00Z"), 5).length, 1)
  })
})
