/**
 * A person of the address book, as they stand in conversations.
 *
 * @since 0.1.0
 */
import { Wire } from "@trunkline/http"
import * as Schema from "effect/Schema"

/** @since 0.1.0 */
export const Company = Wire.record(Schema.Struct({
  id: Wire.maybe(Wire.id),
  name: Wire.maybe(Schema.String)
}))
/** @since 0.1.0 */
export interface Company extends Schema.Schema.Type<typeof Company> {}

/** @since 0.1.0 */
export const Deal = Wire.record(Schema.Struct({
  id: Wire.maybe(Wire.id),
  name: Wire.maybe(Schema.String),
  /** Free text in some answers, in either case in others. */
  status: Wire.maybe(Wire.openLiteral(["OPEN", "WON", "LOST"]))
}))
/** @since 0.1.0 */
export interface Deal extends Schema.Schema.Type<typeof Deal> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Contact = Wire.record(Schema.Struct({
  id: Wire.maybe(Wire.id),
  name: Wire.maybe(Schema.String),
  company: Wire.maybe(Company),
  deals: Wire.list(Deal)
}))
/** @since 0.1.0 */
export interface Contact extends Schema.Schema.Type<typeof Contact> {}
