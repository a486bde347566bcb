/**
 * A column of a file: what it is called, what stands in it, and whether it may be empty. Types are pinned here, never
 * inferred from values.
 *
 * @since 0.1.0
 */

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
