/** The fields that a struct declares: their names, and how each is read. */
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { ownQuick, quickOf } from "./quick.js"

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

/** How each field of a struct is read, if each has a function. `names` tells the name of a field's value. */
export const quickFields = (ast: AST.AST, names: ReadonlyMap<string, string>) => {
  const signatures = AST.getPropertySignatures(ast._tag === "Transformation" ? ast.from : ast)
  const fields = signatures.flatMap(({ isOptional, name, type }) => {
    const wire = String(name)
    // The schema of an optional field admits `undefined`. The field's function already decides what that means.
    const own = AST.isUnion(type) && type.types.length === 2 && type.types.some(AST.isUndefinedKeyword)
      ? type.types.find((part) => !AST.isUndefinedKeyword(part)) ?? type
      : type
    const read = ownQuick(own) ?? (isOptional ? undefined : quickOf(Schema.make<unknown, unknown>(own)))
    return read === undefined ? [] : [{ wire, name: names.get(wire) ?? wire, read }]
  })
  return fields.length === signatures.length ? fields : undefined
}
