import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Account } from "../src/Account.js"
import type { Row } from "../src/internal/nights.js"
import { plan } from "../src/internal/planning.js"
import * as Timing from "../src/internal/timing.js"

const now = DateTime.unsafeMake("2026-03-10T12:00:00Z")
const at = (minutes: number): Date => new Date(now.epochMillis + minutes * 60_000)

const account = (name: string, time = "02:00"): Account => ({
  name,
  schedule: { at: [time], zone: "UTC" },
  key: Effect.succeed(`key of ${name}`)
})

const row = (name: string, facts: Partial<Row> = {}): Row => ({
  account: name,
  schedule: "02:00 UTC",
  due: at(60),
  attempt: 1,
  sent_at: null,
  retry_at: null,
  failures: 0,
  worker: null,
  started_at: null,
  silent: null,
  ended_at: null,
  ended_worker: null,
  seconds: null,
  exit_code: null,
  says: null,
  certified_until: null,
  ...facts
})

/** The plan in names. */
const planned = (accounts: ReadonlyArray<Account>, rows: ReadonlyArray<Row>) => {
  const { add, move, remove, send } = plan({ accounts, rows, now })
  return {
    add: add.map(({ name }) => name),
    remove,
    move: move.map(({ account, due, schedule }) => `${account} ${schedule} ${DateTime.formatIso(due)}`),
    send: send.map(({ account, attempt }) => `${account} ${attempt}`)
  }
}

const nothing = { add: [], remove: [], move: [], send: [] }

describe("what a turn asks for", () => {
  const cases: ReadonlyArray<
    readonly [
      what: string,
      accounts: ReadonlyArray<Account>,
      rows: ReadonlyArray<Row>,
      asked: Partial<typeof nothing> | object
    ]
  > = [
    ["nothing before its time", [account("a")], [row("a")], {}],
    ["a night at its time", [account("a")], [row("a", { due: at(0) })], { send: ["a 1"] }],
    ["one night where several were missed", [account("a")], [row("a", { due: at(-5 * 1440) })], { send: ["a 1"] }],
    ["the oldest first", [account("a"), account("b")], [row("a", { due: at(-1) }), row("b", { due: at(-2) })], {
      send: ["b 1", "a 1"]
    }],
    ["nothing of what was sent", [account("a")], [row("a", { due: at(-1), sent_at: at(-1) })], {}],
    ["nothing of a night that failed a moment ago", [account("a")], [
      row("a", { due: at(-9), retry_at: at(1), attempt: 2 })
    ], {}],
    ["a night that failed, after a while", [account("a")], [row("a", { due: at(-9), retry_at: at(0), attempt: 2 })], {
      send: ["a 2"]
    }],
    ["a new account", [account("a"), account("b")], [row("a")], { add: ["b"] }],
    ["an account that is gone, once nobody is at it", [account("a")], [row("a"), row("b"), row("c", { worker: "w" })], {
      remove: ["b"]
    }],
    ["another time of a night to come", [account("a", "18:00")], [row("a")], {
      move: ["a 18:00 UTC 2026-03-10T18:00:00.000Z"]
    }],
    ["no other time of a night that is due", [account("a", "18:00")], [row("a", { due: at(-1) })], {
      move: ["a 18:00 UTC 2026-03-10T11:59:00.000Z"],
      send: ["a 1"]
    }],
    ["no other time of a night at work", [account("a", "18:00")], [
      row("a", { due: at(-1), sent_at: at(-1), worker: "w" })
    ], {}]
  ]
  for (const [what, accounts, rows, asked] of cases) {
    it(`${what}`, () => assert.deepStrictEqual(planned(accounts, rows), { ...nothing, ...asked }))
  }
})

it("waits longer after each failure, and an hour at most", () => {
  const waits = Array.from({ length: 12 }, (_, index) => Timing.backOff(index + 1))
  assert.deepStrictEqual(waits.slice(0, 4), [30, 60, 120, 240])
  assert.strictEqual(waits.at(-1), 3600)
  assert.deepStrictEqual(waits, waits.toSorted((left, right) => left - right))
})
