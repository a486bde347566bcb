/**
 * The views of a dataset as streams of typed rows.
 *
 * @since 0.1.0
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as ParquetFiles from "@trunkline/dataset/ParquetFiles"
import * as QuerySession from "@trunkline/dataset/QuerySession"
import * as Snapshot from "@trunkline/dataset/Snapshot"
import type { Value } from "@trunkline/dataset/Value"
import * as Arr from "effect/Array"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as RcMap from "effect/RcMap"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type AnalyticsError, DatasetMissing, InvalidParameter, QueryFailed } from "./AnalyticsError.js"
import { checking } from "./internal/rows.js"
import * as said from "./internal/said.js"
import { script } from "./internal/script.js"
import { answer } from "./internal/statements.js"
import { tables } from "./internal/tables.js"
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

/**
 * What a reader may decide; every one has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parameters {
  /** An IANA name. When left out, each organisation has its own zone, else UTC. */
  readonly zone?: string | undefined
  readonly incoming?: ReadonlyArray<string> | undefined
  readonly answered?: ReadonlyArray<string> | undefined
  /** Outcomes that the answer rate leaves out besides `unknown`. */
  readonly uncounted?: ReadonlyArray<string> | undefined
  readonly missed?: ReadonlyArray<string> | undefined
  readonly followupHours?: number | undefined
  readonly repeatDays?: number | undefined
  /** What came of a call that counts as a conversion. */
  readonly converted?: ReadonlyArray<string> | undefined
  /** A whole number of days, 1 or more. */
  readonly periodDays?: number | undefined
  /** Whether rows count that the vendor no longer returns. */
  readonly gone?: boolean | undefined
}

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

  const root = path.resolve(options.folder)
  const missing = () => new DatasetMissing({ folder: options.folder })
  const { type } = yield* Effect.mapError(files.stat(root), missing)
  if (type !== "Directory") return yield* missing()
  /** What stands before the name of a table in its path. */
  const places = options.accounts === undefined ? [""] : options.accounts.map((account) => `account=${account}/`)
  const listedIn = (place: string) =>
    Effect.map(
      Effect.forEach([...tables.keys()], (table) => parquetFiles(files, path.join(root, place, table), table)),
      (found) => found.flat()
    )
  // Listed before each text, since a query may open the files that are listed and no others.
  const listed = Effect.map(
    Effect.forEach(places, (place) => Effect.map(listedIn(place), (names) => names.map((name) => `${place}${name}`))),
    (found) => found.flat()
  )
  const settings = yield* assignments(options)
  const access = options.files === true ? "files" : "dataset"
  const open = Effect.gen(function*() {
    const spill = yield* Effect.mapError(
      files.makeTempDirectoryScoped({ prefix: "trunkline-" }),
      () => new QueryFailed({ kind: "No temporary folder can be made", columns: [] })
    )
    const paths = (yield* Effect.forEach(places, (place) =>
      Effect.map(
        Snapshot.make(path.join(root, place), Effect.map(listedIn(place), (names) => names.map(pathOf))),
        ({ folder, names }) => names.map((name) => ({ table: name.split("/")[0], path: path.join(folder, name) }))
      ))).flat()
    const rowsOf = (wanted: string) => {
      const found = paths.filter(({ table }) => table === wanted).map(({ path }) => path)
      return Arr.isNonEmptyReadonlyArray(found) ? ParquetFiles.listed(root, found) : null
    }
    return yield* QuerySession.make({
      temporary: spill,
      memory: options.memoryLimit ?? "512MB",
      threads: options.threads,
      script: script(rowsOf, true),
      files: access === "files" ? null : paths.map(({ path }) => path),
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
  yield* Effect.scoped(Effect.flatMap(connect, ({ run }) =>
    Effect.mapError(
      run("SELECT trunkline_local(TIMESTAMPTZ '2026-01-01 00:00:00+00', trunkline_zone())"),
      () =>
        new InvalidParameter({
          parameter: "zone",
          reason: "no such time zone. Give an IANA name, such as Europe/Paris"
        })
    )))

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

const recordsOf = (
  names: ReadonlyArray<string>,
  { size, values }: QuerySession.Columns
): ReadonlyArray<{ readonly [column: string]: Value }> =>
  Array.from({ length: size }, (_, row) => {
    const record: { [column: string]: Value } = {}
    for (const [index, name] of names.entries()) record[name] = values[index]?.[row] ?? null
    return record
  })

/** Of a file that is listed. */
const pathOf = (version: string): string => version.slice(0, version.lastIndexOf("?"))

/** No path holds it. */
const separator = "\0"

const ifThere = <A>(inspect: Effect.Effect<A, PlatformError>, otherwise: A): Effect.Effect<A, PlatformError> =>
  Effect.catchIf(
    inspect,
    (error) => error._tag === "SystemError" && error.reason === "NotFound",
    () => Effect.succeed(otherwise)
  )

/**
 * By the name of the table and the path below it, and behind a `?` what changes when a file is replaced. A folder that is not there has none. One that cannot be read is an error:
 * its rows would be missing without a word. Pipes and folders are left out, since DuckDB would wait for a pipe.
 */
const parquetFiles = (
  files: FileSystem.FileSystem,
  folder: string,
  table: string
): Effect.Effect<ReadonlyArray<string>, QueryFailed> =>
  files.readDirectory(folder, { recursive: true }).pipe(
    Effect.flatMap((names) =>
      Effect.forEach(names.filter((name) => name.endsWith(".parquet")).toSorted(), (name) =>
        // A publish may remove a file after it was listed.
        ifThere(
          Effect.map(files.stat(`${folder}/${name}`), ({ ino, mtime, type }) =>
            type === "File"
              ? [`${table}/${name}?${Option.getOrElse(ino, () => 0)} ${Option.getOrUndefined(mtime)?.getTime() ?? 0}`]
              : []),
          []
        ))
    ),
    Effect.map((found) => found.flat()),
    (found) => ifThere(found, []),
    Effect.mapError(() => new QueryFailed({ kind: `${folder} cannot be read`, columns: [] }))
  )

const words = (values: ReadonlyArray<string>): string => `[${values.map(ParquetFiles.quoted).join(", ")}]::VARCHAR[]`

const set = (name: string, value: string | undefined): ReadonlyArray<string> =>
  value === undefined ? [] : [`SET VARIABLE ${name} = ${value};`]

const assignments = (parameters: Parameters): Effect.Effect<ReadonlyArray<string>, InvalidParameter> => {
  const { answered, converted, followupHours, gone, incoming, missed, periodDays, repeatDays, uncounted, zone } =
    parameters
  for (const [parameter, value] of Object.entries({ followupHours, repeatDays })) {
    if (value !== undefined && !(Number.isFinite(value) && value >= 0)) {
      return Effect.fail(new InvalidParameter({ parameter, reason: "must be a number, 0 or more" }))
    }
  }
  if (periodDays !== undefined && !(Number.isInteger(periodDays) && periodDays >= 1 && periodDays <= 36_500)) {
    return Effect.fail(
      new InvalidParameter({ parameter: "periodDays", reason: "must be a whole number from 1 to 36500" })
    )
  }
  return Effect.succeed([
    ...set("trunkline_zone", zone === undefined ? undefined : ParquetFiles.quoted(zone)),
    ...set("trunkline_incoming", incoming === undefined ? undefined : words(incoming)),
    ...set("trunkline_answered", answered === undefined ? undefined : words(answered)),
    ...set("trunkline_uncounted", uncounted === undefined ? undefined : words(uncounted)),
    ...set("trunkline_missed", missed === undefined ? undefined : words(missed)),
    ...set("trunkline_followup_hours", followupHours === undefined ? undefined : `${followupHours}::DOUBLE`),
    ...set("trunkline_repeat_days", repeatDays === undefined ? undefined : `${repeatDays}::DOUBLE`),
    ...set("trunkline_converted", converted === undefined ? undefined : words(converted)),
    ...set("trunkline_period_days", periodDays === undefined ? undefined : String(periodDays)),
    ...set("trunkline_gone", gone === undefined ? undefined : String(gone))
  ])
}
