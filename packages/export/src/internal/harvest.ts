/** Rows of one window before they land. */
import { type RefusedRow, Utterances } from "@trunkline/calls"
import * as Dataset from "@trunkline/dataset/Dataset"
import * as Gathered from "@trunkline/dataset/Gathered"
import type { Trace } from "@trunkline/dataset/Hiding"
import * as Redacted from "effect/Redacted"
import type { Entry, Listing, Row } from "../Source.js"
import { refusedKey, withoutSignatures } from "./pass.js"

interface Shelf {
  readonly table: Row["table"]
  readonly groups: ReadonlyArray<string>
  readonly gathered: Gathered.Gathered
  readonly emptied: Array<{ readonly answer: number; readonly of: ReadonlyArray<string> }>
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
    readonly tables: ReadonlyArray<Dataset.TableRows<never>>
    readonly refused: ReadonlyArray<Refused>
    /** Keys of the rows that came whole. */
    readonly shown: ReadonlyArray<string>
    /** These keys, each as the vendor wrote it. */
    readonly received: ReadonlyArray<readonly [key: string, id: string]>
    /** Rows of erased people. */
    readonly traces: ReadonlyArray<Trace>
  }
}

const lineGroups = Utterances.table.groups.map(({ name }) => name)

export const make = (): Harvest => {
  // Most records know the same groups, which are then one list.
  const names = new Map<ReadonlyArray<string>, string>()
  const shelves = new Map<string, Shelf>()
  const refused = new Map<string, Refused>()
  const received = new Map<string, string>()
  const traces: Array<Trace> = []
  const shelfOf = ({ groups, table }: Pick<Row, "groups" | "table">): Shelf => {
    const known = names.get(groups) ?? groups.join()
    names.set(groups, known)
    const name = `${table.name} ${known}`
    const shelf = shelves.get(name) ?? { table, groups, gathered: Gathered.make(table), emptied: [] }
    shelves.set(name, shelf)
    return shelf
  }
  /** Of a call that one answer holds twice, the lines that stand there last. */
  const addTranscripts = (entries: ReadonlyArray<Entry>, answer: number) => {
    const transcripts = new Map(entries.flatMap(({ key, lines }) => lines === null ? [] : [[key, lines] as const]))
    if (transcripts.size === 0) return
    const { emptied, gathered } = shelfOf({ table: Utterances.table, groups: lineGroups })
    for (const [key, lines] of transcripts) {
      if (lines.length === 0) emptied.push({ answer, of: [key] })
      for (const { row } of lines) gathered.add({ answer, row })
    }
  }
  const refuse = ({ raw, reason }: RefusedRow) => {
    const key = refusedKey(raw)
    refused.set(key, { raw: withoutSignatures(Redacted.value(raw)), reason, key })
  }
  return {
    add: (page, answer) => {
      for (const { id, key, rows, traces: some = [] } of page.entries) {
        received.set(key, id ?? key)
        traces.push(...some)
        for (const one of rows) shelfOf(one).gathered.add({ answer, row: one.row })
      }
      addTranscripts(page.entries, answer)
      for (const row of page.refused) refuse(row)
    },
    size: () => [...shelves.values()].reduce((sum, { gathered }) => sum + gathered.rows(), 0),
    take: () => {
      const taken = {
        tables: [...shelves.values()].map(({ emptied, gathered, groups, table }) =>
          Dataset.gathered(table, { groups, taken: gathered.take(), emptied })
        ),
        refused: [...refused.values()],
        shown: [...received.keys()],
        received: [...received],
        traces: traces.splice(0)
      }
      names.clear()
      shelves.clear()
      refused.clear()
      received.clear()
      return taken
    }
  }
}
