/** The columns of a table as its log has them. */
import type * as Column from "@trunkline/parquet/Column"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { BadCommit, ColumnChanged } from "../../DeltaError.js"

/** What we do not know of a field of another writer, such as its comment, is carried. */
const Field = Schema.Struct(
  { name: Schema.String, type: Schema.Unknown, nullable: Schema.Boolean },
  Schema.Record({ key: Schema.String, value: Schema.Unknown })
)
export interface Field extends Schema.Schema.Type<typeof Field> {}

const Struct = Schema.Struct({ type: Schema.Literal("struct"), fields: Schema.Array(Field) })

const decode = ParseResult.decodeUnknownEither(Schema.parseJson(Struct))

/** Undefined for a text that is no schema. */
export const fieldsOf = (schemaString: string): ReadonlyArray<Field> | undefined =>
  Either.getOrUndefined(Either.map(decode(schemaString), ({ fields }) => fields))

export const schemaString = (fields: ReadonlyArray<Field>): string => JSON.stringify({ type: "struct", fields })

/** A file of an earlier version may lack any column, so every one may be null. */
const field = (name: string, type: unknown): Field => ({ name, type, nullable: true, metadata: {} })

const typeOf = (type: Column.ColumnType): unknown => {
  switch (type._tag) {
    case "Text":
      return "string"
    case "Boolean":
      return "boolean"
    case "Int32":
      return "integer"
    case "Double":
      return "double"
    case "Instant":
      return "timestamp"
    case "List":
      return { type: "array", elementType: typeOf(type.element), containsNull: true }
    case "Struct":
      return { type: "struct", fields: type.fields.map((one) => field(one.name, typeOf(one.type))) }
  }
}

/** The columns of files, then those of their partitions: what a file holds under such a name is not looked at. */
export const fromColumns = (
  columns: ReadonlyArray<Column.Column>,
  partitionBy: ReadonlyArray<string>
): ReadonlyArray<Field> => [
  ...columns.filter(({ name }) => !partitionBy.includes(name)).map(({ name, type }) => field(name, typeOf(type))),
  ...partitionBy.map((name) => field(name, "string"))
]

const Nested = Schema.Union(
  Schema.Struct({ type: Schema.Literal("array"), elementType: Schema.Unknown }),
  Schema.Struct({ type: Schema.Literal("map"), keyType: Schema.Unknown, valueType: Schema.Unknown }),
  Struct
)
const decodeNested = ParseResult.decodeUnknownEither(Nested)

/** A type as text, the same for the same type: whether a value may be null is no part of it. */
export const render = (type: unknown): string => {
  if (typeof type === "string") return type
  const nested = Either.getOrUndefined(decodeNested(type))
  switch (nested?.type) {
    case "array":
      return `array<${render(nested.elementType)}>`
    case "map":
      return `map<${render(nested.keyType)},${render(nested.valueType)}>`
    case "struct":
      return `struct<${nested.fields.map((one) => `${one.name}:${render(one.type)}`).join(",")}>`
    case undefined:
      return "a type that is not known"
  }
}

/**
 * The columns of the table once these are committed: those it has, as they are, and new ones behind them. A column that is
 * not among these stays, and is null in the new files.
 */
export const merged = (
  table: string,
  has: ReadonlyArray<Field>,
  these: ReadonlyArray<Field>
): Either.Either<ReadonlyArray<Field>, ColumnChanged | BadCommit> => {
  const byName = new Map(has.map((one) => [one.name.toLowerCase(), one]))
  const added: Array<Field> = []
  for (const one of these) {
    const old = byName.get(one.name.toLowerCase())
    if (old === undefined) added.push(one)
    else if (old.name !== one.name) {
      return Either.left(
        new BadCommit({ table, reason: `column ${one.name} is called ${old.name} in the table` })
      )
    } else if (render(old.type) !== render(one.type)) {
      return Either.left(
        new ColumnChanged({ table, column: one.name, from: render(old.type), to: render(one.type) })
      )
    }
  }
  return Either.right([...has, ...added])
}

/** Fields that a writer has to check values against, which this program does not. */
export const invariants = (fields: ReadonlyArray<Field>): boolean =>
  fields.some((one) => holds(one.metadata) || inside(one.type))

const holds = (metadata: unknown): boolean =>
  typeof metadata === "object" && metadata !== null && Object.hasOwn(metadata, "delta.invariants")

const inside = (type: unknown): boolean => {
  const nested = Either.getOrUndefined(decodeNested(type))
  switch (nested?.type) {
    case "array":
      return inside(nested.elementType)
    case "map":
      return inside(nested.keyType) || inside(nested.valueType)
    case "struct":
      return invariants(nested.fields)
    case undefined:
      return false
  }
}
