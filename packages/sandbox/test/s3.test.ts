/** The sandbox's S3, as a client that others wrote sees it: curl signs the requests. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { S3, S3Fault, type S3Options } from "../src/index.js"

interface Answer {
  readonly status: number
  readonly headers: string
  readonly body: string
}

const hasCurl = spawnSync("curl", ["--aws-sigv4", "aws:amz", "--version"], { stdio: "ignore" }).status === 0

const curl = (...options: ReadonlyArray<string>): Effect.Effect<Answer> =>
  Effect.async((resume) => {
    const child = spawn("curl", ["-s", "-i", ...options], { stdio: ["ignore", "pipe", "ignore"] })
    const parts: Array<Buffer> = []
    child.stdout.on("data", (some: Buffer) => parts.push(some))
    child.on("close", () => {
      const text = Buffer.concat(parts).toString("utf8")
      const at = text.indexOf("\r\n\r\n")
      const headers = text.slice(0, at)
      resume(
        Effect.succeed({
          status: Number(headers.slice(9, 12)),
          headers: headers.toLowerCase(),
          body: text.slice(at + 4)
        })
      )
    })
  })

/** Not every curl hashes a body for the signature. */
const hashed = (body: string): ReadonlyArray<string> => [
  "-H",
  `x-amz-content-sha256: ${createHash("sha256").update(body).digest("hex")}`
]

/** A signed request about a path of the server. */
const ask = (path: string, ...options: ReadonlyArray<string>): Effect.Effect<Answer, never, S3> =>
  Effect.flatMap(S3, ({ endpoint, keys, region }) =>
    curl(
      `${endpoint}${path}`,
      "--path-as-is",
      "--aws-sigv4",
      `aws:amz:${region}:s3`,
      "--user",
      `${keys.accessKeyId}:${keys.secretAccessKey}`,
      ...options
    ))

const get = (path: string, ...options: ReadonlyArray<string>) => ask(path, ...hashed(""), ...options)

const put = (path: string, body: string, ...options: ReadonlyArray<string>) =>
  ask(path, "-X", "PUT", "-H", "content-type: text/plain", "--data-binary", body, ...hashed(body), ...options)

const codeOf = ({ body }: Answer): string | undefined => /<Code>(\w+)<\/Code>/.exec(body)?.[1]

const test = (fact: string, body: Effect.Effect<void, unknown, S3 | Scope.Scope>, options: S3Options = {}): void => {
  it.scopedLive(fact, () => Effect.provide(body, S3.layer(options)))
}

