/** What may be certified: forged proofs are refused by name, honest ones are counted. */
import { assert, describe, it } from "@effect/vitest"
import { type DatasetError, Proof } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { createHash } from "node:crypto"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { folder } from "./support.js"
import { call, landing, november, ofCalls, proof, read, utc, walk, within } from "./tables.js"

const set = (...keys: ReadonlyArray<string>) => new Set(keys)
const window = (...walks: ReadonlyArray<Proof.Walk>): Proof.List => ({ kind: "window", walks })
const feed = (...walks: ReadonlyArray<Proof.Walk>): Proof.List => ({ kind: "feed", walks })
/** A walk of one page for each total; `kept` and `refused` have a letter for each row. */
const over = (totals: ReadonlyArray<number | null>, kept: string, refused = ""): Proof.Walk =>
  walk({ totals, keys: set(...kept), refused: set(...refused), requestIds: [] })
/** It showed so many rows, and the row `a` twice in one answer. */
const twice = (walk: Proof.Walk, shown: number): Proof.Walk => ({ ...walk, shown, repeats: new Map([["a", 1]]) })
const certified = (...lists: ReadonlyArray<Proof.List>): Proof.Proof => ({ verdict: "certified", lists })
const line = (contact: string, number: string) =>
  walk({ totals: [1], keys: set(Proof.key(number, contact)), requestIds: [] })

type Forged = readonly [what: string, contradiction: DatasetError.Contradiction, proof: Proof.Proof]
const forged: ReadonlyArray<Forged> = [
  ["no list", "NothingRead", certified()],
  ["a list without a walk", "NothingRead", certified(window())],
  ["a walk without a page", "NothingRead", certified(window(over([], "")))],
  ["a walk that broke off", "Unfinished", certified(window({ ...over([2], "ab"), unfinished: true }))],
  [
    "a walk that broke off before",
    "Unfinished",
    certified(window({ ...over([2], "a"), unfinished: true }, over([2], "ab")))
  ],
  ["one row too few", "FewerRows", certified(window(over([3], "ab")))],
  ["one row too few, with one in quarantine", "FewerRows", certified(window(over([4], "ab", "x")))],
  ["one row too few in two walks", "FewerRows", certified(window(over([4], "ab"), over([4], "bc")))],
  [
    "a row that one answer held twice, where a walk showed more than there are",
    "FewerRows",
    certified(window(twice(over([3], "ab"), 4), twice(over([3], "b"), 3)))
  ],
  ["one row too many", "MoreRows", certified(window(over([1], "ab")))],
  ["one row too many in quarantine", "MoreRows", certified(window(over([2], "ab", "x")))],
  ["rows where there are none", "MoreRows", certified(window(over([0], "a")))],
  [
    "a list that is short beside one that is long",
    "FewerRows",
    certified(window(over([2], "a")), window(over([1], "bc")))
  ],
  ["a total that moved in the only walk", "TotalMoved", certified(window(over([2, 3], "abc")))],
  ["a total that moved in the last walk", "TotalMoved", certified(window(over([3], "abc"), over([2, 3], "abc")))],
  ["a total that moved in the walk before", "TotalMoved", certified(window(over([2, 3], "abc"), over([3], "abc")))],
  ["a total that moved between two walks", "TotalMoved", certified(window(over([2], "ab"), over([3], "abc")))],
  [
    "other rows after the total moved",
    "PassesDiffer",
    certified(window(over([1], "a"), over([2], "ab"), over([2], "ac")))
  ],
  [
    "a row that is kept and then refused after the total moved",
    "PassesDiffer",
    certified(window(over([1], "a"), over([2], "ab"), over([2], "a", "b")))
  ],
  [
    "too many rows after the total moved",
    "MoreRows",
    certified(window(over([1], "a"), over([2], "abc"), over([2], "abc")))
  ],
  [
    "a row that only an earlier walk met, after the total moved",
    "FewerRows",
    certified(window(over([2], "abc"), over([3], "ab"), over([3], "ab")))
  ],
  ["a row in two lists", "PartsOverlap", certified(window(over([2], "ab")), window(over([2], "bc")))],
  ["a feed of fewer rows, one of them twice", "FewerRows", certified(feed(twice(over([4], "ab"), 3)))],
  ["a feed of fewer rows", "FewerRows", certified(feed(over([3], "ab"), over([3], "a")))],
  ["contacts without their lines", "PartsOverlap", certified(feed(over([1], "c")), feed(over([1], "c")))]
]

