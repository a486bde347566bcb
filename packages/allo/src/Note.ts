/**
 * What the team notes for itself, and what it says about a call, a message or a note. Documents name few of their
 * fields; the rest stands in `extra`.
 *
 * @since 0.1.0
 */
import { Wire } from "@trunkline/http"
import * as Schema from "effect/Schema"
import { Agent } from "./ConversationItem.js"

/**
 * A member of the team whom a text names.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Mention = Wire.record(Schema.Struct({
  userId: Wire.maybe(Wire.id).pipe(Schema.fromKey("user_id")),
  name: Wire.maybe(Schema.String),
  /** Whether the member has left the team since. */
  deleted: Wire.maybe(Wire.flag)
}))
/** @since 0.1.0 */
export interface Mention extends Schema.Schema.Type<typeof Mention> {}

const text = {
  id: Wire.id,
  content: Wire.maybe(Schema.String),
  mentions: Wire.list(Mention),
  createdBy: Wire.maybe(Agent).pipe(Schema.fromKey("created_by")),
  createdAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("created_at")),
  updatedAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("updated_at"))
}

/**
 * A note on a conversation, or on a person, and then without the two numbers. The contact never sees it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Note = Wire.record(Schema.Struct({
  ...text,
  contactNumber: Wire.maybe(Schema.String).pipe(Schema.fromKey("contact_number")),
  alloNumber: Wire.maybe(Schema.String).pipe(Schema.fromKey("allo_number"))
}))
/** @since 0.1.0 */
export interface Note extends Schema.Schema.Type<typeof Note> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Comment = Wire.record(Schema.Struct(text))
/** @since 0.1.0 */
export interface Comment extends Schema.Schema.Type<typeof Comment> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Thread = Wire.record(Schema.Struct({
  id: Wire.id,
  entityType: Wire.maybe(Wire.openLiteral(["CALL", "TEXT_MESSAGE", "CONVERSATION_NOTE"])).pipe(
    Schema.fromKey("entity_type")
  ),
  entityId: Wire.maybe(Wire.id).pipe(Schema.fromKey("entity_id")),
  /** Null as long as it is open. */
  resolvedAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("resolved_at")),
  resolvedBy: Wire.maybe(Agent).pipe(Schema.fromKey("resolved_by")),
  createdAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("created_at")),
  updatedAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("updated_at")),
  /** Oldest first; null where a list shows the thread. */
  comments: Wire.maybeList(Comment)
}))
/** @since 0.1.0 */
export interface Thread extends Schema.Schema.Type<typeof Thread> {}
