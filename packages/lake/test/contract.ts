/** What every place for objects has to keep, as tests that run on any store. */
import { assert } from "@effect/vitest"
import { Chunk, Effect, Exit, type Scope, Stream } from "effect"
import { createHash } from "node:crypto"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { byBytes } from "../src/internal/objectKey.js"
import type { Service } from "../src/ObjectStore.js"

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** Bytes that differ everywhere, so that a lost or doubled piece shows. */
export const manyBytes = (length: number): Uint8Array => {
  const some = new Uint8Array(length)
  let state = 1
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    some[index] = state >>> 24
  }
  return some
}

/** A folder of its own for a test. */
export const scratch = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "trunkline-lake-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

export const keysOf = (store: Service, prefix: string, after?: string): Effect.Effect<ReadonlyArray<string>, unknown> =>
  Effect.map(
    Stream.runCollect(store.list(prefix, { after })),
    (found) => Chunk.toReadonlyArray(found).map(({ key }) => key)
  )

/** Names that are spelled differently in a URL, in a signature and in a list. */
export const oddKeys: ReadonlyArray<string> = [
  "a b",
  " ",
  "+",
  "a+b",
  "%",
  "%20",
  "%2F",
  "%41",
  "source=allo/month=2026-01",
  "é",
  "e\u0301",
  "😀",
  "\u{1F468}\u200D\u{1F469}",
  "#",
  "?",
  "a?b=c&d#e",
  "&amp;",
  "<key>",
  "'\"",
  "!*'()",
  "~tilde._-",
  "@:;,$",
  "[]{}|^`",
  "...",
  ".hidden",
  "日本",
  "\uFFFD",
  "x".repeat(255),
  Array.from({ length: 4 }, () => "é".repeat(120)).join("/")
]

export const badKeys: ReadonlyArray<string> = [
  "",
  "/",
  "/a",
  "a/",
  "a//b",
  ".",
  "..",
  "a/../b",
  "./a",
  "a\\b",
  "a\nb",
  "a\u0000b",
  "a\u0085b",
  "\uD800",
  "x".repeat(256),
  "é".repeat(128),
  Array.from({ length: 5 }, () => "x".repeat(250)).join("/")
]

/**
 * `run` makes a test of a fact. `store` makes a store over a place that is empty, or that nobody else writes below the
 * prefixes `t00`, `t01` and so on. `rounds` is how often writers race; `many` is how many objects a list holds.
 */
