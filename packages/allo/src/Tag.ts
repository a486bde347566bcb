/**
 * A tag as the account defines it. Items carry its name, not its id.
 *
 * @since 0.1.0
 */
import { Wire } from "@trunkline/http"
import * as Schema from "effect/Schema"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Tag = Wire.record(Schema.Struct({
  id: Wire.id,
  name: Wire.maybe(Schema.String),
  color: Wire.maybe(Schema.String)
}))
/** @since 0.1.0 */
export interface Tag extends Schema.Schema.Type<typeof Tag> {}
