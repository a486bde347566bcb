import { assert, describe, it } from "@effect/vitest"
import { Retry } from "@trunkline/http"
import { S3, S3Fault } from "@trunkline/sandbox"
import { Duration, Effect, Inspectable, Redacted, Ref, type Scope, Stream } from "effect"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { NoCredentials } from "../src/LakeError.js"
import * as S3Store from "../src/S3Store.js"
import { bytes, contract, keysOf, manyBytes, scratch, sha256, text } from "./contract.js"
import { credentials, platform, sandboxStore } from "./s3.js"

const live =
  (options: Parameters<typeof S3.layer>[0] = {}) =>
  (fact: string, body: Effect.Effect<void, unknown, S3 | Scope.Scope>) =>
    it.scopedLive(fact, () => Effect.provide(body, S3.layer(options)))

const test = live()

const part = 5 * 1024 * 1024
const inParts = { partsAbove: part, partSize: part }

describe("path style", () => {
  contract<S3>({ run: live(), store: sandboxStore({ prefix: "a/prefix +é" }), rounds: 2, many: 20 })
})

test(
  "a large file goes up in parts, and leaves nothing unfinished",
  Effect.gen(function*() {
    const s3 = yield* S3
    const store = yield* sandboxStore(inParts)
    const folder = yield* scratch
    const large = manyBytes(3 * part + 1)
    writeFileSync(join(folder, "large"), large)
    const stored = { bytes: large.length, sha256: sha256(large) }
    assert.deepStrictEqual(yield* store.upload("large", join(folder, "large")), stored)
    assert.deepStrictEqual(yield* store.download("large", join(folder, "back")), stored)
    assert.strictEqual(yield* s3.openUploads("lake"), 0)
    const operations = (yield* s3.history.requests).map(({ operation }) => operation)
    assert.strictEqual(operations.filter((operation) => operation === "UploadPart").length, 4)
  })
)

for (
  const [name, fault] of [
    ["whose answer is lost", S3Fault.AnswerLost()],
    ["whose answer is false", S3Fault.AnswerFalse()],
    ["that fails after its head", S3Fault.FailedAfterHead()]
  ] as const
) {
  test(
    `the end of an upload ${name} is tried again`,
    Effect.gen(function*() {
      const s3 = yield* S3
      const store = yield* sandboxStore(inParts)
      const folder = yield* scratch
      const large = manyBytes(part + 1)
      writeFileSync(join(folder, "large"), large)
      yield* s3.faults.push({ fault, operation: "CompleteMultipartUpload" })
      yield* store.upload("large", join(folder, "large"))
      assert.strictEqual(sha256(yield* store.read("large")), sha256(large))
      assert.strictEqual(yield* s3.openUploads("lake"), 0)
    })
  )
}

test(
  "an upload that fails is aborted, and what was there stays",
  Effect.gen(function*() {
    const s3 = yield* S3
    const store = yield* sandboxStore(inParts)
    const folder = yield* scratch
    writeFileSync(join(folder, "large"), manyBytes(4 * part))
    yield* store.put("large", bytes("before"))
    const fault = S3Fault.Refused({ status: 403, code: "AccessDenied" })
    yield* s3.faults.push({ fault, operation: "UploadPart", skip: 2, times: 100 })
    const error = yield* Effect.flip(store.upload("large", join(folder, "large")))
    assert.strictEqual(error._tag, "Forbidden")
    assert.strictEqual(yield* s3.openUploads("lake"), 0)
    assert.strictEqual(text(yield* store.read("large")), "before")
  })
)

test(
  "a commit whose answer was lost is known by its bytes",
  Effect.gen(function*() {
    const s3 = yield* S3
    const store = yield* sandboxStore()
    for (const [index, fault] of [S3Fault.AnswerLost(), S3Fault.AnswerFalse(), S3Fault.BodyCut()].entries()) {
      yield* s3.faults.push({ fault, operation: "PutObject" })
      yield* store.putIfAbsent(`${index}`, bytes(`mine ${index}`))
      assert.strictEqual(text(yield* store.read(`${index}`)), `mine ${index}`)
    }
  })
)

test(
  "a commit that a rival made meanwhile is not taken for one's own",
  Effect.gen(function*() {
    const s3 = yield* S3
    const store = yield* sandboxStore()
    for (const [index, rival] of ["the rival's", "mine, and more", "min", "minE", ""].entries()) {
      const key = `${index}`
      yield* store.put(key, bytes(rival))
      // The first try never arrives, so it is not known whether it was done.
      yield* s3.faults.push({ fault: S3Fault.Reset(), operation: "PutObject" })
      const error = yield* Effect.flip(store.putIfAbsent(key, bytes("mine")))
      assert.strictEqual(error._tag, "ObjectExists")
      assert.strictEqual(text(yield* store.read(key)), rival)
    }
  })
)

