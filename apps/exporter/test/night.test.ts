/** What a fleet keeps of an export: a night is over once its push is in the lake. */
import { assert, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import * as failed from "../src/command/failed.js"
import { outcome } from "../src/command/night.js"
import * as Ending from "../src/Ending.js"
import type { ExitCode } from "../src/ExitCode.js"
import { fingerprint } from "../src/fingerprint.js"
import { remember } from "../src/terminal/secrets.js"

const pushed = {
  number: 3,
  changed: true,
  files: { sent: 1, bytes: 1 },
  packed: 1,
  tables: [],
  removed: { files: 0, bytes: 0 },
  to: "lake"
}

const document = (exitCode: ExitCode, isPushed: boolean) => ({
  ...failed.report({
    out: "out",
    runId: "run",
    seconds: 1,
    exitCode,
    problems: exitCode === 0 ? [] : [Ending.problem("Uncertified", "x".repeat(900))]
  }),
  certifiedUntil: { allo: "2026-03-09T02:00:00.000Z", allomia: null },
  lake: isPushed ? pushed : null
})

const cases: ReadonlyArray<readonly [exitCode: ExitCode, isPushed: boolean, end: string]> = [
  [0, true, "done"],
  [3, true, "done"],
  [4, true, "done"],
  // The push failed, and scratch is gone.
  [4, false, "again"],
  [3, false, "again"],
  [2, false, "again"],
  [6, false, "again"],
  [5, false, "again"],
  [1, false, "again"],
  [130, true, "left"],
  [130, false, "left"]
]
for (const [exitCode, isPushed, end] of cases) {
  it(`a night that ended with ${exitCode} and was ${isPushed ? "" : "not "}pushed is ${end}`, () => {
    const found = outcome(document(exitCode, isPushed), "allo")
    assert.strictEqual(found.end, end)
    assert.strictEqual(found.exitCode, exitCode)
    assert.isAtMost(found.says?.length ?? 0, 300)
    const until = found.certifiedUntil
    // What is not in the lake is not certified there.
    assert.strictEqual(until === null ? null : DateTime.formatIso(until), isPushed ? "2026-03-09T02:00:00.000Z" : null)
    assert.isNull(outcome(document(exitCode, isPushed), "allomia").certifiedUntil)
  })
}

it("what a fleet keeps of a problem is one line that PostgreSQL can hold, without a key", () => {
  remember("ak_live_echoed")
  const { problems, ...rest } = document(4, true)
  const [first] = problems
  const told = {
    ...rest,
    problems: first === undefined ? [] : [{ ...first, message: "Line\u0000 ak_live_echoed\r\ntwo" }]
  }
  assert.strictEqual(outcome(told, "allo").says, "Uncertified: Line  <redacted> two")
})

it("a fingerprint is that of a key and its API, and tells nothing of it", () => {
  const allo = (key: string, baseUrl = "https://api.withallo.com") => ({
    allo: { apiKey: Redacted.make(key), baseUrl, readsPerSecond: undefined, writesPerSecond: undefined },
    allomia: null
  })
  const one = fingerprint(allo("ak_live_secret"))
  assert.strictEqual(fingerprint(allo("ak_live_secret", "https://api.withallo.com/")), one)
  assert.notStrictEqual(fingerprint(allo("ak_live_other")), one)
  assert.notStrictEqual(fingerprint(allo("ak_live_secret", "https://example.com")), one)
  assert.match(one, /^[0-9a-f]{32}$/)
})
