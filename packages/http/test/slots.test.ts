/** When the next request may start, after these requests and their answers. Times are milliseconds. */
import { assert, describe, it } from "@effect/vitest"
import * as Slots from "../src/internal/slots.js"

type Event =
  | { readonly at: number; readonly sent: string }
  | { readonly at: number; readonly answered: string; readonly remaining?: number; readonly limit?: number }
  | { readonly at: number; readonly refused: number }

const sent = (name: string, at: number): Event => ({ at, sent: name })
const answered = (name: string, at: number, remaining?: number, limit?: number): Event => ({
  at,
  answered: name,
  ...(remaining === undefined ? {} : { remaining }),
  ...(limit === undefined ? {} : { limit })
})
const refused = (at: number, wait: number): Event => ({ at, refused: wait })
/** So many requests at once, each answered after 100 ms. */
const burst = (names: string, at: number, ...remaining: ReadonlyArray<number | undefined>): ReadonlyArray<Event> => [
  ...[...names].map((name) => sent(name, at)),
  ...[...names].map((name, index) => answered(name, at + 100, remaining[index]))
]

const after = (slots: Slots.Slots, events: ReadonlyArray<Event>) => {
  const started = new Map<string, ReturnType<typeof Slots.start>>()
  for (const event of events) {
    if ("sent" in event) started.set(event.sent, Slots.start(slots, event.at))
    else if ("refused" in event) Slots.refuse(slots, event.at, event.refused)
    else {
      const request = started.get(event.answered)
      assert.isDefined(request)
      Slots.hear(slots, request, event.at)
      Slots.learn(slots, request, { limit: event.limit, remaining: event.remaining })
    }
  }
  return slots
}

const known = (limit: number, events: ReadonlyArray<Event>): Known => {
  const { closedUntil, edge, edgesFrom, expected, expectedUntil, limit: now } = after(
    Slots.make(limit, never, 1000),
    events
  )
  return {
    limit: now,
    edge: edge && [Math.round(edge.low), Math.round(edge.heard)],
    expected,
    expectedUntil,
    edgesFrom,
    closedUntil
  }
}

const never = Number.POSITIVE_INFINITY

type Nexts = ReadonlyArray<readonly [now: number, next: number]>

const nexts = (slots: Slots.Slots, expected: Nexts): Nexts =>
  expected.map(([now]) => [now, Math.round(Slots.next(slots, now))])

