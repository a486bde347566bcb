import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { environment, of, originOf } from "../src/Environment.js"
import * as Settings from "../src/Settings.js"
import { folder } from "./commandline.js"

const allo = (variables: Readonly<Record<string, string>>) => Settings.allo(of(variables), { http: false })
const allomia = (variables: Readonly<Record<string, string>>) => Settings.allomia(of(variables), { http: false })

const write = (path: string, text: string) => Effect.promise(() => fs.writeFile(path, text))

it.scoped("variables of the process win over .env, and one that is empty is not set", () =>
  Effect.gen(function*() {
    const here = yield* folder
    yield* write(
      join(here, ".env"),
      "ALLO_API_KEY=from-the-file # a comment\nALLOMIA_API_KEY='quoted key'\nexport TRUNKLINE_OUT=./calls\n"
    )
    const known = yield* environment({ ALLO_API_KEY: "from-the-process", TRUNKLINE_OUT: "" }, here)
    assert.strictEqual(known.values["ALLO_API_KEY"], "from-the-process")
    assert.strictEqual(known.values["ALLOMIA_API_KEY"], "quoted key")
    assert.strictEqual(originOf(known, "ALLO_API_KEY"), "environment")
    assert.strictEqual(originOf(known, "ALLOMIA_API_KEY"), ".env")
    assert.strictEqual(originOf(known, "TRUNKLINE_OUT"), ".env")
    assert.isNull(originOf(known, "ALLO_BASE_URL"))
    assert.strictEqual(Settings.out(known), "./calls")
    assert.strictEqual(Settings.out(of({})), "./data")
  }))

it.scoped("a key comes from the file a variable names, without the newlines at its end", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const path = join(here, "key")
    yield* write(path, "ak_live_from_file\r\n\n")
    const found = yield* allo({ ALLO_API_KEY_FILE: path })
    assert.strictEqual(found === null ? null : Redacted.value(found.apiKey), "ak_live_from_file")
    assert.notInclude(`${JSON.stringify(found)} ${String(found?.apiKey)}`, "ak_live")

    const both = yield* Effect.flip(allo({ ALLO_API_KEY_FILE: path, ALLO_API_KEY: "ak_live_other" }))
    assert.strictEqual(both.message, "ALLO_API_KEY: is set, and ALLO_API_KEY_FILE as well. Keep one of them")
  }))

it.effect("what cannot be used is refused by its name, and never repeated", () =>
  Effect.gen(function*() {
    const key = "secret with spaces"
    const refusals: ReadonlyArray<readonly [name: string, variables: Record<string, string>]> = [
      ["ALLO_API_KEY", { ALLO_API_KEY: key }],
      ["ALLO_API_KEY_FILE", { ALLO_API_KEY_FILE: "/secret/nowhere" }],
      ["ALLO_BASE_URL", { ALLO_API_KEY: "key123", ALLO_BASE_URL: "secret" }],
      ["ALLO_BASE_URL", { ALLO_API_KEY: "key123", ALLO_BASE_URL: "https://user:secret@host" }],
      ["ALLO_READS_PER_SECOND", { ALLO_API_KEY: "key123", ALLO_READS_PER_SECOND: "secret" }],
      ["ALLO_READS_PER_SECOND", { ALLO_API_KEY: "key123", ALLO_READS_PER_SECOND: "0" }],
      ["ALLO_WRITES_PER_SECOND", { ALLO_API_KEY: "key123", ALLO_WRITES_PER_SECOND: "1001" }],
      ["ALLO_WRITES_PER_SECOND", { ALLO_API_KEY: "key123", ALLO_WRITES_PER_SECOND: "0x10" }]
    ]
    for (const [name, variables] of refusals) {
      const error = yield* Effect.flip(allo(variables))
      assert.strictEqual(error.name, name)
      assert.notInclude(error.message, "secret")
      assert.notInclude(error.message, "\n")
    }
    const wrong = yield* Effect.flip(
      allomia({ ALLOMIA_API_KEY: "key123", ALLOMIA_ORGANIZATION_IDS: "a b, ," })
    )
    assert.strictEqual(wrong.name, "ALLOMIA_ORGANIZATION_IDS")
  }))

it.effect("without a key there is no source, and with one the vendors' own hosts are asked", () =>
  Effect.gen(function*() {
    assert.isNull(yield* allo({}))
    assert.isNull(yield* allomia({ ALLOMIA_BASE_URL: "https://example.com" }))
    assert.strictEqual((yield* allo({ ALLO_API_KEY: "key123" }))?.baseUrl, "https://api.withallo.com")
    const found = yield* allomia({ ALLOMIA_API_KEY: "key123", ALLOMIA_ORGANIZATION_IDS: " a, b,,a" })
    assert.strictEqual(found?.baseUrl, "https://allomia.com/api")
    assert.deepStrictEqual(found?.organizationIds, ["a", "b"])
  }))

it.scoped("a .env that cannot be read is named", () =>
  Effect.gen(function*() {
    const here = yield* folder
    // A link to itself, for whoever runs the tests as root may read everything else.
    yield* Effect.promise(() => fs.symlink(".env", join(here, ".env")))
    const error = yield* Effect.flip(environment({}, here))
    assert.strictEqual(error.message, ".env: cannot be read (ELOOP). Mend it, or move it away")
  }))

it.scoped("a folder named .env, as Python's environments are, is none of ours", () =>
  Effect.gen(function*() {
    const here = yield* folder
    yield* Effect.promise(() => fs.mkdir(join(here, ".env")))
    assert.deepStrictEqual((yield* environment({ TRUNKLINE_OUT: "x" }, here)).values, { TRUNKLINE_OUT: "x" })
  }))

it.scoped("a mark at the start of .env, as editors on Windows leave it, hides no variable", () =>
  Effect.gen(function*() {
    const here = yield* folder
    yield* Effect.promise(() => fs.writeFile(join(here, ".env"), "\uFEFFALLO_API_KEY=key123\r\nTRUNKLINE_OUT=x\r\n"))
    assert.deepStrictEqual((yield* environment({}, here)).values, { ALLO_API_KEY: "key123", TRUNKLINE_OUT: "x" })
  }))
