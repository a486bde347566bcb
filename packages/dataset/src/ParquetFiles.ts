/**
 * Parquet files, and files of lines, as relations of DuckDB. DuckDB takes a path for a pattern (`*`, `?`, `[`), and on request for a row of
 * partition columns (`name=value`); here a path is a name and nothing else. This is the only module that hands paths to
 * DuckDB's readers, and a test of this package finds any other.
 *
 * @since 0.1.0
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import { resolve, sep } from "node:path"

/**
 * A value as a literal of SQL: quotes are doubled, and nothing else has a meaning inside.
 *
 * @since 0.1.0
 * @category constructors
 */
export const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`

/**
 * DuckDB splits a pattern at each backslash, also where a name holds one. So a backslash is written as a class that excludes
 * every other byte of UTF-8: those after it, those before it, and those beyond ASCII.
 */
const backslash = "[!]-\u007f\u0001-[\u0080-\u{10ffff}]"

const special = sep === "\\" ? /[*?[]/g : /[*?[\\]/g

/** A pattern that matches this path alone. */
const pattern = (path: string): string =>
  path.replaceAll(special, (character) => character === "\\" ? backslash : `[${character}]`)

/** An absolute path is neither `~` nor a URL. One without these characters is opened as it stands. */
const literal = (path: string): string => {
  const absolute = resolve(path)
  return quoted(/[*?[]/.test(absolute) ? pattern(absolute) : absolute)
}

const list = (paths: NonEmptyReadonlyArray<string>): string => `[${paths.map(literal).join(", ")}]`

/**
 * The rows of these files, with the columns that stand in them and no others. A column that a file lacks is null there.
 *
 * @since 0.1.0
 * @category relations
 */
export const rows = (
  paths: NonEmptyReadonlyArray<string>,
  options: {
    /** A column that names the file a row is from. */
    readonly file?: string | undefined
    /** Adds `file_row_number`: the place of a row in its file. */
    readonly numbered?: boolean | undefined
  } = {}
): string =>
  `read_parquet(${list(paths)}, hive_partitioning = false, union_by_name = ${paths.length > 1}` +
  `${options.file === undefined ? "" : `, filename = ${quoted(options.file)}`}` +
  `${options.numbered === true ? ", file_row_number = true" : ""})`

/**
 * The rows of these files of JSON lines, with these columns and their types. The reader is lenient: it rounds numbers, takes one type
 * for another and drops what it does not know, so only what was checked when it was written is read with it.
 *
 * @since 0.1.0
 * @category relations
 */
export const lines = (
  paths: NonEmptyReadonlyArray<string>,
  { columns, file, longest }: {
    /** What DuckDB calls their types. */
    readonly columns: Readonly<Record<string, string>>
    /** No line has more bytes. A reader takes twice as many, and 32 MB at least, of which it uses what a file holds. */
    readonly longest: number
    /** A column that names the file a row is from. */
    readonly file?: string | undefined
  }
): string =>
  `read_json(${list(paths)}, format = 'newline_delimited', compression = 'gzip', auto_detect = false, ` +
  `ignore_errors = false, maximum_object_size = ${longest}, columns = {${
    Object.entries(columns).map(([name, type]) => `${quoted(name)}: ${quoted(type)}`).join(", ")
  }}${file === undefined ? "" : `, filename = ${quoted(file)}`})`

/**
 * The footers of these files: one row for each, with `num_rows`.
 *
 * @since 0.1.0
 * @category relations
 */
export const footers = (paths: NonEmptyReadonlyArray<string>): string => `parquet_file_metadata(${list(paths)})`

/**
 * What was written into these files besides rows: one row for each entry, with `key` and `value` as BLOB.
 *
 * @since 0.1.0
 * @category relations
 */
export const metadata = (paths: NonEmptyReadonlyArray<string>): string => `parquet_kv_metadata(${list(paths)})`

/**
 * Every file of a table below the folder that is current when the query runs, with a column for each part of its path. For
 * texts that are read in that folder: a path that begins there holds no name but those of the dataset.
 *
 * @since 0.1.0
 * @category relations
 */
export const here = (table: string): string =>
  `read_parquet(${quoted(`${table}/**/*.parquet`)}, hive_partitioning = true, hive_types_autocast = false, ` +
  "union_by_name = true)"

const below = (root: string, table: string): string => quoted(`${pattern(resolve(root))}/${table}/**/*.parquet`)

/** The value of a partition in the path of a file; what stands above the dataset is not looked at. */
const partition = (root: string, name: string): string =>
  `nullif(regexp_extract(substr(filename, length(${quoted(resolve(root))}) + 1), ` +
  `'[/\\\\]${name}=([^/\\\\]*)[/\\\\]', 1), '') AS ${name}`

const partitions = ["source", "month", "day", "account"]

const filed = (root: string, files: string): string =>
  `(SELECT COLUMNS(name -> lower(name) NOT IN (${[...partitions, "filename"].map(quoted).join(", ")})), ` +
  `${partitions.map((name) => partition(root, name)).join(", ")} ` +
  // Under this name DuckDB leaves out files whose path alone rules them out.
  `FROM read_parquet(${files}, hive_partitioning = false, union_by_name = true, filename = true))`

/**
 * Every file of a table below this folder, also those that appear later, with the columns `source`, `month`, `day` and `account`.
 *
 * @since 0.1.0
 * @category relations
 */
export const tree = (root: string, table: string): string => filed(root, below(root, table))

/**
 * The rows of these files below this folder, with the columns `source`, `month`, `day` and `account`.
 *
 * @since 0.1.0
 * @category relations
 */
export const listed = (root: string, paths: NonEmptyReadonlyArray<string>): string => filed(root, list(paths))

/**
 * Every spelling under which DuckDB may look for this file, for its setting `allowed_paths`.
 *
 * @since 0.1.0
 * @category getters
 */
export const spellings = (path: string): ReadonlyArray<string> => [...new Set([resolve(path), pattern(resolve(path))])]

/**
 * The files that `tree` reads, one row for each, in the column `file`. None is no failure here.
 *
 * @since 0.1.0
 * @category relations
 */
export const names = (root: string, table: string): string => `glob(${below(root, table)})`
