/**
 * Rows of a list that count otherwise than one by one: those held and not listed any more which the vendor still answers by
 * their id, and those that its list shows more than once.
 */
import type { DatasetError } from "@trunkline/dataset"
import type { HeldError, Readable } from "@trunkline/dataset/DatasetReader"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Planning from "../Planning.js"
import type { Scope } from "../Source.js"
import * as Published from "./published.js"

const Apart = Schema.Struct({
  unlisted: Schema.Array(Schema.String),
  /** How often more than once a list shows a row. */
  repeated: Schema.Record({ key: Schema.String, value: Schema.Number })
})
export interface Apart extends Schema.Schema.Type<typeof Apart> {}

export const none: Apart = { unlisted: [], repeated: {} }

const Text = Schema.parseJson(Apart)
const factName = "rows apart"

type Identity = Pick<Scope, "source" | "scope">

const remembered = (
  { scope, source }: Identity
): Effect.Effect<Apart, DatasetError.LedgerError, Planning.Planning> =>
  Effect.gen(function*() {
    const { ledger } = yield* Planning.Planning
    const text = yield* ledger.fact(source, scope, factName)
    return Option.getOrElse(Option.flatMap(text, Schema.decodeOption(Text)), () => none)
  })

/** What was remembered, without rows that are gone since. */
export const known = (
  dataset: Readable,
  scope: Pick<Scope, "source" | "scope" | "list">
): Effect.Effect<Apart, HeldError, Planning.Planning> =>
  Effect.gen(function*() {
    const before = yield* remembered(scope)
    if (before.unlisted.length + Object.keys(before.repeated).length === 0) return none
    const asked = [...new Set([...before.unlisted, ...Object.keys(before.repeated)])]
    const ids = yield* dataset.heldAmong(Published.heldList(scope), asked)
    const visible = new Set(ids.flatMap(({ gone, id }) => gone ? [] : [id]))
    return {
      unlisted: before.unlisted.filter((id) => visible.has(id)),
      repeated: Object.fromEntries(Object.entries(before.repeated).filter(([key]) => visible.has(key)))
    }
  })

/** Remembers it, where it is another than before. */
export const remember = (
  scope: Identity,
  apart: Apart
): Effect.Effect<void, DatasetError.WriteError, Planning.Planning> =>
  Effect.gen(function*() {
    const { remember } = yield* Planning.Planning
    const [text, before] = [apart, yield* remembered(scope)].map((one) => Schema.encodeSync(Text)(one))
    if (text !== undefined && text !== before) yield* remember(scope, factName, text)
  })
