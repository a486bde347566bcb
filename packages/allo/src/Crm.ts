/**
 * People, companies and deals, as the CRM keeps them.
 *
 * @since 0.1.0
 */
import { type Page, Wire } from "@trunkline/http"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { AlloError } from "./AlloError.js"
import { Company } from "./Contact.js"

/**
 * What every search of the CRM can be asked.
 *
 * @since 0.1.0
 * @category queries
 */
export interface CrmQuery {
  /** The first made first unless told otherwise: in that order a list that grows loses nothing. */
  readonly sort?:
    | Wire.Open<"DATE_DESC" | "DATE_ASC" | "NAME_ASC" | "NAME_DESC" | "CREATED_DESC" | "CREATED_ASC">
    | undefined
  /** From 1. A stream begins here. */
  readonly page?: number | undefined
  /** 1 to 100; a stream asks for 100 unless told otherwise. */
  readonly size?: number | undefined
}

/**
 * A list of the CRM: one page, a stream of pages, a stream of rows, and one row by its id.
 *
 * @since 0.1.0
 * @category models
 */
export interface CrmList<A, Query extends CrmQuery> {
  readonly search: (query?: Query) => Effect.Effect<Page.Page<A>, AlloError>
  readonly pages: (query?: Query) => Stream.Stream<Page.Page<A>, AlloError>
  readonly stream: (query?: Query) => Stream.Stream<A, AlloError>
  readonly get: (id: string) => Effect.Effect<A, AlloError>
}

const times = {
  createdAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("created_at")),
  updatedAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("updated_at"))
}

const activity = {
  /** Calls and messages. */
  interactions: Wire.maybe(Wire.quantity),
  lastActivity: Wire.maybe(Wire.instant).pipe(Schema.fromKey("last_activity_at"))
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const CrmPerson = Wire.record(Schema.Struct({
  id: Wire.id,
  name: Wire.maybe(Schema.String),
  lastName: Wire.maybe(Schema.String).pipe(Schema.fromKey("last_name")),
  jobTitle: Wire.maybe(Schema.String).pipe(Schema.fromKey("job_title")),
  website: Wire.maybe(Schema.String),
  address: Wire.maybe(Schema.String),
  numbers: Wire.list(Schema.String),
  emails: Wire.list(Schema.String),
  company: Wire.maybe(Company),
  ...activity,
  ...times
}))
/** @since 0.1.0 */
export interface CrmPerson extends Schema.Schema.Type<typeof CrmPerson> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const CrmCompany = Wire.record(Schema.Struct({
  id: Wire.id,
  name: Wire.maybe(Schema.String),
  website: Wire.maybe(Schema.String),
  industry: Wire.maybe(Schema.String),
  personCount: Wire.maybe(Wire.quantity).pipe(Schema.fromKey("person_count")),
  ...activity,
  ...times
}))
/** @since 0.1.0 */
export interface CrmCompany extends Schema.Schema.Type<typeof CrmCompany> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const CrmDeal = Wire.record(Schema.Struct({
  id: Wire.id,
  name: Wire.maybe(Schema.String),
  /** Free text, such as "negotiation". */
  status: Wire.maybe(Schema.String),
  amount: Wire.maybe(Wire.quantity),
  /** Three letters, as ISO 4217 has them. */
  currency: Wire.maybe(Wire.id),
  closedAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("closed_at")),
  company: Wire.maybe(Company),
  ...times
}))
/** @since 0.1.0 */
export interface CrmDeal extends Schema.Schema.Type<typeof CrmDeal> {}
