/**
 * A view: what its rows are, what they mean, and the SQL that makes them.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as cell from "./internal/cell.js"

/** @since 0.1.0 */
export type { Column } from "./internal/cell.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface View<Row> {
  readonly name: string
  /** What one row is, as "one row per ...". */
  readonly grain: string
  /** How the numbers come about, in sentences. The same words stand in the SQL and in docs/analytics.md. */
  readonly definition: ReadonlyArray<string>
  readonly columns: ReadonlyArray<cell.Column>
  /** A type side: rows are checked, not decoded. */
  readonly row: Schema.Schema<Row>
  /** `CREATE OR REPLACE VIEW ...;` under its definition. It needs the views and macros that stand before it. */
  readonly sql: string
}

/**
 * The definition becomes a comment of the SQL.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Row, Encoded>(options: {
  readonly name: string
  readonly grain: string
  readonly definition: ReadonlyArray<string>
  readonly row: Schema.Schema<Row, Encoded> & { readonly fields: Schema.Struct.Fields }
  /** Those of `row` when left out. */
  readonly columns?: ReadonlyArray<cell.Column> | undefined
  readonly body: string
}): View<Row> => ({
  name: options.name,
  grain: options.grain,
  definition: options.definition,
  columns: options.columns ?? cell.columns(options.row.fields),
  row: Schema.typeSchema(options.row),
  sql: [
    ...comment(`${options.name}: ${options.grain}.`),
    ...options.definition.flatMap(comment),
    `CREATE OR REPLACE VIEW ${options.name} AS`,
    `${options.body.trim()};`
  ].join("\n")
})

/** As wide as a terminal, so that the text reads as well as the page. */
const width = 110

const comment = (sentence: string): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = "--"
  for (const word of sentence.split(" ")) {
    if (line.length + 1 + word.length > width) {
      lines.push(line)
      line = "--"
    }
    line = `${line} ${word}`
  }
  return [...lines, line]
}
