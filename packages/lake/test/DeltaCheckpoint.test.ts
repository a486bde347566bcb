import { assert, it } from "@effect/vitest"
import { ParquetFiles, Session } from "@trunkline/dataset"
import { DateTime, Effect, Random, Schema, TestClock } from "effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { folderOf, type NewFile } from "../src/DeltaTable.js"
import * as Retention from "../src/internal/delta/retention.js"
import { bytes, scratch } from "./contract.js"
import { change, copyOf, file, logKey, opened, over, partitionBy, partitionOf, shown } from "./lake.js"
import * as MemoryStore from "./memoryStore.js"

const checkpointKey = (version: number) => logKey(version).replace(".json", ".checkpoint.parquet")
const hint = "calls/_delta_log/_last_checkpoint"

/** Pushes of three accounts, up to this version; each replaces a file. */
const filled = (latest: number) =>
  Effect.gen(function*() {
    const all = yield* opened
    const accounts = ["paris", null, "lyon"]
    const last = new Map<string | null, string>()
    for (let version = 0; version <= latest; version++) {
      yield* TestClock.adjust("1 minute")
      const account = accounts[version % 3] ?? null
      const name = `g${version} é%+.parquet`
      const one = yield* file(all.store, { account, name, keys: [`${account}-${version}`] })
      const old = last.get(account)
      const removes = version % 2 === 0 && old !== undefined ? [old] : []
      yield* all.log.commit("calls", change({ account, sequence: Math.floor(version / 3) + 1, adds: [one], removes }))
      last.set(account, one.path)
    }
    return all
  })

it.scoped("a version is the same out of a checkpoint and out of commits, for all accounts and for each", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* filled(12)
    assert.isTrue(memory.objects.has(checkpointKey(10)))
    const plain = MemoryStore.make()
    for (const [key, object] of memory.objects) {
      if (!key.includes("checkpoint")) plain.objects.set(key, object)
    }
    const fromCommits = yield* over(plain.seen(MemoryStore.plain))
    // Nothing but the checkpoint says what came before it.
    for (let version = 0; version <= 10; version++) memory.objects.delete(logKey(version))
    for (const version of [10, undefined]) {
      for (const account of [undefined, "paris", null, "nobody"]) {
        const options = { version, account }
        const one = yield* log.snapshot("calls", options)
        assert.deepStrictEqual(shown(one), shown(yield* fromCommits.snapshot("calls", options)))
        if (account === undefined) assert.isAbove(one.files.length, 4)
      }
    }
    assert.deepInclude(
      yield* Effect.flip(log.snapshot("calls", { version: 9 })),
      { _tag: "NoVersion", version: 9, latest: 12 }
    )
    const last: unknown = JSON.parse(new TextDecoder().decode(yield* store.read(hint)))
    assert.deepNestedInclude(last, {
      version: 10,
      numOfAddFiles: (yield* log.snapshot("calls", { version: 10 })).files.length
    })
  }))

it.scoped("a commit goes on from a checkpoint, and knows what it committed before", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* filled(10)
    for (let version = 0; version <= 10; version++) memory.objects.delete(logKey(version))
    const { files } = yield* log.snapshot("calls", { account: null })
    const [first] = files
    assert.isDefined(first)
    const one = yield* file(store, { account: null, name: "more", keys: ["more"] })
    const mine = change({ account: null, sequence: 5, adds: [one], removes: [first?.path ?? ""] })
    assert.deepStrictEqual(yield* log.commit("calls", mine), { version: 11, already: false })
    yield* log.checkpoint("calls")
    memory.objects.delete(logKey(11))
    assert.deepStrictEqual(yield* log.commit("calls", mine), { version: 11, already: true })
    const other = yield* file(store, { account: null, name: "other", keys: ["more"] })
    const error = yield* Effect.flip(log.commit("calls", { ...mine, adds: [other] }))
    assert.deepInclude(error, { _tag: "Overtaken", found: 5 })
    // A change that only removes leaves no file by which it is known.
    const gone = change({ account: null, sequence: 6, removes: [one.path] })
    yield* log.commit("calls", gone)
    yield* log.checkpoint("calls")
    memory.objects.delete(logKey(12))
    assert.deepStrictEqual(yield* log.commit("calls", gone), { version: 12, already: true })
    const [kept] = (yield* log.snapshot("calls", { account: null })).files
    assert.strictEqual(
      (yield* Effect.flip(log.commit("calls", { ...gone, removes: [kept?.path ?? ""] })))._tag,
      "Overtaken"
    )
  }))