describe("the next request", () => {
  it.each<readonly [string, number, ReadonlyArray<Event>, Nexts]>([
    ["may start at once where none was sent", 2, [], [[0, 0], [7, 7]]],
    ["may start at once below the limit", 2, [sent("a", 0)], [[0, 0], [50, 50]]],
    ["waits for an answer at the limit", 2, [sent("a", 0), sent("b", 0)], [[0, never], [5000, never]]],
    ["waits a period from the first sending, once answered", 2, burst("ab", 0), [[100, 1000], [999, 1000], [
      1000,
      1000
    ]]],
    ["waits longer where journeys differ", 2, [
      sent("a", 0),
      sent("b", 10),
      answered("b", 110),
      answered("a", 200)
    ], [[200, 1058]]],
    ["trusts the shortest journey more with experience", 2, [
      ...Array.from({ length: 100 }, (_, n) => burst("a", n * 2000)).flat(),
      sent("b", 200_000),
      answered("b", 200_200),
      ...burst("c", 200_300)
    ], [[200_400, 201_102]]],
    ["waits until there is room for it", 1, [...burst("a", 0), ...burst("b", 300)], [[400, 1300]]],
    ["of one a period waits for the one before", 1, burst("a", 0, 0), [[100, 1000], [1000, 1000]]],
    ["waits where the last burst could hide an edge", 2, [...burst("a", 0, 1), sent("b", 1500)], [[1500, never]]],
    ["does not wait where answers tell nothing", 2, [...burst("a", 0), sent("b", 1500)], [[1500, 1500]]],
    ["waits a period at least after a refusal", 2, [refused(0, 300)], [[1, 1000], [1000, 1000]]],
    ["waits as long as asked after a refusal", 2, [refused(0, 3000), refused(10, 0)], [[10, 3000], [3000, 3000]]],
    ["starts with the next window once its edge is known", 3, [
      ...burst("a", 0, 2),
      ...burst("b", 500, 2),
      ...burst("c", 1300, 1),
      ...burst("d", 1460, 2),
      ...burst("ef", 1600, 1, 0)
    ], [[1700, 2460], [2459, 2460], [2500, 2500]]],
    ["starts at once in a window that has begun", 2, [
      sent("a", 890),
      answered("a", 920, 1),
      sent("b", 925),
      answered("b", 955, 1),
      ...[..."cd"].map((name) => sent(name, 1800)),
      ...[..."cd"].map((name) => answered(name, 1830))
    ], [[1900, 1925], [1940, 1940]]],
    ["does not weigh what was counted before the edge", 2, [...burst("a", 0, 1), ...burst("b", 500, 1)], [[600, 600]]],
    ["does not rely on an edge that may be later", 3, [
      ...burst("a", 0, 2),
      ...burst("b", 500, 2),
      ...burst("cde", 1200)
    ], [
      [1300, 2200]
    ]],
    ["goes on beside a stranger where there is room for two", 2, burst("a", 0, 0), [[2000, 2000], [10_101, 10_101]]],
    ["waits as well where answers tell that nothing was used", 2, [...burst("a", 0, 2), sent("b", 1500)], [[
      1500,
      never
    ]]],
    ["leaves strangers less than half of an odd limit", 9, [...burst("a", 0, 0), ...burst("bcde", 2000, 8, 7, 6, 5)], [
      [2100, 2100]
    ]],
    ["forgets an edge after ten minutes", 3, [
      sent("a", 890),
      answered("a", 920, 2),
      sent("b", 925),
      answered("b", 955, 2),
      ...[..."cde"].map((name) => sent(name, 599_990)),
      ...[..."cde"].map((name) => answered(name, 600_020))
    ], [[600_100, 600_985], [600_956, 600_985], [600_957, 600_990]]],
    ["leaves room for strangers", 10, [...burst("a", 0, 4), ...burst("bcdef", 2000, 9, 8, 7, 6, 5)], [
      [2100, 3000],
      [10_100, 10_100]
    ]],
    ["leaves them half of the room at most", 10, [...burst("a", 0, 1), ...burst("bcdef", 2000, 9, 8, 7, 6, 5)], [
      [2100, 3000]
    ]],
    ["weighs strangers as the client's own", 10, [...burst("a", 0, 4), ...burst("bcde", 110, 3, 2, 1, 0)], [[
      210,
      1000
    ]]]
  ])(
    "%s",
    (_, limit, events, expected) =>
      assert.deepStrictEqual(nexts(after(Slots.make(limit, never, 1000), events), expected), expected)
  )
})

interface Known {
  readonly limit: number
  /** From and to, before the journey is taken off. */
  readonly edge: readonly [low: number, heard: number] | undefined
  readonly expected: number
  readonly expectedUntil: number
  readonly edgesFrom: number
  readonly closedUntil: number
}

const unknown: Known = {
  limit: 3,
  edge: undefined,
  expected: 0,
  expectedUntil: -never,
  edgesFrom: -never,
  closedUntil: -never
}

/** A window that began between them is known: the second was counted alone. */
const found = [...burst("a", 0, 2), ...burst("b", 500, 2)]

