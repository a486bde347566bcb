/** What a table is after some actions. */
import * as Either from "effect/Either"
import { DamagedLog, UnsupportedTable } from "../../DeltaError.js"
import type * as Actions from "./actions.js"
import * as Names from "./names.js"

/** Files by their decoded paths. */
export interface State {
  version: number
  protocol: Actions.Protocol | undefined
  metadata: Actions.Metadata | undefined
  readonly files: Map<string, Actions.Add>
  readonly removed: Map<string, Actions.Remove>
  /** By application. */
  readonly transactions: Map<string, Actions.Txn>
  /** By application: the newest change of ours that is known. */
  readonly changes: Map<string, Change>
}

/** Tells two pushes of one sequence apart. */
export interface Change {
  readonly sequence: number
  readonly print: string
}

export const empty = (): State => ({
  version: -1,
  protocol: undefined,
  metadata: undefined,
  files: new Map(),
  removed: new Map(),
  transactions: new Map(),
  changes: new Map()
})

/** The tag of a file that says which change added it. */
export const changeTag = "trunkline.change"

export const changeText = ({ print, sequence }: Change): string => `${sequence}-${print}`

const changeOf = (text: unknown): Change | undefined => {
  const [, sequence, print] = typeof text === "string" ? /^(\d{1,16})-([0-9a-f]{32})$/.exec(text) ?? [] : []
  return sequence === undefined || print === undefined ? undefined : { sequence: Number(sequence), print }
}

const learn = (state: State, app: string, change: Change | undefined): void => {
  const known = state.changes.get(app)
  if (change !== undefined && (known === undefined || known.sequence <= change.sequence)) state.changes.set(app, change)
}

/** Whose files are kept; those of all accounts when left out. */
export type Whose = { readonly account: string | null } | undefined

/** The path of a file of this table, in which every row counts. */
export const pathOf = (
  table: string,
  action: Actions.Add | Actions.Remove
): Either.Either<string, UnsupportedTable> => {
  const path = Names.decoded(action.path)
  if (action.deletionVector !== undefined) return unsupported(table, ["deletionVectors"])
  return path === undefined ? unsupported(table, ["files outside the table"]) : Either.right(path)
}

const unsupported = (table: string, needs: ReadonlyArray<string>) =>
  Either.left(new UnsupportedTable({ table, access: "read", needs }))

/** The actions of one commit, or some rows of a checkpoint. */
export const apply = (
  { actions, state, table, whose }: {
    readonly table: string
    readonly state: State
    readonly actions: ReadonlyArray<Actions.Action>
    readonly whose: Whose
  }
): Either.Either<void, UnsupportedTable> => {
  const change = changeOf(actions.find(({ commitInfo }) => commitInfo !== undefined)?.commitInfo?.trunkline)
  for (const { add, metaData, protocol, remove, txn } of actions) {
    if (protocol !== undefined) state.protocol = protocol
    if (metaData !== undefined) state.metadata = metaData
    if (txn !== undefined) {
      state.transactions.set(txn.appId, txn)
      if (change?.sequence === txn.version) learn(state, txn.appId, change)
    }
    if (remove !== undefined) {
      const path = pathOf(table, remove)
      if (Either.isLeft(path)) return Either.left(path.left)
      if (whose === undefined || Names.accountOf(path.right, remove.partitionValues) === whose.account) {
        state.files.delete(path.right)
        state.removed.set(path.right, remove)
      }
    }
    if (add !== undefined) {
      const path = pathOf(table, add)
      if (Either.isLeft(path)) return Either.left(path.left)
      const account = Names.accountOf(path.right, add.partitionValues)
      if (whose === undefined || account === whose.account) {
        state.files.set(path.right, add)
        state.removed.delete(path.right)
        if (account !== undefined) learn(state, Names.appOf(account), changeOf(add.tags?.[changeTag]))
      }
    }
  }
  return Either.void
}

/** What readers of our kind understand beside the plain protocol. */
const readable: ReadonlySet<string> = new Set()
const writable: ReadonlySet<string> = new Set(["appendOnly", "invariants"])

const lacking = (features: ReadonlyArray<string> | undefined, known: ReadonlySet<string>): ReadonlyArray<string> =>
  (features ?? []).filter((one) => !known.has(one))

/** What the protocol of a table asks of its readers and this program lacks. */
export const readerLacks = ({ minReaderVersion, readerFeatures }: Actions.Protocol): ReadonlyArray<string> =>
  minReaderVersion <= 1
    ? []
    : minReaderVersion === 3
    ? lacking(readerFeatures, readable)
    : [minReaderVersion === 2 ? "columnMapping" : `reader version ${minReaderVersion}`]

/** The same of its writers. */
export const writerLacks = ({ minWriterVersion, writerFeatures }: Actions.Protocol): ReadonlyArray<string> =>
  minWriterVersion <= 2
    ? []
    : minWriterVersion === 7
    ? lacking(writerFeatures, writable)
    : [`writer version ${minWriterVersion}`]

/** A table that says what it is, in words that this program knows. */
export interface Known extends State {
  protocol: Actions.Protocol
  metadata: Actions.Metadata
}

/** What may be changed without changing the original. */
export const copy = ({ changes, files, metadata, protocol, removed, transactions, version }: Known): Known => ({
  version,
  protocol,
  metadata,
  files: new Map(files),
  removed: new Map(removed),
  transactions: new Map(transactions),
  changes: new Map(changes)
})

const isKnown = (state: State): state is Known => state.protocol !== undefined && state.metadata !== undefined

export const known = (table: string, state: State): Either.Either<Known, DamagedLog | UnsupportedTable> => {
  if (!isKnown(state)) {
    return Either.left(
      new DamagedLog({
        key: Names.commitKey(table, state.version),
        reason: "no action up to here says what the table is"
      })
    )
  }
  const lacks = readerLacks(state.protocol)
  const { provider } = state.metadata.format
  return lacks.length > 0
    ? unsupported(table, lacks)
    : provider === "parquet"
    ? Either.right(state)
    : unsupported(table, [`files of the format ${provider}`])
}