const honest: ReadonlyArray<readonly [what: string, rows: string, quarantined: number, proof: Proof.Proof]> = [
  ["one walk", "ab", 0, certified(window(over([2, 2], "ab")))],
  ["nothing, and a total of 0", "", 0, certified(window(over([0], "")))],
  ["quarantined rows", "a", 1, certified(window(over([2], "a", "x")))],
  ["a row that one page refuses and another shows whole", "ab", 0, certified(window(over([2], "ab", "b")))],
  ["rows that changed places between two walks", "abc", 0, certified(window(over([3], "ab"), over([3], "bc")))],
  ["a row that one answer held twice", "ab", 0, certified(window(twice(over([3], "ab"), 3), twice(over([3], "b"), 3)))],
  ["a walk that met too much before an even one", "ab", 0, certified(window(over([2], "abc"), over([2], "ab")))],
  [
    "a total that moved before the last two walks",
    "ab",
    0,
    certified(window(over([3, 2], "abc"), over([2], "ab"), over([2], "ab")))
  ],
  [
    "a total that moved and then was not given",
    "ab",
    0,
    certified(window(over([3, 2], "abc"), over([null], "ab"), over([null], "ab")))
  ],
  ["a list without totals", "ab", 0, certified(window(over([null, null], "ab")))],
  ["a page without a total", "ab", 0, certified(window(over([2, null], "ab")))],
  ["lists that add up", "abc", 0, certified(window(over([1], "a")), window(over([2], "bc")))],
  ["a feed whose head was read again", "abc", 0, certified(feed(over([2], "ab"), over([3], "c")))],
  ["a feed that holds a row twice", "ab", 0, certified(feed(twice(over([3], "ab"), 3)))],
  ["a feed that lost a row meanwhile", "abc", 0, certified(feed(over([3], "abc"), over([2], "a")))],
  ["an open window of which less was read", "a", 0, { ...certified(window(over([3, 4], "a"))), verdict: "open" }],
  ["an uncertified window", "abc", 0, {
    ...certified(window(over([5], "ab"), over([4], "bc"))),
    verdict: "uncertified"
  }],
  ["a walk that broke off, uncertified", "a", 0, {
    verdict: "uncertified",
    lists: [window({ ...over([null], "a"), unfinished: true })]
  }]
]

it("a walk that broke off is no pass, and its pages count", () => {
  const broken = { ...over([9, 9], "ab"), unfinished: true }
  const given = Proof.certificate({
    window: november,
    proof: { verdict: "uncertified", lists: [window(broken)] },
    readAt: utc("2026-11-20T00:00:00Z"),
    runId: "run"
  })
  assert.deepInclude(Either.getOrNull(given), { passes: 0, pages: 2, distinctKeys: 2, keysSha256: null })
})

describe("Proof", () => {
  for (const [what, contradiction, proof] of forged) {
    it(`does not certify ${what}: ${contradiction}`, () => {
      assert.strictEqual(Proof.contradiction(proof), contradiction)
    })
  }

  for (const [what, rows, quarantined, proof] of honest) {
    it.effect(`counts ${what}`, () =>
      Effect.gen(function*() {
        const readAt = utc("2026-11-20T00:00:00Z")
        const found = yield* Proof.certificate({ window: november, proof, readAt, runId: "run" })
        const isBroken = proof.lists.some(({ walks }) => walks.some(({ unfinished }) => unfinished === true))
        assert.deepStrictEqual(
          [found.verdict, found.distinctKeys, found.quarantined, found.keysSha256],
          [
            proof.verdict,
            rows.length,
            quarantined,
            isBroken ? null : createHash("sha256").update([...rows].join("\n")).digest("hex")
          ]
        )
      }))
  }

  it.effect("adds up what the lists of a window say", () =>
    Effect.gen(function*() {
      const found = yield* Proof.certificate({
        window: november,
        proof: {
          verdict: "open",
          lists: [
            window(walk({ totals: [3, 4] }), walk({ totals: [5] })),
            window(walk({ totals: [10], requestIds: ["req_3"] }))
          ]
        },
        readAt: utc("2026-11-20T00:00:00Z"),
        runId: "run"
      })
      assert.deepInclude(found, { ...november, totalFirst: 13, totalLast: 15, pages: 4, passes: 2, runId: "run" })
      assert.deepStrictEqual(found.requestIds, ["req_1", "req_2", "req_1", "req_2", "req_3"])
    }))

  it("writes a key as the ledger does", () => {
    assert.strictEqual(Proof.key("a"), "a")
    assert.strictEqual(Proof.key("+1", "+2"), "[\"+1\",\"+2\"]")
  })

  it.scopedLive("is refused by land when it is forged, and nothing is stored", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          const names = new Set<string>()
          for (const [, contradiction, proof] of forged) {
            const error = yield* Effect.flip(dataset.land(landing([ofCalls(read(1, call("a")))], { proof })))
            assert.deepInclude(error, { _tag: "ContradictoryProof", contradiction })
            names.add(error.message)
          }
          assert.strictEqual(names.size, 7)
          assert.lengthOf(yield* dataset.certificates, 0)
          assert.lengthOf(yield* dataset.intervals(november), 0)
          assert.deepStrictEqual(readdirSync(join(out, "_trunkline/landing")), [])
        }))
    }), 30_000)

  it.scopedLive("is stored as it was counted when it is honest", () =>
    Effect.gen(function*() {
      yield* within(yield* folder, (dataset) =>
        Effect.gen(function*() {
          for (const [, rows, , proof] of honest) {
            yield* dataset.land(landing([], { proof }))
            const [stored] = yield* dataset.certificates
            assert.deepInclude(stored, { verdict: proof.verdict, distinctKeys: rows.length, runId: "run" })
          }
          // A pair of line and contact is one key, so one contact of two lines is two.
          const conversations = certified(feed(line("+9", "+1")), feed(line("+9", "+2")))
          yield* dataset.land(landing([], { proof: conversations }))
          assert.strictEqual((yield* dataset.certificates)[0]?.distinctKeys, 2)
          yield* dataset.land(landing([], { proof: proof() }))
          assert.deepStrictEqual(yield* dataset.intervals(november), [{ from: november.from, to: november.to }])
        }))
    }), 30_000)
})
