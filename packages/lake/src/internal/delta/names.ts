/** The names of the files of a log, and of the files of a table as its log spells them. */

const digits = 20
const padded = (version: number): string => String(version).padStart(digits, "0")

export const logFolder = (table: string): string => `${table}/_delta_log/`
export const commitKey = (table: string, version: number): string => `${logFolder(table)}${padded(version)}.json`
export const checkpointKey = (table: string, version: number): string =>
  `${logFolder(table)}${padded(version)}.checkpoint.parquet`
export const lastCheckpointKey = (table: string): string => `${logFolder(table)}_last_checkpoint`
/** Sorts before every file of this version, and after every file of an earlier one. */
export const before = (table: string, version: number): string => `${logFolder(table)}${padded(version)}`

export type LogFile =
  | { readonly _tag: "Commit"; readonly version: number }
  | { readonly _tag: "Checkpoint"; readonly version: number; readonly part: number; readonly parts: number }

const commit = /^(\d{20})\.json$/
const checkpoint = /^(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10}))?\.parquet$/

/** Undefined for what is neither, such as checksums and what is not finished. */
export const logFile = (name: string): LogFile | undefined => {
  const [, committed] = commit.exec(name) ?? []
  if (committed !== undefined) return { _tag: "Commit", version: Number(committed) }
  const [, version, part, parts] = checkpoint.exec(name) ?? []
  return version === undefined
    ? undefined
    : { _tag: "Checkpoint", version: Number(version), part: Number(part ?? 1), parts: Number(parts ?? 1) }
}

/** As Hive spells a value that is null. */
const nothing = "__HIVE_DEFAULT_PARTITION__"

/** The folder of a partition, such as `account=paris/source=allo`. */
export const folderOf = (
  partitionBy: ReadonlyArray<string>,
  values: Readonly<Record<string, string | null>>
): string => partitionBy.map((name) => `${name}=${values[name] ?? nothing}`).join("/")

/** A path as the log spells it: a relative URI. Readers that decode nothing still find `account=paris`. */
export const encoded = (path: string): string =>
  path.split("/").map((segment) => encodeURIComponent(segment).replaceAll("%3D", "=")).join("/")

/** Undefined for what is no relative URI: an absolute one names a file outside the table. */
export const decoded = (uri: string): string | undefined => {
  if (/^([a-z][a-z0-9+.-]*:|\/)/i.test(uri)) return undefined
  try {
    return decodeURIComponent(uri)
  } catch {
    return undefined
  }
}

/** The application under which the log keeps the sequence of an account. No account has this name. */
export const appOf = (account: string | null): string => account ?? "_"

/** Whose file this is. */
export const accountOf = (
  path: string,
  partition: Readonly<Record<string, string | null>> | undefined
): string | null | undefined => {
  if (partition !== undefined && Object.hasOwn(partition, "account")) return partition.account ?? null
  const value = /^account=([^/]*)\//.exec(path)?.[1]
  return value === nothing ? null : value
}
