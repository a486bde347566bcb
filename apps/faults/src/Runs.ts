/** Runs that came to their end, in numbers. The repository keeps them, so that runs of several machines stand on one page. */
import * as Schema from "effect/Schema"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { type Done, Head } from "./Results.js"
import { kinds, type Row } from "./Row.js"

const Found = Schema.Record({ key: Schema.Literal(...kinds), value: Schema.Number })

const Run = Schema.Struct({
  ...Head.fields,
  rows: Schema.Array(Schema.Struct({
    name: Schema.String,
    cases: Schema.Number,
    skipped: Schema.Number,
    minutes: Schema.Number,
    found: Found
  })),
  failed: Schema.Array(Schema.Struct({ row: Schema.String, seed: Schema.Number, number: Schema.Number }))
})
export interface Run extends Schema.Schema.Type<typeof Run> {}

const decode = Schema.decodeUnknownSync(Schema.parseJson(Schema.Array(Run)))

export interface Line {
  readonly row: Row
  readonly cases: number
  readonly of: number
  readonly skipped: number
  readonly found: { readonly [kind in typeof kinds[number]]: number }
  readonly failed: ReadonlyArray<Done>
  readonly minutes: number
}

/** A row and what its cases found. A case counts once for each kind of what is wrong with it. */
export const lineOf = (row: Row, done: ReadonlyArray<Done>, of: number): Line => {
  const own = done.filter((one) => one.row === row.name)
  const count = (kind: typeof kinds[number]) => own.filter(({ wrong }) => wrong.some((one) => one.kind === kind)).length
  return {
    row,
    cases: own.filter(({ skipped }) => skipped === null).length,
    of,
    skipped: own.filter(({ skipped }) => skipped !== null).length,
    found: {
      lost: count("lost"),
      doubled: count("doubled"),
      invented: count("invented"),
      leaked: count("leaked"),
      hung: count("hung"),
      misreported: count("misreported")
    },
    failed: own.filter(({ wrong }) => wrong.length > 0),
    minutes: own.reduce((sum, { seconds }) => sum + seconds, 0) / 60
  }
}

const rounded = (minutes: number): number => Math.round(minutes * 10) / 10

export const of = (head: Head, lines: ReadonlyArray<Line>): Run => ({
  ...head,
  rows: lines.filter(({ of }) => of > 0).map(({ cases, found, minutes, row, skipped }) => ({
    name: row.name,
    cases,
    skipped,
    minutes: rounded(minutes),
    found
  })),
  failed: lines.flatMap(({ failed }) => failed.map(({ number, row, seed }) => ({ row, seed, number })))
})

/** Of whole runs the two newest, each of another seed; of soaks the newest. */
export const kept = (runs: ReadonlyArray<Run>): ReadonlyArray<Run> => {
  const newest = runs.toSorted((left, right) => right.began.localeCompare(left.began))
  const first = newest.filter((run, at) =>
    newest.findIndex(({ part, seed }) => part === run.part && (part === "soak" || seed === run.seed)) === at
  )
  return [...first.filter(({ part }) => part === "whole").slice(0, 2), ...first.filter(({ part }) => part === "soak")]
}

export const read = (path: string): ReadonlyArray<Run> => existsSync(path) ? decode(readFileSync(path, "utf8")) : []

export const write = (path: string, runs: ReadonlyArray<Run>): void =>
  writeFileSync(path, `${JSON.stringify(runs, null, 2)}\n`)
