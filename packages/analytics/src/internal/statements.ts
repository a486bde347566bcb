/** What a text of SQL may do: each statement is known by its type before it runs. */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import type * as QuerySession from "@trunkline/dataset/QuerySession"
import * as Effect from "effect/Effect"
import { homedir } from "node:os"
import { QueryRefused } from "../AnalyticsError.js"
import type { QueryFailed } from "../AnalyticsError.js"
import * as tokens from "./tokens.js"

/** `dataset`: reads the dataset. `files`: also reads and writes other files. */
export type Access = "dataset" | "files"

/** These read, or set a variable of the session; settings themselves are locked. */
const reads: ReadonlySet<string> = new Set(["SELECT", "SET", "VARIABLE_SET"])

/** These fetch or load foreign code, and are always refused. */
const loads: ReadonlySet<string> = new Set(["LOAD", "EXTENSION", "UPDATE_EXTENSIONS"])

/** Functions that a SELECT may call, and that write files of their own. Where they may not, DuckDB ends the process. */
const observes = /\b(enable|disable)_(logging|profiling)\b/i

type Refusal = QueryRefused | QueryFailed
type Connection = QuerySession.Connection<Refusal>

/** `EXPLAIN ANALYZE` runs what it explains. */
const checkExplained = (connection: Connection, statement: tokens.Statement): Effect.Effect<void, Refusal> =>
  Effect.gen(function*() {
    const text = tokens.explained(statement)
    const [explained, more] = text === null ? [] : yield* connection.statements(text)
    if (explained === undefined || more !== undefined) {
      return yield* new QueryRefused({
        reason: "EXPLAIN takes a query: write EXPLAIN or EXPLAIN ANALYZE, then the query"
      })
    }
    const { type } = yield* explained
    if (type !== "SELECT") return yield* notRead(type)
  })

const notRead = (type: string): QueryRefused =>
  new QueryRefused({
    reason: `${type.replaceAll("_", " ")} is refused: SQL reads the dataset and does nothing else`,
    needs: "files"
  })

const check = (
  connection: Connection,
  { access, partial, statement, type }: {
    readonly access: Access
    readonly statement: tokens.Statement
    readonly type: string
    /** DuckDB wrote one statement as several, and this is not the last: a PIVOT creates a type first. */
    readonly partial: boolean
  }
): Effect.Effect<void, Refusal> =>
  loads.has(type)
    ? new QueryRefused({ reason: "Extensions are neither installed nor loaded" })
    : access === "files" || reads.has(type) || (partial && type === "CREATE")
    ? Effect.void
    : type === "EXPLAIN"
    ? checkExplained(connection, statement)
    : notRead(type)

interface Disk {
  readonly files: FileSystem.FileSystem
  readonly path: Path.Path
}

/** The path as the disk knows it, as far as it exists. */
const resolved = (disk: Disk, path: string): Effect.Effect<string> =>
  disk.files.realPath(path).pipe(
    Effect.orElse(() => {
      const above = disk.path.dirname(path)
      return above === path
        ? Effect.succeed(path)
        : Effect.map(resolved(disk, above), (folder) => disk.path.join(folder, disk.path.basename(path)))
    })
  )

const isWithin = ({ path: paths }: Disk, folder: string, path: string): boolean => {
  const relative = paths.relative(folder, path)
  return !(relative === ".." || relative.startsWith(`..${paths.sep}`) || paths.isAbsolute(relative))
}

/** Where DuckDB writes when it is given this path. */
const absolute = (disk: Disk, path: string): string =>
  disk.path.resolve(path.replace(/^file:(?:\/\/(?:localhost)?(?=\/))?/, "").replace(/^~(?=$|[/\\])/, homedir()))

/** No statement writes among the files of the dataset, or replaces a folder that holds it. */
const checkTarget = (disk: Disk, statement: tokens.Statement, root: string): Effect.Effect<void, QueryRefused> =>
  Effect.gen(function*() {
    const found = tokens.target(statement)
    if (found === null) return
    if (found === "unclear") {
      return yield* new QueryRefused({ reason: "The target must be a path in single quotes" })
    }
    if (found.path === ":memory:") return
    const [dataset, path] = yield* Effect.all([resolved(disk, root), resolved(disk, absolute(disk, found.path))])
    if (isWithin(disk, dataset, path) || isWithin(disk, path, dataset)) {
      return yield* new QueryRefused({
        reason: `${found.path} lies in the dataset or holds it, and SQL never writes there. Name a file elsewhere`
      })
    }
  })

/** A target in a folder that is not there: DuckDB speaks of a file that it could not open. */
const missingFolder = (disk: Disk, statement: tokens.Statement): Effect.Effect<string | null> => {
  const found = tokens.target(statement)
  if (found === null || found === "unclear") return Effect.succeed(null)
  const folder = disk.path.dirname(absolute(disk, found.path))
  return disk.files.exists(folder).pipe(
    Effect.orElseSucceed(() => true),
    Effect.map((exists) => exists ? null : folder)
  )
}

const explain = <A>(disk: Disk, statement: tokens.Statement, effect: Effect.Effect<A, Refusal>) =>
  Effect.catchAll(
    effect,
    (refusal) =>
      Effect.flatMap(missingFolder(disk, statement), (folder): Effect.Effect<never, Refusal> =>
        Effect.fail(
          folder === null
            ? refusal
            : new QueryRefused({
              reason: `There is no folder ${folder} to write to. Make it first, or name another one`
            })
        ))
  )

/** Runs every statement of a text, and gives the answer of the last one. */
export const answer = Effect.fnUntraced(function*(
  connection: Connection,
  text: string,
  { access, root, ...disk }: Disk & { readonly access: Access; readonly root: string }
) {
  const statements = tokens.statements(text)
  if (statements.length === 0) return yield* new QueryRefused({ reason: "The text holds no statement" })
  // Before anything runs all of it must be SQL.
  yield* connection.statements(text)
  let running: QuerySession.Answer<Refusal> | null = null
  for (const [position, statement] of statements.entries()) {
    const { text } = statement
    if (observes.test(text)) {
      return yield* new QueryRefused({ reason: "Logs and profiles of DuckDB are neither switched on nor off here" })
    }
    const told = <A>(effect: Effect.Effect<A, Refusal>) =>
      access === "files" ? explain(disk, statement, effect) : effect
    if (access === "files") yield* checkTarget(disk, statement, root)
    const parts = yield* connection.statements(text)
    for (const [index, prepare] of parts.entries()) {
      const partial = index < parts.length - 1
      const prepared = yield* told(prepare)
      yield* check(connection, { access, statement, type: prepared.type, partial })
      const last = !partial && position === statements.length - 1
      if (last) running = yield* told(prepared.answer)
      else yield* told(prepared.run)
    }
  }
  return running ?? (yield* new QueryRefused({ reason: "The text holds no statement" }))
})
