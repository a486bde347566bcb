import { HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, it } from "@effect/vitest"
import { json, layer, noAnswer, Requests, type Script, text } from "@trunkline/http/testing"
import { Disk } from "@trunkline/parquet"
import { ConfigProvider, DateTime, Effect, Inspectable, Redacted, Ref, type Scope, TestClock } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Credentials from "../src/Credentials.js"
import type { NoCredentials } from "../src/LakeError.js"
import * as S3Store from "../src/S3Store.js"
import { scratch } from "./contract.js"

type Files = Readonly<Record<string, string>>

/** With these variables, and these files in a home of its own. */
const within =
  (variables: Readonly<Record<string, string>>, files: Files = {}) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function*() {
      const home = yield* scratch
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(home, name)), { recursive: true })
        writeFileSync(join(home, name), content)
      }
      const set = Object.entries({ HOME: home, ...variables }).map(([name, value]) =>
        [name, value.replaceAll("~", home)] as const
      )
      return yield* Effect.withConfigProvider(effect, ConfigProvider.fromMap(new Map(set)))
    })

const nobody: Script = () => noAnswer()

const shown = (keys: Credentials.Keys) =>
  [keys.accessKeyId, keys.secretAccessKey, keys.sessionToken].map((one) =>
    one === undefined ? undefined : Redacted.value(one)
  )

/** What is found at once. */
const found = (
  variables: Readonly<Record<string, string>>,
  files: Files = {},
  options: { readonly script?: Script; readonly profile?: string } = {}
): Effect.Effect<ReadonlyArray<string | undefined>, NoCredentials, Scope.Scope> =>
  Effect.flatMap(Effect.flatten(Credentials.chain({ profile: options.profile })), (keys) => Effect.succeed(shown(keys)))
    .pipe(
      within({ AWS_EC2_METADATA_DISABLED: "true", ...variables }, files),
      Effect.provide(layer(options.script ?? nobody))
    )

const both = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" }

const credentialsFile = `
# a comment
[default]
aws_access_key_id = default id
aws_secret_access_key=default=secret==
[ other ]
AWS_ACCESS_KEY_ID = other id
aws_secret_access_key = other secret
aws_session_token = other token
`
const configFile = `
[default]
region = eu-west-3
s3 =
    region = not this one
    endpoint_url = nor this
[profile other]
region = eu-north-1
endpoint_url = http://localhost:1234
[profile config only]
aws_access_key_id = config id
aws_secret_access_key = config secret
[profile process]
credential_process = printf '{"Version":1,"AccessKeyId":"process id","SecretAccessKey":"%s"}' 'process secret'
[profile broken]
credential_process = printf '{"SecretAccessKey":"leaked"}'
[profile failing]
credential_process = echo leaked; exit 3
[profile sso]
sso_session = company
`
const files = { ".aws/credentials": credentialsFile, ".aws/config": configFile }

it.scoped("keys are found where AWS's own programs find them, in their order", () =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* found(both, files), ["id", "secret", undefined])
    assert.deepStrictEqual(yield* found({ ...both, AWS_SESSION_TOKEN: "t" }, files), ["id", "secret", "t"])
    assert.deepStrictEqual(yield* found({ ...both, AWS_SESSION_TOKEN: "" }, files), ["id", "secret", undefined])
    const first = ["default id", "default=secret==", undefined]
    const other = ["other id", "other secret", "other token"]
    assert.deepStrictEqual(yield* found({}, files), first)
    assert.deepStrictEqual(yield* found({ AWS_ACCESS_KEY_ID: "", AWS_PROFILE: "" }, files), first)
    assert.deepStrictEqual(yield* found({ AWS_PROFILE: "other" }, files), other)
    assert.deepStrictEqual(yield* found({ ...both, AWS_PROFILE: "default" }, files, { profile: "other" }), other)
    assert.deepStrictEqual((yield* found({ AWS_PROFILE: "config only" }, files))[0], "config id")
    assert.deepStrictEqual(yield* found({ AWS_PROFILE: "process" }, files), ["process id", "process secret", undefined])
    const elsewhere = { AWS_SHARED_CREDENTIALS_FILE: "~/a", AWS_CONFIG_FILE: "~/b", AWS_PROFILE: "config only" }
    assert.deepStrictEqual((yield* found(elsewhere, { a: "", b: configFile }))[0], "config id")
    assert.deepStrictEqual(
      (yield* found({ ...elsewhere, AWS_PROFILE: "default" }, {
        a: `\uFEFF${credentialsFile.replaceAll("\n", "\r\n")}`,
        b: ""
      }))[0],
      "default id"
    )
  }))

