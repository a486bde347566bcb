/** Small tables with everything the big ones have, and datasets of them. */
import { Dataset, type DatasetError, type Proof } from "@trunkline/dataset"
import { rows } from "@trunkline/dataset/Dataset"
import type { Landing, Options, Reading, TableRows, Writable } from "@trunkline/dataset/Dataset"
import { Disk } from "@trunkline/parquet"
import * as Table from "@trunkline/parquet/Table"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

const Contact = Schema.Struct({ id: Schema.String, name: Schema.NullOr(Schema.String) })

export const Call = Schema.Struct({
  call_id: Schema.String,
  started_at: Schema.DateTimeUtcFromSelf,
  agent: Schema.NullOr(Schema.String),
  seconds: Schema.NullOr(Schema.Int),
  contacts: Schema.Array(Contact),
  tags: Schema.Array(Schema.String),
  summary: Schema.NullOr(Schema.String),
  intent: Schema.NullOr(Schema.String),
  has_lines: Schema.NullOr(Schema.Boolean),
  extra: Schema.NullOr(Schema.String),
  exported_at: Schema.DateTimeUtcFromSelf
})
export interface Call extends Schema.Schema.Type<typeof Call> {}

export const calls = Table.make({
  name: "calls",
  row: Call,
  key: ["call_id"],
  eventTime: "started_at",
  groups: [
    { name: "list", columns: ["started_at", "agent", "seconds", "contacts", "tags", "exported_at"] },
    { name: "details", columns: ["summary", "intent"] },
    { name: "lines", columns: ["has_lines"] },
    { name: "extra", columns: ["extra"] }
  ],
  stamps: ["exported_at"]
})
export const groups = calls.groups.map(({ name }) => name)

export const Line = Schema.Struct({
  call_id: Schema.String,
  seq: Schema.Int,
  words: Schema.NullOr(Schema.String),
  exported_at: Schema.DateTimeUtcFromSelf
})
export interface Line extends Schema.Schema.Type<typeof Line> {}

export const lines = Table.make({
  name: "lines",
  row: Line,
  key: ["call_id", "seq"],
  groups: [{ name: "row", columns: ["words", "exported_at"] }],
  replacedBy: ["call_id"],
  parent: { table: "calls", by: "call_id" },
  stamps: ["exported_at"]
})

export const Thread = Schema.Struct({
  line: Schema.String,
  contact: Schema.String,
  last_at: Schema.DateTimeUtcFromSelf,
  exported_at: Schema.DateTimeUtcFromSelf
})
export interface Thread extends Schema.Schema.Type<typeof Thread> {}

/** One file per source, and a key of two columns. */
export const threads = Table.make({
  name: "threads",
  row: Thread,
  key: ["line", "contact"],
  groups: [{ name: "row", columns: ["last_at", "exported_at"] }],
  stamps: ["exported_at"]
})

export const tables: ReadonlyArray<Table.Any> = [lines, calls, threads]

export const utc = (text: string): DateTime.Utc => DateTime.unsafeMake(text)

export const call = (id: string, more: Partial<Call> = {}): Call => ({
  call_id: id,
  started_at: utc("2026-11-05T10:00:00.123Z"),
  agent: "Zoé 😀",
  seconds: 61,
  contacts: [{ id: "c1", name: null }],
  tags: ["a", "b"],
  summary: null,
  intent: null,
  has_lines: null,
  extra: null,
  exported_at: utc("2026-11-06T00:00:00Z"),
  ...more
})

export const line = (id: string, seq: number, words: string, more: Partial<Line> = {}): Line => ({
  call_id: id,
  seq,
  words,
  exported_at: utc("2026-11-06T00:00:00Z"),
  ...more
})

export const thread = (contact: string, more: Partial<Thread> = {}): Thread => ({
  line: "+1",
  contact,
  last_at: utc("2026-11-05T10:00:00Z"),
  exported_at: utc("2026-11-06T00:00:00Z"),
  ...more
})

export const november = {
  source: "allo",
  scope: "team",
  stream: "items",
  from: utc("2026-11-01T00:00:00Z"),
  to: utc("2026-12-01T00:00:00Z")
}

/** One walk that met one row, as its total says. */
export const walk = (more: Partial<Proof.Walk> = {}): Proof.Walk => ({
  totals: [1],
  keys: new Set(["a"]),
  refused: new Set(),
  requestIds: ["req_1", "req_2"],
  ...more
})

export const proof = (more: Partial<Proof.Proof> = {}): Proof.Proof => ({
  verdict: "certified",
  lists: [{ kind: "window", walks: [walk()] }],
  ...more
})

export const landing = (
  parts: ReadonlyArray<TableRows<never>>,
  more: Partial<Landing<never>> = {}
): Landing<never> => ({
  window: november,
  proof: null,
  tables: parts,
  runId: "run",
  readAt: utc("2026-11-20T00:00:00Z"),
  ...more
})

export const read = <Row>(answer: number, ...found: ReadonlyArray<Row>): ReadonlyArray<Reading<Row>> =>
  found.map((row) => ({ answer, row }))

export const ofCalls = (
  found: ReadonlyArray<Reading<Call>>,
  known: ReadonlyArray<string> = groups
): TableRows<never> => rows(calls, { groups: known, rows: Stream.fromIterable(found) })

export const ofLines = (
  found: ReadonlyArray<Reading<Line>>,
  emptied: TableRows<never>["emptied"] = []
): TableRows<never> => rows(lines, { groups: ["row"], rows: Stream.fromIterable(found), emptied })

export const ofThreads = (found: ReadonlyArray<Reading<Thread>>): TableRows<never> =>
  rows(threads, { groups: ["row"], rows: Stream.fromIterable(found) })

/** The dataset in a folder, for as long as this takes. */
export const within = <A, E>(
  out: string,
  use: (dataset: Writable) => Effect.Effect<A, E>,
  { disk, ...options }:
    & { readonly disk?: Layer.Layer<Disk> }
    & Pick<
      Options,
      "mergeAtMost" | "readAllBelow" | "partition" | "spelling" | "damaged" | "umask" | "keep" | "activeAt" | "hints"
    > = {}
): Effect.Effect<A, E | DatasetError.OpenError> =>
  Effect.flatMap(Dataset, use).pipe(
    Effect.provide(
      Dataset.layer({ ...options, out, tables }).pipe(
        Layer.provide(disk ?? Disk.layer)
      )
    )
  )

/** All rows of a table as readers see them, in the order of this column. */
export const seen = (dataset: Writable, table: string, order: string) =>
  dataset.session.rows(
    `SELECT * FROM read_parquet('${dataset.out}/${table}/**/*.parquet', hive_partitioning = true, union_by_name = true)
      ORDER BY ${order}`
  )

export const collected = <A, E>(stream: Stream.Stream<A, E>) =>
  Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)
