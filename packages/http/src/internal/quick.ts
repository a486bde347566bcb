/**
 * The quick reader: a function beside a field's schema. Reading a record by these functions takes a tenth of the time
 * that the schema takes. What they cannot read is read again with the schema, which tells the paths.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

/** A JSON Schema, or a part of one. */
export type Json = { readonly [keyword: string]: unknown }

/** Reads one value; `undefined` means that it cannot be read. */
type Quick = (input: unknown) => unknown

/** What is known of a schema of this library, beside the schema. */
interface Known {
  readonly read: Quick
  /** What the API may send, as JSON Schema. */
  readonly json: Json
  /** Whether an inspected record may show the value. */
  readonly isShown: boolean
}

const known = new WeakMap<object, Known>()

/** Brands and descriptions copy a schema, and leave what it does in its place. */
const essence = (ast: AST.AST): object =>
  AST.isTransformation(ast) && AST.isFinalTransformation(ast.transformation) ? ast.transformation : ast

export const unreadable = (ast: AST.AST, actual: unknown) => ParseResult.fail(new ParseResult.Type(ast, actual))

/** What is known of this schema, if it is one of this library. */
export const knownOf = (ast: AST.AST): Known | undefined => known.get(essence(ast))

/** The function of this schema: its own, or its decoder. */
export const quickOf = <A, I>(schema: Schema.Schema<A, I>): Quick => {
  const own = knownOf(schema.ast)?.read
  if (own !== undefined) return own
  if (AST.isStringKeyword(schema.ast)) return (input) => typeof input === "string" ? input : undefined
  const decode = ParseResult.decodeUnknownEither(schema)
  return (input) => Either.getOrUndefined(decode(input))
}

export const withQuick = <S extends Schema.Schema.All>(schema: S, own: Known): S => {
  known.set(essence(schema.ast), own)
  return schema
}

/** Any JSON that an API may send in this place. */
export const sent = (json: Json): Schema.Schema<unknown> =>
  Object.keys(json).length === 0 ? Schema.Unknown : Schema.Unknown.annotations({ jsonSchema: json })

/** A schema that reads by one function. */
export const reading = <A>(options: {
  readonly target: Schema.Schema<A>
  readonly json: Json
  readonly read: (input: unknown) => A | undefined
  readonly write?: (value: A) => Either.Either<unknown, ParseResult.ParseIssue>
  readonly isShown?: boolean
}): Schema.Schema<A, unknown> => {
  const { isShown = false, json, read, target, write = (value: A) => Either.right(value) } = options
  return withQuick(
    Schema.transformOrFail(sent(json), target, {
      strict: true,
      decode: (input, _, ast) => {
        const value = read(input)
        return value === undefined ? unreadable(ast, input) : ParseResult.succeed(value)
      },
      encode: write
    }),
    { read, json, isShown }
  )
}
