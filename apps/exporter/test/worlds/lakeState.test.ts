/** The lake by the command: push, restore, an export that goes on from it, and what verify and doctor say of it. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { documentOf, folder, installed, type Options, quick, reached, trunkline } from "../commandline.js"

const command = installed()

const json = (words: ReadonlyArray<string>, options: Options) => documentOf(command(), words, options)

const exported = (options: Options, words: ReadonlyArray<string> = []) =>
  json(["export", "--source", "allo", ...words], options)

it.scopedLive("a machine with an empty folder goes on where the last one ended, and the last one is told", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const { env } = yield* reached
    const on = { env, cwd: here }
    const first = yield* exported(on, ["--out", "one", "--state", "lake"])
    assert.strictEqual(first.exitCode, 0, JSON.stringify(first.problems))
    assert.hasAllKeys(first.lake, ["to", "number", "changed", "files", "packed", "tables", "removed"])
    assert.deepInclude(first.lake, { to: join(here, "lake"), number: 1, changed: true })
    // Without a lake the field is there, and null.
    assert.isNull((yield* exported(on, ["--out", "alone"])).lake)

    const second = yield* exported(on, ["--out", "two", "--state", "lake"])
    assert.strictEqual(second.exitCode, 0, JSON.stringify(second.problems))
    assert.deepStrictEqual([second.new, second.lake.number], [0, 2])
    assert.deepStrictEqual(second.rows, first.rows)

    // The first machine comes back. It is told before it reads anything.
    const late = yield* exported(on, ["--out", "one", "--state", "lake"])
    assert.deepStrictEqual([late.exitCode, late.status, late.lake, late.requests.total], [6, "failed", null, 0])
    assert.strictEqual(late.problems[0].tag, "PushOvertaken")
    assert.include(late.problems[0].message, "at push 2, of another folder")
    const pushed = yield* json(["push", "--out", "one", "--to", "lake"], on)
    assert.deepStrictEqual([pushed.exitCode, pushed.problems[0].tag], [6, "PushOvertaken"])
    const doctor = yield* json(["doctor", "--out", "one", "--from", "lake"], on)
    assert.strictEqual(doctor.exitCode, 6)
    assert.include(doctor.problems[0].message, "lake folder: ")
  }).pipe(Effect.provide(quick)))

it.scopedLive("a place that cannot or may not be used is refused with 2 before anything is read or sent", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const elsewhere = yield* folder
    const { env } = yield* reached
    const on = { env: { ...env, AWS_EC2_METADATA_DISABLED: "true" }, cwd: here }
    const refused = (words: ReadonlyArray<string>, options: Options, reason: string) =>
      Effect.gen(function*() {
        const { code, stderr, stdout } = yield* trunkline(command(), words, options)
        assert.deepStrictEqual({ code, stdout }, { code: 2, stdout: "" }, words.join(" "))
        assert.include(stderr, reason)
      })
    yield* refused(["push"], on, "--to: is missing")
    yield* refused(["verify", "--lake"], on, "--from: is missing")
    yield* refused(["push", "--to", "lake", "--retention", "a week"], on, "--retention: must be a number")
    const http = { ...on, env: { ...on.env, AWS_ENDPOINT_URL: "http://192.0.2.1:9000" } }
    for (const [name, flag] of [["export", "--state"], ["push", "--to"], ["restore", "--from"]] as const) {
      yield* refused(
        [name, "--out", "data", flag, "data/lake"],
        on,
        `${flag}: a lake and a dataset may not lie in each other`
      )
      yield* refused([name, flag, "s3://lake/a"], http, "http://192.0.2.1:9000 is plain http")
    }

    // A configuration that was merely found sends no calls to a bucket, and needs no name for a folder.
    const file = join(here, "trunkline.toml")
    const write = (lake: string) =>
      Effect.promise(() =>
        fs.writeFile(
          file,
          `[lake]\n${lake}\n[accounts.paris]\nsource = "allo"\nkey_env = "ALLO_API_KEY"\nbase_url = "${env.ALLO_BASE_URL}"\n`
        )
      )
    yield* write("to = \"s3://lake/a\"\nendpoint = \"http://192.0.2.1:9000\"")
    yield* refused(["export"], on, "trunkline.toml:3: lake.endpoint: leads to another host")
    yield* refused(["export", "--config", file], on, "is plain http")
    yield* write("to = \"s3://lake/a\"\nendpoint = \"http://127.0.0.1:1\"")
    yield* refused(["export"], on, `trunkline.toml: lake.to: names a bucket, and nobody named this file`)
    yield* refused(["push"], on, "lake.to: names a bucket")
    yield* write(`to = "${join(elsewhere, "lake")}"`)
    const well = yield* json(["export"], on)
    assert.strictEqual(well.accounts[0].lake.to, join(elsewhere, "lake"))
    assert.notInclude(yield* Effect.promise(() => fs.readdir(here)), "lake")
  }).pipe(Effect.provide(quick)))
