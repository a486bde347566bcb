/** What a worker refuses before it begins, and what a night of it refuses by itself. */
import { assert, it } from "@effect/vitest"
import { System } from "@trunkline/dataset/System"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import * as Night from "../src/command/night.js"
import { type Flags, run } from "../src/command/worker.js"
import * as Configuration from "../src/configuration/Configuration.js"
import { Process } from "../src/Process.js"
import { Signals } from "../src/Signals.js"
import { Output } from "../src/terminal/Output.js"
import * as Screen from "../src/terminal/Screen.js"
import { folder } from "./commandline.js"

const flags: Flags = {
  json: false,
  logFormat: Option.none(),
  allowHttp: false,
  state: Option.none(),
  database: Option.some("postgres://a@localhost/fleet"),
  config: Option.none(),
  nights: Option.none(),
  scratch: Option.none()
}

const account = "[accounts.paris]\nsource = \"allo\"\nkey_env = \"PARIS_KEY\"\n"

/** A folder with a configuration, and what was said on stderr. */
const here = (text: string) =>
  Effect.gen(function*() {
    const path = yield* folder
    yield* Effect.promise(() => fs.writeFile(join(path, "trunkline.toml"), text))
    const said: Array<string> = []
    const screen = Screen.make({ write: (text) => said.push(text) }, {})
    const process = { variables: { PARIS_KEY: "ak_live_secret" }, folder: path, screen, logFormat: "text" } as const
    return { path, said, process }
  })

it.scoped("is refused without accounts, without a lake, with a number that is none, and on Windows", () =>
  Effect.gen(function*() {
    const { process } = yield* here(account)
    const refused = (asked: Partial<Flags>, on = process) =>
      run({ ...flags, ...asked }).pipe(
        Effect.flip,
        Effect.map((error) => "message" in error ? error.message : ""),
        Effect.provideService(Process, on),
        Effect.provideService(Signals, { onFirst: () => Effect.void }),
        Effect.provide(Output.layer(globalThis.process.stdout)),
        Effect.scoped
      )
    assert.match(yield* refused({}), /^--state: is missing, and no configuration names a lake/)
    assert.match(yield* refused({ nights: Option.some("17") }), /^--nights: /)
    assert.match(yield* refused({ database: Option.none() }), /^--database: is missing/)
    assert.match(yield* refused({}, { ...process, folder: yield* folder }), /^--config: is missing/)
    // The lake may not lie in what is removed.
    assert.match(
      yield* refused({ state: Option.some("scratch/lake"), scratch: Option.some("scratch") }),
      /^--state: a lake and a dataset may not lie in each other/
    )
    assert.match(yield* refused({}).pipe(Effect.provideService(System, "win32")), /Windows/)
  }))

it.scoped("a night of an account that this worker does not know, or that would lose its key, is tried again", () =>
  Effect.gen(function*() {
    const { path, process, said } = yield* here(`[lake]\nto = "lake"\n${account}mask = "numbers"\n`)
    const configuration = Configuration.load(join(path, "trunkline.toml"), { named: true }).pipe(Effect.orDie)
    const night = yield* Night.make({ flags, scratch: path, configuration }).pipe(
      Effect.provideService(Process, process)
    )
    const ended = (account: string) =>
      night({
        account,
        due: DateTime.unsafeMake(0),
        attempt: 1,
        leave: { requested: Effect.succeed(false), wait: Effect.never }
      })
    const masked = yield* ended("paris")
    assert.deepInclude(masked, { end: "again", exitCode: 2 })
    assert.match(masked.says ?? "", /^InvalidSetting: accounts\.paris\.mask: .*mask_key_file/)
    const unknown = yield* ended("geneva")
    assert.deepInclude(unknown, { end: "again", exitCode: 2 })
    assert.include(unknown.says, "has no account geneva")
    assert.notInclude(said.join(""), "ak_live_secret")
    // Nothing of a night stays.
    assert.deepStrictEqual(yield* Effect.promise(() => fs.readdir(path)), ["trunkline.toml"])
  }))