test(
  "a rival with the same bytes wins where nothing was lost",
  Effect.gen(function*() {
    const s3 = yield* S3
    const store = yield* sandboxStore()
    yield* store.put("key", bytes("same"))
    // A store that asks for time has done nothing, and a refusal that breaks off is a refusal.
    const slow = S3Fault.Refused({ status: 503, code: "SlowDown" })
    const conflict = S3Fault.Refused({ status: 409, code: "ConditionalRequestConflict" })
    for (const fault of [slow, conflict, S3Fault.BodyCut(), S3Fault.BodyShort()]) {
      yield* s3.faults.push({ fault, operation: "PutObject" })
      assert.strictEqual((yield* Effect.flip(store.putIfAbsent("key", bytes("same"))))._tag, "ObjectExists", fault._tag)
    }
  })
)

test(
  "an answer that breaks off is read again",
  Effect.gen(function*() {
    const s3 = yield* S3
    const store = yield* sandboxStore()
    const folder = yield* scratch
    const some = manyBytes(3_000_000)
    yield* store.put("key", some)
    for (const fault of [S3Fault.BodyCut(), S3Fault.BodyShort(), S3Fault.Reset()]) {
      yield* s3.faults.push({ fault }, { fault })
      assert.strictEqual(sha256(yield* store.read("key")), sha256(some))
      yield* s3.faults.push({ fault })
      assert.strictEqual((yield* store.range("key", { from: 5, bytes: 100_000 })).length, 100_000)
      yield* s3.faults.push({ fault })
      assert.strictEqual((yield* store.download("key", join(folder, "file"))).sha256, sha256(some))
      yield* s3.faults.push({ fault, operation: "ListObjectsV2" })
      assert.deepStrictEqual(yield* keysOf(store, ""), ["key"])
    }
  })
)

test(
  "a download that never ends well leaves no file, and keeps the one before",
  Effect.gen(function*() {
    const s3 = yield* S3
    const store = yield* sandboxStore({ retryBudget: 2 })
    const folder = join(yield* scratch, "downloads")
    mkdirSync(folder)
    yield* store.put("key", manyBytes(100_000))
    yield* s3.faults.push({ fault: S3Fault.BodyShort(), operation: "GetObject", times: 100 })
    assert.strictEqual((yield* Effect.flip(store.download("key", join(folder, "file"))))._tag, "Unreachable")
    assert.deepStrictEqual(readdirSync(folder), [])
    writeFileSync(join(folder, "file"), "before")
    assert.strictEqual((yield* Effect.flip(store.download("key", join(folder, "file"))))._tag, "Unreachable")
    assert.strictEqual(readFileSync(join(folder, "file"), "utf8"), "before")
    assert.deepStrictEqual(readdirSync(folder), ["file"])
  })
)

test(
  "a body that stops arriving ends with the time limit",
  Effect.gen(function*() {
    const s3 = yield* S3
    const store = yield* sandboxStore({ retryBudget: 0, timeLimit: "300 millis" })
    yield* store.put("key", manyBytes(1_000_000))
    yield* s3.faults.push({ fault: S3Fault.Stalled(), operation: "GetObject" })
    const error = yield* Effect.flip(store.read("key"))
    assert.include(error.message, "no whole answer came in time")
  })
)

test(
  "a server that ignores ranges is read as far as it was asked",
  Effect.gen(function*() {
    const s3 = yield* S3
    const store = yield* sandboxStore()
    const some = manyBytes(1_000_000)
    yield* store.put("key", some)
    yield* s3.faults.push({ fault: S3Fault.RangeIgnored(), times: 10 })
    for (const [from, length] of [[0, 10], [999_990, 100], [500_000, 100_000], [1_000_000, 5], [7, 0]] as const) {
      const found = yield* store.range("key", { from, bytes: length })
      assert.strictEqual(sha256(found), sha256(some.subarray(from, from + length)), `${from}`)
    }
  })
)

test(
  "a list in another order is refused",
  Effect.gen(function*() {
    const s3 = yield* S3
    const store = yield* sandboxStore()
    for (const key of ["b", "a", "c"]) yield* store.put(key, bytes(key))
    yield* s3.faults.push({ fault: S3Fault.Unsorted() })
    const error = yield* Effect.flip(Stream.runDrain(store.list("")))
    assert.strictEqual(error._tag, "Undecodable")
  })
)

