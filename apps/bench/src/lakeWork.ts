/** One piece of work with a lake in a process of its own: what, the folder of the lake, the folder of the dataset, and how many partitions change. */
import * as Calls from "@trunkline/calls/Calls"
import { tables } from "@trunkline/calls/Tables"
import * as Dataset from "@trunkline/dataset/Dataset"
import * as Gathered from "@trunkline/dataset/Gathered"
import * as OwnTables from "@trunkline/dataset/OwnTables"
import * as FolderStore from "@trunkline/lake/FolderStore"
import * as Lake from "@trunkline/lake/Lake"
import { ObjectStore, type Service } from "@trunkline/lake/ObjectStore"
import * as State from "@trunkline/lake/State"
import { Disk } from "@trunkline/parquet/Disk"
import { DateTime, Effect, Layer, Stream } from "effect"
import { measured } from "./processes.js"
import { lakeCalls } from "./settings.js"

/** What moved between this process and the lake. */
export interface Moved {
  readonly requests: number
  readonly sent: number
  readonly fetched: number
  readonly files: number
}

const months = 24
const begin = Date.UTC(2024, 0, 5)
const monthOf = (index: number) => DateTime.unsafeMake(Date.UTC(2024, index % months, 5, index % 24, index % 60))

const call = (index: number, summary: string): Calls.Row => ({
  call_id: `call-${index}`,
  organization_id: "team",
  direction: index % 3 === 0 ? "outbound" : "inbound",
  started_at: monthOf(index),
  ended_at: null,
  duration_seconds: index % 600,
  outcome: "answered",
  outcome_raw: "ANSWERED",
  business_outcome: null,
  agent_id: `agent-${index % 60}`,
  agent_name: `Agent number ${index % 60}`,
  agent_email: null,
  team_id: null,
  team_name: null,
  line_number: `+1212555010${index % 10}`,
  contact_number: `+1415${String((index * 7919) % 10_000_000).padStart(7, "0")}`,
  contact_country: "US",
  contact_id: null,
  contact_name: null,
  company_id: null,
  company_name: null,
  contacts: [],
  primary_intent: null,
  sentiment: null,
  summary,
  tags: [],
  has_recording: true,
  has_transcript: null,
  details_at: null,
  created_at: null,
  extra: null,
  exported_at: monthOf(index),
  gone_at: null
})

const groups = Calls.table.groups.map(({ name }) => name)

const land = (dataset: Dataset.Writable, found: Iterable<Calls.Row>) =>
  Effect.gen(function*() {
    const answer = yield* dataset.answer
    const shelf = Gathered.make(Calls.table)
    for (const row of found) shelf.add({ answer, row })
    yield* dataset.land({
      window: {
        source: "allo",
        scope: "team",
        stream: "items",
        from: DateTime.unsafeMake(begin),
        to: DateTime.unsafeMake(Date.UTC(2026, 0, 1))
      },
      proof: null,
      tables: [Dataset.gathered(Calls.table, { groups, taken: shelf.take() })],
      runId: "bench",
      readAt: DateTime.unsafeMake(Date.UTC(2026, 0, 1))
    })
  })

function* range(from: number, to: number, words: (index: number) => string) {
  for (let index = from; index < to; index++) yield call(index, words(index))
}

const make = (dataset: Dataset.Writable) =>
  Effect.gen(function*() {
    const piece = 10_000
    for (let from = 0; from < lakeCalls; from += piece) {
      yield* land(
        dataset,
        range(from, Math.min(lakeCalls, from + piece), (index) => `They spoke of ${(index * 7919) % 1000}. `.repeat(8))
      )
    }
    yield* dataset.publish
  })

/** One call of so many months. */
const change = (dataset: Dataset.Writable, partitions: number) =>
  partitions === 0
    ? Effect.void
    : Effect.zipRight(land(dataset, range(0, partitions, () => `Changed at ${process.pid}`)), dataset.publish)

const moved = { requests: 0, sent: 0, fetched: 0 }
const add = (of: "sent" | "fetched", bytes: number) =>
  Effect.sync(() => {
    moved.requests += 1
    moved[of] += bytes
  })
const counted = (store: Service): Service => ({
  ...store,
  read: (key, options) => Effect.tap(store.read(key, options), ({ length }) => add("fetched", length)),
  range: (key, range) => Effect.tap(store.range(key, range), ({ length }) => add("fetched", length)),
  download: (key, path) => Effect.tap(store.download(key, path), ({ bytes }) => add("fetched", bytes)),
  put: (key, bytes) => Effect.zipRight(add("sent", bytes.length), store.put(key, bytes)),
  putIfAbsent: (key, bytes) => Effect.zipRight(add("sent", bytes.length), store.putIfAbsent(key, bytes)),
  upload: (key, path) => Effect.tap(store.upload(key, path), ({ bytes }) => add("sent", bytes)),
  list: (prefix, options) =>
    Stream.concat(Stream.drain(Stream.fromEffect(add("sent", 0))), store.list(prefix, options)),
  remove: (key) => Effect.zipRight(add("sent", 0), store.remove(key))
})

const [, , work = "", place = "", out = "", partitions = "0"] = process.argv

const lake = Layer.mergeAll(
  Lake.Lake.layer({ tables: [...tables, ...OwnTables.tables], temporary: `${out}-temporary` }),
  State.elsewhere
).pipe(
  Layer.provideMerge(
    Layer.provideMerge(Layer.effect(ObjectStore, Effect.map(FolderStore.make(place), counted)), Disk.layer)
  )
)

const within = <A, E>(use: (dataset: Dataset.Writable) => Effect.Effect<A, E, Lake.Lake>) =>
  Effect.flatMap(Dataset.Dataset, use).pipe(Effect.provide(Dataset.Dataset.layer({ out, tables })))

const push = within((dataset) =>
  Effect.flatMap(Lake.Lake, (lake) => dataset.carry((carried) => lake.push({ account: null, carried }))).pipe(
    Effect.map(({ files }) => files.sent)
  )
)

const restored = Effect.flatMap(Lake.Lake, (lake) => Effect.as(lake.restore({ account: null, out }), 0))

const ran = <E>(work: Effect.Effect<number, E, Lake.Lake | Disk>) => () => Effect.runPromise(Effect.provide(work, lake))

const works = {
  make: ran(Effect.as(within(make), 0)),
  change: ran(Effect.as(within((dataset) => change(dataset, Number(partitions))), 0)),
  push: ran(push),
  restore: ran(restored),
  all: ran(Effect.zipRight(restored, within((dataset) => dataset.fetch))),
  check: ran(Effect.flatMap(Lake.Lake, (lake) => Effect.map(lake.check(null), ({ findings }) => findings.length)))
} as const

const isWork = (word: string): word is keyof typeof works => Object.hasOwn(works, word)

if (isWork(work)) {
  await measured<Moved>(async () => {
    const files = await works[work]()
    return { ...moved, files }
  })
}
