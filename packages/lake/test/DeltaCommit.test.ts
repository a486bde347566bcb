import { assert, it } from "@effect/vitest"
import { tables } from "@trunkline/calls"
import { OwnTables } from "@trunkline/dataset"
import { Effect } from "effect"
import type { Change, NewFile } from "../src/DeltaTable.js"
import { ObjectExists } from "../src/LakeError.js"
import { bytes } from "./contract.js"
import { change, file, keysIn, logKey, opened, over, partitionBy, partitionOf } from "./lake.js"
import * as MemoryStore from "./memoryStore.js"

const logFiles = (memory: MemoryStore.Memory) => [...memory.objects.keys()].filter((key) => key.includes("_delta_log"))

/** Runs a rival just before this version is written for the first time. */
const rivalBefore = (version: number, rival: Effect.Effect<unknown>): MemoryStore.Around => {
  let ran = false
  return (request, work) =>
    Effect.suspend(() => {
      if (ran || request.step !== "putIfAbsent" || request.key !== logKey(version)) return work
      ran = true
      return Effect.zipRight(rival, work)
    })
}

it.scoped("a rival of another account makes the commit the version after", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* opened
    const [paris, lyon, second] = yield* Effect.all([
      file(store, { account: "paris", name: "g1", keys: ["a"] }),
      file(store, { account: "lyon", name: "g1", keys: ["b"] }),
      file(store, { account: "paris", name: "g2", keys: ["c"] })
    ])
    const rival = Effect.orDie(log.commit("calls", change({ account: "lyon", sequence: 1, adds: [lyon] })))
    const making = yield* over(memory.seen(rivalBefore(0, rival)))
    const one = change({ account: "paris", sequence: 1, adds: [paris] })
    assert.deepStrictEqual(yield* making.commit("calls", one), { version: 1, already: false })
    const again = Effect.orDie(log.commit("calls", change({ account: "lyon", sequence: 2 })))
    const adding = yield* over(memory.seen(rivalBefore(2, again)))
    const two = change({ account: "paris", sequence: 2, adds: [second] })
    assert.deepStrictEqual(yield* adding.commit("calls", two), { version: 3, already: false })
    const snapshot = yield* log.snapshot("calls")
    assert.deepStrictEqual(yield* keysIn(store, snapshot), ["a", "b", "c"])
    assert.deepStrictEqual([snapshot.sequenceOf("paris"), snapshot.sequenceOf("lyon")], [2, 2])
  }))

it.scoped("a rival of the same account wins, and the commit says so", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* opened
    yield* log.commit("calls", change({ account: "paris", sequence: 1 }))
    for (const sequence of [2, 3, 9]) {
      const before = yield* log.snapshot("calls")
      const last = before.sequenceOf("paris")
      const [ours, theirs] = yield* Effect.all([
        file(store, { account: "paris", name: `ours${sequence}`, keys: [`ours${sequence}`] }),
        file(store, { account: "paris", name: `theirs${sequence}`, keys: [`theirs${sequence}`] })
      ])
      const rival = Effect.orDie(
        log.commit("calls", change({ account: "paris", sequence, after: last, adds: [theirs] }))
      )
      const slow = yield* over(memory.seen(rivalBefore(before.version + 1, rival)))
      const mine = change({ account: "paris", sequence: 9, after: last, adds: [ours] })
      const error = yield* Effect.flip(slow.commit("calls", mine))
      assert.deepInclude(error, { _tag: "Overtaken", sequence: 9, found: sequence })
      // Also where the rival is seen from the start.
      assert.deepInclude(yield* Effect.flip(log.commit("calls", mine)), { _tag: "Overtaken", found: sequence })
      const after = yield* log.snapshot("calls")
      assert.strictEqual(after.version, before.version + 1)
      assert.notInclude(yield* keysIn(store, after), `ours${sequence}`)
    }
  }))

it.scoped("another program that changes files of the account wins as well", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* opened
    const one = yield* file(store, { account: "paris", name: "g1", keys: ["a"] })
    yield* log.commit("calls", change({ account: "paris", sequence: 1, adds: [one] }))
    const actions = [
      // A removal need not say the partition.
      { remove: { path: one.path, deletionTimestamp: 1, dataChange: false } },
      {
        add: {
          path: "account=paris/one",
          partitionValues: partitionOf("paris"),
          size: 1,
          modificationTime: 1,
          dataChange: false
        }
      }
    ]
    for (const [index, action] of actions.entries()) {
      const optimize = Effect.orDie(store.put(logKey(index + 1), bytes(JSON.stringify(action))))
      const slow = yield* over(memory.seen(rivalBefore(index + 1, optimize)))
      const error = yield* Effect.flip(slow.commit("calls", change({ account: "paris", sequence: 2 })))
      assert.deepInclude(error, { _tag: "Overtaken", found: null })
    }
    // It changes nothing for others.
    const optimize = Effect.orDie(store.put(logKey(3), bytes(JSON.stringify(actions[0]))))
    const other = yield* over(memory.seen(rivalBefore(3, optimize)))
    assert.strictEqual((yield* other.commit("calls", change({ account: "lyon", sequence: 1 }))).version, 4)
  }))

