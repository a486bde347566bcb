/** Rows of one window on their way to land: the newest of each key, however often it was answered. */
import { type Mapped, type RefusedRow, Utterances } from "@trunkline/calls"
import { rows, type TableRows } from "@trunkline/dataset/Dataset"
import type { Table } from "@trunkline/parquet"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { sha256, withoutSignatures } from "./Pass.js"

interface Shelf {
  readonly table: Table.Any
  readonly groups: ReadonlyArray<string>
  readonly rows: Map<string, { readonly answer: number; readonly row: object }>
}

export interface Harvest {
  readonly add: <Row extends object>(key: string, answer: number, mapped: Mapped<Row>) => void
  /** All lines of a call: they take the place of those from before, also where there are none. */
  readonly lines: (callId: string, answer: number, lines: ReadonlyArray<Mapped<Utterances.Row>>) => void
  readonly refuse: (refused: RefusedRow) => void
  /** Rows at hand. */
  readonly size: () => number
  /** Everything gathered, to be landed; what comes later is gathered anew. */
  readonly take: () => {
    readonly tables: ReadonlyArray<TableRows<never>>
    readonly refused: ReadonlyArray<{ readonly raw: string; readonly reason: string }>
  }
}

export const make = (): Harvest => {
  const shelves = new Map<string, Shelf>()
  const lines = new Map<string, { readonly answer: number; readonly rows: ReadonlyArray<Utterances.Row> }>()
  const refused = new Map<string, { readonly raw: string; readonly reason: string }>()
  let spoken = 0
  return {
    add: (key, answer, { groups, row, table }) => {
      const name = `${table.name} ${groups.join()}`
      const shelf = shelves.get(name) ?? { table, groups, rows: new Map() }
      shelves.set(name, shelf)
      shelf.rows.set(key, { answer, row })
    },
    lines: (callId, answer, mapped) => {
      spoken += mapped.length - (lines.get(callId)?.rows.length ?? 0)
      lines.set(callId, { answer, rows: mapped.map(({ row }) => row) })
    },
    refuse: ({ raw, reason }) => {
      const text = withoutSignatures(Redacted.value(raw))
      refused.set(sha256(text), { raw: text, reason })
    },
    size: () => [...shelves.values()].reduce((sum, shelf) => sum + shelf.rows.size, spoken),
    take: () => {
      const tables: Array<TableRows<never>> = [...shelves.values()].map(({ groups, rows, table }) => {
        const kept = [...rows.values()]
        return { table, groups, rows: Stream.fromIterable(kept) }
      })
      if (lines.size > 0) {
        const all = [...lines]
        tables.push(rows(Utterances.table, {
          groups: ["row"],
          rows: Stream.fromIterable(all.flatMap(([, { answer, rows }]) => rows.map((row) => ({ answer, row })))),
          emptied: all.filter(([, { rows }]) => rows.length === 0).map(([callId, { answer }]) => ({
            answer,
            of: [callId]
          }))
        }))
      }
      const taken = { tables, refused: [...refused.values()] }
      shelves.clear()
      lines.clear()
      refused.clear()
      spoken = 0
      return taken
    }
  }
}
