import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import * as Watched from "../src/command/watched.js"
import { Process } from "../src/Process.js"
import * as Screen from "../src/terminal/Screen.js"
import { folder } from "./commandline.js"

const account = (name: string) => `[accounts.${name}]\nsource = "allo"\nkey_env = "A_KEY"\n`

it.scoped("a configuration is read again when it changes, and the last good one stays where it cannot be used", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const file = join(here, "trunkline.toml")
    const write = (text: string) =>
      Effect.promise(async () => {
        await fs.writeFile(`${file}.new`, text)
        await fs.rename(`${file}.new`, file)
      })
    let said = ""
    const screen = Screen.make({
      write: (text) => {
        said += text
      }
    }, {})
    const process = { variables: {}, folder: here, screen, logFormat: "text" } as const
    const watch = Effect.provideService(Watched.configuration(Option.none()), Process, process)
    const none = yield* Effect.either(watch)
    assert.include(Either.isLeft(none) ? none.left.message : "", "--config")

    yield* write(account("a"))
    const configuration = yield* watch
    const names = Effect.map(configuration, ({ accounts }) => accounts.map(({ name }) => name))
    assert.deepStrictEqual([yield* names, said], [["a"], ""])
    yield* write(account("a") + account("b"))
    assert.deepStrictEqual(yield* names, ["a", "b"])
    yield* write(`${account("a")}at = ["2 o'clock"]\n`)
    assert.deepStrictEqual(yield* names, ["a", "b"])
    assert.match(said, /accounts\.a\.at: must be a list of 1 to 24 times.*\nThe configuration of before stays in use/)
    const length = said.length
    assert.deepStrictEqual([yield* names, said.length], [["a", "b"], length])
    yield* Effect.promise(() => fs.rm(file))
    assert.deepStrictEqual(yield* names, ["a", "b"])
    assert.include(said.slice(length), "there is no such file")
    yield* write(account("c"))
    assert.deepStrictEqual(yield* names, ["c"])
  }))
