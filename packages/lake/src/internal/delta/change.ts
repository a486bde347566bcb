/** A change as actions of the log, and what is wrong with one before anything is read. */
import * as DateTime from "effect/DateTime"
import { createHash } from "node:crypto"
import type { Change, NewFile, Partition, Range } from "../../DeltaTable.js"
import type * as Actions from "./actions.js"
import * as Names from "./names.js"
import { type Change as Mark, changeTag, changeText } from "./replay.js"

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/** Text that means the same in a folder, a URI and a file of JSON. */
const plain = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/
const columnName = /^[A-Za-z_][A-Za-z0-9_]*$/

const fileProblem = (change: Change, file: NewFile): string | undefined => {
  const { partitionBy } = change
  const names = Object.keys(file.partition)
  if (names.length !== partitionBy.length || !partitionBy.every((name) => Object.hasOwn(file.partition, name))) {
    return `${file.path} does not say its partition by ${partitionBy.join(", ")}`
  }
  if (Object.values(file.partition).some((value) => value !== null && !plain.test(value))) {
    return `${file.path} has a partition that is not 1 to 128 letters, digits, dots, hyphens and underscores`
  }
  if (file.partition["account"] !== change.account) return `${file.path} is of another account`
  const folder = `${Names.folderOf(partitionBy, file.partition)}/`
  if (!file.path.startsWith(folder) || !/^[^/._][^/]{0,254}$/.test(file.path.slice(folder.length))) {
    return `${file.path} is not directly in ${folder}`
  }
  if (!isCount(file.bytes) || !isCount(file.rows)) return `${file.path} has no size or number of rows`
  const known = new Set(change.columns.map(({ name }) => name))
  const stranger = Object.keys(file.ranges ?? {}).find((name) => !known.has(name))
  return stranger === undefined ? undefined : `${file.path} has a range of ${stranger}, which is no column`
}

const repeated = (values: ReadonlyArray<string>): string | undefined => {
  const seen = new Set<string>()
  return values.find((value) => seen.size === seen.add(value).size)
}

/** Why no table takes this change. */
export const problem = (change: Change): string | undefined => {
  const { account, adds, after, columns, partitionBy, removes, sequence } = change
  if (account !== null && !/^[a-z0-9-]{1,64}$/.test(account)) {
    return "the account is not 1 to 64 of the letters a-z, digits and hyphens"
  }
  if (!isCount(sequence)) return "the sequence is no whole number from 0 on"
  if (after !== null && (!isCount(after) || after >= sequence)) return `sequence ${sequence} cannot follow ${after}`
  if (partitionBy[0] !== "account") return "the first partition column is not account"
  const odd = partitionBy.find((name) => !columnName.test(name))
  if (odd !== undefined) return `${odd} is no name of a partition column`
  if (columns.length === 0) return "there are no columns"
  const twice = repeated(partitionBy) ?? repeated(columns.map(({ name }) => name.toLowerCase())) ??
    repeated([...adds.map(({ path }) => path), ...removes])
  if (twice !== undefined) return `${twice} is named twice`
  for (const file of adds) {
    const found = fileProblem(change, file)
    if (found !== undefined) return found
  }
  return undefined
}

const byText = (left: string, right: string): number => left < right ? -1 : left > right ? 1 : 0

/** The same for the same change, on whatever machine. */
export const markOf = ({ adds, removes, sequence }: Change): Mark => {
  const added = adds.map(({ bytes, path, rows }) => [path, bytes, rows] as const).toSorted((left, right) =>
    byText(left[0], right[0])
  )
  const text = JSON.stringify([sequence, added, [...removes].toSorted(byText)])
  return { sequence, print: createHash("sha256").update(text).digest("hex").slice(0, 32) }
}

/** Readers leave files out by these; a long text says little and costs much. */
const longest = 256

const bound = (value: Range["min"]): string | number | undefined =>
  typeof value === "number"
    ? (Number.isFinite(value) ? value : undefined)
    : typeof value === "string"
    ? (value.length <= longest && Buffer.from(value).toString() === value ? value : undefined)
    : DateTime.formatIso(value)

const statsOf = ({ ranges = {}, rows }: NewFile, partitionBy: ReadonlyArray<string>): string => {
  const minValues: Record<string, string | number> = {}
  const maxValues: Record<string, string | number> = {}
  const nullCount: Record<string, number> = {}
  for (const [name, range] of Object.entries(ranges)) {
    if (partitionBy.includes(name)) continue
    nullCount[name] = range.nulls
    const [min, max] = [bound(range.min), bound(range.max)]
    if (min === undefined || max === undefined) continue
    minValues[name] = min
    maxValues[name] = max
  }
  return JSON.stringify({ numRecords: rows, minValues, maxValues, nullCount })
}

const ordered = (partitionBy: ReadonlyArray<string>, partition: Partition): Partition =>
  Object.fromEntries(partitionBy.map((name) => [name, partition[name] ?? null]))

/** The actions of a change; those that make the table or change its columns first. */
export const actionsOf = (
  { change, first, mark, now, removed }: {
    readonly change: Change
    readonly mark: Mark
    readonly first: ReadonlyArray<Actions.Action>
    /** The files of `removes` as the log has them. */
    readonly removed: ReadonlyArray<Actions.Add>
    readonly now: number
  }
): ReadonlyArray<Actions.Action> => [
  {
    commitInfo: {
      timestamp: now,
      operation: "WRITE",
      operationParameters: { mode: "Overwrite", partitionBy: JSON.stringify(change.partitionBy) },
      engineInfo: "trunkline",
      trunkline: changeText(mark)
    }
  },
  ...first,
  { txn: { appId: Names.appOf(change.account), version: change.sequence, lastUpdated: now } },
  ...removed.map(({ partitionValues, path, size }): Actions.Action => ({
    remove: {
      path,
      deletionTimestamp: now,
      dataChange: true,
      extendedFileMetadata: true,
      partitionValues,
      size
    }
  })),
  ...change.adds.map((file): Actions.Action => ({
    add: {
      path: Names.encoded(file.path),
      partitionValues: ordered(change.partitionBy, file.partition),
      size: file.bytes,
      modificationTime: DateTime.toEpochMillis(file.modifiedAt),
      dataChange: true,
      stats: statsOf(file, change.partitionBy),
      tags: { [changeTag]: changeText(mark) }
    }
  }))
]
