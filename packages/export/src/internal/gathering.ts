/** Gathers the rows of one window in memory, in the place of a dataset, with the calls that wait for details. */
import type { Dataset } from "@trunkline/dataset"
import { ContradictoryProof } from "@trunkline/dataset/DatasetError"
import type { PendingDetails } from "@trunkline/dataset/DatasetReader"
import * as Gathered from "@trunkline/dataset/Gathered"
import * as Proof from "@trunkline/dataset/Proof"
import type * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Unit from "./unit.js"

export interface Gathering {
  /** What the window is read into. */
  readonly dataset: Context.Tag.Service<Dataset>
  /** What was read of the table, by key. */
  readonly units: () => Map<string, Unit.Unit>
  /** Why records cannot be rows, by key. */
  readonly refused: () => ReadonlyMap<string, string>
}

export const make = (table: Unit.Table, nowhere: Context.Tag.Service<Dataset>): Gathering => {
  const units = new Map<string, Unit.Unit>()
  const refused = new Map<string, string>()
  const pending = new Map<string, PendingDetails>()
  const add = (name: string, reading: Unit.Reading) => units.set(name, Unit.merge(units.get(name) ?? [], [reading]))
  return {
    units: () => units,
    refused: () => refused,
    dataset: {
      ...nowhere,
      due: ({ limit, now }) =>
        Effect.sync(() =>
          // A list may hold rows of several tables.
          [...pending.values()].filter(({ dueAt, id }) => units.has(id) && DateTime.lessThanOrEqualTo(dueAt, now))
            .slice(0, limit)
        ),
      land: (landing) =>
        Effect.gen(function*() {
          const { pending: waiting = [], postponed = [], proof, settled = [], shown = [], tables, window } = landing
          const contradiction = proof === null ? null : Proof.contradiction(proof)
          if (contradiction !== null) {
            return yield* new ContradictoryProof({ source: window.source, stream: window.stream, contradiction })
          }
          for (const { emptied = [], groups, rows, table: { name } } of tables) {
            if (name !== table.name) continue
            const together = new Map<string, { readonly answer: number; readonly rows: Array<object> }>()
            yield* Stream.runForEach(rows, (taken) =>
              Effect.sync(() => {
                for (const { answer, row } of Gathered.readings(table, taken)) {
                  const key = Unit.nameOf(table, row)
                  if (!Unit.isTogether(table)) add(key, { answer, groups, rows: [row] })
                  else if (together.get(key)?.answer === answer) together.get(key)?.rows.push(row)
                  else together.set(key, { answer, rows: [row] })
                }
              }))
            for (const [key, reading] of together) add(key, { ...reading, groups })
            for (const { answer, of } of emptied) add(Proof.key(...of), { answer, groups, rows: [] })
          }
          for (const { key, raw, reason } of landing.refused ?? []) refused.set(key ?? raw, reason)
          for (const key of [...shown, ...settled, ...postponed.map(({ id }) => id)]) refused.delete(key)
          for (const { dueAt, endedAt, id } of waiting) {
            if (!pending.has(id)) pending.set(id, { id, endedAt, dueAt, asked: 0 })
          }
          for (const { dueAt, id } of postponed) {
            const known = pending.get(id)
            if (known !== undefined) pending.set(id, { ...known, dueAt, asked: known.asked + 1 })
          }
          for (const id of settled) pending.delete(id)
          return { rows: {}, quarantined: 0 }
        })
    }
  }
}
