/** The published files of a dataset, or of those of several accounts: listed, and as they are together at one moment. */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import type { NotWhole } from "@trunkline/dataset/Elsewhere"
import * as ParquetFiles from "@trunkline/dataset/ParquetFiles"
import * as Snapshot from "@trunkline/dataset/Snapshot"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { DatasetMissing, QueryFailed } from "../AnalyticsError.js"
import { tables } from "./tables.js"

export interface File {
  readonly table: string | undefined
  readonly path: string
}

export interface Published {
  readonly root: string
  /** Names of files, each with what changes when it is replaced. */
  readonly listed: Effect.Effect<ReadonlyArray<string>, QueryFailed>
  /** The files as they are together now, until the scope ends. */
  readonly snapshot: Effect.Effect<ReadonlyArray<File>, QueryFailed | NotWhole, Scope.Scope>
}

export const make = (options: {
  readonly folder: string
  readonly accounts?: ReadonlyArray<string> | undefined
}): Effect.Effect<Published, DatasetMissing, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
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
    const listed = Effect.map(
      Effect.forEach(places, (place) => Effect.map(listedIn(place), (names) => names.map((name) => `${place}${name}`))),
      (found) => found.flat()
    )
    const snapshot = Effect.map(
      Effect.forEach(places, (place) =>
        Effect.map(
          Snapshot.make(path.join(root, place), Effect.map(listedIn(place), (names) => names.map(pathOf))),
          ({ folder, names }) => names.map((name) => ({ table: name.split("/")[0], path: path.join(folder, name) }))
        )),
      (found) => found.flat()
    )
    return { root, listed, snapshot }
  })

/** A relation of all rows of a table in these files; null for a table without files. */
export const relation = (root: string, files: ReadonlyArray<File>) => (wanted: string): string | null => {
  const found = files.filter(({ table }) => table === wanted).map(({ path }) => path)
  return Arr.isNonEmptyReadonlyArray(found) ? ParquetFiles.listed(root, found) : null
}

/** Of a file that is listed. */
const pathOf = (version: string): string => version.slice(0, version.lastIndexOf("?"))

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
