/**
 * What a key is and may do.
 *
 * @since 0.1.0
 */
import { Wire } from "@trunkline/http"
import * as Schema from "effect/Schema"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Me = Wire.record(Schema.Struct({
  apiKeyId: Wire.maybe(Wire.id).pipe(Schema.fromKey("api_key_id")),
  scopes: Wire.maybe(Wire.words),
  endpoints: Wire.list(Wire.record(Schema.Struct({
    method: Wire.maybe(Schema.String),
    path: Wire.maybe(Schema.String),
    description: Wire.maybe(Schema.String),
    scope: Wire.maybe(Schema.String)
  }))),
  team: Wire.maybe(Wire.record(Schema.Struct({
    id: Wire.maybe(Wire.id),
    name: Wire.maybe(Schema.String)
  }))),
  rateLimits: Wire.maybe(Wire.record(Schema.Struct({
    readPerSecond: Wire.maybe(Wire.quantity).pipe(Schema.fromKey("read_per_second")),
    writePerSecond: Wire.maybe(Wire.quantity).pipe(Schema.fromKey("write_per_second"))
  }))).pipe(Schema.fromKey("rate_limits"))
}))
/** @since 0.1.0 */
export interface Me extends Schema.Schema.Type<typeof Me> {}