export const contract = <R>(options: {
  readonly run: (fact: string, body: Effect.Effect<void, unknown, R | Scope.Scope>) => void
  readonly store: Effect.Effect<Service, unknown, R | Scope.Scope>
  readonly rounds?: number | undefined
  readonly many?: number | undefined
  readonly isFaulty?: boolean | undefined
}): void => {
  const { isFaulty = false, many = 1203, rounds = 25 } = options
  let counted = 0

  /** Each test has a prefix of its own, since a store may be shared. */
  const test = (
    fact: string,
    body: (store: Service, prefix: string) => Effect.Effect<void, unknown, Scope.Scope>
  ): void => {
    const prefix = `t${(counted++).toString().padStart(2, "0")}`
    options.run(fact, Effect.flatMap(options.store, (store) => body(store, prefix)))
  }

  test("an object is read as it was put, also an empty one", (store, prefix) =>
    Effect.gen(function*() {
      yield* store.put(`${prefix}/some`, bytes("some"))
      yield* store.put(`${prefix}/empty`, new Uint8Array())
      assert.strictEqual(text(yield* store.read(`${prefix}/some`)), "some")
      assert.strictEqual((yield* store.read(`${prefix}/empty`)).length, 0)
      assert.strictEqual((yield* store.range(`${prefix}/empty`, { from: 0, bytes: 10 })).length, 0)
    }))

  test("what is not there is missing, by its key", (store, prefix) =>
    Effect.gen(function*() {
      const folder = yield* scratch
      const key = `${prefix}/nothing`
      yield* store.put(`${prefix}/nothing else`, bytes("a"))
      yield* store.put(`${prefix}/file`, bytes("a"))
      const errors = yield* Effect.all([
        Effect.flip(store.read(key)),
        Effect.flip(store.range(key, { from: 0, bytes: 1 })),
        Effect.flip(store.range(key, { from: 0, bytes: 0 })),
        Effect.flip(store.download(key, join(folder, "file")))
      ])
      assert.deepStrictEqual(errors.map(({ _tag }) => _tag), errors.map(() => "ObjectMissing"))
      assert.include(String(errors[0].message), key)
      assert.deepStrictEqual(readdirSync(folder), [])
      // An object is no folder, and a folder is no object.
      assert.strictEqual((yield* Effect.flip(store.read(`${prefix}/file/below`)))._tag, "ObjectMissing")
      assert.strictEqual((yield* Effect.flip(store.read(prefix)))._tag, "ObjectMissing")
    }))

  test("a range ends where the object ends", (store, prefix) =>
    Effect.gen(function*() {
      const key = `${prefix}/digits`
      yield* store.put(key, bytes("0123456789"))
      const range = (from: number, length: number) => Effect.map(store.range(key, { from, bytes: length }), text)
      assert.deepStrictEqual(
        yield* Effect.all([
          range(0, 10),
          range(3, 4),
          range(8, 100),
          range(9, 1),
          range(10, 5),
          range(5000, 5),
          range(2, 0)
        ]),
        ["0123456789", "3456", "89", "9", "", "", ""]
      )
      for (const wrong of [{ from: -1, bytes: 1 }, { from: 0, bytes: -1 }, { from: 0.5, bytes: 1 }]) {
        assert.isTrue(Exit.isFailure(yield* Effect.exit(store.range(key, wrong))))
      }
    }))

  test("20 MB come back as they went, whole and in ranges", (store, prefix) =>
    Effect.gen(function*() {
      const key = `${prefix}/large`
      const large = manyBytes(20_000_000)
      yield* store.put(key, large)
      assert.strictEqual(sha256(yield* store.read(key)), sha256(large))
      const [from, length] = [12_345_678, 1_000_001]
      assert.strictEqual(
        sha256(yield* store.range(key, { from, bytes: length })),
        sha256(large.subarray(from, from + length))
      )
    }))

  test("an object that is too large is not read", (store, prefix) =>
    Effect.gen(function*() {
      yield* store.put(`${prefix}/ten`, bytes("0123456789"))
      const error = yield* Effect.flip(store.read(`${prefix}/ten`, { limit: 9 }))
      assert.strictEqual(error._tag, "TooLarge")
      assert.strictEqual((yield* store.read(`${prefix}/ten`, { limit: 10 })).length, 10)
      assert.strictEqual((yield* Effect.flip(store.read(`${prefix}/ten`, { limit: 0 })))._tag, "TooLarge")
    }))

  test("a put replaces what is there", (store, prefix) =>
    Effect.gen(function*() {
      const key = `${prefix}/key`
      for (const some of ["first and longer", "second", ""]) {
        yield* store.put(key, bytes(some))
        assert.strictEqual(text(yield* store.read(key)), some)
      }
      assert.deepStrictEqual(yield* keysOf(store, `${prefix}/`), [key])
    }))

  test("putIfAbsent never replaces", (store, prefix) =>
    Effect.gen(function*() {
      const key = `${prefix}/deep/er/key`
      yield* store.putIfAbsent(key, bytes("first"))
      const error = yield* Effect.flip(store.putIfAbsent(key, bytes("second")))
      assert.strictEqual(error._tag, "ObjectExists")
      // Whoever asks is told whether this very call wrote it, also if the bytes are the same. Only a lost answer hides that.
      if (!isFaulty) {
        assert.strictEqual((yield* Effect.flip(store.putIfAbsent(key, bytes("first"))))._tag, "ObjectExists")
      }
      assert.strictEqual(text(yield* store.read(key)), "first")
      yield* store.remove(key)
      yield* store.putIfAbsent(key, bytes("third"))
      assert.strictEqual(text(yield* store.read(key)), "third")
    }))

  test(`of 8 writers one wins, ${rounds} times`, (store, prefix) =>
    Effect.gen(function*() {
      for (let round = 0; round < rounds; round++) {
        const key = `${prefix}/${round}`
        const said = yield* Effect.forEach(
          Array.from({ length: 8 }, (_, writer) => writer),
          (writer) => Effect.either(store.putIfAbsent(key, bytes(`writer ${writer}`))),
          { concurrency: 8 }
        )
        const winners = said.flatMap((one, writer) => one._tag === "Right" ? [writer] : [])
        const losers = said.flatMap((one) => one._tag === "Left" ? [one.left._tag] : [])
        assert.strictEqual(winners.length, 1, `round ${round}`)
        assert.deepStrictEqual(losers, losers.map(() => "ObjectExists"))
        assert.strictEqual(text(yield* store.read(key)), `writer ${winners[0]}`)
      }
      assert.strictEqual((yield* keysOf(store, `${prefix}/`)).length, rounds)
    }))

  test("keys of any spelling are kept, listed and removed", (store, prefix) =>
    Effect.gen(function*() {
      const keys = oddKeys.map((key) => `${prefix}/${key}`)
      yield* Effect.forEach(keys, (key) => store.put(key, bytes(key)), { concurrency: 4 })
      for (const key of keys) {
        assert.strictEqual(text(yield* store.read(key)), key)
        assert.deepStrictEqual((yield* keysOf(store, key)).filter((found) => found === key), [key])
        assert.strictEqual((yield* Effect.flip(store.putIfAbsent(key, bytes(""))))._tag, "ObjectExists")
      }
      const sorted = keys.toSorted(byBytes)
      assert.deepStrictEqual(yield* keysOf(store, `${prefix}/`), sorted)
      for (const [index, key] of sorted.entries()) {
        assert.deepStrictEqual(yield* keysOf(store, `${prefix}/`, key), sorted.slice(index + 1))
      }
      yield* Effect.forEach(keys, (key) => store.remove(key), { concurrency: 4 })
      assert.deepStrictEqual(yield* keysOf(store, `${prefix}/`), [])
    }))

  test("keys that not every store takes are refused, whatever is asked", (store) =>
    Effect.gen(function*() {
      const folder = yield* scratch
      for (const key of badKeys) {
        const errors = yield* Effect.all([
          Effect.flip(store.read(key)),
          Effect.flip(store.range(key, { from: 0, bytes: 1 })),
          Effect.flip(store.download(key, join(folder, "file"))),
          Effect.flip(store.put(key, bytes("a"))),
          Effect.flip(store.putIfAbsent(key, bytes("a"))),
          Effect.flip(store.upload(key, join(folder, "file"))),
          Effect.flip(store.remove(key))
        ])
        assert.deepStrictEqual(errors.map(({ _tag }) => _tag), errors.map(() => "BadKey"), JSON.stringify(key))
      }
      for (const prefix of ["/", "a//b", "../", "a\\", "\n"]) {
        const error = yield* Effect.flip(Stream.runDrain(store.list(prefix)))
        assert.strictEqual(error._tag, "BadKey", JSON.stringify(prefix))
      }
    }))

  test(`${many} objects are listed in the order of their bytes`, (store, prefix) =>
    Effect.gen(function*() {
      // A sign that sorts before `/`, one that sorts after it, and more digits than the order of numbers would have.
      const keys = Array.from({ length: many }, (_, index) =>
        `${prefix}/list/${["a!", "a/", "a0", "a-", "é"][index % 5]}${index}`)
      yield* Effect.forEach(keys, (key, index) =>
        store.put(key, bytes("x".repeat(index % 7))), { concurrency: 8 })
      yield* store.put(`${prefix}/listed`, bytes("not below list/"))
      const sorted = keys.toSorted(byBytes)
      const found = Chunk.toReadonlyArray(yield* Stream.runCollect(store.list(`${prefix}/list/`)))
      assert.deepStrictEqual(found.map(({ key }) => key), sorted)
      for (const { bytes, key } of found) assert.strictEqual(bytes, keys.indexOf(key) % 7)
      for (const at of [0, 1, Math.floor(many / 2), many - 2, many - 1]) {
        assert.deepStrictEqual(yield* keysOf(store, `${prefix}/list/`, sorted[at]), sorted.slice(at + 1))
      }
      // A place to go on after needs not be a key that is there.
      assert.deepStrictEqual(
        yield* keysOf(store, `${prefix}/list/`, `${prefix}/list/a0`),
        sorted.filter((key) => byBytes(key, `${prefix}/list/a0`) > 0)
      )
      assert.deepStrictEqual(
        yield* keysOf(store, `${prefix}/list/a0`),
        sorted.filter((key) => key.startsWith(`${prefix}/list/a0`))
      )
      assert.deepStrictEqual(yield* keysOf(store, `${prefix}/list`), [...sorted, `${prefix}/listed`])
      assert.deepStrictEqual(yield* keysOf(store, `${prefix}/nothing`), [])
      // Whoever wants a few does not have to read all.
      assert.strictEqual(Chunk.size(yield* Stream.runCollect(Stream.take(store.list(`${prefix}/list/`), 3))), 3)
    }))

  test("a list shows what was just written and not what was just removed", (store, prefix) =>
    Effect.gen(function*() {
      const keys = Array.from({ length: 20 }, (_, index) => `${prefix}/${index}`)
      for (const key of keys) {
        yield* store.put(key, bytes(key))
        assert.include(yield* keysOf(store, `${prefix}/`), key)
      }
      for (const key of keys) {
        yield* store.remove(key)
        assert.notInclude(yield* keysOf(store, `${prefix}/`), key)
        assert.strictEqual((yield* Effect.flip(store.read(key)))._tag, "ObjectMissing")
      }
    }))

  test("an object can be removed twice, and one that never was", (store, prefix) =>
    Effect.gen(function*() {
      yield* store.put(`${prefix}/key`, bytes("a"))
      yield* store.remove(`${prefix}/key`)
      yield* store.remove(`${prefix}/key`)
      yield* store.remove(`${prefix}/never/was`)
    }))

  for (const length of [0, 1, 20_000_000]) {
    test(
      `a file of ${length} bytes is uploaded and downloaded with its hash`,
      (store, prefix) =>
        Effect.gen(function*() {
          const folder = yield* scratch
          const key = `${prefix}/file`
          const some = manyBytes(length)
          writeFileSync(join(folder, "from"), some)
          yield* store.put(key, bytes("before"))
          const stored = { bytes: length, sha256: sha256(some) }
          assert.deepStrictEqual(yield* store.upload(key, join(folder, "from")), stored)
          assert.deepStrictEqual(yield* store.download(key, join(folder, "to")), stored)
          assert.strictEqual(sha256(readFileSync(join(folder, "to"))), stored.sha256)
          // A file that is there is replaced.
          assert.deepStrictEqual(yield* store.download(key, join(folder, "from")), stored)
          assert.deepStrictEqual(readdirSync(folder).toSorted(), ["from", "to"])
        })
    )
  }

  test("a file that is not there is not uploaded", (store, prefix) =>
    Effect.gen(function*() {
      const folder = yield* scratch
      assert.strictEqual((yield* Effect.flip(store.upload(`${prefix}/file`, join(folder, "none"))))._tag, "DiskError")
      assert.isFalse(existsSync(join(folder, "none")))
      assert.strictEqual((yield* Effect.flip(store.read(`${prefix}/file`)))._tag, "ObjectMissing")
    }))
}
