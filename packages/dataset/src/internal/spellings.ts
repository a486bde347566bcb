/** How ids were last received, where that is not how their keys are written: requests by id send what was received. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { LedgerError } from "../DatasetError.js"
import type { Statements } from "../Ledger.js"

/** A key, and the id that was received for it. */
export type Received = readonly [key: string, id: string]

const Count = Schema.Struct({ count: Schema.Number })

/** What was received before is forgotten. Most sources have one spelling, and then there is nothing to forget. */
export const remember = (
  statements: Statements,
  source: string,
  received: ReadonlyArray<Received>
): Effect.Effect<void, LedgerError> =>
  Effect.gen(function*() {
    if (received.length === 0) return
    const last = [...new Map(received)]
    const [known] = yield* statements.all(
      Count,
      "SELECT EXISTS (SELECT 1 FROM spellings WHERE source = ?) AS count",
      source
    )
    if (known?.count === 1) {
      yield* statements.run(
        "DELETE FROM spellings WHERE source = ? AND key IN (SELECT value FROM json_each(?))",
        source,
        JSON.stringify(last.map(([key]) => key))
      )
    }
    const others = last.filter(([key, id]) => key !== id)
    if (others.length === 0) return
    yield* statements.run(
      "INSERT INTO spellings SELECT ?, value ->> 0, value ->> 1 FROM json_each(?)",
      source,
      JSON.stringify(others)
    )
  })

const Spelled = Schema.Struct({ key: Schema.String, id: Schema.String })

/** These keys as ids, in their order. */
export const of = (
  statements: Pick<Statements, "all">,
  source: string,
  keys: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>, LedgerError> =>
  Effect.gen(function*() {
    const found = yield* statements.all(
      Spelled,
      "SELECT key, id FROM spellings WHERE source = ? AND key IN (SELECT value FROM json_each(?))",
      source,
      JSON.stringify(keys)
    )
    const ids = new Map(found.map(({ id, key }) => [key, id]))
    return keys.map((key) => ids.get(key) ?? key)
  })
