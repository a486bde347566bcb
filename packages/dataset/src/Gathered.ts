/**
 * Rows that gather before they land, as the compressed lines that they land as: many of them wait in little memory.
 *
 * @since 0.1.0
 */
import * as RowText from "@trunkline/parquet/RowText"
import type * as Table from "@trunkline/parquet/Table"
import { gunzipSync, gzipSync } from "node:zlib"
import * as LandedRows from "./internal/landedRows.js"

/**
 * A row, and the number of the answer it was read from. A row that was checked already comes as the text of `RowText`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reading {
  readonly answer: number
  readonly row: object
  readonly text?: string | undefined
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

/** UTF-8 takes at most so many bytes for a unit of UTF-16. */
const mostBytes = 3

/** More levels cost more time than their smaller files save. */
const compressed = (bytes: Uint8Array): Uint8Array => gzipSync(bytes, { level: 1 })

/**
 * Rows of one table.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (table: Pick<Table.Any, "columns">): Gathered => {
  const textOf = RowText.make(table.columns)
  // Outside of the heap: text that waits in it is copied by each collection.
  const open = Buffer.allocUnsafe(pieceSize)
  let openBytes = 0
  let openRows = 0
  let place = 0
  let full: { readonly pieces: Array<Uint8Array>; rows: number; longest: number } = { pieces: [], rows: 0, longest: 0 }
  let refused: Taken["refused"] = null
  const push = (bytes: Uint8Array, rows: number) => {
    full.pieces.push(compressed(bytes))
    full.rows += rows
    full.longest = Math.max(full.longest, bytes.length)
  }
  const close = () => {
    if (openRows > 0) push(open.subarray(0, openBytes), openRows)
    openBytes = 0
    openRows = 0
  }
  const takeFull = (): Taken => {
    const taken = { ...full, refused }
    full = { pieces: [], rows: 0, longest: 0 }
    refused = null
    return taken
  }
  return {
    add: ({ answer, row, text = textOf(row) }) => {
      if (RowText.isRefused(text)) refused ??= { row: place, why: text }
      else {
        const line = LandedRows.line(answer, place, text)
        place += 1
        if (openBytes + line.length * mostBytes > pieceSize) close()
        if (line.length * mostBytes > pieceSize) push(Buffer.from(line), 1)
        else {
          openBytes += open.write(line, openBytes)
          openRows += 1
        }
      }
    },
    rows: () => full.rows + openRows,
    take: () => {
      close()
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
