/** A dataset that holds nothing and keeps nothing, for a reading whose rows go elsewhere. */
import type { Dataset } from "@trunkline/dataset"
import { DatasetQueryFailed } from "@trunkline/dataset/DatasetError"
import * as Interval from "@trunkline/dataset/Interval"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/** There are no files to be queried. */
const noFiles = Effect.fail(new DatasetQueryFailed({ kind: "No files", reason: null }))

const nothing = Effect.succeed([])

export const make = (): Context.Tag.Service<Dataset> => {
  let answers = 0
  return {
    out: "",
    id: "",
    partition: "month",
    mask: Effect.succeed(null),
    masked: Effect.succeed({ keys: 0, done: true }),
    intervals: () => nothing,
    plan: ({ since, until }) => Effect.succeed([Interval.make(since, until)]),
    since: () => Effect.succeedNone,
    kept: Effect.succeed(null),
    sources: nothing,
    scopes: () => nothing,
    certificates: nothing,
    runs: () => nothing,
    seen: () => nothing,
    rows: Effect.succeed({}),
    quarantine: nothing,
    refused: () => Effect.succeedNone,
    again: () => nothing,
    standing: nothing,
    due: () => nothing,
    pending: () => Effect.succeed(0),
    spelled: (_, keys) => Effect.succeed(keys),
    fact: () => Effect.succeedNone,
    held: () => Effect.succeed(0),
    heldIds: () => nothing,
    heldAmong: () => nothing,
    keysOf: () => Effect.succeed(new Set()),
    counted: () => Effect.succeed({ keys: new Set(), windows: [] }),
    heldValues: () => nothing,
    keys: () => Stream.empty,
    published: () => Effect.succeed(Option.none()),
    hiding: Effect.succeed(null),
    session: { all: () => noFiles, rows: () => noFiles, run: () => noFiles, connect: noFiles },
    answer: Effect.sync(() => ++answers),
    land: () => Effect.succeed({ rows: {}, quarantined: 0 }),
    publish: Effect.succeed({ new: 0, updated: 0, removed: 0, files: 0, waiting: 0, damaged: [] }),
    changed: Effect.succeed({ new: 0, updated: 0, removed: 0, files: 0 }),
    mark: () => Effect.succeed(0),
    see: () => Effect.void,
    ask: () => Effect.void,
    stand: () => Effect.succeed({ number: 0, accepted: false }),
    resolve: () => Effect.void,
    accept: () => Effect.succeed(false),
    beginRun: () => Effect.void,
    endRun: () => Effect.void,
    inspect: Effect.succeed({ findings: [], checked: { files: 0, bytes: 0, of: 0 } }),
    verify: Effect.succeed({ problems: [], files: 0, rows: {}, waiting: 0, quarantined: 0, notRecomputable: 0 }),
    repair: () => Effect.succeed({ found: [], steps: [], beyond: [] }),
    erase: () => Effect.succeed(null),
    forgetErased: () => Effect.succeed(false),
    fetch: Effect.succeed(0),
    carry: () => noFiles,
    lost: Effect.succeed([]),
    forgetLost: () => Effect.void
  }
}
