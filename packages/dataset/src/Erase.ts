/**
 * Takes a person out of a dataset, and remembers a keyed hash of them, so that no later reading brings them back.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { randomUUID } from "node:crypto"
import type { Damaged, LedgerError, MaskError, QueryError } from "./DatasetError.js"
import type * as Finding from "./Finding.js"
import * as Erased from "./internal/erased.js"
import * as ErasedList from "./internal/erasedList.js"
import * as Erasing from "./internal/erasing.js"
import type { Opened } from "./internal/opened.js"
import * as Remasking from "./internal/remasking.js"

/**
 * Who: by a phone number with its country, in any spelling, or by the id of a contact.
 *
 * @since 0.1.0
 * @category models
 */
export type Who =
  | { readonly number: Redacted.Redacted }
  | { readonly contact: Redacted.Redacted }

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly who: Who
  /** Whether calls leave as well; otherwise a call stays as a bare fact. */
  readonly rows: boolean
  readonly at: DateTime.Utc
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Report {
  /** Whether the person was erased before: then this looked for what is left. */
  readonly known: boolean
  /** Rows by table that stay without the person, and rows that left. */
  readonly changed: Readonly<Record<string, number>>
  readonly left: Readonly<Record<string, number>>
  /** Texts in quarantine of which nothing but an id is left. */
  readonly quarantined: number
  /** What was removed whole: files that a repair set aside, and ledgers that a migration kept. */
  readonly removed: number
  /** Files that cannot be read, or that were not published: the person may be in them. The next start looks at them again. */
  readonly damaged: ReadonlyArray<Finding.Finding>
  /** Whether all that could be read was rewritten, and nothing else keeps old pages of the ledger. */
  readonly done: boolean
}

type Failure = Damaged | LedgerError | QueryError | MaskError

/** Hashes of every way to spell who it is; none of what is no number. */
const spelled = (opened: Opened, who: Who): ReadonlyArray<Erased.Spelled> => {
  if ("contact" in who) {
    const text = opened.people?.contactKey(Redacted.value(who.contact)) ?? ""
    return text === "" ? [] : [{ kind: "contact", text }]
  }
  const found = opened.people?.spellings(Redacted.value(who.number)) ?? []
  return found.map((text) => ({ kind: "number", text }))
}

const Person = Schema.Struct({ person: Schema.String })

/** Those who are remembered by one of these. */
const remembered = (opened: Opened, memory: Pick<Erased.Memory, "hash">, all: ReadonlyArray<Erased.Spelled>) =>
  Effect.map(
    opened.ledger.all(
      Person,
      "SELECT DISTINCT person FROM erased WHERE hash IN (SELECT value FROM json_each(?))",
      JSON.stringify(all.map(({ kind, text }) => memory.hash(kind, text)))
    ),
    (found) => found.map(({ person }) => person)
  )

/**
 * From the commit of its intent on the person is out: what is left to do then, the next start does. None where it is no number.
 *
 * @internal
 */
export const erase = (opened: Opened, { at, rows, who }: Options): Effect.Effect<Report | null, Failure> =>
  Effect.gen(function*() {
    const asked = spelled(opened, who)
    if (asked.length === 0) return null
    // A key without the list of people says that the list was lost.
    yield* ErasedList.write(opened, opened.ledger)
    const hash = yield* Erased.makeKey(opened)
    yield* Erased.load(opened.out, opened.ledger)
    const masking = yield* Remasking.maskingOf(opened)
    const numbers = "contact" in who ? yield* Erasing.numbersOf(opened, asked[0]?.text ?? "") : []
    const all: ReadonlyArray<Erased.Spelled> = [
      ...asked,
      ...numbers.flatMap((number) => opened.people?.spellings(number) ?? []).map((text) =>
        ({ kind: "number", text }) as const
      ),
      // In a masked dataset a token stands where the number stood.
      ...masking === null ?
        [] :
        [...numbers, ..."number" in who ? [Redacted.value(who.number)] : []].map((number) =>
          ({ kind: "contact", text: masking.number(number) }) as const
        )
    ]
    const [known] = yield* remembered(opened, { hash }, asked)
    const person = known ?? randomUUID()
    yield* opened.ledger.transaction("intent commit", (statements) =>
      Effect.gen(function*() {
        yield* statements.run(
          `INSERT INTO erasures (person, begun_at, done_at, with_rows, check_hash) VALUES (?, ?, NULL, ?, ?)
            ON CONFLICT (person) DO UPDATE SET done_at = NULL, with_rows = max(with_rows, excluded.with_rows)`,
          person,
          at.epochMillis,
          rows ? 1 : 0,
          Erased.checkOf({ hash })
        )
        yield* statements.run(
          "INSERT OR IGNORE INTO erased SELECT value ->> 0, value ->> 1, value ->> 2, ? FROM json_each(?)",
          person,
          JSON.stringify(all.map(({ kind, text }) => [hash(kind, text), kind, text.length]))
        )
        yield* ErasedList.write(opened, statements)
      }))
    return { ...(yield* Erasing.finish(opened)), known: known !== undefined }
  })

/**
 * The person is known no longer: the next run reads again what was left out. False where nobody is remembered so.
 *
 * @internal
 */
export const forget = (
  opened: Opened,
  who: Who,
  options: Erasing.ForgetOptions
): Effect.Effect<boolean, Failure> =>
  Effect.gen(function*() {
    const memory = yield* Erased.load(opened.out, opened.ledger)
    if (memory === null) return false
    const people = yield* remembered(opened, memory, spelled(opened, who))
    if (people.length === 0) return false
    yield* Erasing.forget(opened, memory, new Set(people), options)
    return true
  })
