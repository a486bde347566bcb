/** Rows of one window before they land: the newest of each key, however often it was answered. */
import { type RefusedRow, Utterances } from "@trunkline/calls"
import { rows, type TableRows } from "@trunkline/dataset/Dataset"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { Entry, Listing } from "../Source.js"
import { refusedKey, withoutSignatures } from "./pass.js"

interface Shelf {
  readonly table: TableRows<never>["table"]
  readonly groups: ReadonlyArray<string>
  readonly rows: Map<string, { readonly answer: number; readonly row: object }>
}

interface Refused {
  readonly raw: string
  readonly reason: string
  readonly key: string
}

export interface Harvest {
  /** Takes in a page, read with the answer of this number. */
  readonly add: (page: Pick<Listing, "entries" | "refused">, answer: number) => void
  /** Rows at hand. */
  readonly size: () => number
  /** Hands over everything gathered, to be landed, and begins anew. */
  readonly take: () => {
    readonly tables: ReadonlyArray<TableRows<never>>
    readonly refused: ReadonlyArray<Refused>
    /** Keys of the rows that came whole. */
    readonly shown: ReadonlyArray<string>
    /** These keys, each as the vendor wrote it. */
    readonly received: ReadonlyArray<readonly [key: string, id: string]>
  }
}

export const make = (): Harvest => {
  const shelves = new Map<string, Shelf>()
  const lines = new Map<string, { readonly answer: number; readonly rows: ReadonlyArray<Utterances.Row> }>()
  const refused = new Map<string, Refused>()
  const received = new Map<string, string>()
  let spoken = 0
  const addEntry = ({ id, key, lines: transcript, rows }: Entry, answer: number) => {
    received.set(key, id ?? key)
    for (const { groups, row, table } of rows) {
      const name = `${table.name} ${groups.join()}`
      const shelf = shelves.get(name) ?? { table, groups, rows: new Map() }
      shelves.set(name, shelf)
      shelf.rows.set(key, { answer, row })
    }
    if (transcript !== null) {
      spoken += transcript.length - (lines.get(key)?.rows.length ?? 0)
      lines.set(key, { answer, rows: transcript.map(({ row }) => row) })
    }
  }
  const refuse = ({ raw, reason }: RefusedRow) => {
    const key = refusedKey(raw)
    refused.set(key, { raw: withoutSignatures(Redacted.value(raw)), reason, key })
  }
  return {
    add: (page, answer) => {
      for (const entry of page.entries) addEntry(entry, answer)
      for (const row of page.refused) refuse(row)
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
      const taken = { tables, refused: [...refused.values()], shown: [...received.keys()], received: [...received] }
      shelves.clear()
      lines.clear()
      refused.clear()
      received.clear()
      spoken = 0
      return taken
    }
  }
}
