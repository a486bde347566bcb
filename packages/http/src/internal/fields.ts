/** The fields that a struct declares: their names, and how each is read. */
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { jsonOf } from "./jsonSchema.js"
import { type Json, knownOf, quickOf } from "./quick.js"

/** The name of each declared field on the wire, and the name of its value. */
export const wireNames = (ast: AST.AST): ReadonlyMap<string, string> => {
  if (ast._tag !== "Transformation") {
    return new Map(AST.getPropertySignatures(ast).map(({ name }) => [String(name), String(name)]))
  }
  const names = new Map(AST.getPropertySignatures(ast.from).map(({ name }) => [String(name), String(name)]))
  if (ast.transformation._tag === "TypeLiteralTransformation") {
    for (const { from, to } of ast.transformation.propertySignatureTransformations) names.set(String(from), String(to))
  }
  return names
}

/** The fields as they are sent. The schema of an optional field admits `undefined`, which JSON has not. */
const signatures = (ast: AST.AST) =>
  AST.getPropertySignatures(ast._tag === "Transformation" ? ast.from : ast).map(({ isOptional, name, type }) => ({
    wire: String(name),
    isOptional,
    own: AST.isUnion(type) && type.types.length === 2 && type.types.some(AST.isUndefinedKeyword)
      ? type.types.find((part) => !AST.isUndefinedKeyword(part)) ?? type
      : type
  }))

/** How each field of a struct is read, if each has a function. `names` tells the name of a field's value. */
export const quickFields = (ast: AST.AST, names: ReadonlyMap<string, string>) => {
  const all = signatures(ast)
  const fields = all.flatMap(({ isOptional, own, wire }) => {
    // The function of an optional field already decides what `undefined` means.
    const read = knownOf(own)?.read ?? (isOptional ? undefined : quickOf(Schema.make<unknown, unknown>(own)))
    return read === undefined ? [] : [{ wire, name: names.get(wire) ?? wire, read }]
  })
  return fields.length === all.length ? fields : undefined
}

/** The names of the values that an inspected record may show. */
export const shownFields = (ast: AST.AST, names: ReadonlyMap<string, string>): ReadonlySet<string> =>
  new Set(
    signatures(ast).filter(({ own }) => knownOf(own)?.isShown === true).map(({ wire }) => names.get(wire) ?? wire)
  )

/** What an API may send for a struct. Other fields are allowed, and so is another case of a name. */
export const jsonFields = (ast: AST.AST): Json => {
  const all = signatures(ast)
  return {
    type: "object",
    required: all.filter(({ isOptional }) => !isOptional).map(({ wire }) => wire),
    properties: Object.fromEntries(all.map(({ own, wire }) => [wire, jsonOf(own)])),
    additionalProperties: true
  }
}