it.scoped("the same change again is a success and no version", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* opened
    const [one, two] = yield* Effect.all([
      file(store, { account: "paris", name: "g1", keys: ["a"] }),
      file(store, { account: "paris", name: "g2", keys: ["a", "b"] })
    ])
    const first = change({ account: "paris", sequence: 1, adds: [one] })
    const second = change({ account: "paris", sequence: 2, adds: [two], removes: [one.path] })
    const third = change({ account: "paris", sequence: 3, removes: [two.path] })
    for (const [version, each] of [first, second, third].entries()) {
      assert.deepStrictEqual(yield* log.commit("calls", each), { version, already: false })
      assert.deepStrictEqual(yield* log.commit("calls", each), { version, already: true })
    }
    const others: ReadonlyArray<Partial<Change>> = [
      { sequence: 3, removes: [] },
      { sequence: 3, removes: [two.path], adds: [one] },
      { sequence: 2, adds: [two], removes: [one.path] }
    ]
    for (const other of others) {
      const error = yield* Effect.flip(log.commit("calls", change({ account: "paris", sequence: 1, ...other })))
      assert.deepInclude(error, { _tag: "Overtaken", found: 3 })
    }
    assert.strictEqual(logFiles(memory).length, 3)
  }))

it.scoped("a commit whose answer is lost is found to be there", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* opened
    for (const [version, error] of [MemoryStore.outage, new ObjectExists({ place: "memory", key: "" })].entries()) {
      const one = yield* file(store, { account: "paris", name: `g${version}`, keys: [`${version}`] })
      const flaky: MemoryStore.Around = ({ step }, work) =>
        step === "putIfAbsent" && error._tag === "ServerFault" ? Effect.zipRight(work, Effect.fail(error)) : work
      // A store that tries again by itself meets its own object.
      const seen = memory.seen(flaky)
      const retrying = error._tag === "ServerFault" ? seen : {
        ...seen,
        putIfAbsent: (key: string, some: Uint8Array) =>
          Effect.zipRight(seen.putIfAbsent(key, some), seen.putIfAbsent(key, some))
      }
      const process = yield* over(retrying)
      const mine = change({ account: "paris", sequence: version + 1, adds: [one] })
      assert.deepStrictEqual(yield* process.commit("calls", mine), { version, already: true })
      assert.strictEqual((yield* log.snapshot("calls")).version, version)
    }
  }))

it.scoped("a commit that never arrived ends with what the store said", () =>
  Effect.gen(function*() {
    const { log, memory } = yield* opened
    const down: MemoryStore.Around = ({ step }, work) => step === "putIfAbsent" ? Effect.fail(MemoryStore.outage) : work
    const process = yield* over(memory.seen(down))
    const error = yield* Effect.flip(process.commit("calls", change({ account: "paris", sequence: 1 })))
    assert.strictEqual(error, MemoryStore.outage)
    assert.strictEqual((yield* Effect.flip(log.snapshot("calls")))._tag, "NoTable")
  }))

it.scoped("a commit follows the sequence that the table has", () =>
  Effect.gen(function*() {
    const { log } = yield* opened
    const paris = (sequence: number, after: number | null) =>
      log.commit("calls", change({ account: "paris", sequence, after }))
    assert.deepInclude(yield* Effect.flip(paris(5, 4)), { _tag: "BehindLedger", follows: 4, found: null })
    yield* paris(5, null)
    assert.deepInclude(yield* Effect.flip(paris(8, 7)), { _tag: "BehindLedger", follows: 7, found: 5 })
    assert.deepInclude(yield* Effect.flip(paris(8, 4)), { _tag: "Overtaken", found: 5 })
    assert.deepInclude(yield* Effect.flip(paris(8, null)), { _tag: "Overtaken", found: 5 })
    yield* paris(8, 5)
    // A table may have nothing of an account that others fill.
    const lyon = log.commit("calls", change({ account: "lyon", sequence: 3, after: 2 }))
    assert.deepInclude(yield* Effect.flip(lyon), { _tag: "BehindLedger", found: null })
    // A dataset without a configuration is an account of its own.
    yield* log.commit("calls", change({ account: null, sequence: 1 }))
    assert.strictEqual((yield* log.snapshot("calls")).sequenceOf(null), 1)
  }))

