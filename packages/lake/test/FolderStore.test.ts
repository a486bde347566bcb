import { assert, it } from "@effect/vitest"
import { Disk } from "@trunkline/parquet"
import { DiskError, type Step } from "@trunkline/parquet/Disk"
import { Effect, type Scope, TestClock } from "effect"
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import * as FolderStore from "../src/FolderStore.js"
import type { Service } from "../src/ObjectStore.js"
import { bytes, contract, keysOf, scratch, text } from "./contract.js"

const within = (folder: string): Effect.Effect<Service> => FolderStore.make(folder).pipe(Effect.provide(Disk.layer))

contract<never>({
  run: (fact, body) => it.scopedLive(fact, () => body),
  store: Effect.flatMap(scratch, (folder) => within(join(folder, "not", "there yet")))
})

/** Over a folder that has been written to, with its path. */
const opened: Effect.Effect<{ readonly folder: string; readonly store: Service }, unknown, Scope.Scope> = Effect.gen(
  function*() {
    const folder = join(yield* scratch, "lake")
    const store = yield* within(folder)
    yield* store.put("a/b", bytes("b"))
    return { folder, store }
  }
)

const temporary = ".trunkline-0f3b1c52-6d1e-4a58-9a1f-3b7f0a5f9c11.partial"

it.scoped("a temporary file is not listed, cannot be a key, and is removed after a day", () =>
  Effect.gen(function*() {
    const { folder, store } = yield* opened
    const path = join(folder, "a", temporary)
    const other = join(folder, "a", ".trunkline-mine.partial")
    writeFileSync(path, "half")
    writeFileSync(other, "whole")
    utimesSync(path, 0, 0)
    utimesSync(other, 0, 0)
    assert.strictEqual((yield* Effect.flip(store.read(`a/${temporary}`)))._tag, "BadKey")
    yield* TestClock.adjust("24 hours")
    assert.deepStrictEqual(yield* keysOf(store, ""), ["a/.trunkline-mine.partial", "a/b"])
    assert.isTrue(existsSync(path))
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(yield* keysOf(store, ""), ["a/.trunkline-mine.partial", "a/b"])
    assert.isFalse(existsSync(path))
  }))

it.scoped("a link leads nowhere, whatever is asked", () =>
  Effect.gen(function*() {
    const { folder, store } = yield* opened
    const outside = yield* scratch
    writeFileSync(join(outside, "secret"), "secret")
    symlinkSync(outside, join(folder, "folder"))
    symlinkSync(join(outside, "secret"), join(folder, "file"))
    symlinkSync(join(outside, "nothing"), join(folder, "dangling"))
    const target = join(yield* scratch, "to")
    for (const key of ["folder/secret", "folder/new", "file", "dangling", "folder"]) {
      const errors = yield* Effect.all([
        Effect.flip(store.read(key)),
        Effect.flip(store.range(key, { from: 0, bytes: 1 })),
        Effect.flip(store.download(key, target)),
        Effect.flip(store.put(key, bytes("a"))),
        Effect.flip(store.putIfAbsent(key, bytes("a"))),
        Effect.flip(store.upload(key, join(folder, "a", "b"))),
        Effect.flip(store.remove(key))
      ])
      assert.deepStrictEqual(errors.map(({ _tag }) => _tag), errors.map(() => "NotAFile"), key)
    }
    assert.deepStrictEqual(yield* keysOf(store, ""), ["a/b"])
    assert.deepStrictEqual(yield* keysOf(store, "folder/"), [])
    assert.deepStrictEqual(readdirSync(outside), ["secret"])
    assert.strictEqual(readFileSync(join(outside, "secret"), "utf8"), "secret")
    assert.isFalse(existsSync(target))
  }))

it.scoped("the folder itself may be a link", () =>
  Effect.gen(function*() {
    const { folder } = yield* opened
    const link = join(yield* scratch, "link")
    symlinkSync(folder, link)
    const store = yield* within(link)
    yield* store.put("a/c", bytes("c"))
    assert.deepStrictEqual(yield* keysOf(store, ""), ["a/b", "a/c"])
    assert.strictEqual(statSync(join(folder, "a", "c")).size, 1)
  }))

it.scoped("an object does not stand under another one", () =>
  Effect.gen(function*() {
    const { folder, store } = yield* opened
    assert.strictEqual((yield* Effect.flip(store.put("a", bytes("a"))))._tag, "NotAFile")
    assert.strictEqual((yield* Effect.flip(store.putIfAbsent("a", bytes("a"))))._tag, "NotAFile")
    assert.strictEqual((yield* Effect.flip(store.put("a/b/c", bytes("c"))))._tag, "NotAFile")
    yield* store.remove("a")
    assert.deepStrictEqual(readdirSync(folder), ["a"])
    assert.strictEqual(text(yield* store.read("a/b")), "b")
  }))

it.scoped("what cannot be a key is not listed", () =>
  Effect.gen(function*() {
    const { folder, store } = yield* opened
    writeFileSync(join(folder, "a\\b"), "")
    writeFileSync(join(folder, "a\nb"), "")
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]), "")
    mkdirSync(join(folder, "empty"))
    assert.deepStrictEqual(yield* keysOf(store, ""), ["a/b"])
  }))

/** A disk on which one step fails, the first time it is taken. */
const failing = (step: Step, folder: string): Effect.Effect<Service> => {
  let failed = false
  return FolderStore.make(folder).pipe(Effect.provide(Disk.layerWatched((taken, path) => {
    if (failed || taken !== step) return Effect.void
    failed = true
    return new DiskError({ step, path, code: "ENOSPC" })
  })))
}

const steps: ReadonlyArray<Step> = ["create", "write", "sync", "link"]

for (const step of steps) {
  it.scoped(`if ${step} fails, nothing stands there, and the next try succeeds`, () =>
    Effect.gen(function*() {
      const { folder } = yield* opened
      const store = yield* failing(step, folder)
      const error = yield* Effect.flip(store.putIfAbsent("a/new", bytes("new")))
      assert.strictEqual(error._tag, "DiskError")
      assert.deepStrictEqual(readdirSync(join(folder, "a")), ["b"])
      yield* store.putIfAbsent("a/new", bytes("new"))
      assert.deepStrictEqual(readdirSync(join(folder, "a")), ["b", "new"])
    }))
}

it.scoped("every name on the way to an object is made to last", () =>
  Effect.gen(function*() {
    const folder = join(yield* scratch, "lake")
    const synced: Array<string> = []
    const store = yield* FolderStore.make(folder).pipe(Effect.provide(Disk.layerWatched((step, path) =>
      Effect.sync(() => {
        if (step === "syncDirectory") synced.push(path)
      })
    )))
    yield* store.putIfAbsent("a/b/c", bytes("c"))
    assert.deepStrictEqual(synced, [join(folder, ".."), folder, join(folder, "a"), join(folder, "a", "b")])
  }))
