/** Hides people in what the ledger keeps beside rows: keys of certificates, and texts in quarantine. In one moment: both are compared. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import type { LedgerError } from "../DatasetError.js"
import type { Hiding } from "../Hiding.js"
import type { Statements } from "../Ledger.js"
import * as Proof from "../Proof.js"
import * as KeptKeys from "./keptKeys.js"
import type { Opened } from "./opened.js"

const Refused = Schema.Struct({
  number: Schema.Number,
  source: Schema.String,
  // The driver ends text at its first NUL.
  key: Schema.StringFromHex,
  raw: Schema.StringFromHex
})

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

/** Changes texts, and returns the keys that are hashes of them: by source, what each was and is. */
const quarantine = (statements: Statements, hiding: Hiding) =>
  Effect.gen(function*() {
    const renamed = new Map<string, Map<string, string>>()
    const rows = yield* statements.all(
      Refused,
      "SELECT number, source, hex(key) AS key, hex(raw) AS raw FROM quarantine WHERE raw <> ''"
    )
    let changed = 0
    for (const { key, number, raw, source } of rows) {
      const text = hiding.text(source, raw)
      if (text === raw) continue
      changed += 1
      const hash = sha256(text)
      const isHash = /^[0-9a-f]{64}$/.test(key)
      if (isHash) {
        const names = renamed.get(source) ?? new Map<string, string>()
        renamed.set(source, names.set(key, hash))
      }
      yield* statements.run(
        "UPDATE quarantine SET raw = ?, sha256 = ?, key = CASE WHEN ? THEN ? ELSE key END WHERE number = ?",
        text,
        hash,
        isHash ? 1 : 0,
        hash,
        number
      )
    }
    return { changed, renamed }
  })

const Window = Schema.Struct({ id: Schema.Number, source: Schema.String, keys: Schema.String })

const some = <A>(before: ReadonlyArray<A>, after: ReadonlyArray<A>): boolean =>
  after.some((one, place) => one !== before[place])

/** Returns how many texts in quarantine were changed. Certificates whose keys changed are counted anew, and published later. */
export const rekey = (opened: Opened, hiding: Hiding): Effect.Effect<number, LedgerError> =>
  opened.ledger.transaction("state commit", (statements) =>
    Effect.gen(function*() {
      const { changed, renamed } = yield* quarantine(statements, hiding)
      const windows = yield* statements.all(
        Window,
        `SELECT id, source, hex(keys) AS keys FROM windows JOIN window_keys ON "window" = id
          WHERE keys IS NOT NULL AND verdict = 'certified'`
      )
      const tables = [...opened.tables.values()]
      for (const { id, keys: text, source } of windows) {
        const keys = Option.getOrNull(KeptKeys.read(text))
        if (keys === null) continue
        const names = renamed.get(source)
        const rows = keys.rows.map((key) => hiding.key(source, tables, key))
        const refused = keys.refused.map((key) => names?.get(key) ?? key)
        if (!some(keys.rows, rows) && !some(keys.refused, refused)) continue
        // Two spellings of one number are one key.
        const after: Proof.Keys = { rows: [...new Set(rows)].toSorted(), refused: refused.toSorted() }
        const { distinctKeys, keysSha256 } = Proof.count(after)
        yield* KeptKeys.change(statements, id, after)
        yield* statements.run(
          "UPDATE windows SET distinct_keys = ?, keys_sha256 = ?, revision = revision + 1 WHERE id = ?",
          distinctKeys,
          keysSha256,
          id
        )
      }
      return changed
    }))
