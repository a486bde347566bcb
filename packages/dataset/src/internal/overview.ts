/** What a dataset holds at a glance: sizes, rows, rows that the vendor no longer returns, and files that are not as published. */
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Damaged, LedgerError, QueryError } from "../DatasetError.js"
import type * as Finding from "../Finding.js"
import * as ParquetFiles from "../ParquetFiles.js"
import * as Files from "./files.js"
import * as Looking from "./looking.js"

export interface Holding {
  readonly table: string
  readonly source: string
  readonly files: number
  readonly rows: number
  readonly bytes: number
  /** Of the files, those that are kept elsewhere and not here. */
  readonly elsewhere: number
  /** Of the rows, those that the vendor no longer returns; null where that takes files which are not here. */
  readonly gone: number | null
}

export interface Overview {
  readonly holdings: ReadonlyArray<Holding>
  /** Files whose name or size is not what was published. */
  readonly problems: ReadonlyArray<Finding.Problem>
}

const Count = Schema.Struct({ count: Schema.Number })

const look = (subject: Files.Subject): Effect.Effect<Overview, Damaged | LedgerError | QueryError> =>
  Effect.gen(function*() {
    const known = yield* Files.known(subject)
    const problems = (yield* Files.places(subject, known)).map(({ problem }) => problem)
    const damaged = new Set(problems.map(({ path }) => path))
    const absent = new Set((yield* Files.absent(known)).map(({ path }) => path))
    const holdings: Array<Holding> = []
    for (const files of Object.values(Array.groupBy(known.files, ({ source, table }) => `${table}/${source}`))) {
      const [{ source, table }] = files
      const paths = files.map(({ path }) => path).filter((path) => !damaged.has(path))
      const elsewhere = paths.filter((path) => absent.has(path)).length
      const [gone] = elsewhere === 0 && Array.isNonEmptyReadonlyArray(paths)
        ? yield* subject.session.all(
          Count,
          // Not every table has this column, and files of an earlier version have none.
          `SELECT count(gone_at)::DOUBLE AS count FROM (
            SELECT CAST(NULL AS TIMESTAMPTZ) AS gone_at WHERE false UNION ALL BY NAME SELECT * FROM ${
            ParquetFiles.rows(paths)
          })`
        )
        : []
      holdings.push({
        table,
        source,
        files: files.length,
        rows: files.reduce((sum, { rows }) => sum + rows, 0),
        bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
        elsewhere,
        gone: elsewhere === 0 ? gone?.count ?? 0 : null
      })
    }
    return { holdings, problems }
  })

export const of = (subject: Files.Subject): Effect.Effect<Overview, Damaged | LedgerError | QueryError> =>
  Looking.at(subject, {
    look: look(subject),
    isSound: ({ problems }) => problems.length === 0,
    without: ({ holdings, problems }, changed) => ({
      holdings,
      problems: problems.filter((problem) => !Looking.isOfChange(problem, changed))
    })
  })
