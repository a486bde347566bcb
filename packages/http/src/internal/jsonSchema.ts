/** What an API may send, as JSON Schema. */
import * as AST from "effect/SchemaAST"
import { type Json, knownOf } from "./quick.js"

/** The JSON Schema of a field; empty, which allows everything, for a schema of which nothing is known. */
export const jsonOf = (ast: AST.AST): Json => {
  const own = knownOf(ast)?.json
  if (own !== undefined) return own
  return AST.isStringKeyword(ast)
    ? { type: "string" }
    : AST.isNumberKeyword(ast)
    ? { type: "number" }
    : AST.isBooleanKeyword(ast)
    ? { type: "boolean" }
    : {}
}

/** The same, or null. */
export const orNull = (json: Json): Json => Object.keys(json).length === 0 ? json : { anyOf: [json, { type: "null" }] }

/** Whether two values are the same JSON. Names may stand in any order. */
export const isSameJson = (one: unknown, other: unknown): boolean => {
  if (Object.is(one, other) || one === other) return true
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const names = Object.keys(one)
  return names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isSameJson(Reflect.get(one, name), Reflect.get(other, name)))
}
