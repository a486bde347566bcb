/** `trunkline sql`: one question to the dataset, answered as it is read. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import type { AnalyticsError, DatasetMissing, QueryFailed, QueryRefused } from "@trunkline/analytics/AnalyticsError"
import { tables } from "@trunkline/calls/Tables"
import { NoDataset } from "@trunkline/dataset/DatasetError"
import type { NotWhole } from "@trunkline/dataset/Elsewhere"
import * as Folder from "@trunkline/dataset/Folder"
import * as OwnTables from "@trunkline/dataset/OwnTables"
import type { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Output } from "../terminal/Output.js"
import * as rows from "./rows.js"
import { stdin } from "./stdin.js"
import * as Subject from "./subject.js"
import { InvalidFlag } from "./values.js"

interface Flags extends Subject.OfSubject {
  readonly statement: Option.Option<string>
  readonly file: Option.Option<string>
  readonly format: Option.Option<rows.Format>
  readonly files: boolean
  readonly spreadsheet: boolean
}

/** The query was refused or broke. The message repeats nothing of it, since messages also go into logs and traces. */
export class SqlError extends Schema.TaggedError<SqlError>("trunkline/command/sql/SqlError")("SqlError", {
  reason: Schema.String,
  /** What DuckDB says, for the person who typed the query: it repeats the query. */
  shown: Schema.String
}) {
  override get message(): string {
    return this.reason
  }
}

const refused = ({ message, needs, reason }: QueryRefused): SqlError => {
  const [, kind] = /^([A-Z]\w* Error): /.exec(reason) ?? []
  return new SqlError({
    reason: `The query is refused${kind === undefined ? "" : ` (${kind})`}`,
    shown: needs === "files"
      ? `${reason}\nWith --files SQL may read and write other files; docs/security.md says what it may do`
      : message
  })
}

const broke = ({ message }: QueryFailed): SqlError => new SqlError({ reason: message, shown: message })

/** What DuckDB says of a query is the user's to mend, not the dataset's. */
export const ofQuery = <A, R>(
  effect: Effect.Effect<A, AnalyticsError | SqlError | DiskError | InvalidFlag, R>
): Effect.Effect<A, SqlError | DatasetMissing | NotWhole | InvalidFlag, R> =>
  Effect.catchTags(effect, {
    QueryRefused: refused,
    QueryFailed: broke,
    InvalidParameter: ({ parameter, reason }) => new InvalidFlag({ flag: `--${parameter}`, reason })
  })

/** DuckDB takes a moment to load: not before it is needed. */
export const analytics = Effect.promise(() => import("@trunkline/analytics/Analytics"))

const statement = (flags: Flags) =>
  Effect.gen(function*() {
    if (Option.isSome(flags.file)) {
      if (Option.isSome(flags.statement)) {
        return yield* new InvalidFlag({ flag: "--file", reason: "a statement is given as well. Keep one of them" })
      }
      const { value } = flags.file
      return yield* Effect.flatMap(FileSystem.FileSystem, (files) => files.readFileString(value)).pipe(
        Effect.mapError(() =>
          new InvalidFlag({ flag: "--file", reason: "there is no such file, or it cannot be read" })
        )
      )
    }
    if (Option.isNone(flags.statement)) {
      return yield* new InvalidFlag({
        flag: "statement",
        reason: "is missing. Give one, such as \"FROM calls LIMIT 5\", or --file FILE, or - for stdin"
      })
    }
    return flags.statement.value === "-" ? yield* stdin : flags.statement.value
  })

/** A folder that holds neither a ledger nor a table is none that was exported to. */
const holdsDataset = (folder: string) =>
  Effect.gen(function*() {
    const files = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    return yield* Effect.exists(
      [Folder.own, ...[...tables, ...OwnTables.tables].map(({ name }) => name)],
      (name) => Effect.orElseSucceed(files.exists(path.join(folder, name)), () => false)
    )
  })

/** What SQL is over: one dataset, or those of all accounts that have one. */
export const over = (flags: Subject.OfSubject) =>
  Effect.gen(function*() {
    const { accounts, out } = yield* Subject.reading(flags)
    if (accounts === null) {
      return (yield* holdsDataset(out)) ? { folder: out, accounts: undefined } : yield* new NoDataset({ out })
    }
    const begun = yield* Effect.filter(accounts.accounts, ({ out }) => holdsDataset(out))
    return begun.length > 0
      ? { folder: out, accounts: begun.map(({ name }) => name) }
      : yield* new NoDataset({ out })
  })

const formatOf = (flags: Flags): Effect.Effect<rows.Format, InvalidFlag> =>
  flags.json && Option.exists(flags.format, (format) => format !== "json")
    ? new InvalidFlag({ flag: "--json", reason: `and --format ${Option.getOrElse(flags.format, () => "")} differ` })
    : Effect.succeed(flags.json ? "json" : Option.getOrElse(flags.format, () => "table" as const))

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const format = yield* formatOf(flags)
    if (flags.spreadsheet && format !== "csv") {
      return yield* new InvalidFlag({ flag: "--spreadsheet", reason: "goes with --format csv" })
    }
    const text = yield* statement(flags)
    if (text.trim() === "") return yield* new InvalidFlag({ flag: "statement", reason: "is empty" })
    const dataset = yield* over(flags)
    const output = yield* Output
    const place = {
      terminal: output.terminal,
      space: output.terminal ? output.columns : null,
      spreadsheet: flags.spreadsheet
    }
    const { Analytics } = yield* analytics
    yield* Effect.gen(function*() {
      const answer = yield* Effect.flatMap(Analytics, ({ query }) => query(text))
      yield* Stream.runForEachChunk(
        rows.text(answer, format, place),
        (chunk) => output.write([...chunk].join(""))
      )
    }).pipe(
      Effect.scoped,
      Effect.provide(Analytics.layer({ ...dataset, files: flags.files })),
      Effect.catchTags({
        QueryRefused: refused,
        QueryFailed: broke,
        InvalidParameter: ({ parameter, reason }) => new InvalidFlag({ flag: `--${parameter}`, reason })
      })
    )
    return 0 as const
  })
