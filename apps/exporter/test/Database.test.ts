import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import * as Database from "../src/Database.js"
import { environment, of } from "../src/Environment.js"
import { scrub } from "../src/terminal/secrets.js"
import { folder } from "./commandline.js"

const url = (flag: string | null, variables: Readonly<Record<string, string>> = {}) =>
  Effect.map(Database.url(Option.fromNullable(flag), of(variables)), Redacted.value)

it.scoped("the URL comes from the flag, a variable or a file, and the password from where no process list shows it", () =>
  Effect.gen(function*() {
    const secret = "open/sesame+17"
    assert.strictEqual(yield* url("postgres://a@db/fleet"), "postgres://a@db/fleet")
    const known = { TRUNKLINE_DATABASE: "postgresql://a@db/other", PGPASSWORD: secret }
    assert.strictEqual(yield* url(null, known), "postgresql://a:open%2Fsesame+17@db/other")
    assert.strictEqual(yield* url("postgres://a@db/fleet", known), "postgres://a:open%2Fsesame+17@db/fleet")
    assert.strictEqual(scrub(`as ${secret} and open%2Fsesame+17`), "as <redacted> and <redacted>")

    const file = join(yield* folder, "url")
    yield* Effect.promise(() => fs.writeFile(file, "postgres://a:in-a-file@db/fleet\n"))
    assert.strictEqual(yield* url(null, { TRUNKLINE_DATABASE_FILE: file }), "postgres://a:in-a-file@db/fleet")
    assert.strictEqual(scrub("in-a-file"), "<redacted>")
  }))

it.effect("what cannot be used is refused by its name, and never repeated", () =>
  Effect.gen(function*() {
    const refusals: ReadonlyArray<readonly [name: string, flag: string | null, variables: Record<string, string>]> = [
      ["--database", null, {}],
      ["--database", "mysql://secret@db/fleet", {}],
      ["--database", "postgres://secret@db", {}],
      ["--database", "secret", {}],
      ["--database", "postgres://a:secret@db/fleet", {}],
      ["--database", "postgres://a@db/fleet?password=secret", {}],
      ["TRUNKLINE_DATABASE", null, { TRUNKLINE_DATABASE: "secret" }],
      ["TRUNKLINE_DATABASE", null, {
        TRUNKLINE_DATABASE: "postgres://secret@db/a",
        TRUNKLINE_DATABASE_FILE: "/secret"
      }],
      ["TRUNKLINE_DATABASE_FILE", null, { TRUNKLINE_DATABASE_FILE: "/secret/nowhere" }]
    ]
    for (const [name, flag, variables] of refusals) {
      const error = yield* Effect.flip(url(flag, variables))
      assert.match(error.message, new RegExp(`^${name}: `))
      assert.notInclude(error.message, "secret")
    }
  }))

it.scoped("a password of the environment goes to no other machine that a .env names", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const asked = (text: string, variables: Readonly<Record<string, string>>) =>
      Effect.gen(function*() {
        yield* Effect.promise(() => fs.writeFile(join(here, ".env"), text))
        return Redacted.value(yield* Database.url(Option.none(), yield* environment(variables, here)))
      })
    const foreign = "TRUNKLINE_DATABASE=postgres://a@db.example.com/fleet\n"
    const error = yield* Effect.flip(asked(foreign, { PGPASSWORD: "sesame-1" }))
    assert.include(error.message, "set both in the same place")
    assert.strictEqual(
      yield* asked("TRUNKLINE_DATABASE=postgres://a@localhost/fleet\n", { PGPASSWORD: "sesame-1" }),
      "postgres://a:sesame-1@localhost/fleet"
    )
    assert.strictEqual(
      yield* asked(`${foreign}PGPASSWORD=sesame-2\n`, {}),
      "postgres://a:sesame-2@db.example.com/fleet"
    )
  }))
