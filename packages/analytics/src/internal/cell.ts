/** The columns of views: what a program reads, what SQL calls it and what it means, in one place. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

export interface Column {
  readonly name: string
  /** As DuckDB calls it. */
  readonly type: string
  readonly nullable: boolean
  readonly meaning: string
}

const TypeId: unique symbol = Symbol.for("@trunkline/analytics/cell")

const cell = <A, I>(schema: Schema.Schema<A, I>, type: string, description: string) =>
  schema.annotations({ description, [TypeId]: type })

export const text = (meaning: string) => cell(Schema.String, "VARCHAR", meaning)
export const maybeText = (meaning: string) => cell(Schema.NullOr(Schema.String), "VARCHAR?", meaning)
export const texts = (meaning: string) => cell(Schema.Array(Schema.String), "VARCHAR[]", meaning)
export const whole = (meaning: string) => cell(Schema.Int, "INTEGER", meaning)
export const maybeWhole = (meaning: string) => cell(Schema.NullOr(Schema.Int), "INTEGER?", meaning)
/** A count, or a sum of whole seconds. */
export const count = (meaning: string) => cell(Schema.Int, "BIGINT", meaning)
export const maybeCount = (meaning: string) => cell(Schema.NullOr(Schema.Int), "BIGINT?", meaning)
export const maybeNumber = (meaning: string) => cell(Schema.NullOr(Schema.Number), "DOUBLE?", meaning)
export const flag = (meaning: string) => cell(Schema.Boolean, "BOOLEAN", meaning)
export const maybeFlag = (meaning: string) => cell(Schema.NullOr(Schema.Boolean), "BOOLEAN?", meaning)
export const instant = (meaning: string) => cell(Schema.DateTimeUtcFromSelf, "TIMESTAMPTZ", meaning)
export const maybeInstant = (meaning: string) =>
  cell(Schema.NullOr(Schema.DateTimeUtcFromSelf), "TIMESTAMPTZ?", meaning)
/** A day of a calendar is no instant: `2026-03-29`. */
export const day = (meaning: string) => cell(Schema.String, "DATE", meaning)
/** What a clock on the wall shows is no instant: `2026-03-29 01:30:00`. */
export const wallClock = (meaning: string) => cell(Schema.String, "TIMESTAMP", meaning)
export const of = cell

const type = AST.getAnnotation<string>(TypeId)

export const columns = (fields: Schema.Struct.Fields): ReadonlyArray<Column> =>
  Object.entries(fields).map(([name, field]) => {
    const ast = Schema.isSchema(field) ? field.ast : AST.neverKeyword
    const written = Option.getOrElse(type(ast), () => "")
    return {
      name,
      type: written.replace(/\?$/, ""),
      nullable: written.endsWith("?"),
      meaning: Option.getOrElse(AST.getDescriptionAnnotation(ast), () => "")
    }
  })