const hints: ReadonlyArray<readonly [string, string | undefined]> = [
  ["is missing", undefined],
  ["is empty", ""],
  ["is no JSON", "{\"version\":1"],
  ["says nothing", "{}"],
  ["names a checkpoint that is not there", "{\"version\":15}"],
  ["names a version that is not there", "{\"version\":99999}"],
  ["is older than another checkpoint", "{\"version\":10,\"size\":1}"],
  ["is larger than what is read", " ".repeat(2_000_000)]
]

it.scoped("the latest version is found whatever _last_checkpoint says", () =>
  Effect.gen(function*() {
    const { log, memory } = yield* filled(22)
    const before = shown(yield* log.snapshot("calls"))
    for (const [what, text] of hints) {
      const copy = copyOf(memory)
      const store = copy.seen(MemoryStore.plain)
      if (text === undefined) copy.objects.delete(hint)
      else yield* store.put(hint, bytes(text))
      const reader = yield* over(store)
      assert.deepStrictEqual(shown(yield* reader.snapshot("calls")), before, what)
      assert.strictEqual((yield* reader.snapshot("calls", { version: 3 })).version, 3, what)
      assert.strictEqual(yield* reader.checkpoint("calls"), 22, what)
      assert.deepStrictEqual(shown(yield* (yield* over(store)).snapshot("calls")), before, what)
    }
  }))

it.scoped("a checkpoint that cannot be read costs time where the commits are there, and is named where they are not", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* filled(22)
    const before = shown(yield* log.snapshot("calls"))
    const whole = yield* store.read(checkpointKey(20))
    const broken = [bytes("PAR1"), whole.slice(0, whole.length - 100), whole.map((byte, at) => at < 400 ? 0 : byte)]
    for (const each of broken) {
      yield* store.put(checkpointKey(20), each)
      assert.deepStrictEqual(shown(yield* log.snapshot("calls")), before)
    }
    for (let version = 0; version <= 20; version++) memory.objects.delete(logKey(version))
    memory.objects.delete(checkpointKey(10))
    const error = yield* Effect.flip(log.snapshot("calls"))
    assert.deepInclude(error, { _tag: "DamagedLog", key: checkpointKey(20) })
  }))

it.scoped("a checkpoint in parts counts only when all of them are there", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* filled(10)
    const before = shown(yield* log.snapshot("calls"))
    const part = (at: number) => `${checkpointKey(10).replace(".parquet", "")}.000000000${at}.0000000002.parquet`
    const whole = yield* store.read(checkpointKey(10))
    memory.objects.delete(checkpointKey(10))
    yield* store.put(part(2), whole)
    // One of two is no checkpoint, and the commits say what is there.
    assert.deepStrictEqual(shown(yield* log.snapshot("calls")), before)
    for (let version = 0; version <= 9; version++) memory.objects.delete(logKey(version))
    assert.deepInclude(yield* Effect.flip(log.snapshot("calls")), { _tag: "VersionGap", missing: 0 })
    yield* store.put(part(1), whole)
    assert.deepStrictEqual(shown(yield* log.snapshot("calls")), before)
  }))

const Line = Schema.Struct({ line: Schema.String })

/** Every action of a checkpoint, as text. */
const actionsIn = (checkpoint: Uint8Array) =>
  Effect.gen(function*() {
    const folder = yield* scratch
    const path = join(folder, "checkpoint.parquet")
    yield* Effect.promise(() => fs.writeFile(path, checkpoint))
    const session = yield* Session.make({ temporary: folder })
    const lines = yield* session.all(
      Line,
      `SELECT to_json(one)::VARCHAR AS line FROM ${ParquetFiles.rows([path])} AS one`
    )
    return lines.map(({ line }) => line).toSorted()
  })

/** Names of files that are the same encoded, and some that are not. */
const naming = {
  plain: (version: number) => `g${version}.parquet`,
  odd: (version: number) => `g${version} é%+.parquet`
}

