/** What is printed for people and for programs holds nothing that controls a terminal. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import { Output, printJson, printLines } from "../src/terminal/Output.js"

const printed = (print: Effect.Effect<void, never, Output>) =>
  Effect.gen(function*() {
    const text = yield* Ref.make("")
    const add = (more: string) => Ref.update(text, (before) => before + more)
    yield* Effect.provideService(print, Output, {
      terminal: true,
      columns: 80,
      write: add,
      print: add,
      lost: Effect.succeed(null)
    })
    return yield* Ref.get(text)
  })

const hostile = "cll-\u001b]0;owned\u0007\u009b2J\u202e"

it.effect("a line for people shows what would control the terminal", () =>
  Effect.gen(function*() {
    assert.strictEqual(
      yield* printed(printLines([`missing here: ${hostile}`, "two\nlines"])),
      "missing here: cll-\\u001b]0;owned\\u0007\\u009b2J\\u202e\ntwo\\nlines\n"
    )
  }))

it.effect("a document keeps every value, and has no control in its text", () =>
  Effect.gen(function*() {
    const text = yield* printed(printJson({ ids: [hostile] }))
    assert.deepStrictEqual(JSON.parse(text), { ids: [hostile] })
    assert.notMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    assert.strictEqual(text.split("\n").length, 6)
  }))
