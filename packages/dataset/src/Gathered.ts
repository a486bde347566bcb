/**
 * Rows that gather before they land, as the compressed lines that they land as: many of them wait in little memory.
 *
 * @since 0.1.0
 */
import * as RowText from "@trunkline/parquet/RowText"
import type * as Table from "@trunkline/parquet/Table"
import { Utf8 } from "@trunkline/parquet/Utf8"
import { gunzipSync, gzipSync } from "node:zlib"
import * as LandedRows from "./internal/landedRows.js"

/**
 * A row, and the number of the answer it was read from.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reading {
  readonly answer: number
  readonly row: object
}

/**
 * Lines that were taken.
 *
 * @since 0.1.0
 * @category models
 */
export interface Taken {
  /** Each is a member of a gzip file, and holds whole lines. */
  readonly pieces: ReadonlyArray<Uint8Array>
  readonly rows: number
  /** No line has more bytes. */
  readonly longest: number
  /** The first row that its columns do not hold. Nothing of what was taken lands. */
  readonly refused: { readonly row: number; readonly why: RowText.Refusal } | null
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Gathered {
  readonly add: (reading: Reading) => void
  /** Rows at hand. */
  readonly rows: () => number
  /** Hands over the rows at hand. */
  readonly take: () => Taken
  /** Hands over what is compressed already. */
  readonly takeFull: () => Taken
}

/** What is compressed at a time, in bytes. */
const pieceSize = 256 * 1024

/** Room behind it for a usual line that reaches beyond, in bytes. */
const overhang = 16 * 1024

/** More levels cost more time than their smaller files save. */
const compressed = (bytes: Uint8Array): Uint8Array => gzipSync(bytes, { level: 1 })

/**
 * Rows of one table.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (table: Pick<Table.Any, "columns">): Gathered => {
  const text = RowText.make(table.columns)
  // Outside of the heap: text that waits in it is copied by each collection.
  let open = new Utf8(pieceSize + overhang)
  let openRows = 0
  let place = 0
  let full: { readonly pieces: Array<Uint8Array>; rows: number; longest: number } = { pieces: [], rows: 0, longest: 0 }
  let refused: Taken["refused"] = null
  /** So many of the rows that are open, which take so many bytes. */
  const close = (rows: number, bytes: number) => {
    if (rows === 0) return
    full.pieces.push(compressed(open.bytes.subarray(0, bytes)))
    full.rows += rows
    full.longest = Math.max(full.longest, bytes)
    open.bytes.copyWithin(0, bytes, open.length)
    open.length -= bytes
    openRows -= rows
  }
  const takeFull = (): Taken => {
    const taken = { ...full, refused }
    full = { pieces: [], rows: 0, longest: 0 }
    refused = null
    return taken
  }
  return {
    add: ({ answer, row }) => {
      const why = text.refusal(row)
      if (why !== undefined) {
        refused ??= { row: place, why }
        return
      }
      const before = open.length
      open.ascii(LandedRows.line.beforeRow(answer, place))
      text.append(row, open)
      open.ascii(LandedRows.line.afterRow)
      place += 1
      openRows += 1
      if (open.length <= pieceSize) return
      close(openRows - 1, before)
      if (open.length <= pieceSize) return
      close(1, open.length)
      open = new Utf8(pieceSize + overhang)
    },
    rows: () => full.rows + openRows,
    take: () => {
      close(openRows, open.length)
      place = 0
      return takeFull()
    },
    takeFull
  }
}

/**
 * The rows that were taken, as they were.
 *
 * @since 0.1.0
 * @category getters
 */
export const readings = (
  { columns }: Pick<Table.Any, "columns">,
  { pieces }: Taken
): ReadonlyArray<{ readonly answer: number; readonly row: Record<string, unknown> }> =>
  pieces.flatMap((piece) =>
    gunzipSync(piece).toString().trimEnd().split("\n").map((line) => {
      const { answer, row }: { readonly answer: number; readonly row: Record<string, unknown> } = JSON.parse(line)
      return { answer, row: RowText.rowOf(columns, row) }
    })
  )
