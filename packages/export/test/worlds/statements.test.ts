/**
 * A statement that is handed many keys finds each of them by itself. One that looks at all that there is, once for each batch, is
 * quick in every other test, and takes days for a million calls.
 */
import { assert, it } from "@effect/vitest"
import { Masking, Personal, tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import * as Ledger from "@trunkline/dataset/Ledger"
import { Disk } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import { tracer } from "../../../http/test/fixtures/spans.js"
import { folder, inStep } from "../fixtures/account.js"
import { rowsOf, run, unhurried } from "../fixtures/runs.js"

const world = Sandbox.layer({ ...unhurried, size: 300, allomiaCalls: 60, days: 40 })

/** Tables that grow with the history, and how a row of each is found. */
const found: Readonly<Record<string, string>> = {
  keys: "(shelf=? AND unit=?)",
  renumbered: "(shelf=? AND unit=?)",
  sightings: "(shelf=? AND unit=?)",
  pending: "(source=? AND scope=? AND id=?)",
  spellings: "(source=? AND key=?)"
}

/** Handed as JSON, or recorded for a change that is under way. */
const takesMany = /json_each|FROM intent_keys/

const Step = Schema.Struct({ detail: Schema.String })

/** The statements of all that is done, which spans tell. */
const recording = () => {
  const statements = new Set<string>()
  const recorder = tracer(() => ({
    attribute: (key, value) => {
      if (key === "db.query.text" && typeof value === "string") statements.add(value)
    }
  }))
  return { statements, recorder }
}

it.scopedLive("no statement looks at all keys to find some", () =>
  Effect.gen(function*() {
    const out = yield* folder
    const { recorder, statements } = recording()
    yield* Effect.gen(function*() {
      yield* run(out, { transcripts: true })
      yield* run(out, { transcripts: true, full: true })
      yield* run(out, { transcripts: true }, { mask: { numbers: true } })
      const [person] = yield* rowsOf(out, "calls", "source = 'allo' AND summary IS NOT NULL")
      yield* Effect.flatMap(Dataset, (dataset) =>
        Effect.flatMap(DateTime.now, (at) =>
          dataset.erase({ who: { contact: Redacted.make(String(person?.["contact_id"])) }, rows: true, at }))).pipe(
          Effect.provide(
            Dataset.layer({
              out,
              tables,
              people: Personal.declaration,
              masking: Masking.make
            }).pipe(Layer.provide(Disk.layer))
          ),
          inStep
        )
    }).pipe(Effect.withTracer(recorder))

    const ledger = yield* Ledger.openReader(join(out, "_trunkline/ledger.db"))
    const met = new Set<string>()
    const wrong: Array<string> = []
    for (
      const statement of [...statements].filter((text) =>
        takesMany.test(text)
      )
    ) {
      const parameters = Array.from(statement.matchAll(/\?/g), () => "[]")
      for (const { detail } of yield* ledger.all(Step, `EXPLAIN QUERY PLAN ${statement}`, ...parameters)) {
        const [, table = ""] = /^(?:SCAN|SEARCH) (\w+)/.exec(detail) ?? []
        const how = found[table]
        if (how === undefined) continue
        met.add(table)
        if (!detail.includes(how)) wrong.push(`${detail}: ${statement.replaceAll(/\s+/g, " ")}`)
      }
    }
    assert.deepStrictEqual(wrong, [])
    assert.sameMembers([...met], Object.keys(found))
  }).pipe(Effect.provide(world)), 120_000)
