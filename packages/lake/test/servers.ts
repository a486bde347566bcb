/** What is tested on every S3 server that others wrote: the contract, large files, and the guard. */
import { assert } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Guard from "../src/Guard.js"
import type { Options } from "../src/S3Store.js"
import { bytes, contract, keysOf, manyBytes, scratch, sha256, text } from "./contract.js"
import { store } from "./s3.js"

export const serverTests = <R>(
  run: (fact: string, body: Effect.Effect<void, unknown, R | Scope.Scope>) => void,
  server: Effect.Effect<Options, never, R>
): void => {
  contract<R>({ run, store: Effect.flatMap(server, (options) => store({ ...options, prefix: "some/prefix é" })) })

  run(
    "a file in parts replaces what is there, and comes back as it went",
    Effect.gen(function*() {
      const part = 5 * 1024 * 1024
      const parts = yield* store({ ...yield* server, prefix: "parts", partsAbove: part, partSize: part })
      const folder = yield* scratch
      const large = manyBytes(3 * part + 1)
      writeFileSync(join(folder, "large"), large)
      const stored = { bytes: large.length, sha256: sha256(large) }
      const key = "a b/é+%"
      yield* parts.put(key, bytes("before"))
      assert.deepStrictEqual(yield* parts.upload(key, join(folder, "large")), stored)
      assert.deepStrictEqual(yield* parts.download(key, join(folder, "back")), stored)
      const range = yield* parts.range(key, { from: part - 5, bytes: 10 })
      assert.deepStrictEqual(sha256(range), sha256(large.subarray(part - 5, part + 5)))
      assert.deepStrictEqual(yield* keysOf(parts, ""), [key])
    })
  )

  run(
    "the guard passes, and leaves nothing behind",
    Effect.gen(function*() {
      const guarded = yield* store({ ...yield* server, prefix: "guard" })
      yield* Guard.prove(guarded)
      assert.deepStrictEqual(yield* keysOf(guarded, ""), [])
    })
  )

  run(
    "wrong keys and a bucket that is not there are told apart",
    Effect.gen(function*() {
      const options = yield* server
      const other = yield* store({ ...options, bucket: "another" })
      assert.strictEqual((yield* Effect.flip(other.read("key")))._tag, "Invalid")
      assert.strictEqual((yield* Effect.flip(other.put("key", bytes(""))))._tag, "Invalid")
      const mine = yield* store({ ...options, prefix: "mine" })
      yield* mine.put("key", bytes("mine"))
      assert.strictEqual(text(yield* mine.read("key")), "mine")
    })
  )
}
