/**
 * A person of the address book, as they stand in a row.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Deal = Schema.Struct({
  id: Schema.NullOr(Schema.String),
  name: Schema.NullOr(Schema.String),
  status: Schema.NullOr(Schema.String)
})
/** @since 0.1.0 */
export interface Deal extends Schema.Schema.Type<typeof Deal> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Contact = Schema.Struct({
  id: Schema.NullOr(Schema.String),
  name: Schema.NullOr(Schema.String),
  company_id: Schema.NullOr(Schema.String),
  company_name: Schema.NullOr(Schema.String),
  deals: Schema.Array(Deal)
})
/** @since 0.1.0 */
export interface Contact extends Schema.Schema.Type<typeof Contact> {}
