/** What was found so far, one line of a file for each finished case, so that a run that was stopped goes on. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { kinds, type Part, parts } from "./Row.js"

export const Head = Schema.Struct({
  part: Schema.Literal(...parts),
  seed: Schema.Number,
  /** Of the program as it ran: results of another program tell nothing of this one. */
  program: Schema.String,
  began: Schema.String,
  versions: Schema.String
})
export interface Head extends Schema.Schema.Type<typeof Head> {}

const Done = Schema.Struct({
  row: Schema.String,
  seed: Schema.Number,
  number: Schema.Number,
  wrong: Schema.Array(Schema.Struct({ kind: Schema.Literal(...kinds), text: Schema.String })),
  skipped: Schema.NullOr(Schema.String),
  seconds: Schema.Number
})
export interface Done extends Schema.Schema.Type<typeof Done> {}

const decodeHead = Schema.decodeUnknownOption(Schema.parseJson(Head))
export const decodeDone = Schema.decodeUnknownOption(Done)
const decodeLine = Schema.decodeUnknownOption(Schema.parseJson(Done))

export interface Results {
  readonly path: string
  readonly head: Head
  readonly done: ReadonlyArray<Done>
}

/** Every file that a program is made of, in one word. */
export const digestOf = (folders: ReadonlyArray<string>): string => {
  const hash = createHash("sha256")
  for (const folder of folders) {
    for (const name of readdirSync(folder, { recursive: true }).map(String).toSorted()) {
      const path = join(folder, name)
      if (statSync(path).isFile()) hash.update(name).update(readFileSync(path))
    }
  }
  return hash.digest("hex").slice(0, 16)
}

export const read = (path: string): Option.Option<Results> => {
  const [first = "", ...lines] = readFileSync(path, "utf8").split("\n")
  return Option.map(decodeHead(first), (head) => ({
    path,
    head,
    // The last line may have been cut off.
    done: lines.flatMap((line) => Option.toArray(decodeLine(line)))
  }))
}

/** All there are in a folder, the newest first. */
export const all = (folder: string): ReadonlyArray<Results> =>
  existsSync(folder)
    ? readdirSync(folder).flatMap((name) => Option.toArray(read(join(folder, name))))
      .toSorted((left, right) => right.head.began.localeCompare(left.head.began))
    : []

export const pathOf = (folder: string, part: Part, seed: number): string => join(folder, `${part}-${seed}.ndjson`)

export const begin = (path: string, head: Head): Results => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(head)}\n`)
  return { path, head, done: [] }
}

export const add = (path: string, done: Done): void => appendFileSync(path, `${JSON.stringify(done)}\n`)
