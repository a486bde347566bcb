import { assert, it } from "@effect/vitest"
import { Disk } from "@trunkline/parquet"
import { S3, S3Fault } from "@trunkline/sandbox"
import { Effect } from "effect"
import * as FolderStore from "../src/FolderStore.js"
import * as Guard from "../src/Guard.js"
import { ObjectExists, ObjectMissing } from "../src/LakeError.js"
import type { Service } from "../src/ObjectStore.js"
import { bytes, keysOf, scratch } from "./contract.js"
import { sandboxStore } from "./s3.js"

it.scoped("a folder passes, and nothing stays in it", () =>
  Effect.gen(function*() {
    const store = yield* Effect.provide(FolderStore.make(yield* scratch), Disk.layer)
    yield* Guard.prove(store)
    yield* Guard.prove(store)
    assert.deepStrictEqual(yield* keysOf(store, ""), [])
  }))

it.scopedLive("a bucket that keeps the condition passes, also if an answer is lost", () =>
  Effect.gen(function*() {
    const s3 = yield* S3
    const store = yield* sandboxStore({ prefix: "some/prefix" })
    yield* Guard.prove(store)
    for (const skip of [0, 1]) {
      yield* s3.faults.push({ fault: S3Fault.AnswerLost(), operation: "PutObject", skip })
      yield* Guard.prove(store)
    }
    assert.strictEqual((yield* s3.objects("lake")).size, 0)
    const conditions = (yield* s3.history.requests).filter(({ operation }) => operation === "PutObject")
      .map(({ headers }) => headers["if-none-match"])
    assert.deepStrictEqual(conditions, conditions.map(() => "*"))
  }).pipe(Effect.provide(S3.layer())))

const unsafe = [
  [S3Fault.ConditionIgnored(), "took a conditional write of an object that was there"],
  [S3Fault.ConditionFeigned(), "replaced the object nevertheless"],
  [S3Fault.Refused({ status: 501, code: "NotImplemented" }), "does not know conditional writes"],
  [S3Fault.Refused({ status: 412, code: "PreconditionFailed" }), "refuses a conditional write of a new object"]
] as const

for (const [fault, found] of unsafe) {
  it.scopedLive(`a bucket is refused by its name where it ${found}`, () =>
    Effect.gen(function*() {
      const s3 = yield* S3
      const store = yield* sandboxStore({ prefix: "some/prefix" })
      yield* s3.faults.push({ fault, operation: "PutObject", times: 10 })
      const error = yield* Effect.flip(Guard.prove(store))
      assert.strictEqual(error._tag, "UnsafeStore")
      assert.include(error.message, "s3://lake/some/prefix")
      assert.include(error.message, found)
      assert.strictEqual((yield* s3.objects("lake")).size, 0)
    }).pipe(Effect.provide(S3.layer())))
}

it.scopedLive("what the credentials may not do is told as such", () =>
  Effect.gen(function*() {
    const s3 = yield* S3
    const store = yield* sandboxStore()
    for (const operation of ["PutObject", "GetObject", "DeleteObject"] as const) {
      const fault = S3Fault.Refused({ status: 403, code: "AccessDenied" })
      yield* s3.faults.push({ fault, operation })
      assert.strictEqual((yield* Effect.flip(Guard.prove(store)))._tag, "Forbidden", operation)
    }
  }).pipe(Effect.provide(S3.layer())))

it.effect("a store that forgets what was put, or mixes it up, is refused", () =>
  Effect.gen(function*() {
    const told: Array<string> = []
    const store = (read: Service["read"]): Pick<Service, "place" | "putIfAbsent" | "read" | "remove"> => {
      let taken = false
      return {
        place: "a place",
        putIfAbsent: (key) =>
          Effect.suspend(() => {
            if (taken) return new ObjectExists({ place: "a place", key })
            taken = true
            return Effect.void
          }),
        read,
        remove: (key) => Effect.sync(() => void told.push(key))
      }
    }
    const missing = store((key) => new ObjectMissing({ place: "a place", key }))
    const other = store(() => Effect.succeed(bytes("other")))
    for (const one of [missing, other]) {
      assert.strictEqual((yield* Effect.flip(Guard.prove(one)))._tag, "UnsafeStore")
    }
    assert.strictEqual(told.length, 2)
  }))
