import { assert, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { bytes } from "./contract.js"
import { change, file, keysIn, logKey, opened, over, partitionBy } from "./lake.js"
import * as MemoryStore from "./memoryStore.js"

const data = (memory: MemoryStore.Memory) =>
  [...memory.objects.keys()].filter((key) => !key.includes("_delta_log")).map((key) => key.split("/").at(-1)).toSorted()

/**
 * On each of some days paris replaces its file; lyon has one old version. What is uploaded and committed by nobody is called
 * `lost`.
 */
const lived = (days: number) =>
  Effect.gen(function*() {
    const all = yield* opened
    const { log, store } = all
    const lyon = yield* Effect.all([
      file(store, { account: "lyon", name: "lyon1", keys: ["b"] }),
      file(store, { account: "lyon", name: "lyon2", keys: ["b", "c"] })
    ])
    yield* log.commit("calls", change({ account: "lyon", sequence: 1, adds: [lyon[0]] }))
    yield* log.commit("calls", change({ account: "lyon", sequence: 2, adds: [lyon[1]], removes: [lyon[0].path] }))
    yield* file(store, { account: "paris", name: "lost0", keys: ["x"] })
    let removes: ReadonlyArray<string> = []
    for (let day = 1; day <= days; day++) {
      const one = yield* file(store, { account: "paris", name: `paris${day}`, keys: [`a${day}`] })
      yield* log.commit("calls", change({ account: "paris", sequence: day, adds: [one], removes }))
      removes = [one.path]
      if (day < days) yield* TestClock.adjust("1 day")
    }
    return all
  })

it.scoped("a vacuum leaves every version of the last seven days, and what may be under way", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* lived(10)
    yield* file(store, { account: "lyon", name: "lost9", keys: ["x"] })
    // Files that are not of the table.
    yield* store.put("calls/README.md", bytes("read me"))
    yield* store.put("calls/_index/account=paris", bytes("hidden"))
    yield* store.put("callsigns/account=paris/a", bytes("another table"))
    yield* TestClock.adjust("1 hour")
    const planned = yield* log.vacuum("calls", { dryRun: true })
    assert.include(data(memory), "paris1")
    const done = yield* log.vacuum("calls")
    assert.deepStrictEqual(done, planned)
    assert.deepStrictEqual(done.paths.map((path) => path.split("/").at(-1)), ["lyon1", "lost0", "paris1", "paris2"])
    assert.strictEqual(done.files, 4)
    assert.deepStrictEqual(data(memory), [
      "README.md",
      "a",
      "account=paris",
      "lost9",
      "lyon2",
      "paris10",
      "paris3",
      "paris4",
      "paris5",
      "paris6",
      "paris7",
      "paris8",
      "paris9"
    ])
    // The version of seven days ago was the latest until the day after.
    const old = yield* log.snapshot("calls", { version: 4 })
    assert.deepStrictEqual(yield* keysIn(store, old), ["a3", "b", "c"])
    assert.deepStrictEqual(yield* log.vacuum("calls"), { files: 0, bytes: 0, paths: [] })
  }))

it.scoped("after an erasure nothing is left of an account but its latest version, and nothing of others is touched", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* lived(10)
    yield* TestClock.adjust("1 minute")
    // Another account's push, a push of this account that goes on, and one that came too late.
    yield* file(store, { account: "lyon", name: "lyon3", keys: ["d"] })
    const next = yield* file(store, { account: "paris", name: "paris11", keys: ["a11"] })
    const before = memory.objects.size
    const planned = yield* log.vacuum("calls", { account: "paris", retention: 0, dryRun: true })
    assert.strictEqual(memory.objects.size, before)
    const done = yield* log.vacuum("calls", { account: "paris", retention: 0 })
    assert.deepStrictEqual(done, planned)
    assert.strictEqual(done.files, 10)
    assert.deepStrictEqual(data(memory), ["lyon1", "lyon2", "lyon3", "paris10", "paris11"])
    const last = change({
      account: "paris",
      sequence: 11,
      adds: [next],
      removes: (yield* log.snapshot("calls", { account: "paris" })).files.map(({ path }) => path)
    })
    yield* log.commit("calls", last)
    assert.deepStrictEqual(yield* keysIn(store, yield* log.snapshot("calls")), ["a11", "b", "c"])
  }))

