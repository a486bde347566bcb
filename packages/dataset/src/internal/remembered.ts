/** What was chosen for a dataset once, and holds for every later run. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { LedgerError } from "../DatasetError.js"
import type { Statements } from "../Ledger.js"
import * as OwnTables from "../OwnTables.js"

const Value = Schema.Struct({ value: Schema.String })

/** Null where nothing was chosen. */
export const get = (statements: Pick<Statements, "all">, name: string): Effect.Effect<string | null, LedgerError> =>
  Effect.map(
    statements.all(
      Value,
      "SELECT value FROM facts WHERE source = ? AND scope = '' AND name = ?",
      OwnTables.source,
      name
    ),
    ([found]) => found?.value ?? null
  )

export const set = (statements: Statements, name: string, value: string): Effect.Effect<void, LedgerError> =>
  statements.run("INSERT OR REPLACE INTO facts VALUES (?, '', ?, ?)", OwnTables.source, name, value)

/** Names with their values. */
export const setSome = (
  statements: Statements,
  entries: ReadonlyArray<readonly [name: string, value: string]>
): Effect.Effect<void, LedgerError> =>
  entries.length === 0 ? Effect.void : statements.run(
    "INSERT OR REPLACE INTO facts SELECT ?, '', value ->> 0, value ->> 1 FROM json_each(?)",
    OwnTables.source,
    JSON.stringify(entries)
  )

export const forget = (statements: Statements, name: string): Effect.Effect<void, LedgerError> =>
  statements.run("DELETE FROM facts WHERE source = ? AND scope = '' AND name = ?", OwnTables.source, name)

const Named = Schema.Struct({ name: Schema.String, value: Schema.String })

/** Those of these names that are known. */
export const some = (
  statements: Pick<Statements, "all">,
  names: ReadonlyArray<string>
): Effect.Effect<ReadonlyMap<string, string>, LedgerError> =>
  Effect.map(
    statements.all(
      Named,
      "SELECT name, value FROM facts WHERE source = ? AND scope = '' AND name IN (SELECT value FROM json_each(?))",
      OwnTables.source,
      JSON.stringify(names)
    ),
    (found) => new Map(found.map(({ name, value }) => [name, value]))
  )

/** Those whose names begin so. */
export const all = (
  statements: Pick<Statements, "all">,
  prefix: string
): Effect.Effect<ReadonlyArray<typeof Named.Type>, LedgerError> =>
  statements.all(
    Named,
    "SELECT name, value FROM facts WHERE source = ? AND scope = '' AND substr(name, 1, ?) = ? ORDER BY name",
    OwnTables.source,
    prefix.length,
    prefix
  )
