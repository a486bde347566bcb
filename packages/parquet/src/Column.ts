/**
 * A column of a file: what it is called, what stands in it, and whether it may be empty. Types are pinned here, never
 * inferred from values.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { InvalidTable } from "./InvalidTable.js"

/**
 * What stands in a column. Instants are `DateTime.Utc` in a row and microseconds in a file.
 *
 * @since 0.1.0
 * @category models
 */
export type ColumnType =
  | { readonly _tag: "Text" }
  | { readonly _tag: "Boolean" }
  | { readonly _tag: "Int32" }
  | { readonly _tag: "Double" }
  | { readonly _tag: "Instant" }
  | { readonly _tag: "List"; readonly element: ColumnType }
  | { readonly _tag: "Struct"; readonly fields: ReadonlyArray<Column> }

/**
 * @since 0.1.0
 * @category models
 */
export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const Text: ColumnType = { _tag: "Text" }

/**
 * @since 0.1.0
 * @category constructors
 */
export const Boolean: ColumnType = { _tag: "Boolean" }

/**
 * @since 0.1.0
 * @category constructors
 */
export const Int32: ColumnType = { _tag: "Int32" }

/**
 * @since 0.1.0
 * @category constructors
 */
export const Double: ColumnType = { _tag: "Double" }

/**
 * @since 0.1.0
 * @category constructors
 */
export const Instant: ColumnType = { _tag: "Instant" }

/**
 * @since 0.1.0
 * @category constructors
 */
export const List = (element: ColumnType): ColumnType => ({ _tag: "List", element })

/**
 * @since 0.1.0
 * @category constructors
 */
export const Struct = (fields: ReadonlyArray<Column>): ColumnType => ({ _tag: "Struct", fields })

const AnnotationId: unique symbol = Symbol.for("@trunkline/parquet/Column")

/**
 * Says what a schema is in a file where its shape does not: `Schema.Number.annotations(Column.as(Column.Int32))`. The
 * type pinned here is what the sink checks.
 *
 * @since 0.1.0
 * @category annotations
 */
export const as = (type: ColumnType): { readonly [AnnotationId]: ColumnType } => ({ [AnnotationId]: type })

interface Shape {
  readonly type: ColumnType
  readonly nullable: boolean
}

const unmappable = (path: string, reason: string) => Either.left(new InvalidTable({ subject: path, reason }))

const value = (type: ColumnType): Either.Either<Shape, InvalidTable> => Either.right({ type, nullable: false })

const isNull = (ast: SchemaAST.AST): boolean => ast._tag === "Literal" && ast.literal === null

/** `Schema.Int` and every refinement of it. */
const isInteger = (ast: SchemaAST.AST): boolean =>
  ast._tag === "Refinement" &&
  (Option.contains(SchemaAST.getSchemaIdAnnotation(ast), Schema.IntSchemaId) || isInteger(ast.from))

const sameType = (left: ColumnType, right: ColumnType): boolean => {
  if (left._tag === "List" && right._tag === "List") return sameType(left.element, right.element)
  return left._tag === right._tag && left._tag !== "Struct"
}

const shapeOf = (ast: SchemaAST.AST, path: string): Either.Either<Shape, InvalidTable> => {
  const pinned = SchemaAST.getAnnotation<ColumnType>(AnnotationId)(ast)
  if (Option.isSome(pinned)) {
    return Either.right({ type: pinned.value, nullable: ast._tag === "Union" && ast.types.some(isNull) })
  }
  switch (ast._tag) {
    case "StringKeyword":
    case "TemplateLiteral":
      return value(Text)
    case "BooleanKeyword":
      return value(Boolean)
    case "NumberKeyword":
      return value(Double)
    case "Literal":
      if (typeof ast.literal === "string") return value(Text)
      if (typeof ast.literal === "boolean") return value(Boolean)
      return unmappable(path, "is a literal that is neither text nor boolean; pin its type with Column.as")
    case "Enums":
      return ast.enums.every((member) => typeof member[1] === "string")
        ? value(Text)
        : unmappable(path, "is an enumeration that is not all text; pin its type with Column.as")
    case "Refinement":
      return isInteger(ast) ? value(Int32) : shapeOf(ast.from, path)
    case "Transformation":
      return shapeOf(SchemaAST.typeAST(ast), path)
    case "Declaration": {
      if (Option.contains(SchemaAST.getIdentifierAnnotation(ast), "DateTimeUtcFromSelf")) return value(Instant)
      // A class says in its surrogate what its fields are.
      const surrogate = SchemaAST.getSurrogateAnnotation(ast)
      return Option.isSome(surrogate)
        ? shapeOf(SchemaAST.typeAST(surrogate.value), path)
        : unmappable(path, "is a type no column holds; use Schema.DateTimeUtcFromSelf for instants")
    }
    case "TupleType": {
      const rest = ast.rest[0]
      if (ast.elements.length > 0 || ast.rest.length !== 1 || rest === undefined) {
        return unmappable(path, "is a tuple; a list has one type for all its elements")
      }
      return Either.flatMap(shapeOf(rest.type, `${path}[]`), (element) =>
        element.nullable
          ? unmappable(`${path}[]`, "may be null; a list holds no nulls")
          : value(List(element.type)))
    }
    case "TypeLiteral":
      return Either.map(fieldsOf(ast, path), (fields) => ({ type: Struct(fields), nullable: false }))
    case "Union": {
      const members = ast.types.filter((member) => !isNull(member))
      const shapes = Either.all(members.map((member) => shapeOf(member, path)))
      return Either.flatMap(shapes, (found) => {
        const first = found[0]
        if (first === undefined) return unmappable(path, "can be nothing but null")
        if (found.slice(1).some((other) => !sameType(first.type, other.type))) {
          return unmappable(path, "is a union of several types; a column has one")
        }
        return Either.right({
          type: first.type,
          nullable: members.length < ast.types.length || found.some((shape) => shape.nullable)
        })
      })
    }
    case "Suspend":
      return unmappable(path, "is recursive; a file has a fixed depth")
    default:
      return unmappable(path, `is ${ast._tag}, which no column holds`)
  }
}