it.scoped("after an erasure also a removal that a checkpoint has forgotten, or a clock ahead has stamped, is gone", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* lived(10)
    yield* TestClock.adjust("5 days")
    yield* log.checkpoint("calls")
    const { files, version } = yield* log.snapshot("calls", { account: "paris" })
    for (let at = 0; at <= version; at++) memory.objects.delete(logKey(at))
    const one = yield* file(store, { account: "paris", name: "paris11", keys: ["a11"] })
    const ahead = yield* over(memory.seen(MemoryStore.plain))
    yield* TestClock.adjust("1 hour")
    yield* ahead.commit(
      "calls",
      change({ account: "paris", sequence: 11, adds: [one], removes: files.map(({ path }) => path) })
    )
    yield* TestClock.setTime(Date.UTC(1970, 0, 14, 23, 59))
    yield* log.vacuum("calls", { account: "paris", retention: 0 })
    assert.deepStrictEqual(data(memory), ["lyon1", "lyon2", "paris11"])
  }))

it.scoped("an upload of the account is left where its last commit cannot be found", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* opened
    yield* file(store, { account: null, name: "lost", keys: ["x"] })
    yield* TestClock.adjust("1 second")
    yield* log.commit("calls", change({ account: null, sequence: 1 }))
    yield* log.checkpoint("calls")
    const commit = memory.objects.get(logKey(0))
    memory.objects.delete(logKey(0))
    assert.strictEqual((yield* log.vacuum("calls", { account: null, retention: 0 })).files, 0)
    // Without 0, nothing is hurried.
    if (commit !== undefined) memory.objects.set(logKey(0), commit)
    assert.strictEqual((yield* log.vacuum("calls", { account: null, retention: "1 hour" })).files, 0)
    assert.strictEqual((yield* log.vacuum("calls", { account: null, retention: 0 })).files, 1)
  }))

it.scoped("a vacuum is refused where it would remove what it is to keep", () =>
  Effect.gen(function*() {
    const { log, store } = yield* lived(2)
    const long = yield* Effect.flip(log.vacuum("calls", { retention: "8 days" }))
    assert.deepInclude(long, { _tag: "BadVacuum" })
    const configuration = { "delta.deletedFileRetentionDuration": "interval 30 days" }
    const table = {
      id: "1",
      format: { provider: "parquet" },
      schemaString: "{\"type\":\"struct\",\"fields\":[]}",
      partitionColumns: partitionBy.slice(1),
      configuration
    }
    const actions = [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }, { metaData: table }]
    yield* store.put(logKey(0, "old"), bytes(actions.map((one) => JSON.stringify(one)).join("\n")))
    yield* log.vacuum("old", { retention: "8 days" })
    assert.deepInclude(yield* Effect.flip(log.vacuum("old", { retention: "31 days" })), { _tag: "BadVacuum" })
    assert.deepInclude(yield* Effect.flip(log.vacuum("old", { account: "paris" })), { _tag: "BadVacuum" })
    assert.strictEqual((yield* Effect.flip(log.vacuum("none")))._tag, "NoTable")
  }))

it.scoped("a report counts every file and names a thousand", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* lived(2)
    for (let at = 0; at < 1500; at++) yield* file(store, { account: "paris", name: `more${at}`, keys: [] })
    yield* TestClock.adjust("8 days")
    const { files, paths } = yield* log.vacuum("calls")
    assert.deepStrictEqual([files, paths.length], [1503, 1000])
    assert.deepStrictEqual(data(memory), ["lyon2", "paris2"])
  }))
