/**
 * Why the files of a dataset are not all in its folder. They are part of `DatasetError`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Files of this dataset are kept elsewhere, and what was asked for needs them here.
 *
 * @since 0.1.0
 * @category errors
 */
export class FilesElsewhere
  extends Schema.TaggedError<FilesElsewhere>("@trunkline/dataset/ElsewhereError/FilesElsewhere")(
    "FilesElsewhere",
    {
      out: Schema.String,
      /** Where they are: the place of a lake. */
      place: Schema.String,
      /** Null to a reader who may not look. */
      files: Schema.NullOr(Schema.Number),
      bytes: Schema.NullOr(Schema.Number)
    }
  )
{
  override get message(): string {
    const what = this.files === null ? "Published files" : `${this.files} published files (${this.bytes} bytes)`
    return `${what} of ${this.out} are still in ${this.place}, and an answer without them would lack rows. ` +
      "Fetch them first: trunkline restore --all"
  }
}

/**
 * A file that is kept elsewhere could not be brought here. Nothing was changed; running again is safe.
 *
 * @since 0.1.0
 * @category errors
 */
export class FetchFailed extends Schema.TaggedError<FetchFailed>("@trunkline/dataset/ElsewhereError/FetchFailed")(
  "FetchFailed",
  {
    place: Schema.String,
    /** What the file is called there. */
    name: Schema.String,
    /** It names no value of a row, and no secret. */
    reason: Schema.String
  }
) {
  override get message(): string {
    return `${this.name} could not be fetched from ${this.place}: ${this.reason}`
  }
}

/**
 * A restore into this folder was stopped before its end.
 *
 * @since 0.1.0
 * @category errors
 */
export class HalfRestored extends Schema.TaggedError<HalfRestored>("@trunkline/dataset/ElsewhereError/HalfRestored")(
  "HalfRestored",
  { out: Schema.String, place: Schema.String }
) {
  override get message(): string {
    return `${this.out} is half restored from ${this.place}. Finish it: trunkline restore`
  }
}

/**
 * Why a file that is kept elsewhere is not here.
 *
 * @since 0.1.0
 * @category errors
 */
export type ElsewhereError = FilesElsewhere | FetchFailed