describe("answers", () => {
  it.each<readonly [string, number, ReadonlyArray<Event>, Partial<Known>]>([
    ["that count every request tell no edge", 3, [...burst("a", 0, 2), ...burst("b", 500, 1)], {}],
    ["that count fewer tell an edge between two requests", 3, found, { edge: [0, 601] }],
    ["that count fewer tell no edge after more than a period", 3, [...burst("a", 0, 2), ...burst("b", 1000, 2)], {}],
    ["at the limit tell no edge", 3, [...burst("abcd", 0), ...burst("e", 500, 0)], {}],
    ["that come before the next is sent count for sure", 3, [
      sent("a", 0),
      sent("b", 50),
      answered("a", 100, 2),
      answered("b", 150, 2)
    ], { edge: [0, 151] }],
    ["narrow an edge that is known", 3, [
      ...found,
      ...burst("c", 1300, 1),
      ...burst("d", 1460, 2),
      ...burst("e", 1600, 1)
    ], { edge: [1300, 1561] }],
    ["narrow it a hundred windows later, less the drift of two clocks", 3, [
      ...found,
      ...burst("c", 1300, 1),
      ...burst("d", 1460, 2),
      ...burst("e", 1600, 1),
      ...burst("f", 101_250, 0),
      ...burst("g", 101_520, 2)
    ], { edge: [101_290, 101_571], expected: 2, expectedUntil: 111_351 }],
    ["narrow an edge however long the clock has run", 3, [
      ...burst("a", 300_000, 2),
      ...burst("b", 300_500, 2),
      ...burst("c", 301_300, 1),
      ...burst("d", 301_460, 2),
      ...burst("e", 301_600, 1)
    ], { edge: [301_300, 301_561] }],
    ["to requests that were sent at once tell no edge", 3, burst("ab", 0, 2, 2), {}],
    ["that count one of a period ago tell of a stranger", 10, [...burst("a", 0), ...burst("b", 1000, 8)], {
      limit: 10,
      expected: 1,
      expectedUntil: 11_101
    }],
    ["do not narrow an edge that they meet in two places", 3, [...found, ...burst("c", 1420, 2)], {
      edge: [500, 1521]
    }],
    ["of a lower limit are followed", 5, [sent("a", 10), answered("a", 150, 2, 3)], {}],
    ["of a lower limit forget the edge", 4, [...burst("a", 0, 3), ...burst("b", 500, 3), ...burst("c", 2000), {
      at: 2200,
      answered: "c",
      limit: 3
    }], {}],
    ["of no limit leave one", 5, [sent("a", 10), answered("a", 150, 0, 0)], { limit: 1 }],
    ["of a limit with a fraction leave the whole of it", 5, [sent("a", 10), answered("a", 150, undefined, 3.7)], {}],
    ["with more left than the limit tell nothing", 3, [sent("a", 10), answered("a", 150, 9)], {}],
    ["that count more tell of strangers", 10, burst("a", 0, 4), { limit: 10, expected: 5, expectedUntil: 10_101 }],
    ["that count fewer strangers than before change nothing", 10, [...burst("a", 0, 4), ...burst("b", 2000, 7)], {
      limit: 10,
      expected: 5,
      expectedUntil: 10_101
    }],
    ["that count as many strangers as before renew them", 10, [...burst("a", 0, 4), ...burst("b", 2000, 4)], {
      limit: 10,
      expected: 5,
      expectedUntil: 12_101
    }],
    ["that count less than all requests of a period disprove an edge", 7, [
      ...burst("a", 0),
      ...burst("b", 50),
      ...burst("c", 100),
      ...burst("d", 500, 6),
      ...burst("e", 700, 2)
    ], { limit: 7, edgesFrom: 5801 }],
    ["that count a few too many do not disprove it", 8, [
      ...burst("a", 0),
      ...burst("b", 50),
      ...burst("c", 100),
      ...burst("d", 500, 7),
      ...burst("e", 700, 3)
    ], { limit: 8, edge: [100, 601], expected: 2, expectedUntil: 10_801 }]
  ])("%s", (_, limit, events, expected) => assert.deepStrictEqual(known(limit, events), { ...unknown, ...expected }))
})

