/** How a lake is named and reached: where calls may be sent to, with which keys and through which proxy. */
import { assert, describe, it } from "@effect/vitest"
import { ObjectStore } from "@trunkline/lake/ObjectStore"
import { S3 } from "@trunkline/sandbox/S3"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import * as Environment from "../src/Environment.js"
import * as Lakes from "../src/Lakes.js"
import * as Place from "../src/Place.js"
import { Process } from "../src/Process.js"
import * as Screen from "../src/terminal/Screen.js"
import { scrub } from "../src/terminal/secrets.js"
import * as Transfers from "../src/terminal/Transfers.js"
import { folder } from "./commandline.js"

const bucket = { _tag: "Bucket", bucket: "acme-calls", prefix: "trunkline" } as const
const nothing: Place.Server = { endpoint: undefined, region: undefined, profile: undefined, allowHttp: false }

describe("a place", () => {
  const cases: ReadonlyArray<readonly [string, string | null]> = [
    ["s3://acme-calls/trunkline", "s3://acme-calls/trunkline"],
    ["S3://acme-calls/a/b/", "s3://acme-calls/a/b"],
    ["s3://acme-calls", "s3://acme-calls"],
    ["lake", "/home/me/lake"],
    ["/mnt/lake/", "/mnt/lake"],
    ["s3:/acme-calls/trunkline", null],
    ["s3://acme-calls//trunkline", null],
    ["s3://acme-calls/trunk line", null],
    ["s3://acme-calls/trunkline?versionId=1", null],
    ["s3://a", null],
    ["gs://acme-calls/trunkline", null],
    [" ", null]
  ]
  it.each(cases)("%s", (text, expected) => {
    const read = Place.place({ flag: "--to", text, folder: "/home/me" })
    assert.strictEqual(Either.getOrNull(Either.map(read, Place.named)), expected)
  })

  it.scopedLive("overlaps a dataset that it lies in or that lies in it, links followed, and no other", () =>
    Effect.gen(function*() {
      const here = yield* folder
      yield* Effect.promise(() => fs.mkdir(join(here, "data")))
      yield* Effect.promise(() => fs.symlink(join(here, "data"), join(here, "link")))
      const overlaps = (path: string) => Place.overlaps({ _tag: "Folder", path: join(here, path) }, join(here, "data"))
      for (const path of ["data", "data/lake", "link", "link/made/later", "."]) {
        assert.isTrue(yield* overlaps(path), path)
      }
      for (const path of ["lake", "data2", "data-lake/x"]) assert.isFalse(yield* overlaps(path), path)
      assert.isFalse(yield* Place.overlaps(bucket, join(here, "data")))
    }))
})

/** The environment of a process, and a `.env` in its folder. */
const known = (variables: Readonly<Record<string, string>>, file: string) =>
  Effect.gen(function*() {
    const here = yield* folder
    yield* Effect.promise(() => fs.writeFile(join(here, ".env"), file))
    return yield* Environment.environment({ HOME: here, AWS_EC2_METADATA_DISABLED: "true", ...variables }, here)
  })

const reached = (
  variables: Readonly<Record<string, string>>,
  { file = "", server = {} }: { readonly file?: string; readonly server?: Partial<Place.Server> } = {}
) =>
  Effect.flatMap(
    known(variables, file),
    (environment) => Effect.either(Lakes.reached({ place: bucket, server: { ...nothing, ...server }, environment }))
  )

it.scopedLive("calls go over plain http to this machine, and elsewhere only where it is allowed", () =>
  Effect.gen(function*() {
    const urlOf = (endpoint: string, server: Partial<Place.Server> = {}) =>
      Effect.map(
        reached({ AWS_ENDPOINT_URL_S3: endpoint }, { server }),
        Either.match({ onLeft: ({ message }) => message, onRight: ({ url }) => url })
      )
    assert.strictEqual(yield* urlOf("http://127.0.0.1:9000"), "http://127.0.0.1:9000/acme-calls")
    assert.include(yield* urlOf("http://minio.corp:9000"), "http://minio.corp:9000 is plain http")
    assert.strictEqual(
      yield* urlOf("http://minio.corp:9000", { allowHttp: true }),
      "http://minio.corp:9000/acme-calls"
    )
    assert.strictEqual(yield* urlOf("https://minio.corp"), "https://minio.corp/acme-calls")
    // What the configuration says goes before the variable.
    assert.include(yield* urlOf("https://minio.corp", { endpoint: "http://other.corp" }), "http://other.corp is plain")
    assert.include(yield* urlOf("minio.corp:9000"), "endpoint")
  }))

it.scopedLive("a .env names no other machine that calls are sent to, whatever stands beside it", () =>
  Effect.gen(function*() {
    const file =
      "AWS_ENDPOINT_URL=https://evil.example\nAWS_ACCESS_KEY_ID=AKIAFROMFILE\nAWS_SECRET_ACCESS_KEY=fromfile99"
    const refused = yield* reached({}, { file })
    assert.isTrue(Either.isLeft(refused))
    if (Either.isLeft(refused)) assert.match(refused.left.message, /^AWS_ENDPOINT_URL: stands in \.env/)
    const own = yield* reached({ AWS_ENDPOINT_URL: "https://minio.corp" }, { file })
    assert.strictEqual(Either.isRight(own) ? own.right.url : null, "https://minio.corp/acme-calls")
    const here = yield* reached({}, { file: "AWS_ENDPOINT_URL_S3=http://localhost:9000" })
    assert.strictEqual(Either.isRight(here) ? here.right.url : null, "http://localhost:9000/acme-calls")
  }))

