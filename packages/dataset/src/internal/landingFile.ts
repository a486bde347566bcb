/** Writes the rows of one table, as they land, into one file of compressed lines. */
import { BadValue } from "@trunkline/parquet/BadValue"
import type * as Table from "@trunkline/parquet/Table"
import * as WholeFile from "@trunkline/parquet/WholeFile"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { gzipSync } from "node:zlib"
import type { Taken } from "../Gathered.js"
import * as LandedRows from "./landedRows.js"
import { hashOf } from "./opened.js"

export interface Written extends WholeFile.Written {
  readonly rows: number
  readonly lines: LandedRows.Lines
}

const readBack = (path: string, { sha256 }: WholeFile.Written) =>
  Effect.filterOrFail(
    hashOf(path),
    (found) => found === sha256,
    () => new WholeFile.Corrupted({ path, reason: "holds other bytes" })
  )

/** The file is there when all of it is on the disk, and not before. */
export const write = <E>(table: Pick<Table.Any, "columns">, taken: Stream.Stream<Taken, E>, target: string) =>
  Effect.gen(function*() {
    const file = yield* WholeFile.create(target)
    let rows = 0
    let longest = 0
    yield* Stream.runForEach(taken, (some) =>
      Effect.gen(function*() {
        if (some.refused !== null) {
          const { row, why: { column, expected, found } } = some.refused
          return yield* new BadValue({ path: file.path, row, column, expected, found })
        }
        for (const piece of some.pieces) yield* file.write(piece)
        rows += some.rows
        longest = Math.max(longest, some.longest)
      }))
    // A file without rows is a whole one as well.
    if (rows === 0) yield* file.write(gzipSync(""))
    const written: Written = {
      ...(yield* file.finish(readBack)),
      rows,
      lines: LandedRows.linesOf(table.columns, longest)
    }
    return written
  }).pipe(Effect.scoped)