for (const [names, nameOf] of Object.entries(naming)) {
  it.scoped(`checkpoints on top of each other are what all commits together make: ${names} names`, () =>
    Effect.gen(function*() {
      const { log, memory, store } = yield* opened
      const seed = 7
      const random = Random.make(seed)
      const accounts = ["paris", "lyon", null]
      const shownOf = new Map<string | null, Array<string>>(accounts.map((account) => [account, []]))
      const sequences = new Map<string | null, number>()
      for (let version = 0; version <= 60; version++) {
        // Removals of more than a week ago are forgotten on the way.
        yield* TestClock.adjust("7 hours")
        const account = accounts[yield* random.nextIntBetween(0, 3)] ?? null
        const files = shownOf.get(account) ?? []
        const added: NewFile = {
          path: `${folderOf(partitionBy, partitionOf(account))}/${nameOf(version)}`,
          partition: partitionOf(account),
          bytes: version,
          modifiedAt: yield* DateTime.now,
          rows: version
        }
        const removes = files.splice(0, yield* random.nextIntBetween(0, files.length + 1))
        const sequence = (sequences.get(account) ?? 0) + 1
        sequences.set(account, sequence)
        files.push(added.path)
        yield* log.commit("calls", change({ account, sequence, adds: [added], removes }))
      }
      const [before] = [...memory.objects.keys()].filter((key) => key.includes("checkpoint.parquet"))
      assert.strictEqual(before, checkpointKey(10))
      yield* log.checkpoint("calls")
      const onTop = yield* actionsIn(yield* store.read(checkpointKey(60)))
      for (const key of memory.objects.keys()) if (key.includes("checkpoint")) memory.objects.delete(key)
      const whole = yield* over(store)
      yield* whole.checkpoint("calls")
      assert.deepStrictEqual(onTop, yield* actionsIn(yield* store.read(checkpointKey(60))), `seed ${seed}`)
      const count = (action: string) => onTop.filter((line) => !line.includes(`"${action}":null`)).length
      assert.strictEqual(count("add"), [...shownOf.values()].flat().length)
      assert.isAbove(count("remove"), 5)
      assert.isBelow(count("remove") + count("add"), 55)
    }))
}

it.scoped("removals are forgotten once no version needs them", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* opened
    const [one, two] = yield* Effect.all([
      file(store, { account: "paris", name: "g1", keys: ["a"] }),
      file(store, { account: "paris", name: "g2", keys: ["a"] })
    ])
    yield* log.commit("calls", change({ account: "paris", sequence: 1, adds: [one] }))
    yield* log.commit("calls", change({ account: "paris", sequence: 2, adds: [two], removes: [one.path] }))
    const size = Effect.map(store.read(hint), (found) => JSON.parse(new TextDecoder().decode(found)).size)
    yield* TestClock.adjust("7 days")
    yield* log.checkpoint("calls")
    // The protocol, the table, one transaction, one removal, one file.
    assert.strictEqual(yield* size, 5)
    yield* TestClock.adjust("1 second")
    yield* log.checkpoint("calls")
    assert.strictEqual(yield* size, 4)
    assert.isTrue(memory.objects.has(checkpointKey(1)))
  }))

it.scoped("a commit stands whatever becomes of its checkpoint", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* filled(9)
    for (const step of ["upload", "put", "list"] as const) {
      const down: MemoryStore.Around = (request, work) =>
        request.step === step && (step !== "list" || memory.objects.has(logKey(10)))
          ? Effect.fail(MemoryStore.outage)
          : work
      const process = yield* over(memory.seen(down))
      const one = yield* file(store, { account: "lyon", name: step, keys: [step] })
      const mine = change({ account: "lyon", sequence: 10, after: 3, adds: [one] })
      assert.deepStrictEqual(yield* process.commit("calls", mine), { version: 10, already: false })
      assert.strictEqual((yield* log.snapshot("calls")).version, 10)
      memory.objects.delete(logKey(10))
      memory.objects.delete(checkpointKey(10))
      memory.objects.delete(hint)
    }
  }))

it("a table that many accounts share is written down less often, unless it says how often itself", () => {
  const of = (accounts: number) => Retention.checkpointInterval(undefined, accounts)
  assert.deepStrictEqual([0, 400, 401, 1600, 1601, 6400, 6401, 25_601].map(of), [10, 10, 20, 20, 40, 40, 80, 160])
  const said = {
    id: "a",
    format: { provider: "parquet" },
    schemaString: "{}",
    partitionColumns: [],
    configuration: { "delta.checkpointInterval": "7" }
  }
  assert.strictEqual(Retention.checkpointInterval(said, 5000), 7)
})
