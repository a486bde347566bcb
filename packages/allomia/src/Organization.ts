/**
 * A clinic or office of the tenant.
 *
 * @since 0.1.0
 */
import { Wire } from "@trunkline/http"
import * as Schema from "effect/Schema"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Organization = Wire.record(Schema.Struct({
  id: Wire.id,
  tenantId: Wire.maybe(Wire.id),
  name: Wire.maybe(Schema.String),
  email: Wire.maybe(Schema.String),
  image: Wire.maybe(Schema.String),
  ownerId: Wire.maybe(Wire.id),
  phoneNumber: Wire.maybe(Schema.String),
  address: Wire.maybe(Schema.String),
  city: Wire.maybe(Schema.String),
  stateProvince: Wire.maybe(Schema.String),
  postalCode: Wire.maybe(Schema.String),
  country: Wire.maybe(Schema.String),
  /** An IANA zone: the one in which its hours and days are counted. */
  timezone: Wire.maybe(Schema.String),
  isActive: Wire.maybe(Wire.flag),
  createdBy: Wire.maybe(Wire.id),
  lastModifiedBy: Wire.maybe(Wire.id),
  createdAt: Wire.maybe(Wire.instant),
  updatedAt: Wire.maybe(Wire.instant),
  deletedAt: Wire.maybe(Wire.instant)
}))
/** @since 0.1.0 */
export interface Organization extends Schema.Schema.Type<typeof Organization> {}
