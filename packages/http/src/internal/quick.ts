/**
 * The quick reader: a function beside a field's schema. Reading a record by these functions takes a tenth of the time
 * that the schema takes. What they cannot read is read again with the schema, which tells the paths.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

/** Reads one value; `undefined` means that it cannot be read. */
type Quick = (input: unknown) => unknown

const known = new WeakMap<object, Quick>()

/** Brands and descriptions copy a schema, and leave what it does in its place. */
const essence = (ast: AST.AST): object =>
  AST.isTransformation(ast) && AST.isFinalTransformation(ast.transformation) ? ast.transformation : ast

export const unreadable = (ast: AST.AST, actual: unknown) => ParseResult.fail(new ParseResult.Type(ast, actual))

/** The function that was put beside this schema, if any. */
export const ownQuick = (ast: AST.AST): Quick | undefined => known.get(essence(ast))

/** The function of this schema: its own, or its decoder. */
export const quickOf = <A, I>(schema: Schema.Schema<A, I>): Quick => {
  const own = ownQuick(schema.ast)
  if (own !== undefined) return own
  if (AST.isStringKeyword(schema.ast)) return (input) => typeof input === "string" ? input : undefined
  const decode = ParseResult.decodeUnknownEither(schema)
  return (input) => Either.getOrUndefined(decode(input))
}

export const withQuick = <S extends Schema.Schema.All>(schema: S, read: Quick): S => {
  known.set(essence(schema.ast), read)
  return schema
}

/** A schema that reads by one function. */
export const reading = <A>(
  target: Schema.Schema<A>,
  read: (input: unknown) => A | undefined,
  write: (value: A) => unknown = (value) => value
): Schema.Schema<A, unknown> =>
  withQuick(
    Schema.transformOrFail(Schema.Unknown, target, {
      strict: true,
      decode: (input, _, ast) => {
        const value = read(input)
        return value === undefined ? unreadable(ast, input) : ParseResult.succeed(value)
      },
      encode: (value) => ParseResult.succeed(write(value))
    }),
    read
  )