it.scoped("files of an account by itself are filed as null", () =>
  Effect.gen(function*() {
    const { log, store } = yield* opened
    const one = yield* file(store, { account: null, name: "g1", keys: ["a"] })
    assert.match(one.path, /^account=__HIVE_DEFAULT_PARTITION__\/source=allo\//)
    yield* log.commit("calls", change({ account: null, sequence: 1, adds: [one] }))
    yield* log.commit("calls", change({ account: null, sequence: 2, removes: [one.path] }))
    assert.deepStrictEqual((yield* log.snapshot("calls", { account: null })).files, [])
    assert.deepStrictEqual((yield* log.snapshot("calls", { version: 0, account: "paris" })).files, [])
    assert.strictEqual((yield* log.snapshot("calls", { version: 0, account: null })).files.length, 1)
  }))

const folder = "account=paris/source=allo/month=2026-11"

const badChanges: ReadonlyArray<readonly [string, Partial<Change>]> = [
  ["an account with other letters", { account: "Paris" }],
  ["a sequence that is no whole number", { sequence: 1.5 }],
  ["a sequence below nothing", { sequence: -1 }],
  ["a sequence that follows itself", { sequence: 4, after: 4 }],
  ["no columns", { columns: [] }],
  ["partitions that do not begin with the account", { partitionBy: ["source", "account"] }],
  ["a partition column that is named twice", { partitionBy: [...partitionBy, "month"] }],
  ["a partition column that is no name", { partitionBy: ["account", "a/b"] }],
  ["a removal that is named twice", { removes: ["a", "a"] }],
  ["a removal of what is not there", { removes: [`${folder}/g0`] }]
]

const badFiles: ReadonlyArray<readonly [string, Partial<NewFile>]> = [
  ["a file of another account", { partition: partitionOf("lyon") }],
  ["a file in a folder of another account", { path: "account=lyon/source=allo/month=2026-11/g1" }],
  ["a file outside its folder", { path: `${folder}/g1/more` }],
  ["a file that leaves its folder", { path: `${folder}/../g1` }],
  ["a hidden file", { path: `${folder}/_g1` }],
  ["a partition with a slash", {
    path: "account=paris/source=allo/month=a/b/g1",
    partition: partitionOf("paris", "a/b")
  }],
  ["a partition that is not the table's", { partition: { account: "paris", source: "allo", day: "1" } }],
  ["a size that is none", { bytes: Number.NaN }],
  ["rows that are none", { rows: -1 }],
  ["a range of no column", { ranges: { cost: { min: 1, max: 2, nulls: 0 } } }]
]

const refused = (what: string, wrong: (file: NewFile) => Partial<Change>): void =>
  it.scoped(`refused before anything is written: ${what}`, () =>
    Effect.gen(function*() {
      const { log, memory, store } = yield* opened
      yield* log.commit("calls", change({ account: "paris", sequence: 1 }))
      const one = yield* file(store, { account: "paris", name: "g1", keys: ["a"] })
      const mine = change({ account: "paris", sequence: 2, after: 1, ...wrong(one) })
      assert.strictEqual((yield* Effect.flip(log.commit("calls", mine)))._tag, "BadCommit")
      assert.strictEqual(logFiles(memory).length, 1)
    }))

for (const [what, wrong] of badChanges) refused(what, () => wrong)
for (const [what, wrong] of badFiles) refused(what, (one) => ({ adds: [{ ...one, ...wrong }] }))

it.scoped("a name is given once", () =>
  Effect.gen(function*() {
    const { log, store } = yield* opened
    const one = yield* file(store, { account: "paris", name: "g1", keys: ["a"] })
    yield* log.commit("calls", change({ account: "paris", sequence: 1, adds: [one] }))
    const again = change({ account: "paris", sequence: 2, adds: [one] })
    assert.strictEqual((yield* Effect.flip(log.commit("calls", again)))._tag, "BadCommit")
    yield* log.commit("calls", change({ account: "paris", sequence: 2, removes: [one.path] }))
    const back = change({ account: "paris", sequence: 3, adds: [one] })
    assert.strictEqual((yield* Effect.flip(log.commit("calls", back)))._tag, "BadCommit")
  }))

it.scoped("every table of the dataset has columns in the words of the protocol", () =>
  Effect.gen(function*() {
    const { log } = yield* opened
    const all = [...tables, ...OwnTables.tables]
    assert.isAbove(all.length, 8)
    for (const { columns, name } of all) {
      yield* log.commit(name, change({ account: "paris", sequence: 1, columns }))
      const { fields } = JSON.parse((yield* log.snapshot(name)).schema)
      const names = fields.map((field: { readonly name: string }) => field.name)
      const own = columns.map((column) => column.name).filter((one) => !partitionBy.includes(one))
      assert.deepStrictEqual(names, [...own, ...partitionBy])
      const words = JSON.stringify(fields.map((field: { readonly type: unknown }) => field.type)).match(/"type":"\w+"/g)
      for (const word of words ?? []) assert.match(word, /"(string|boolean|integer|double|timestamp|array|struct)"$/)
    }
  }))
