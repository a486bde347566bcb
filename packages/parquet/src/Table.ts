/**
 * A table: what its rows are, what names a row, when it happened, and which of its columns are known together.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Schema from "effect/Schema"
import * as Column from "./Column.js"
import { Refusal, rowCheck } from "./internal/check.js"
import { InvalidTable } from "./InvalidTable.js"

/**
 * Columns that are learned in one reading and replaced together. A reading that did not ask for a group says nothing of
 * it, so that *not asked* never overwrites *known*.
 *
 * @since 0.1.0
 * @category models
 */
export interface Group {
  readonly name: string
  readonly columns: ReadonlyArray<string>
}

/**
 * Rows that live where the row of another table lives, and move with it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parent {
  readonly table: string
  /** The column that holds the parent's key. */
  readonly by: string
}

/**
 * No I/O: what a table is, for whoever writes, merges or documents it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Table<Row extends object> {
  readonly name: string
  /** What a row is; a type side, so that nothing is decoded on the way. */
  readonly row: Schema.Schema<Row>
  /** In the order of the file, derived from `row`. */
  readonly columns: ReadonlyArray<Column.Column>
  /** The columns that name a row. */
  readonly key: ReadonlyArray<keyof Row & string>
  /** The instant whose month or day a row is filed under; null where all rows of a source are one file. */
  readonly eventTime: (keyof Row & string) | null
  /** Every column but the key stands in exactly one. */
  readonly groups: ReadonlyArray<Group>
  /** A newer reading of these replaces all rows that have them: the key itself, or a part of it. */
  readonly replacedBy: ReadonlyArray<keyof Row & string>
  readonly parent: Parent | null
  /** Columns that are not part of what a row says, so that a row equal in all others is no new version. */
  readonly stamps: ReadonlyArray<keyof Row & string>
}

/**
 * Any table, for lists of several: everything but the type of its rows.
 *
 * @since 0.1.0
 * @category models
 */
export interface Any extends Pick<Table<never>, "name" | "columns" | "groups" | "parent"> {
  readonly row: Schema.Schema.All
  readonly key: ReadonlyArray<string>
  readonly eventTime: string | null
  readonly replacedBy: ReadonlyArray<string>
  readonly stamps: ReadonlyArray<string>
}

/**
 * What `make` is told; the rest is derived.
 *
 * @since 0.1.0
 * @category models
 */
export interface Description<Row extends object, Encoded, Requirements> {
  readonly name: string
  /** Only its type side counts. */
  readonly row: Schema.Schema<Row, Encoded, Requirements>
  readonly key: ReadonlyArray<keyof Row & string>
  /** None when left out. */
  readonly eventTime?: (keyof Row & string) | null | undefined
  readonly groups: ReadonlyArray<{ readonly name: string; readonly columns: ReadonlyArray<keyof Row & string> }>
  /** The key when left out. */
  readonly replacedBy?: ReadonlyArray<keyof Row & string> | undefined
  /** None when left out. */
  readonly parent?: { readonly table: string; readonly by: keyof Row & string } | null | undefined
  /** None when left out. */
  readonly stamps?: ReadonlyArray<keyof Row & string> | undefined
}

const repeated = (names: ReadonlyArray<string>): string | undefined =>
  names.find((name, index) => names.indexOf(name) !== index)

