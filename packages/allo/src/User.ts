/**
 * A member of the team.
 *
 * @since 0.1.0
 */
import { Wire } from "@trunkline/http"
import * as Schema from "effect/Schema"

/**
 * @since 0.1.0
 * @category schemas
 */
export const User = Wire.record(Schema.Struct({
  id: Wire.id,
  name: Wire.maybe(Schema.String),
  email: Wire.maybe(Schema.String),
  role: Wire.maybe(Wire.openLiteral(["ADMIN", "MANAGER", "MEMBER"])),
  status: Wire.maybe(Wire.openLiteral(["ACTIVE", "BLOCKED"])),
  imageUrl: Wire.maybe(Schema.String).pipe(Schema.fromKey("image_url"))
}))
/** @since 0.1.0 */
export interface User extends Schema.Schema.Type<typeof User> {}
