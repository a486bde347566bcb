/** A dataset in memory: what lands is published at once, and what is certified adds up as in the ledger. */
import { type Certificate, Dataset, Interval } from "@trunkline/dataset"
import { DateTime, Effect, Option, Stream } from "effect"

interface Stretch {
  readonly source: string
  readonly scope: string
  readonly stream: string
  readonly interval: Interval.Interval
}

export interface Memory {
  readonly service: typeof Dataset.Service
  /** By source and table. */
  readonly tables: Map<
    string,
    Map<string, { readonly answer: number; readonly row: Readonly<Record<string, unknown>> }>
  >
  /** Every proof that landed, the oldest first. */
  readonly proofs: Array<Certificate.Certificate>
}

const unused = Effect.dieMessage("A dataset in memory cannot do this")

export const memory = (out: string): Memory => {
  let answer = 0
  let certified: ReadonlyArray<Stretch> = []
  const asked = new Map<string, DateTime.Utc>()
  const facts = new Map<string, string>()
  const tables: Memory["tables"] = new Map()
  const proofs: Memory["proofs"] = []

  const known = (source: string, scope: string, stream: string) =>
    Interval.normalise(
      certified.filter((one) => one.source === source && one.scope === scope && Interval.satisfies(one.stream, stream))
        .map(({ interval }) => interval)
    )

  const service = Dataset.of({
    out,
    id: "memory",
    partition: "month",
    intervals: ({ scope, source, stream }) => Effect.sync(() => known(source, scope, stream)),
    plan: ({ full, lookback, now, scope, since, source, stream, until }) =>
      Effect.sync(() => {
        const range = [Interval.make(since, until)]
        if (full === true) return Interval.normalise(range)
        const recent = Interval.make(DateTime.subtractDuration(now, lookback), now)
        return Interval.union(
          Interval.subtract(range, known(source, scope, stream)),
          Interval.intersect(range, [recent])
        )
      }),
    since: (source, scope) => Effect.sync(() => Option.fromNullable(asked.get(`${source} ${scope}`))),
    certificates: Effect.sync(() => proofs),
    rows: Effect.succeed({}),
    quarantine: Effect.succeed([]),
    refused: () => Effect.succeedNone,
    due: () => Effect.succeed([]),
    pending: () => Effect.succeed(0),
    fact: (source, scope, name) => Effect.sync(() => Option.fromNullable(facts.get(`${source} ${scope} ${name}`))),
    keys: () => Stream.empty,
    published: () => Effect.succeedNone,
    session: { all: () => unused, rows: () => unused, run: () => unused, connect: unused },
    answer: Effect.sync(() => ++answer),
    land: ({ facts: told, proof, tables: landed, window }) =>
      Effect.gen(function*() {
        for (const { rows, table } of landed) {
          const name = `${window.source} ${table.name}`
          const shelf = tables.get(name) ?? new Map()
          tables.set(name, shelf)
          yield* Stream.runForEach(rows, ({ answer, row }) =>
            Effect.sync(() => {
              const fields = Object.fromEntries(Object.entries(row))
              const key = JSON.stringify(table.key.map((column) => fields[column]))
              if ((shelf.get(key)?.answer ?? 0) < answer) shelf.set(key, { answer, row: fields })
            }))
        }
        for (const [name, value] of Object.entries(told ?? {})) {
          facts.set(`${window.source} ${window.scope} ${name}`, value)
        }
        if (proof !== null) {
          proofs.push({ ...window, ...proof })
          const { scope, source, stream } = window
          const read = Interval.make(window.from, window.to)
          certified = proof.verdict === "certified"
            ? [...certified, { source, scope, stream, interval: read }]
            : certified.flatMap((one) =>
              one.source !== source || one.scope !== scope ||
                !(Interval.satisfies(one.stream, stream) || Interval.satisfies(stream, one.stream))
                ? [one]
                : Interval.subtract([one.interval], [read]).map((interval) => ({ ...one, interval }))
            )
        }
        return { rows: {}, quarantined: 0 }
      }),
    publish: Effect.succeed({ new: 0, updated: 0, removed: 0, files: 0, waiting: 0, damaged: [] }),
    inspect: Effect.succeed({ findings: [], checked: { files: 0, bytes: 0, of: 0 } }),
    ask: (source, scope, since) =>
      Effect.sync(() => {
        const before = asked.get(`${source} ${scope}`)
        asked.set(`${source} ${scope}`, before === undefined ? since : DateTime.min(before, since))
      }),
    beginRun: () => Effect.void,
    endRun: () => Effect.void,
    verify: unused
  })
  return { service, tables, proofs }
}
