/** What a folder remembers of its lake: which push it descends from, and the one under way. It is written before the lake is. */
import * as Carried from "@trunkline/dataset/Carried"
import { Damaged } from "@trunkline/dataset/DatasetError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"

export const Local = Schema.Struct({
  place: Schema.String,
  account: Schema.NullOr(Schema.String),
  dataset: Schema.String,
  /** The push that the folder descends from; 0 for none. */
  number: Schema.NonNegativeInt,
  push: Schema.NullOr(Schema.Struct({
    /** Part of the names of the files that it uploads: a second attempt finds them. */
    name: Schema.String,
    /** Each attempt at it. The answer to any of them may have been lost. */
    attempts: Schema.Array(Schema.String)
  }))
})
export interface Local extends Schema.Schema.Type<typeof Local> {}

const Text = Schema.parseJson(Local)

export const encode: (local: Local) => string = Schema.encodeSync(Text)

/** Null in a folder that was never pushed. */
export const read = (out: string) =>
  Effect.gen(function*() {
    const text = yield* Carried.recall(out)
    if (text === null) return null
    return yield* Schema.decode(Text)(text).pipe(Effect.mapError(() =>
      new Damaged({
        path: join(out, "_trunkline/lake.json"),
        reason: "is not what was written",
        todo: "Restore into a new folder: trunkline restore"
      })
    ))
  })

export const write = (out: string, local: Local) => Carried.remember(out, encode(local))
