import { assert, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import { check } from "../src/command/check.js"
import * as values from "../src/command/values.js"

const since = (text: string) => Either.map(values.instant("--since", text, "start"), DateTime.formatIso)
const until = (text: string) => Either.map(values.instant("--until", text, "end"), DateTime.formatIso)

it("a bare date begins with its first instant and ends with its last, in UTC", () => {
  assert.deepStrictEqual(since("2026-03-29"), Either.right("2026-03-29T00:00:00.000Z"))
  assert.deepStrictEqual(until("2026-03-29"), Either.right("2026-03-30T00:00:00.000Z"))
  assert.deepStrictEqual(until("2026-12-31"), Either.right("2027-01-01T00:00:00.000Z"))
})

it("a time without a zone is UTC, and one with a zone is what it says", () => {
  assert.deepStrictEqual(since("2026-03-29T02:30"), Either.right("2026-03-29T02:30:00.000Z"))
  assert.deepStrictEqual(until("2026-03-29 02:30:15"), Either.right("2026-03-29T02:30:15.000Z"))
  assert.deepStrictEqual(since("2026-03-29T02:30:15.5Z"), Either.right("2026-03-29T02:30:15.500Z"))
  assert.deepStrictEqual(since("2026-03-29T02:30+02:00"), Either.right("2026-03-29T00:30:00.000Z"))
  assert.deepStrictEqual(since("2026-03-29T02:30-0530"), Either.right("2026-03-29T08:00:00.000Z"))
  assert.deepStrictEqual(since("2026-03-01T00:30+01"), Either.right("2026-02-28T23:30:00.000Z"))
})

it("days and times that no calendar has are refused", () => {
  for (
    const text of [
      "2026-02-30",
      "2026-13-01",
      "2025-02-29",
      "2026-01-01T24:00",
      "2026-01-01T10:60",
      "2026-01-01T10:00+15:00",
      "2026-01-01T10:00+13:60",
      "2026-1-1",
      "01/02/2026",
      "yesterday",
      "1999-12-31",
      "2200-01-01",
      "2026-01-01T10",
      "20260101",
      ""
    ]
  ) {
    assert.isTrue(Either.isLeft(since(text)), text)
  }
})

it("a length of time is a number with a unit, up to ten years", () => {
  for (
    const [text, seconds] of [["90s", 90], ["30m", 1800], ["12h", 43_200], ["7d", 604_800], ["2w", 1_209_600], [
      "0d",
      0
    ]] as const
  ) {
    assert.deepStrictEqual(Either.map(values.length("--lookback", text), Duration.toSeconds), Either.right(seconds))
  }
  for (const text of ["7", "7 d", "-1d", "1.5h", "d", "4000d", "1y", ""]) {
    assert.isTrue(Either.isLeft(values.length("--lookback", text)), text)
  }
})

it("a whole number keeps within its bounds", () => {
  const read = (text: string) => values.whole("--concurrency", text, { from: 1, to: 16 })
  assert.deepStrictEqual(read("16"), Either.right(16))
  for (const text of ["0", "17", "1.5", "-1", "1e1", "four", ""]) assert.isTrue(Either.isLeft(read(text)), text)
})

it("flags and arguments are put in the order the parser wants, wherever they stood", () => {
  const asked = check(["sql", "FROM calls", "--format", "csv", "--log-level", "debug", "--out=data set"])
  assert.isNull(asked.wrong)
  assert.strictEqual(asked.command, "sql")
  assert.deepStrictEqual(asked.words, ["sql", "--format", "csv", "--out", "data set", "FROM calls"])
  assert.strictEqual(asked.values.get("log-level"), "debug")
})

it("what is misspelt is named, with what was meant", () => {
  assert.strictEqual(check(["exprot"]).wrong, "there is no command exprot. Did you mean export?")
  assert.strictEqual(
    check(["export", "--sinse", "x"]).wrong,
    "trunkline export has no flag --sinse. Did you mean --since?"
  )
  assert.strictEqual(check(["sql", "--contact", "x"]).wrong, "trunkline sql has no flag --contact")
  assert.strictEqual(check(["export", "--since"]).wrong, "--since needs a value: WHEN")
  assert.strictEqual(check(["export", "--since", "--full"]).wrong, "--since needs a value: WHEN")
  assert.strictEqual(check(["export", "--source", "alo"]).wrong, "--source must be one of allo, allomia, all")
  assert.strictEqual(check(["export", "--full=yes"]).wrong, "--full takes no value")
  assert.strictEqual(check(["export", "--out", "a", "--out", "b"]).wrong, "--out is given twice")
  assert.strictEqual(check(["plan", "now"]).wrong, "trunkline plan takes flags alone")
  assert.strictEqual(
    check(["sql", "SELECT", "1"]).wrong,
    "one argument is enough: put the statement into quotes"
  )
  assert.isNull(check(["export", "--contact", "a", "--contact", "b"]).wrong)
})

it("a key that is given as a flag is refused without being repeated", () => {
  for (
    const words of [["--allo-api-key", "ak_live_1"], ["--api-key=ak_live_1"], ["--ALLO_API_KEY=ak_live_1"], [
      "--ak_live_1"
    ]]
  ) {
    const { wrong } = check(["export", ...words])
    assert.isNotNull(wrong)
    assert.notInclude(wrong, "ak_live_1")
  }
  assert.include(check(["export", "--api-key", "ak_live_1"]).wrong, "Keys are never flags")
})
