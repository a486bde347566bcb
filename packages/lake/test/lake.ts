/** Small tables for tests of their log: each data file holds the keys of its rows, as JSON. */
import * as Column from "@trunkline/parquet/Column"
import { Context, DateTime, Effect, Layer, Schema, type Scope } from "effect"
import { DeltaLog, type Service } from "../src/DeltaLog.js"
import { type Change, folderOf, type NewFile, type Snapshot } from "../src/DeltaTable.js"
import { ObjectStore, type Service as Store } from "../src/ObjectStore.js"
import { scratch } from "./contract.js"
import * as MemoryStore from "./memoryStore.js"

export const partitionBy = ["account", "source", "month"]

export const columns: ReadonlyArray<Column.Column> = [
  { name: "call_id", type: Column.Text, nullable: false },
  { name: "started_at", type: Column.Instant, nullable: false },
  { name: "seconds", type: Column.Int32, nullable: true }
]

/** The log as one process sees it. */
export const over = (store: Store): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.flatMap(scratch, (temporary) =>
    Effect.map(
      Layer.build(DeltaLog.layer({ temporary }).pipe(Layer.provide(Layer.succeed(ObjectStore, store)))),
      Context.get(DeltaLog)
    ))

/** A store in memory, and the log over it. */
export const opened = Effect.gen(function*() {
  const memory = MemoryStore.make()
  const store = memory.seen(MemoryStore.plain)
  return { memory, store, log: yield* over(store) }
})

/** The same objects in another place. */
export const copyOf = ({ objects }: MemoryStore.Memory): MemoryStore.Memory => {
  const copy = MemoryStore.make()
  for (const [key, object] of objects) copy.objects.set(key, object)
  return copy
}

export const logKey = (version: number, table = "calls"): string =>
  `${table}/_delta_log/${String(version).padStart(20, "0")}.json`

/** A snapshot as values that can be compared. */
export const shown = (snapshot: Snapshot) => ({
  ...snapshot,
  sequenceOf: ["paris", "lyon", null].map(snapshot.sequenceOf)
})

export const partitionOf = (account: string | null, month = "2026-11") => ({ account, source: "allo", month })

/** A file that is uploaded, and as a commit adds it. */
export const file = (
  store: Store,
  { account, keys, month, name, table = "calls" }: {
    readonly account: string | null
    readonly name: string
    readonly keys: ReadonlyArray<string>
    readonly month?: string | undefined
    readonly table?: string | undefined
  }
) =>
  Effect.gen(function*() {
    const partition = partitionOf(account, month)
    const path = `${folderOf(partitionBy, partition)}/${name}`
    const bytes = new TextEncoder().encode(JSON.stringify(keys))
    yield* store.put(`${table}/${path}`, bytes)
    const added: NewFile = {
      path,
      partition,
      bytes: bytes.length,
      modifiedAt: yield* DateTime.now,
      rows: keys.length
    }
    return added
  })

export const change = (of: Pick<Change, "account" | "sequence"> & Partial<Change>): Change => ({
  after: of.sequence === 1 ? null : of.sequence - 1,
  columns,
  partitionBy,
  adds: [],
  removes: [],
  ...of
})

const Keys = Schema.decodeUnknown(Schema.parseJson(Schema.Array(Schema.String)))

/** The keys of all rows that a snapshot shows. */
export const keysIn = (store: Store, { files, table }: Snapshot) =>
  Effect.map(
    Effect.forEach(files, ({ path }) =>
      Effect.flatMap(store.read(`${table}/${path}`), (bytes) => Keys(new TextDecoder().decode(bytes)))),
    (found) =>
      found.flat().toSorted()
  )

/** The actions of a commit, as they were written. */
export const written = (store: Store, version: number, table = "calls") =>
  Effect.map(
    store.read(logKey(version, table)),
    (bytes): ReadonlyArray<Record<string, unknown>> =>
      new TextDecoder().decode(bytes).trimEnd().split("\n").map((line) => JSON.parse(line))
  )
