/**
 * The views of a dataset as streams of typed rows.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as QuerySession from "@trunkline/dataset/QuerySession"
import type { Value } from "@trunkline/dataset/Value"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as RcMap from "effect/RcMap"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type AnalyticsError, QueryFailed } from "./AnalyticsError.js"
import { assignments, type Parameters, unknownZone, usesZone } from "./internal/assignments.js"
import * as Published from "./internal/published.js"
import { checking } from "./internal/rows.js"
import * as said from "./internal/said.js"
import { script } from "./internal/script.js"
import { answer } from "./internal/statements.js"
import { type Name, type Rows, views } from "./Views.js"

/**
 * An answer before its rows are read.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  /** In order. Two may have one name. */
  readonly columns: ReadonlyArray<{ readonly name: string; readonly type: string }>
  /** Values in the order of the columns. */
  readonly rows: Stream.Stream<ReadonlyArray<Value>, AnalyticsError>
}

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Parameters
} from "./internal/assignments.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends Parameters {
  /** The folder that was exported to. */
  readonly folder: string
  /** Accounts whose datasets lie in folders of it such as `account=paris`; when left out, the folder is a dataset itself. */
  readonly accounts?: ReadonlyArray<string> | undefined
  /** How much DuckDB may use before it works on disk: `512MB` when left out. */
  readonly memoryLimit?: string | undefined
  /** As many as there are cores when left out. */
  readonly threads?: number | undefined
  /**
   * Whether texts may read and write other files as well, as this process may; false when left out. Even then nothing is
   * written into the folder of the dataset as far as the text says where it writes, and no extension is loaded.
   */
  readonly files?: boolean | undefined
}

/**
 * Reads a dataset, also while it is being written: every query sees each file whole. A text reads the dataset and does
 * nothing else, whatever stands in it, unless `files` is true.
 *
 * @since 0.1.0
 * @category services
 */
export class Analytics extends Context.Tag("@trunkline/analytics/Analytics")<Analytics, {
  /** All rows of a view, in its order. */
  readonly view: <View extends Name>(name: View) => Stream.Stream<Rows[View], AnalyticsError>
  /**
   * The rows of a query, by column. Several statements may stand in the text; the last one answers. Each text has a
   * session of its own, so that a variable it sets holds in it alone.
   */
  readonly sql: (text: string) => Stream.Stream<{ readonly [column: string]: Value }, AnalyticsError>
  /** The same with names and types of the columns, known before a row is read and also where there is none. */
  readonly query: (text: string) => Effect.Effect<Answer, AnalyticsError, Scope.Scope>
  /**
   * Closes the database that was kept for the next text, which opens one anew. DuckDB gives the memory of a query back to
   * the system as a whole only then.
   */
  readonly release: Effect.Effect<void>
}>() {
  static readonly layer = (
    options: Options
  ): Layer.Layer<Analytics, AnalyticsError, FileSystem.FileSystem | Path.Path> => Layer.scoped(this, make(options))
}

const make = Effect.fn("Analytics.make")(function*(options: Options) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  // Listed before each text, since a query may open the files that are listed and no others.
  const { listed, root, snapshot } = yield* Published.make(options)
  const settings = yield* assignments(options)
  const access = options.files === true ? "files" : "dataset"
  const open = Effect.gen(function*() {
    const spill = yield* Effect.mapError(
      files.makeTempDirectoryScoped({ prefix: "trunkline-" }),
      () => new QueryFailed({ kind: "No temporary folder can be made", columns: [] })
    )
    const published = yield* snapshot
    return yield* QuerySession.make({
      temporary: spill,
      memory: options.memoryLimit ?? "512MB",
      threads: options.threads,
      script: script(Published.relation(root, published), true),
      files: access === "files" ? null : published.map(({ path }) => path),
      failure: said.failure
    })
  })
  // A session stays open for a while, for the next text over the same files with the same content.
  const sessions = yield* RcMap.make({
    lookup: (_versions: string) => open,
    idleTimeToLive: "1 minute"
  })
  // Variables belong to a connection, views and the zone of the session to all.
  const connect = Effect.flatMap(listed, (names) => RcMap.get(sessions, names.join(separator))).pipe(
    Effect.flatten,
    Effect.tap(({ run }) => settings.length === 0 ? Effect.void : run(settings.join("\n")))
  )
  yield* Effect.scoped(Effect.flatMap(connect, ({ run }) => Effect.mapError(run(usesZone), unknownZone)))

  const running = (text: string) =>
    Effect.flatMap(connect, (connection) => answer(connection, text, { access, root, files, path }))
  const records = (text: string) =>
    Stream.unwrapScoped(
      Effect.map(running(text), ({ chunks, columns }) => {
        const names = columns.map(({ name }) => name)
        return Stream.map(chunks, (chunk) => recordsOf(names, chunk))
      })
    )

  return Analytics.of({
    query: (text) =>
      Effect.map(running(text), ({ chunks, columns }) => ({
        columns,
        rows: Stream.mapConcat(chunks, ({ size, values }) =>
          Array.from({ length: size }, (_, row) => values.map((column) => column[row] ?? null)))
      })),
    release: Effect.flatMap(
      RcMap.keys(sessions),
      Effect.forEach((key) => RcMap.invalidate(sessions, key), { discard: true })
    ),
    sql: (text) => Stream.mapConcatChunk(records(text), Chunk.unsafeFromArray),
    view: (name) => {
      // Thousands at a time: an effect per row costs more than the row.
      return Stream.mapConcatChunk(
        Stream.mapEffect(records(`FROM ${name}`), checking(views[name].row)),
        Chunk.unsafeFromArray
      )
    }
  })
})

/** No path holds it. */
const separator = "\0"

const recordsOf = (
  names: ReadonlyArray<string>,
  { size, values }: QuerySession.Columns
): ReadonlyArray<{ readonly [column: string]: Value }> =>
  Array.from({ length: size }, (_, row) => {
    const record: { [column: string]: Value } = {}
    for (const [index, name] of names.entries()) record[name] = values[index]?.[row] ?? null
    return record
  })