// DuckDB and Spark take `Id` and `id` for one column; the engines keep columns in plain objects by name.
const nameProblem = (name: string): string | undefined =>
  !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ?
    "is no name for a column: use letters, digits and underscores" :
    name === "__proto__" || name === "constructor" ?
    "is no name for a column: JavaScript keeps it for itself" :
    undefined

const fieldsOf = (ast: SchemaAST.TypeLiteral, path: string): Either.Either<ReadonlyArray<Column>, InvalidTable> => {
  if (ast.indexSignatures.length > 0) return unmappable(path, "has keys that are not declared; name each field")
  if (ast.propertySignatures.length === 0) return unmappable(path, "has no fields")
  const seen = new Set<string>()
  const columns: Array<Column> = []
  for (const property of ast.propertySignatures) {
    const name = String(property.name)
    const at = path === "" ? name : `${path}.${name}`
    const problem = typeof property.name === "symbol" ? "is a symbol, not a name" : nameProblem(name)
    if (problem !== undefined) return unmappable(at, problem)
    if (seen.has(name.toLowerCase())) return unmappable(at, "differs from another column in case only")
    seen.add(name.toLowerCase())
    if (property.isOptional) return unmappable(at, "may be missing; use Schema.NullOr")
    const shape = shapeOf(property.type, at)
    if (Either.isLeft(shape)) return Either.left(shape.left)
    columns.push({ name, type: shape.right.type, nullable: shape.right.nullable })
  }
  return Either.right(columns)
}

/**
 * The columns of a struct's type side, in its order. Anything a column cannot hold is told by name.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromSchemaEither = <Row extends object, Encoded, Requirements>(
  schema: Schema.Schema<Row, Encoded, Requirements>
): Either.Either<ReadonlyArray<Column>, InvalidTable> =>
  Either.flatMap(
    shapeOf(SchemaAST.typeAST(schema.ast), ""),
    ({ nullable, type }) =>
      type._tag === "Struct" && !nullable ? Either.right(type.fields) : unmappable("the row", "is not a struct")
  )

/**
 * The columns of a struct's type side, in its order: text, booleans, `Schema.Int` as 32 bits, other numbers as doubles,
 * `Schema.DateTimeUtcFromSelf` as instants, arrays as lists, structs as structs, and `Schema.NullOr` of each. Where a
 * schema says too little, `Column.as` pins the type. What no column can hold throws `InvalidTable`, as it is a mistake in
 * the program.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromSchema = <Row extends object, Encoded, Requirements>(
  schema: Schema.Schema<Row, Encoded, Requirements>
): ReadonlyArray<Column> => Either.getOrThrowWith(fromSchemaEither(schema), identity)

/**
 * A type in one line, as errors and documents show it: `list of struct(id text, name text?)`.
 *
 * @since 0.1.0
 * @category rendering
 */
export const render = (type: ColumnType): string => {
  switch (type._tag) {
    case "List":
      return `list of ${render(type.element)}`
    case "Struct":
      return `struct(${
        type.fields.map((field) => `${field.name} ${render(field.type)}${field.nullable ? "?" : ""}`).join(", ")
      })`
    default:
      return type._tag.toLowerCase()
  }
}