it.scoped("without keys the error names where they were looked for, and why", () =>
  Effect.gen(function*() {
    const failure = (...options: Parameters<typeof found>) =>
      Effect.map(Effect.flip(found(...options)), ({ message }) => message)
    const nothing = yield* failure({})
    for (const place of ["AWS_ACCESS_KEY_ID", "profile files", "container", "metadata"]) assert.include(nothing, place)
    assert.include(yield* failure({ AWS_ACCESS_KEY_ID: "id" }, files), "AWS_SECRET_ACCESS_KEY is not set")
    assert.include(yield* failure({ AWS_SECRET_ACCESS_KEY: "hidden" }, files), "AWS_ACCESS_KEY_ID is not set")
    assert.include(yield* failure({ AWS_PROFILE: "none" }, files), "there is no profile none")
    assert.include(yield* failure({ AWS_PROFILE: "sso" }, files), "uses sso_session")
    for (const [profile, reason] of [["broken", "holds no keys"], ["failing", "the command failed"]]) {
      const error = yield* Effect.flip(found({ AWS_PROFILE: profile ?? "" }, files))
      assert.include(error.message, reason ?? "")
      assert.notInclude(Inspectable.format(error) + JSON.stringify(error), "leaked")
    }
  }))

const metadata: Script = ({ headers, method, path }) => {
  if (
    path === "/latest/api/token" && method === "PUT" && headers["x-aws-ec2-metadata-token-ttl-seconds"] !== undefined
  ) {
    return text("the token")
  }
  if (headers["x-aws-ec2-metadata-token"] !== "the token") return text("", { status: 401 })
  return path.endsWith("/security-credentials/")
    ? text("a role\n")
    : path.endsWith("/security-credentials/a%20role")
    ? json({ Code: "Success", AccessKeyId: "i", SecretAccessKey: "s", Token: "t", Expiration: "2026-01-01T06:00:00Z" })
    : text("", { status: 404 })
}

it.scoped("an instance is asked last, with a token of its service", () =>
  Effect.gen(function*() {
    const on = { AWS_EC2_METADATA_DISABLED: "false" }
    assert.deepStrictEqual(yield* found(on, {}, { script: metadata }), ["i", "s", "t"])
    assert.deepStrictEqual((yield* found(on, files, { script: metadata }))[0], "default id")
    const error = yield* Effect.flip(found({ AWS_EC2_METADATA_DISABLED: "TRUE" }, {}, { script: metadata }))
    assert.strictEqual(error._tag, "NoCredentials")
  }))

