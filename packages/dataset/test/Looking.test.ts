/** Looks at a dataset beside a writer. */
import { assert, it } from "@effect/vitest"
import { Ledger } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import * as Looking from "../src/internal/looking.js"
import { folder } from "./support.js"
import { landing, within } from "./tables.js"

const ledgerIn = (out: string) => join(out, "_trunkline/ledger.db")

/** A look that fails so often, while a writer may change the ledger under each. */
const looksOf = ({ fails, writes }: { readonly fails: number; readonly writes: boolean }) =>
  Effect.gen(function*() {
    const out = yield* folder
    yield* within(out, (dataset) => dataset.land(landing([])))
    const ledger = yield* Ledger.openReader(ledgerIn(out))
    const change = Effect.scoped(
      Effect.flatMap(Ledger.open(ledgerIn(out)), (writer) => writer.run("UPDATE windows SET read_at = read_at + 1"))
    )
    let looks = 0
    const found = yield* Effect.either(Looking.at({ ledger, out }, {
      look: Effect.gen(function*() {
        looks += 1
        if (writes) yield* change
        return looks <= fails ? yield* Effect.fail("a file went away") : looks
      }),
      isSound: () => true,
      without: (found) => found
    }))
    return { found: found._tag, looks }
  })

it.scopedLive("a look that fails while a writer is at work is made anew", () =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* looksOf({ fails: 10, writes: true }), { found: "Right", looks: 11 })
  }))

it.scopedLive("a look that fails without a writer at work has failed", () =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* looksOf({ fails: 10, writes: false }), { found: "Left", looks: 1 })
  }))
