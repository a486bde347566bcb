/** The type side of a record, from which arbitraries, equivalences and printers are derived. */
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { isSameJson } from "./jsonSchema.js"

/** Fields that nobody declared. `isTaken` tells the names that are declared. */
export const extra = (isTaken: (name: string) => boolean) =>
  Schema.Record({ key: Schema.String, value: Schema.Unknown }).annotations({
    arbitrary: () => (fc) =>
      fc.dictionary(
        fc.string({ minLength: 1, maxLength: 9 }).filter((name) => !isTaken(name)),
        fc.jsonValue({ maxDepth: 2 }),
        { maxKeys: 2, noNullPrototype: true }
      ),
    equivalence: () => isSameJson
  })

/** A record as it is, and not a copy: the copy that a struct makes would show what an inspected record hides. */
export const derived = <A extends object>(
  typed: Schema.Schema<A>,
  withPrototype: (value: A) => A
): Schema.Schema<A> => {
  const is = (input: unknown): input is A => ParseResult.is(typed)(input)
  const whole = () => (input: unknown, _: unknown, ast: Schema.Schema<A>["ast"]) =>
    is(input) ? ParseResult.succeed(input) : ParseResult.fail(new ParseResult.Type(ast, input))
  return Schema.declare([typed], { decode: whole, encode: whole }, {
    arbitrary: (arbitrary) => (fc) => arbitrary(fc).map(withPrototype),
    equivalence: (equivalence) => equivalence,
    pretty: (pretty) => pretty
  })
}
