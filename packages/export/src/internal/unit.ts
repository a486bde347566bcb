/** What several answers say of one row, or of all lines of one call: the newest answer that knows a column wins. */
import * as Proof from "@trunkline/dataset/Proof"
import type { Row } from "../Listing.js"

export type Table = Row["table"]

export interface Reading {
  /** A later answer has a higher number. */
  readonly answer: number
  /** The groups of columns that it knows. */
  readonly groups: ReadonlyArray<string>
  /** One row, or all lines of a call. */
  readonly rows: ReadonlyArray<object>
}

/** Readings of one key. None of them says everything that another one says, and later. */
export type Unit = ReadonlyArray<Reading>

export const nameOf = ({ replacedBy }: Pick<Table, "replacedBy">, row: object): string =>
  Proof.key(...replacedBy.map((column) => String(Reflect.get(row, column))))

/** Whether rows of this table are replaced together, such as the lines of a call. */
export const isTogether = ({ key, replacedBy }: Pick<Table, "key" | "replacedBy">): boolean =>
  replacedBy.length < key.length

const covers = (newer: Reading, older: Reading): boolean =>
  newer.answer >= older.answer && older.groups.every((group) => newer.groups.includes(group))

const add = (unit: Unit, reading: Reading): Unit =>
  unit.some((known) => known.answer > reading.answer && covers(known, reading))
    ? unit
    : [...unit.filter((known) => !covers(reading, known)), reading]

/** Of readings of the same answer, those of `right` win. */
export const merge = (left: Unit, right: Unit): Unit => right.reduce(add, left)

const newest = (unit: Unit): Reading | undefined => unit.toSorted((left, right) => right.answer - left.answer)[0]

export const rowsOf = (table: Table, unit: Unit): ReadonlyArray<object> => {
  const last = newest(unit)
  if (last === undefined) return []
  if (unit.length === 1 || isTogether(table)) return last.rows
  const row: Record<string, unknown> = { ...last.rows[0] }
  for (const { columns, name } of table.groups) {
    const known = newest(unit.filter(({ groups }) => groups.includes(name)))?.rows[0]
    if (known === undefined) continue
    // Stamps tell when the whole row was read last.
    for (const column of columns) if (!table.stamps.includes(column)) row[column] = Reflect.get(known, column)
  }
  return [row]
}
