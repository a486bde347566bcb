/** What a dataset must look like after each phase, and whether another one does. */
import type { Session } from "@trunkline/dataset"
import type { Writable } from "@trunkline/dataset/Dataset"
import * as Effect from "effect/Effect"
import assert from "node:assert/strict"
import { cpSync, existsSync } from "node:fs"
import { join } from "node:path"
import * as Elsewhere from "./elsewhere.js"
import { live, phases, watched } from "./scenario.js"
import { folder } from "./support.js"
import { within } from "./tables.js"

export interface Step {
  /** -1 while a new dataset is opened. */
  readonly phase: number
  readonly name: string
  /** From 1, among those of its name in its phase. */
  readonly occurrence: number
}

const orders = { calls: "call_id", lines: "call_id, seq", threads: "contact", certificates: "from_at" }

/** Every row of every table but for when it was exported. */
const rowsOf = (session: Session.Session, out: string) =>
  Effect.gen(function*() {
    const tables: Record<string, ReadonlyArray<string>> = {}
    for (const [table, order] of Object.entries(orders)) {
      const rows = existsSync(join(out, table, "source=allo"))
        ? yield* session.rows(
          `SELECT * FROM read_parquet('${out}/${table}/**/*.parquet', hive_partitioning = true, union_by_name = true)
            ORDER BY ${order}`
        ).pipe(
          // A folder is made before its first file.
          Effect.catchIf((error) => "kind" in error && error.kind === "IO Error", () => Effect.succeed([]))
        )
        : []
      tables[table] = rows.map((row) => JSON.stringify(row, (key, value) => key === "exported_at" ? undefined : value))
    }
    return tables
  })

export const state = (dataset: Writable) =>
  Effect.gen(function*() {
    return {
      tables: yield* rowsOf(dataset.session, dataset.out),
      problems: (yield* dataset.verify).problems,
      quarantine: (yield* dataset.quarantine).length,
      certified: yield* dataset.intervals({ source: "allo", scope: "team", stream: "items" })
    }
  })
export type State = Effect.Effect.Success<ReturnType<typeof state>>

/** A life without accidents: its steps, what each phase left, and the folder as it was before each. */
export const undisturbed = Effect.gen(function*() {
  const root = yield* folder
  const out = join(root, "out")
  const steps: Array<Step> = []
  let phase: number | null = -1
  const note = (name: string) =>
    Effect.sync(() => {
      if (phase === null) return
      const occurrence = steps.filter((step) => step.phase === phase && step.name === name).length + 1
      steps.push({ phase, name, occurrence })
    })
  const states: Array<State> = []
  for (const upTo of phases) {
    yield* watched(out, note, (dataset) =>
      Effect.zipRight(
        live(dataset, upTo, (begun) => {
          phase = begun === upTo ? begun : null
        }),
        Effect.flatMap(state(dataset), (found) => Effect.sync(() => states.push(found)))
      ))
    phase = null
    // Closed, so that what is copied is at rest.
    cpSync(out, join(root, `after-${upTo}`), { recursive: true })
  }
  return { root, steps, states }
})
export type Life = Effect.Effect.Success<typeof undisturbed>

/** A folder as it is before a phase. */
export const before = (life: Life, phase: number, name: string): string => {
  const out = join(life.root, name)
  if (phase > 0) cpSync(join(life.root, `after-${phase - 1}`), out, { recursive: true })
  return out
}

const keyOf = (table: string, row: string): string => {
  const { call_id, contact, from_at, seq } = JSON.parse(row)
  return JSON.stringify([table, call_id, seq, contact, from_at])
}

/** What a reader finds in the middle of a phase: whole files, no key twice, and only rows of before and after. */
export const assertReadable = (life: Life, session: Session.Session, out: string, phase: number) =>
  Effect.gen(function*() {
    const tables = yield* rowsOf(session, out)
    const earlier = phase > 0 ? life.states[phase - 1]?.tables ?? {} : {}
    const later = life.states[Math.max(phase, 0)]?.tables ?? {}
    for (const [table, rows] of Object.entries(tables)) {
      const keys = rows.map((row) => keyOf(table, row))
      assert.strictEqual(new Set(keys).size, keys.length, `${table} holds a key twice`)
      const known = new Set([...earlier[table] ?? [], ...later[table] ?? []])
      for (const row of rows) assert.ok(known.has(row), `${table} holds a row of no phase: ${row}`)
      // Whatever stays where it is never goes away for a moment.
      const months = new Map((later[table] ?? []).map((row) => [keyOf(table, row), JSON.parse(row).month]))
      for (const row of earlier[table] ?? []) {
        const key = keyOf(table, row)
        if (months.get(key) === JSON.parse(row).month) assert.ok(keys.includes(key), `${table} lost a row`)
      }
    }
  })

/** Opens it again, does what is left of the phase, and compares. */
export const assertRecovers = (life: Life, out: string, phase: number) =>
  within(out, (dataset) =>
    Effect.gen(function*() {
      yield* live(dataset, Math.max(phase, 0))
      yield* dataset.fetch
      assert.deepStrictEqual(yield* state(dataset), life.states[Math.max(phase, 0)])
    })).pipe(Effect.provide(Elsewhere.layer(out)))