describe.skipIf(!hasCurl)("S3 (curl with --aws-sigv4 is needed)", () => {
  test(
    "an object is put, read, read in part, and removed",
    Effect.gen(function*() {
      assert.strictEqual((yield* get("/lake/a/b")).status, 404)
      assert.strictEqual((yield* put("/lake/a/b", "0123456789")).status, 200)
      const read = yield* get("/lake/a/b")
      assert.deepStrictEqual([read.status, read.body], [200, "0123456789"])
      assert.include(read.headers, "etag: \"781e5e245d69b566979b86e28d23f2c7\"")
      assert.include(read.headers, "content-type: text/plain")
      const range = yield* get("/lake/a/b", "-H", "range: bytes=3-5")
      assert.deepStrictEqual([range.status, range.body], [206, "345"])
      assert.include(range.headers, "content-range: bytes 3-5/10")
      assert.deepStrictEqual((yield* get("/lake/a/b", "-H", "range: bytes=-2")).body, "89")
      assert.deepStrictEqual((yield* get("/lake/a/b", "-H", "range: bytes=8-100")).body, "89")
      const past = yield* get("/lake/a/b", "-H", "range: bytes=10-")
      assert.deepStrictEqual([past.status, codeOf(past)], [416, "InvalidRange"])
      const head = yield* get("/lake/a/b", "-I")
      assert.include(head.headers, "content-length: 10")
      assert.strictEqual((yield* get("/lake/a/b", "-X", "DELETE")).status, 204)
      assert.strictEqual((yield* get("/lake/a/b", "-X", "DELETE")).status, 204)
      assert.strictEqual(codeOf(yield* get("/lake/a/b")), "NoSuchKey")
      assert.strictEqual(codeOf(yield* get("/other/a")), "NoSuchBucket")
    })
  )

  test(
    "of two conditional writes the second is refused",
    Effect.gen(function*() {
      const s3 = yield* S3
      const absent = ["-H", "if-none-match: *"]
      assert.strictEqual((yield* put("/lake/key", "first", ...absent)).status, 200)
      const second = yield* put("/lake/key", "second", ...absent)
      assert.deepStrictEqual([second.status, codeOf(second)], [412, "PreconditionFailed"])
      assert.strictEqual((yield* get("/lake/key")).body, "first")
      assert.strictEqual((yield* put("/lake/key", "x", "-H", "if-match: \"0\"")).status, 412)
      assert.strictEqual((yield* put("/lake/key", "x", "-H", "if-none-match: \"0\"")).status, 501)

      yield* s3.faults.push({ fault: S3Fault.ConditionIgnored() }, { fault: S3Fault.ConditionFeigned() })
      assert.strictEqual((yield* put("/lake/key", "third", ...absent)).status, 200)
      assert.strictEqual((yield* put("/lake/key", "fourth", ...absent)).status, 412)
      assert.strictEqual((yield* get("/lake/key")).body, "fourth")
    })
  )

  test(
    "a list has pages, prefixes and folders",
    Effect.gen(function*() {
      const { keys } = yield* S3
      assert.strictEqual(keys.sessionToken, undefined)
      for (const key of ["b/1", "a", "b/2", "c", "b%20c"]) {
        assert.strictEqual((yield* put(`/lake/${key}`, key)).status, 200)
      }
      // Not every curl sorts the parameters that it signs.
      const list = (query: string) =>
        Effect.map(get(`/lake?${`list-type=2${query}`.split("&").toSorted().join("&")}`), ({ body }) => ({
          keys: [...body.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key),
          folders: [...body.matchAll(/<CommonPrefixes><Prefix>([^<]*)</g)].map(([, key]) => key),
          next: /<NextContinuationToken>([^<]*)</.exec(body)?.[1]
        }))
      assert.deepStrictEqual((yield* list("")).keys, ["a", "b c", "b/1", "b/2", "c"])
      assert.deepStrictEqual((yield* list("&prefix=b%2F")).keys, ["b/1", "b/2"])
      assert.deepStrictEqual((yield* list("&start-after=b%2F1")).keys, ["b/2", "c"])
      assert.deepStrictEqual((yield* list("&encoding-type=url")).keys, ["a", "b+c", "b/1", "b/2", "c"])
      const folded = yield* list("&delimiter=%2F")
      assert.deepStrictEqual([folded.keys, folded.folders], [["a", "b c", "c"], ["b/"]])
      const first = yield* list("&max-keys=2")
      assert.deepStrictEqual(first.keys, ["a", "b c"])
      const second = yield* list(`&max-keys=2&continuation-token=${first.next}`)
      assert.deepStrictEqual(second.keys, ["b/1", "b/2"])
      const third = yield* list(`&max-keys=2&continuation-token=${second.next}`)
      assert.deepStrictEqual([third.keys, third.next], [["c"], undefined])
    })
  )

  test(
    "a request that is not signed as it should be is refused",
    Effect.gen(function*() {
      const { endpoint, keys, region } = yield* S3
      const signed = (scope: string, user: string, ...options: ReadonlyArray<string>) =>
        Effect.map(
          curl(`${endpoint}/lake/key`, "--aws-sigv4", scope, "--user", user, ...hashed(""), ...options),
          codeOf
        )
      const right = [`aws:amz:${region}:s3`, `${keys.accessKeyId}:${keys.secretAccessKey}`] as const
      assert.strictEqual(yield* signed(...right), "NoSuchKey")
      assert.strictEqual(codeOf(yield* curl(`${endpoint}/lake/key`)), "AccessDenied")
      assert.strictEqual(yield* signed(right[0], `${keys.accessKeyId}:other`), "SignatureDoesNotMatch")
      assert.strictEqual(yield* signed(right[0], `other:${keys.secretAccessKey}`), "InvalidAccessKeyId")
      assert.strictEqual(yield* signed("aws:amz:eu-west-1:s3", right[1]), "AuthorizationHeaderMalformed")
      assert.strictEqual(yield* signed(...right, "-H", "x-amz-security-token: t"), "InvalidToken")
      const old = "x-amz-date: 20200101T000000Z"
      assert.include(["RequestTimeTooSkewed", "AuthorizationHeaderMalformed"], yield* signed(...right, "-H", old))
      assert.strictEqual(yield* signed(...right, "-X", "PUT", "-d", "a"), "XAmzContentSHA256Mismatch")
    })
  )

  test(
    "a fault falls on the requests that match",
    Effect.gen(function*() {
      const s3 = yield* S3
      const slow = S3Fault.Refused({ status: 503, code: "SlowDown", retryAfter: 7 })
      yield* s3.faults.push({ fault: slow, operation: "PutObject", key: "ke", skip: 1, every: 2, times: 2 })
      const statuses: Array<number> = []
      for (let index = 0; index < 6; index++) statuses.push((yield* put("/lake/key", "a")).status)
      assert.deepStrictEqual(statuses, [200, 503, 200, 503, 200, 200])
      yield* s3.faults.push({ fault: slow, operation: "GetObject" })
      assert.strictEqual((yield* put("/lake/key", "a")).status, 200)
      const refused = yield* get("/lake/key")
      assert.include(refused.headers, "retry-after: 7")
      assert.strictEqual(codeOf(refused), "SlowDown")

      yield* s3.faults.push({ fault: S3Fault.AnswerLost() }, { fault: S3Fault.AnswerFalse() }, {
        fault: S3Fault.Reset()
      })
      yield* put("/lake/lost", "a")
      yield* put("/lake/false", "a")
      yield* put("/lake/never", "a")
      const objects = yield* s3.objects("lake")
      assert.deepStrictEqual([...objects.keys()].toSorted(), ["false", "key", "lost"])
      const { length } = yield* s3.history.requests
      assert.strictEqual(length, yield* s3.history.total)
      assert.notInclude(JSON.stringify(yield* s3.history.requests), "AWS4-HMAC-SHA256")
    })
  )

  test(
    "a body that is too large is refused",
    Effect.gen(function*() {
      assert.strictEqual(codeOf(yield* put("/lake/key", "x".repeat(11))), "EntityTooLarge")
      assert.strictEqual((yield* put("/lake/key", "x".repeat(10))).status, 200)
    }),
    { maximumBody: 10 }
  )
})
