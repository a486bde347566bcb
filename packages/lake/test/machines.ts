/** Machines that push one dataset into a whole lake, and what readers of its tables see there. */
import { Personal, tables as callTables } from "@trunkline/calls"
import { Dataset, OwnTables, ParquetFiles, Session } from "@trunkline/dataset"
import type { Options, Writable } from "@trunkline/dataset/Dataset"
import { DeltaLog } from "@trunkline/lake/DeltaLog"
import { Lake } from "@trunkline/lake/Lake"
import type { ObjectStore } from "@trunkline/lake/ObjectStore"
import * as State from "@trunkline/lake/State"
import { Disk } from "@trunkline/parquet"
import type * as Table from "@trunkline/parquet/Table"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { live } from "../../dataset/test/scenario.js"
import { folder } from "../../dataset/test/support.js"
import { tables as smallTables } from "../../dataset/test/tables.js"
import { sha256 } from "./contract.js"
import { tables as killedTables } from "./killing.js"
import { broken, lakeOf, type Request } from "./lakes.js"

export type Store = Layer.Layer<ObjectStore>

/** The small tables of tests, those of calls with what they say of a person, or those of processes that are killed. */
export const kinds = { small: smallTables, calls: callTables, killed: killedTables } as const
export type Kind = keyof typeof kinds

export interface Machine extends Pick<Options, "partition" | "keep" | "activeAt"> {
  readonly out: string
  readonly lake: Store
  readonly account?: string | null
  readonly kind?: Kind
}

const tablesOf = (kind: Kind): ReadonlyArray<Table.Any> => [...kinds[kind], ...OwnTables.tables]

const lakeLayer = ({ kind = "small", lake, out }: Machine) =>
  Layer.mergeAll(
    Lake.layer({ tables: tablesOf(kind), temporary: join(dirname(out), "temporary") }),
    State.elsewhere
  ).pipe(Layer.provideMerge(Layer.merge(lake, Disk.layer)))

/** What a machine does with the lake alone. */
export const withLake = <A, E>(machine: Machine, use: (lake: typeof Lake.Service) => Effect.Effect<A, E>) =>
  Effect.flatMap(Lake, use).pipe(Effect.provide(lakeLayer(machine)))

/** An open dataset, and the lake that it is pushed to. */
export const within = <A, E>(
  machine: Machine,
  use: (dataset: Writable, push: ReturnType<typeof pushing>) => Effect.Effect<A, E, Lake>
) => {
  const { activeAt, keep, kind = "small", out, partition } = machine
  return Effect.flatMap(Dataset, (dataset) => use(dataset, pushing(machine, dataset))).pipe(
    Effect.provide(
      Dataset.layer({
        out,
        tables: kinds[kind],
        partition,
        keep,
        activeAt,
        ...kind === "calls" ? { people: Personal.declaration } : {}
      })
    ),
    Effect.provide(lakeLayer(machine))
  )
}

const pushing = ({ account = "paris" }: Machine, dataset: Writable) =>
  Effect.flatMap(Lake, (lake) => dataset.carry((carried) => lake.push({ account, carried })))

export const push = (machine: Machine) => within(machine, (_, push) => push)

export const restore = (machine: Machine) =>
  withLake(machine, ({ restore }) => restore({ account: machine.account ?? "paris", out: machine.out }))

export const check = (machine: Machine) => withLake(machine, ({ check }) => check(machine.account ?? "paris"))

const rowsIn = (session: Session.Connection, paths: ReadonlyArray<string>) =>
  Array.isNonEmptyReadonlyArray(paths)
    ? Effect.map(
      session.rows(`SELECT * FROM ${ParquetFiles.rows(paths)} ORDER BY ALL`),
      (rows) => rows.map((row) => JSON.stringify(row))
    )
    : Effect.succeed([])

/** What a reader of the tables finds of an account, as the tables stand in a folder. */
export const shown = ({ account = "paris", kind = "small", lake, out }: Machine, place: string) =>
  Effect.gen(function*() {
    const log = yield* DeltaLog
    const session = yield* Session.make({ temporary: join(dirname(out), "reader") })
    const found: Record<string, { readonly sequence: number | null; readonly rows: ReadonlyArray<string> }> = {}
    for (const { name } of tablesOf(kind)) {
      const snapshot = yield* Effect.option(log.snapshot(name, { account }))
      if (snapshot._tag === "None") continue
      const { files, sequenceOf } = snapshot.value
      const rows = yield* rowsIn(session, files.map(({ path }) => join(place, name, path)))
      found[name] = { sequence: sequenceOf(account), rows }
    }
    return found
  }).pipe(
    Effect.scoped,
    Effect.provide(DeltaLog.layer({ temporary: join(dirname(out), "temporary") }).pipe(Layer.provide(lake)))
  )

/** The rows alone, of tables that have any. */
export const rowsOf = (found: Effect.Effect.Success<ReturnType<typeof shown>>) =>
  Object.fromEntries(
    Object.entries(found).flatMap(([name, { rows }]) => rows.length === 0 ? [] : [[name, rows] as const])
  )

/** The same of a folder, all of whose files are here. */
export const held = ({ kind = "small", out }: Machine) =>
  Effect.gen(function*() {
    const session = yield* Session.make({ temporary: join(dirname(out), "reader") })
    const files = objects(out).filter((name) => name.endsWith(".parquet") && !name.startsWith("_trunkline/"))
    const found: Record<string, ReadonlyArray<string>> = {}
    for (const { name } of tablesOf(kind)) {
      const paths = files.filter((path) => path.startsWith(`${name}/`)).map((path) => join(out, path))
      const rows = yield* rowsIn(session, paths)
      if (rows.length > 0) found[name] = rows
    }
    return found
  }).pipe(Effect.scoped)

/** Every file of a folder, by its name inside. */
export const objects = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted()

/** The same with what they hold. */
export const bytesOf = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(objects(folder).map((name) => [name, sha256(readFileSync(join(folder, name)))]))

/** Lives up to a phase, and pushes. */
export const night = (machine: Machine, phase: number) =>
  within(machine, (dataset, push) => Effect.zipRight(live(dataset, phase), push))

/** A lake, and machines beside it. */
export const world = Effect.map(folder, (root) => {
  const place = join(root, "lake")
  const machine = (name: string, more: Partial<Machine> = {}): Machine => ({
    out: join(root, name),
    lake: lakeOf(place),
    ...more
  })
  return { root, place, machine }
})

/** What a reader of the tables is to see after a phase. */
export const expected = (root: string, phase: number) => {
  const machine = { out: join(root, `stayed-${phase}`), lake: lakeOf(join(root, "no lake")) }
  return Effect.zipRight(
    within(machine, (dataset) => live(dataset, phase)),
    held(machine)
  )
}

/** Fails requests from the n-th of these on. */
export const failingFrom = (place: string, nth: number, isMeant: (request: Request) => boolean) => {
  let seen = 0
  return lakeOf(place, {
    before: (request) => {
      if (isMeant(request)) seen += 1
      return isMeant(request) && seen >= nth ? broken : Effect.void
    }
  })
}
