/** A power cut while files of one publish are renamed, one after the other. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { dice } from "../../../../packages/export/test/fixtures/dice.js"
import { cutPower } from "../../src/rows/disk.js"

/** The n-th time that a name is in its new folder, and that folder is not synced. */
const renamed = (nth: number) => {
  let before = ""
  let seen = 0
  return (step: string) => {
    const found = step === "syncDirectory" && before === "rename"
    before = step
    return found && seen++ === nth
  }
}

it.live("a power cut that undoes a rename in one of its two folders takes no file away", () =>
  Effect.gen(function*() {
    const { cutBefore } = yield* cutPower
    let cuts = 0
    // It left the old one, and came nowhere.
    while (yield* cutBefore(renamed(cuts), dice(cuts), (path) => path.includes("publishing"))) cuts += 1
    assert.isAbove(cuts, 10)
  }).pipe(Effect.scoped), 300_000)