it.scopedLive("the store is reached through the proxy of the APIs", () =>
  Effect.gen(function*() {
    const routeOf = (variables: Readonly<Record<string, string>>) =>
      Effect.map(reached({ AWS_REGION: "eu-west-3", HTTPS_PROXY: "http://proxy.corp:3128", ...variables }), (found) =>
        Either.isRight(found) ? [found.right.url, found.right.route.proxy?.host ?? null] : null)
    const url = "https://acme-calls.s3.eu-west-3.amazonaws.com/"
    assert.deepStrictEqual(yield* routeOf({}), [url, "proxy.corp:3128"])
    assert.deepStrictEqual(yield* routeOf({ NO_PROXY: "amazonaws.com" }), [url, null])
    assert.deepStrictEqual(yield* routeOf({ AWS_ENDPOINT_URL: "http://127.0.0.1:9000" }), [
      "http://127.0.0.1:9000/acme-calls",
      null
    ])
  }))

/** What comes of the first request. */
const listed = (environment: Environment.Environment, endpoint: string) =>
  Effect.flatMap(ObjectStore, (store) => Stream.runCollect(store.list("state/"))).pipe(
    Effect.as("listed"),
    Effect.provide(
      Lakes.store({
        place: { _tag: "Bucket", bucket: "lake", prefix: "" },
        server: { ...nothing, endpoint },
        environment
      })
    ),
    Effect.catchAll(({ _tag }) => Effect.succeed(_tag))
  )

it.scopedLive("keys come from the environment or from .env, never from both, and no line shows them", () =>
  Effect.gen(function*() {
    const { endpoint, keys } = yield* S3
    const pair = { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey }
    const lines = Object.entries(pair).map(([name, value]) => `${name}=${value}`).join("\n")
    assert.strictEqual(yield* listed(yield* known({}, lines), endpoint), "listed")
    assert.strictEqual(yield* listed(yield* known({}, ""), endpoint), "NoCredentials")
    // Half of a pair in each place is no pair.
    const mixed = yield* known({ AWS_ACCESS_KEY_ID: keys.accessKeyId }, lines)
    assert.strictEqual(yield* listed(mixed, endpoint), "NoCredentials")
    assert.strictEqual(scrub(`of ${keys.secretAccessKey} and ${keys.accessKeyId}`), "of <redacted> and <redacted>")
  }).pipe(Effect.provide(S3.layer())))

it.scopedLive("keys that a profile holds are scrubbed once they are known, and a .env names no file of profiles", () =>
  Effect.gen(function*() {
    const { endpoint } = yield* S3
    const here = yield* folder
    const path = join(here, "config")
    const print = `{"Version":1,"AccessKeyId":"AKIAOFPROFILE","SecretAccessKey":"secretofprofile"}`
    yield* Effect.promise(() =>
      fs.writeFile(path, `[default]\ncredential_process = touch ${here}/ran; echo '${print}'\n`)
    )
    assert.strictEqual(yield* listed(yield* known({}, `AWS_CONFIG_FILE=${path}`), endpoint), "NoCredentials")
    assert.notInclude(yield* Effect.promise(() => fs.readdir(here)), "ran")
    assert.include(scrub("secretofprofile"), "secretofprofile")
    assert.strictEqual(yield* listed(yield* known({ AWS_CONFIG_FILE: path }, ""), endpoint), "Unauthorized")
    assert.include(yield* Effect.promise(() => fs.readdir(here)), "ran")
    assert.strictEqual(scrub("secretofprofile"), "<redacted>")
  }).pipe(Effect.provide(S3.layer())))

it.scoped("long transfers are told now and then, and not where nothing moves", () =>
  Effect.gen(function*() {
    const { store: inner } = { store: yield* ObjectStore }
    const said: Array<string> = []
    const screen = Screen.make({ write: (text) => said.push(text) }, {})
    const { shown, store } = Transfers.make({
      ...inner,
      upload: () => Effect.delay(Effect.succeed({ bytes: 1000, sha256: "" }), "3 seconds")
    })
    const work = Effect.zipRight(Effect.replicateEffect(store.upload("a", "b"), 2), Effect.sleep("1 minute"))
    yield* Effect.fork(
      Effect.provideService(shown(work), Process, { variables: {}, folder: "/", screen, logFormat: "text" })
    )
    yield* TestClock.adjust("5 seconds")
    assert.deepStrictEqual(said, ["lake: 1 file sent (1.0 kB)\n"])
    yield* TestClock.adjust("5 seconds")
    assert.deepStrictEqual(said.slice(1), ["lake: 2 files sent (2.0 kB)\n"])
    yield* TestClock.adjust("30 seconds")
    assert.strictEqual(said.length, 2)
  }).pipe(Effect.provide(
    Lakes.store({ place: { _tag: "Folder", path: "/nowhere" }, server: nothing, environment: Environment.of({}) })
  )))
