/**
 * The actions of a log, one a line. Reading is tolerant: fields and actions that the protocol lets a reader ignore are
 * ignored, and null means absent, as in a checkpoint.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { DamagedLog } from "../../DeltaError.js"

const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { nullable: true, exact: true })

const texts = Schema.Record({ key: Schema.String, value: Schema.String })
const partition = Schema.Record({ key: Schema.String, value: Schema.NullOr(Schema.String) })
const number = Schema.Number.pipe(Schema.finite())
const count = Schema.NonNegativeInt.pipe(Schema.lessThanOrEqualTo(Number.MAX_SAFE_INTEGER))
// Other writers count their transactions as they like.
const whole = Schema.Int

export const Protocol = Schema.Struct({
  minReaderVersion: count,
  minWriterVersion: count,
  readerFeatures: maybe(Schema.Array(Schema.String)),
  writerFeatures: maybe(Schema.Array(Schema.String))
})
export interface Protocol extends Schema.Schema.Type<typeof Protocol> {}

export const Metadata = Schema.Struct({
  id: Schema.String,
  name: maybe(Schema.String),
  description: maybe(Schema.String),
  format: Schema.Struct({ provider: Schema.String, options: maybe(texts) }),
  schemaString: Schema.String,
  partitionColumns: Schema.Array(Schema.String),
  createdTime: maybe(number),
  configuration: maybe(Schema.Record({ key: Schema.String, value: Schema.NullOr(Schema.String) }))
})
export interface Metadata extends Schema.Schema.Type<typeof Metadata> {}

export const Add = Schema.Struct({
  /** A relative URI. */
  path: Schema.String,
  partitionValues: partition,
  size: count,
  modificationTime: number,
  dataChange: Schema.Boolean,
  /** JSON. */
  stats: maybe(Schema.String),
  tags: maybe(partition),
  deletionVector: maybe(Schema.Unknown)
})
export interface Add extends Schema.Schema.Type<typeof Add> {}

export const Remove = Schema.Struct({
  path: Schema.String,
  deletionTimestamp: maybe(number),
  dataChange: Schema.optionalWith(Schema.Boolean, { nullable: true, default: () => true }),
  extendedFileMetadata: maybe(Schema.Boolean),
  partitionValues: maybe(partition),
  size: maybe(number),
  deletionVector: maybe(Schema.Unknown)
})
export interface Remove extends Schema.Schema.Type<typeof Remove> {}

export const Txn = Schema.Struct({ appId: Schema.String, version: whole, lastUpdated: maybe(number) })
export interface Txn extends Schema.Schema.Type<typeof Txn> {}

/** Free text for people, but for the mark of a commit of ours. */
export const CommitInfo = Schema.Struct({
  timestamp: maybe(Schema.Unknown),
  operation: maybe(Schema.Unknown),
  operationParameters: maybe(Schema.Unknown),
  engineInfo: maybe(Schema.Unknown),
  trunkline: maybe(Schema.Unknown)
})
export interface CommitInfo extends Schema.Schema.Type<typeof CommitInfo> {}

const Action = Schema.Struct({
  commitInfo: maybe(CommitInfo),
  protocol: maybe(Protocol),
  metaData: maybe(Metadata),
  add: maybe(Add),
  remove: maybe(Remove),
  txn: maybe(Txn)
})
export interface Action extends Schema.Schema.Type<typeof Action> {}

const decode = ParseResult.decodeUnknownEither(Schema.parseJson(Action))

/** One line. What cannot be read is told by its number only: a line may hold values of rows. */
export const action = (key: string, line: string, number: number): Either.Either<Action, DamagedLog> =>
  Either.mapLeft(decode(line), () => new DamagedLog({ key, reason: `line ${number} is no action that can be read` }))

/** All actions of a commit. */
export const actions = (key: string, bytes: Uint8Array): Either.Either<ReadonlyArray<Action>, DamagedLog> => {
  const found: Array<Action> = []
  const lines = new TextDecoder().decode(bytes).split("\n")
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue
    const read = action(key, line, index + 1)
    if (Either.isLeft(read)) return Either.left(read.left)
    found.push(read.right)
  }
  // A commit that is empty cannot be told from one that was cut off.
  return found.length === 0 ? Either.left(new DamagedLog({ key, reason: "holds no action" })) : Either.right(found)
}

export const bytesOf = (lines: ReadonlyArray<object>): Uint8Array =>
  new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