describe("refusals", () => {
  const cases = [
    ["AccessDenied", 403, "Forbidden", 1],
    ["InvalidAccessKeyId", 403, "Unauthorized", 1],
    ["SignatureDoesNotMatch", 403, "Unauthorized", 1],
    ["ExpiredToken", 400, "Unauthorized", 1],
    ["RequestTimeTooSkewed", 403, "Unauthorized", 1],
    ["NoSuchBucket", 404, "Invalid", 1],
    ["PermanentRedirect", 301, "Invalid", 1],
    ["QuotaExceeded", 403, "Forbidden", 1],
    ["NotImplemented", 501, "Invalid", 1],
    ["SomethingNew", 400, "Invalid", 1],
    ["SlowDown", 503, "RateLimited", 2],
    ["InternalError", 500, "ServerFault", 2],
    ["RequestTimeout", 400, "Invalid", 2],
    ["ConditionalRequestConflict", 409, "Conflict", 2]
  ] as const
  for (const [code, status, tag, tries] of cases) {
    test(
      `${code} is ${tag}, and is asked ${tries === 1 ? "once" : "again"}`,
      Effect.gen(function*() {
        const s3 = yield* S3
        const store = yield* sandboxStore()
        for (
          const ask of [
            store.read("hidden name"),
            store.put("hidden name", bytes("")),
            Stream.runDrain(store.list("hidden name"))
          ]
        ) {
          yield* s3.history.clear
          yield* s3.faults.push({ fault: S3Fault.Refused({ status, code }), times: 2 })
          const error = yield* Effect.flip(Retry.atMost({ tries: 2 })(ask))
          assert.strictEqual(error._tag, tag)
          assert.include(error.message, code)
          assert.notInclude(JSON.stringify([error, error.message, Inspectable.format(error)]), "hidden name")
          assert.strictEqual(yield* s3.history.total, tries)
          yield* s3.faults.clear
        }
      })
    )
  }

  test(
    "wrong keys and a bucket that is not there are told apart",
    Effect.gen(function*() {
      const { keys } = yield* S3
      const tagOf = (options: Partial<S3Store.Options>) =>
        Effect.flatMap(sandboxStore(options), (store) => Effect.map(Effect.flip(store.read("key")), ({ _tag }) => _tag))
      assert.strictEqual(yield* tagOf({ credentials: credentials("other", keys.secretAccessKey) }), "Unauthorized")
      assert.strictEqual(yield* tagOf({ credentials: credentials(keys.accessKeyId, "other") }), "Unauthorized")
      assert.strictEqual(
        yield* tagOf({ credentials: credentials(keys.accessKeyId, keys.secretAccessKey, "t") }),
        "Unauthorized"
      )
      assert.strictEqual(yield* tagOf({ region: "eu-west-1" }), "Unauthorized")
      assert.strictEqual(yield* tagOf({ bucket: "another" }), "Invalid")
      assert.strictEqual(yield* tagOf({ retryBudget: 0, endpoint: "http://127.0.0.1:9" }), "Unreachable")
      assert.strictEqual(yield* tagOf({}), "ObjectMissing")
    })
  )

  test(
    "a wait that the store asks for is kept",
    Effect.gen(function*() {
      const s3 = yield* S3
      const store = yield* sandboxStore()
      yield* s3.faults.push({ fault: S3Fault.Refused({ status: 503, code: "SlowDown", retryAfter: 1 }) })
      const [taken] = yield* Effect.timed(store.put("key", bytes("")))
      assert.isTrue(Duration.greaterThanOrEqualTo(taken, Duration.millis(950)))
    })
  )
})

it.effect("options that cannot be used are refused before anything is sent", () =>
  Effect.gen(function*() {
    const wrong: ReadonlyArray<Partial<S3Store.Options>> = [
      { bucket: "" },
      { bucket: "a/b" },
      { prefix: "/a" },
      { prefix: "a/" },
      { prefix: "a/../b" },
      { region: "eu west" },
      { endpoint: "ftp://host" },
      { endpoint: "http://key:secret@host" },
      { endpoint: "http://host?query" },
      { partSize: 1024 },
      { partsAbove: -1 }
    ]
    for (const options of wrong) {
      const error = yield* Effect.flip(
        S3Store.make({ bucket: "lake", credentials: credentials("a", "b"), ...options })
      )
      assert.strictEqual(error._op, "InvalidData", JSON.stringify(options))
    }
  }).pipe(Effect.provide(platform)))

test(
  "each try is signed at its own time, and every body is hashed",
  Effect.gen(function*() {
    const s3 = yield* S3
    const store = yield* sandboxStore()
    yield* s3.faults.push({ fault: S3Fault.Refused({ status: 503, code: "SlowDown", retryAfter: 1 }) })
    yield* store.put("key", bytes("some"))
    const requests = yield* s3.history.requests
    assert.strictEqual(new Set(requests.map(({ headers }) => headers["x-amz-date"])).size, 2)
    for (const { headers } of requests) assert.strictEqual(headers["x-amz-content-sha256"], sha256(bytes("some")))
  })
)

test(
  "keys are asked for before each try, so that new ones count at once",
  Effect.gen(function*() {
    const { faults, keys } = yield* S3
    const asked = yield* Ref.make(0)
    const right = { accessKeyId: Redacted.make(keys.accessKeyId), secretAccessKey: Redacted.make(keys.secretAccessKey) }
    const store = yield* sandboxStore({ credentials: Effect.as(Ref.update(asked, (times) => times + 1), right) })
    yield* faults.push({ fault: S3Fault.Reset(), times: 2 })
    yield* store.put("key", bytes("some"))
    assert.strictEqual(yield* Ref.get(asked), 3)

    const without = yield* sandboxStore({ credentials: new NoCredentials({ looked: ["here"] }) })
    assert.strictEqual((yield* Effect.flip(without.read("key")))._tag, "NoCredentials")
  })
)
