/**
 * A person of the address book as version 1 of the API describes them: listed, and alone.
 *
 * @since 0.1.0
 */
import { Wire } from "@trunkline/http"
import * as Schema from "effect/Schema"
import { Company } from "./Contact.js"

const engagement = Wire.maybe(Wire.openLiteral(["ENGAGED", "COOLING", "COLD"]))

const person = {
  id: Wire.id,
  name: Wire.maybe(Schema.String),
  lastName: Wire.maybe(Schema.String).pipe(Schema.fromKey("last_name")),
  company: Wire.maybe(Company),
  jobTitle: Wire.maybe(Schema.String).pipe(Schema.fromKey("job_title")),
  website: Wire.maybe(Schema.String),
  numbers: Wire.list(Schema.String),
  engagement
}

/**
 * What a list knows of a person.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ListedContact = Wire.record(Schema.Struct({
  ...person,
  status: Wire.maybe(Schema.String),
  isArchived: Wire.maybe(Wire.flag).pipe(Schema.fromKey("is_archived")),
  isWhitelisted: Wire.maybe(Wire.flag).pipe(Schema.fromKey("is_whitelisted")),
  createdAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("created_at")),
  updatedAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("updated_at")),
  lastActivity: Wire.maybe(Wire.instant).pipe(Schema.fromKey("last_activity_date"))
}))
/** @since 0.1.0 */
export interface ListedContact extends Schema.Schema.Type<typeof ListedContact> {}

/**
 * One thing that happened with a person.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ContactActivity = Wire.record(Schema.Struct({
  type: Wire.maybe(Wire.openLiteral(["INBOUND_CALL", "OUTBOUND_CALL", "INBOUND_SMS", "OUTBOUND_SMS"])),
  madeBy: Wire.maybe(Schema.String).pipe(Schema.fromKey("made_by")),
  madeAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("made_at")),
  alloNumber: Wire.maybe(Schema.String).pipe(Schema.fromKey("allo_number")),
  content: Wire.maybe(Schema.String)
}))
/** @since 0.1.0 */
export interface ContactActivity extends Schema.Schema.Type<typeof ContactActivity> {}

/**
 * A person alone. `engagement` and `activity` are null unless they were asked for.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ContactContext = Wire.record(Schema.Struct({
  ...person,
  emails: Wire.list(Schema.String),
  activity: Wire.maybeList(ContactActivity),
  conversationUrl: Wire.maybe(Schema.String).pipe(Schema.fromKey("conversation_url"))
}))
/** @since 0.1.0 */
export interface ContactContext extends Schema.Schema.Type<typeof ContactContext> {}