const problem = <Row extends object>(table: Table<Row>): InvalidTable | undefined => {
  const refuse = (subject: string, reason: string) => new InvalidTable({ subject: `${table.name}: ${subject}`, reason })
  const byName = new Map(table.columns.map((column) => [column.name, column]))

  // The name becomes a folder and a word in SQL.
  if (!/^[a-z][a-z0-9_]*$/.test(table.name)) {
    return refuse("the name", "must be lower case letters, digits and underscores")
  }
  const named: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["the key", table.key],
    ["replacedBy", table.replacedBy],
    ["the stamps", table.stamps],
    ["eventTime", table.eventTime === null ? [] : [table.eventTime]],
    ["the parent", table.parent === null ? [] : [table.parent.by]],
    ...table.groups.map((group) => [`group ${group.name}`, group.columns] as const)
  ]
  for (const [what, columns] of named) {
    const missing = columns.find((name) => !byName.has(name))
    if (missing !== undefined) return refuse(what, `names ${missing}, which is no column`)
    const twice = repeated(columns)
    if (twice !== undefined) return refuse(what, `names ${twice} twice`)
  }

  if (table.key.length === 0) return refuse("the key", "has no columns, so that nothing names a row")
  for (const name of [...table.key, ...(table.parent === null ? [] : [table.parent.by])]) {
    const column = byName.get(name)
    if (column?.nullable === true) return refuse(name, "is in the key and may be null; a key is always there")
    if (column?.type._tag === "List" || column?.type._tag === "Struct" || column?.type._tag === "Double") {
      return refuse(name, `is in the key and is a ${Column.render(column.type)}; a key is compared for equality`)
    }
  }
  const eventTime = table.eventTime === null ? undefined : byName.get(table.eventTime)
  if (eventTime !== undefined && (eventTime.type._tag !== "Instant" || eventTime.nullable)) {
    return refuse(eventTime.name, "files the row, so it must be an instant that is never null")
  }

  const twice = repeated(table.groups.map((group) => group.name))
  if (twice !== undefined) return refuse(`group ${twice}`, "is described twice")
  const isKey = (name: string) => table.key.some((key) => key === name)
  for (const { name } of table.columns) {
    const groups = table.groups.filter((group) => group.columns.includes(name)).map((group) => group.name)
    if (isKey(name)) {
      if (groups.length > 0) return refuse(name, `is in the key and in group ${groups[0]}; the key is in none`)
    } else if (groups.length !== 1) {
      return refuse(
        name,
        groups.length === 0
          ? "is in no group; every column but the key is in one"
          : `is in several groups (${groups.join(", ")}); every column but the key is in one`
      )
    }
  }

  if (table.replacedBy.length === 0) return refuse("replacedBy", "has no columns; leave it out for the key")
  const notOfTheKey = table.replacedBy.find((name) => !isKey(name))
  if (notOfTheKey !== undefined) return refuse("replacedBy", `names ${notOfTheKey}, which is not in the key`)
  const stampedKey = table.stamps.find(isKey)
  if (stampedKey !== undefined) return refuse("the stamps", `name ${stampedKey}, which is in the key`)
  return undefined
}

/**
 * `make`, for whoever does not know the description beforehand.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeEither = <Row extends object, Encoded, Requirements>(
  description: Description<Row, Encoded, Requirements>
): Either.Either<Table<Row>, InvalidTable> =>
  Either.flatMap(Column.fromSchemaEither(description.row), (columns) => {
    const table: Table<Row> = {
      name: description.name,
      row: Schema.typeSchema(description.row),
      columns,
      key: description.key,
      eventTime: description.eventTime ?? null,
      groups: description.groups,
      replacedBy: description.replacedBy ?? description.key,
      parent: description.parent ?? null,
      stamps: description.stamps ?? []
    }
    const found = problem(table)
    return found === undefined ? Either.right(table) : Either.left(found)
  })

/**
 * A table out of its row's schema. A description that cannot be throws `InvalidTable`, naming the column: a key that may
 * be null, a column in no group or in two, a type no column holds.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Row extends object, Encoded, Requirements>(
  description: Description<Row, Encoded, Requirements>
): Table<Row> => Either.getOrThrowWith(makeEither(description), identity)

/**
 * What is wrong with a row for a file, though its schema may take it: the column, and what should stand there. Never what
 * does. Built once per table.
 *
 * @since 0.1.0
 * @category checks
 */
export const misfit = (table: Pick<Any, "columns">): (row: object) => string | undefined => {
  const check = rowCheck(table.columns)
  return (row) => {
    const checked = check(row, { text: 0 })
    return checked instanceof Refusal ? `${checked.column} is not ${checked.expected}` : undefined
  }
}
