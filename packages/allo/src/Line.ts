/**
 * A line of the account: a phone number, or a sender id, which has none.
 *
 * @since 0.1.0
 */
import { Wire } from "@trunkline/http"
import * as Schema from "effect/Schema"
import { Agent } from "./ConversationItem.js"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Line = Wire.record(Schema.Struct({
  number: Wire.maybe(Schema.String),
  name: Wire.maybe(Schema.String),
  country: Wire.maybe(Schema.String),
  type: Wire.maybe(Wire.openLiteral(["NUMBER", "SENDER_ID"])),
  capabilities: Wire.list(Wire.openLiteral(["VOICE", "SMS", "MMS"])),
  users: Wire.list(Agent)
}))
/** @since 0.1.0 */
export interface Line extends Schema.Schema.Type<typeof Line> {}

/**
 * A line as version 1 of the API lists it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SharedNumber = Wire.record(Schema.Struct({
  number: Wire.maybe(Schema.String),
  name: Wire.maybe(Schema.String),
  country: Wire.maybe(Schema.String),
  isShared: Wire.maybe(Wire.flag).pipe(Schema.fromKey("is_shared_number"))
}))
/** @since 0.1.0 */
export interface SharedNumber extends Schema.Schema.Type<typeof SharedNumber> {}