it.scoped("a container is asked with its token, and only in a place that can be trusted", () =>
  Effect.gen(function*() {
    const script: Script = ({ headers, path }) =>
      path === "/creds" && headers["authorization"] === "a token"
        ? json({ AccessKeyId: "c", SecretAccessKey: "s", Token: "t", Expiration: "2026-01-01T06:00:00Z" })
        : json({ message: "leaked" }, { status: 403 })
    const token = { AWS_CONTAINER_AUTHORIZATION_TOKEN: "a token" }
    assert.deepStrictEqual(
      yield* found({ ...token, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/creds" }, {}, { script }),
      ["c", "s", "t"]
    )
    for (const url of ["http://127.0.0.1/creds", "http://169.254.170.23/creds", "https://example.com/creds"]) {
      assert.deepStrictEqual(
        (yield* found({ ...token, AWS_CONTAINER_CREDENTIALS_FULL_URI: url }, {}, { script }))[0],
        "c"
      )
    }
    const file = { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "~/token", AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/creds" }
    assert.deepStrictEqual((yield* found(file, { token: "a token\n" }, { script }))[0], "c")
    const far = { ...token, AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://example.com/creds" }
    assert.include((yield* Effect.flip(found(far, {}, { script }))).message, "must be https")
    const refused = yield* Effect.flip(found({ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/creds" }, {}, { script }))
    assert.include(refused.message, "Credentials.container")
    assert.notInclude(Inspectable.format(refused), "leaked")
  }))

/** Answers with keys that work for an hour, as often as it is asked; `fails` tells when it does not. */
const hourly = (fails: () => boolean): Script => {
  let served = 0
  return () =>
    Effect.map(DateTime.now, (now) =>
      fails() ? text("", { status: 400 }) : json({
        AccessKeyId: `key ${++served}`,
        SecretAccessKey: "s",
        Expiration: DateTime.formatIso(DateTime.add(now, { hours: 1 }))
      }))
}

const container = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/creds" }

const refreshing = (
  fails: () => boolean,
  body: (provider: Credentials.Provider) => Effect.Effect<void, unknown, Requests | HttpClient.HttpClient>
) =>
  Effect.flatMap(Credentials.chain(), body).pipe(
    within(container),
    Effect.provide(layer(hourly(fails)))
  )

it.scoped("keys are asked for once, and replaced before they expire", () =>
  refreshing(() => false, (provider) =>
    Effect.gen(function*() {
      const name = Effect.map(provider, (keys) => shown(keys)[0])
      const names = yield* Effect.all([name, name, name, name], { concurrency: 4 })
      assert.deepStrictEqual(names, ["key 1", "key 1", "key 1", "key 1"])
      yield* TestClock.adjust("54 minutes")
      assert.strictEqual(yield* name, "key 1")
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* Effect.all([name, name], { concurrency: 2 }), ["key 2", "key 2"])
      assert.strictEqual((yield* Ref.get(yield* Requests)).length, 2)
    })))

it.scoped("keys that work are used while no others can be had, and not longer", () => {
  let fails = false
  return refreshing(() => fails, (provider) =>
    Effect.gen(function*() {
      const name = Effect.map(provider, (keys) => shown(keys)[0])
      assert.strictEqual(yield* name, "key 1")
      fails = true
      yield* TestClock.adjust("56 minutes")
      assert.strictEqual(yield* name, "key 1")
      assert.strictEqual(yield* name, "key 1")
      // It is asked once a minute, not before each request.
      assert.strictEqual((yield* Ref.get(yield* Requests)).length, 2)
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual((yield* Effect.flip(name))._tag, "NoCredentials")
      fails = false
      assert.strictEqual(yield* name, "key 2")
    }))
})

it.scoped("no secret shows when keys are inspected", () =>
  Effect.gen(function*() {
    const keys = yield* Effect.flatten(Credentials.chain())
    const text = Inspectable.format(keys) + JSON.stringify(keys)
    for (const secret of ["hidden id", "hidden secret", "hidden token"]) assert.notInclude(text, secret)
  }).pipe(
    within({
      AWS_ACCESS_KEY_ID: "hidden id",
      AWS_SECRET_ACCESS_KEY: "hidden secret",
      AWS_SESSION_TOKEN: "hidden token"
    }),
    Effect.provide(layer(nobody))
  ))

/** Where a store of this URL reads `key`, and the region that signs for it. */
const asked = (
  url: string,
  variables: Readonly<Record<string, string>> = {},
  options: Parameters<typeof S3Store.fromUrl>[1] = {}
) =>
  Effect.gen(function*() {
    let seen = ""
    const client = HttpClient.make((request, url) => {
      const region = /\/\d{8}\/([^/]+)\//.exec(request.headers["authorization"] ?? "")?.[1]
      seen = `${url.origin}${url.pathname} ${region}`
      return Effect.succeed(HttpClientResponse.fromWeb(request, new Response("", { status: 400 })))
    })
    yield* S3Store.fromUrl(url, options).pipe(
      Effect.flatMap((store) => Effect.either(store.read("key"))),
      Effect.provideService(HttpClient.HttpClient, client)
    )
    return seen
  }).pipe(within({ ...both, ...variables }, files), Effect.provide(Disk.layer))

it.scoped("a URL, the environment and the profile tell where a bucket is", () =>
  Effect.gen(function*() {
    const aws = (region: string) => `https://lake.s3.${region}.amazonaws.com`
    assert.strictEqual(yield* asked("s3://lake/a/b"), `${aws("eu-west-3")}/a/b/key eu-west-3`)
    assert.strictEqual(yield* asked("s3://lake/"), `${aws("eu-west-3")}/key eu-west-3`)
    assert.strictEqual(yield* asked("s3://my.lake"), "https://s3.eu-west-3.amazonaws.com/my.lake/key eu-west-3")
    const region = { AWS_DEFAULT_REGION: "ca-central-1" }
    assert.strictEqual(yield* asked("s3://lake", region), `${aws("ca-central-1")}/key ca-central-1`)
    assert.strictEqual(
      yield* asked("s3://lake", { ...region, AWS_REGION: "us-west-2" }),
      `${aws("us-west-2")}/key us-west-2`
    )
    assert.strictEqual(yield* asked("s3://lake", region, { region: "sa-east-1" }), `${aws("sa-east-1")}/key sa-east-1`)
    const other = { AWS_PROFILE: "other" }
    assert.strictEqual(yield* asked("s3://lake/p", other), "http://localhost:1234/lake/p/key eu-north-1")
    assert.strictEqual(
      yield* asked("s3://lake/p", {}, { profile: "other" }),
      "http://localhost:1234/lake/p/key eu-north-1"
    )
    const endpoint = { AWS_ENDPOINT_URL: "https://one.example/path/" }
    assert.strictEqual(
      yield* asked("s3://lake", { ...other, ...endpoint }),
      "https://one.example/path/lake/key eu-north-1"
    )
    const both = { ...endpoint, AWS_ENDPOINT_URL_S3: "https://two.example" }
    assert.strictEqual(yield* asked("s3://lake", both), "https://two.example/lake/key eu-west-3")
    assert.strictEqual(
      yield* asked("s3://lake", both, { addressing: "virtual" }),
      "https://lake.two.example/key eu-west-3"
    )
    const ignored = { ...other, ...both, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" }
    assert.strictEqual(yield* asked("s3://lake", ignored), `${aws("eu-north-1")}/key eu-north-1`)
    for (
      const wrong of ["lake", "s3://", "s3:///a", "s3://lake//a", "s3://lake/a?b", "gs://lake", "s3://lake/a/../b"]
    ) {
      assert.strictEqual((yield* Effect.flip(asked(wrong)))._op, "InvalidData", wrong)
    }
  }))