describe("a refusal", () => {
  it.each<readonly [string, number, ReadonlyArray<Event>, Partial<Known>]>([
    ["closes for a period, expects a stranger and doubts edges", 3, [...found, refused(650, 0)], {
      closedUntil: 1650,
      expected: 1,
      expectedUntil: 10_650,
      edgesFrom: 5650
    }],
    ["counts once for requests that were refused together", 3, [refused(0, 0), refused(999, 0)], {
      closedUntil: 1999,
      expected: 1,
      expectedUntil: 10_000,
      edgesFrom: 5999
    }],
    ["is a second one as soon as the pace is open", 4, [refused(0, 0), refused(1000, 0)], {
      limit: 4,
      closedUntil: 2000,
      expected: 2,
      expectedUntil: 11_000,
      edgesFrom: 11_000
    }],
    ["expects no stranger where the limit has just changed", 5, [
      sent("a", 10),
      answered("a", 150, 2, 3),
      refused(2150, 0)
    ], { closedUntil: 3150, edgesFrom: 7150 }],
    ["expects one where the limit changed two periods ago", 5, [
      sent("a", 10),
      answered("a", 150, 2, 3),
      refused(2151, 0)
    ], { closedUntil: 3151, expected: 1, expectedUntil: 12_151, edgesFrom: 7151 }],
    ["doubts edges for ten minutes at most", 4, Array.from({ length: 9 }, (_, n) => refused(n * 20_000, 0)), {
      limit: 4,
      closedUntil: 161_000,
      expected: 1,
      expectedUntil: 170_000,
      edgesFrom: 760_000
    }],
    ["is not believed over an edge after five seconds", 3, [
      refused(0, 0),
      ...burst("a", 4000, 2),
      ...burst("b", 4899, 2)
    ], { closedUntil: 1000, expected: 1, expectedUntil: 10_000, edgesFrom: 5000, edge: [4000, 5000] }],
    ["is believed over an edge that follows at once", 3, [
      refused(0, 0),
      ...burst("a", 4000, 2),
      ...burst("b", 4800, 2)
    ], { closedUntil: 1000, expected: 1, expectedUntil: 10_000, edgesFrom: 5000 }]
  ])("%s", (_, limit, events, expected) => assert.deepStrictEqual(known(limit, events), { ...unknown, ...expected }))
})

it("a ceiling is never exceeded", () => {
  const slots = after(Slots.make(9, 4, 1000), [sent("a", 0)])
  assert.strictEqual(slots.limit, 4)
  assert.strictEqual(after(slots, [sent("b", 0), answered("b", 100, undefined, 20)]).limit, 4)
})

it("requests of long ago are dropped, once there are many", () => {
  const slots = after(Slots.make(100, never, 1000), Array.from({ length: 64 }, (_, n) => burst("a", n * 100)).flat())
  assert.strictEqual(slots.started.length, 64)
  Slots.start(slots, 6450)
  assert.deepStrictEqual([slots.started.length, slots.crowded], [21, 64])
  const busy = after(Slots.make(100, never, 1000), Array.from({ length: 64 }, (_, n) => burst("a", n * 10)).flat())
  Slots.start(busy, 740)
  assert.deepStrictEqual([busy.started.length, busy.crowded], [65, 128])
})

it("old requests are dropped, and those that still weigh are not", () => {
  const slots = Slots.make(70, Number.POSITIVE_INFINITY, 1000)
  const all = Array.from({ length: 70 }, () => {
    assert.strictEqual(Slots.next(slots, 0), 0)
    return Slots.start(slots, 0)
  })
  assert.strictEqual(Slots.next(slots, 0), Number.POSITIVE_INFINITY)
  for (const started of all) Slots.hear(slots, started, 0)
  assert.isAbove(Slots.next(slots, 500), 500)
  assert.strictEqual(Slots.next(slots, 2000), 2000)
})
