/**
 * What can go wrong with a lake, beside what its store and its disk refuse.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * @since 0.1.0
 * @category errors
 */
export class ObjectMissing extends Schema.TaggedError<ObjectMissing>("@trunkline/lake/LakeError/ObjectMissing")(
  "ObjectMissing",
  { place: Schema.String, key: Schema.String }
) {
  override get message(): string {
    return `${this.place}: there is no ${this.key}`
  }
}

/**
 * Somebody else wrote this key first.
 *
 * @since 0.1.0
 * @category errors
 */
export class ObjectExists extends Schema.TaggedError<ObjectExists>("@trunkline/lake/LakeError/ObjectExists")(
  "ObjectExists",
  { place: Schema.String, key: Schema.String }
) {
  override get message(): string {
    return `${this.place}: ${this.key} is there already`
  }
}

/**
 * An object is larger than whoever asked is ready to hold in memory.
 *
 * @since 0.1.0
 * @category errors
 */
export class TooLarge extends Schema.TaggedError<TooLarge>("@trunkline/lake/LakeError/TooLarge")(
  "TooLarge",
  { place: Schema.String, key: Schema.String, limit: Schema.Number }
) {
  override get message(): string {
    return `${this.place}: ${this.key} is larger than ${this.limit} bytes`
  }
}

/**
 * No store takes such a key, or not all stores mean the same by it.
 *
 * @since 0.1.0
 * @category errors
 */
export class BadKey extends Schema.TaggedError<BadKey>("@trunkline/lake/LakeError/BadKey")(
  "BadKey",
  { key: Schema.String, reason: Schema.String }
) {
  override get message(): string {
    return `The key ${JSON.stringify(this.key)} is refused: ${this.reason}`
  }
}

/**
 * No credentials were found where they are looked for.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoCredentials extends Schema.TaggedError<NoCredentials>("@trunkline/lake/LakeError/NoCredentials")(
  "NoCredentials",
  { looked: Schema.Array(Schema.String), reason: Schema.optional(Schema.String) }
) {
  override get message(): string {
    const why = this.reason === undefined ? "" : ` (${this.reason})`
    return `No credentials for the object store${why}. Looked at: ${this.looked.join(", ")}`
  }
}

/**
 * The store takes a conditional write and does not keep the condition. On such a store two writers both win, and rows
 * are lost.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnsafeStore extends Schema.TaggedError<UnsafeStore>("@trunkline/lake/LakeError/UnsafeStore")(
  "UnsafeStore",
  { place: Schema.String, found: Schema.String }
) {
  override get message(): string {
    return `${this.place} cannot hold a lake: ${this.found}. Use a store that keeps If-None-Match on PUT, such as S3`
  }
}

/**
 * A push has rows of a table that this program does not know.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownTable extends Schema.TaggedError<UnknownTable>("@trunkline/lake/LakeError/UnknownTable")(
  "UnknownTable",
  { table: Schema.String }
) {
  override get message(): string {
    return `The table ${this.table} is of a later version of this program. Install that one, and push again`
  }
}
