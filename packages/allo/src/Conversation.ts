/**
 * All that was said with one number on one line, known by its last item.
 *
 * @since 0.1.0
 */
import { Wire } from "@trunkline/http"
import * as Schema from "effect/Schema"
import { Contact } from "./Contact.js"
import { ConversationItem } from "./ConversationItem.js"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Conversation = Wire.record(Schema.Struct({
  contactNumber: Wire.phone.pipe(Schema.propertySignature, Schema.fromKey("contact_number")),
  contacts: Wire.list(Contact),
  lastActivity: Wire.instant.pipe(Schema.propertySignature, Schema.fromKey("last_activity")),
  /** Only the last: five calls since yesterday are one conversation. */
  lastItem: Wire.maybe(ConversationItem).pipe(Schema.fromKey("last_item"))
}))
/** @since 0.1.0 */
export interface Conversation extends Schema.Schema.Type<typeof Conversation> {}
