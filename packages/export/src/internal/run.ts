/** What all readings of one run share: where they land, when they stop, and what they leave behind. */
import { type Certificate, Dataset, type DatasetError, type Finding } from "@trunkline/dataset"
import type { Landing, Writable } from "@trunkline/dataset/Dataset"
import type { HeldList } from "@trunkline/dataset/DatasetReader"
import type { ApiError } from "@trunkline/http"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import type * as Option from "effect/Option"
import * as Record from "effect/Record"
import * as Ref from "effect/Ref"
import type { Notice } from "../ExportReport.js"
import type * as Grain from "../Grain.js"
import * as Planning from "../Planning.js"
import * as Problems from "../Problem.js"
import type { Problem } from "../Problem.js"
import { Stop } from "../Stop.js"
import * as Agreement from "./agreement.js"

/** Rows are published at the latest after so many, or so long. */
const publishEvery = { rows: 250_000, milliseconds: Duration.toMillis("5 minutes") }

/** A list that was to be read, and from when on it was ever asked for (none: not known yet). */
export interface Expected {
  readonly source: string
  readonly scope: string
  readonly stream: string
  readonly grain: Grain.Grain
  readonly since: Option.Option<DateTime.Utc>
}

/** What gathers in the course of a run. */
export interface State {
  readonly problems: ReadonlyArray<Problem>
  readonly notices: ReadonlyArray<Notice>
  readonly windows: { readonly [verdict in Certificate.Verdict]: number }
  /** What was found wrong with files of the dataset. */
  readonly damage: ReadonlyArray<Finding.Finding>
  readonly quarantined: number
  /** Rows that were read into each table. */
  readonly landed: Readonly<Record<string, number>>
  /** By source: whether every list that could be compared agrees; null where none could. */
  readonly reconciled: ReadonlyMap<string, boolean | null>
  /** By source and scope. */
  readonly expected: ReadonlyMap<string, Expected>
}

const nothing: State = {
  problems: [],
  notices: [],
  windows: { certified: 0, open: 0, uncertified: 0 },
  damage: [],
  quarantined: 0,
  landed: {},
  reconciled: new Map(),
  expected: new Map()
}

export class Run extends Context.Tag("@trunkline/export/internal/run/Run")<Run, {
  readonly id: string
  readonly dataset: Writable
  readonly stopping: Effect.Effect<boolean>
  /**
   * Lands, counts verdicts and what was quarantined, and publishes when enough has gathered. A proof that contradicts itself
   * is a problem: its window lands uncertified. Returns the verdict that landed.
   */
  readonly land: (
    landing: Omit<Landing<never>, "runId" | "readAt">
  ) => Effect.Effect<Certificate.Verdict | null, DatasetError.WriteError>
  /** Marks rows that the vendor no longer returns, and publishes the marks. */
  readonly mark: (marking: {
    readonly list: HeldList
    readonly ids: ReadonlyArray<string>
    readonly goneAt: DateTime.Utc
  }) => Effect.Effect<void, DatasetError.WriteError>
  /** How many rows of a list this run has marked. */
  readonly marked: (list: HeldList) => number
  /** Publishes what has landed. */
  readonly publish: Effect.Effect<void, DatasetError.WriteError>
  /** What is wrong with files of the dataset, each told once. */
  readonly damaged: (findings: ReadonlyArray<Finding.Finding>) => Effect.Effect<void>
  /** Whether files of this source are damaged, so that nobody can tell what is held of it. */
  readonly isDamaged: (source: string) => Effect.Effect<boolean>
  readonly problem: (problem: Problem) => Effect.Effect<void>
  /** What is worth knowing, and no problem. */
  readonly notice: (notice: Notice) => Effect.Effect<void>
  /** Reports a problem that all scopes of a source share, unless it is known. */
  readonly once: (problem: Problem) => Effect.Effect<void>
  /** Reports what ended the reading of a scope. A revoked key ends everything that is read with it: it is reported once. */
  readonly ended: (problem: Problem) => Effect.Effect<void>
  /** A list was compared with what the vendor counts; null where it could not be. */
  readonly reconciled: (source: string, agrees: boolean | null) => Effect.Effect<void>
  /** A list is to be read. Nothing is certified of a source before each of its lists is. */
  readonly expect: (list: Expected) => Effect.Effect<void>
  readonly state: Effect.Effect<State>
}>() {}

export const make = (options: {
  readonly id: string
  /** Remembers what the sources have shown beside their rows. */
  readonly see?: Effect.Effect<void, DatasetError.LedgerError> | undefined
  /** Runs after each publish. */
  readonly published: (rows: Readonly<Record<string, number>>) => Effect.Effect<void, DatasetError.WriteError>
}): Effect.Effect<Context.Tag.Service<Run>, never, Dataset> =>
  Effect.gen(function*() {
    const dataset = yield* Dataset
    const stop = yield* Stop
    const { see = Effect.void } = options
    const state = yield* Ref.make(nothing)
    const waiting = yield* Ref.make(0)
    const marked = new Map<string, number>()
    const publishedAt = yield* Ref.make(yield* Clock.currentTimeMillis)
    const change = (update: (state: State) => Partial<State>) =>
      Ref.update(state, (before) => ({ ...before, ...update(before) }))

    const damaged = (findings: ReadonlyArray<Finding.Finding>) =>
      change(({ damage, problems }) => {
        const known = [...damage]
        const fresh: Array<Problem> = []
        for (const finding of findings) {
          const { problem, source } = finding
          // One file is one problem, however often it is met. Contradictions of the ledger are one each.
          const isKnown = known.some(({ problem: before }) =>
            before.path === problem.path &&
            (problem._tag !== "LedgerContradiction" || before.message === problem.message)
          )
          if (isKnown) continue
          known.push(finding)
          fresh.push(Problems.of(problem, { source, scope: null }))
        }
        return { damage: known, problems: [...problems, ...fresh] }
      })

    const publish = Effect.gen(function*() {
      yield* Ref.set(waiting, 0)
      yield* Ref.set(publishedAt, yield* Clock.currentTimeMillis)
      yield* see
      const published = yield* dataset.publish
      yield* damaged(published.damaged)
      yield* options.published(yield* dataset.rows)
    })

    // What is met more than once in a run is told once.
    const problem = (problem: Problem) =>
      change(({ problems }) => ({
        problems: problems.some((known) => Equal.equals(Data.struct(known), Data.struct(problem)))
          ? problems
          : [...problems, problem]
      }))

    const landProved = ({ proof, ...landing }: Landing<never>) =>
      dataset.land({ ...landing, proof }).pipe(
        Effect.map((landed) => ({ landed, verdict: proof?.verdict ?? null })),
        Effect.catchTag("ContradictoryProof", (error) =>
          Effect.gen(function*() {
            const verdict = "uncertified" as const
            yield* problem(Problems.of(error, landing.window))
            const landed = yield* dataset.land({ ...landing, proof: { verdict, lists: proof?.lists ?? [] } })
            return { landed, verdict }
          }))
      )

    return {
      id: options.id,
      dataset,
      stopping: stop.requested,
      land: (landing) =>
        Effect.gen(function*() {
          const readAt = yield* Planning.now
          yield* see
          const { landed, verdict } = yield* landProved({ ...landing, readAt, runId: options.id })
          yield* change(({ landed: before, quarantined, windows }) => ({
            landed: { ...before, ...Record.map(landed.rows, (rows, table) => (before[table] ?? 0) + rows) },
            quarantined: quarantined + landed.quarantined,
            windows: verdict === null ? windows : { ...windows, [verdict]: windows[verdict] + 1 }
          }))
          const rows = Object.values(landed.rows).reduce((sum, rows) => sum + rows, 0)
          const waits = yield* Ref.updateAndGet(waiting, (before) => before + rows)
          const since = readAt.epochMillis - (yield* Ref.get(publishedAt))
          const due = waits >= publishEvery.rows || (waits > 0 && since >= publishEvery.milliseconds)
          if (due && !(yield* stop.requested)) yield* publish
          return verdict
        }),
      mark: (marking) =>
        Effect.gen(function*() {
          yield* dataset.mark({ ...marking, answer: yield* dataset.answer })
          const list = JSON.stringify(marking.list)
          marked.set(list, (marked.get(list) ?? 0) + marking.ids.length)
          yield* publish
        }),
      marked: (list) => marked.get(JSON.stringify(list)) ?? 0,
      publish,
      damaged,
      isDamaged: (source) =>
        Effect.map(Ref.get(state), ({ damage }) => damage.some((one) => one.source === null || one.source === source)),
      problem,
      notice: (notice) => change(({ notices }) => ({ notices: [...notices, notice] })),
      once: (one) => change(({ problems }) => ({ problems: Problems.once(problems, one) })),
      ended: (ending) =>
        Effect.flatMap(Ref.get(state), ({ problems }) =>
          isFinal({ _tag: ending.tag }) &&
            problems.some(({ scope, source, tag }) =>
              tag === ending.tag && source === ending.source && scope === ending.scope
            )
            ? Effect.void
            : problem(ending)),
      reconciled: (source, agrees) =>
        change(({ reconciled }) => {
          const before = reconciled.get(source)
          const both = before === undefined ? agrees : Agreement.of([before, agrees])
          return { reconciled: new Map([...reconciled, [source, both]]) }
        }),
      expect: (list) =>
        change(({ expected }) => ({ expected: new Map([...expected, [`${list.source} ${list.scope}`, list]]) })),
      state: Ref.get(state)
    }
  })

type ApiTag = ApiError.ApiError["_tag"]

/** What each failure of an API ends: the window that is read, or the reading of the whole scope with this key. */
const ends = {
  // Nothing more can be read with this key today.
  Unauthorized: "scope",
  Forbidden: "scope",
  PaymentRequired: "scope",
  QuotaExceeded: "scope",
  NotFound: "scope",
  Invalid: "window",
  Conflict: "window",
  RateLimited: "window",
  ServerFault: "window",
  Unreachable: "window",
  Undecodable: "window"
} satisfies Record<ApiTag, "scope" | "window">

const isApiTag = (tag: string): tag is ApiTag => Object.hasOwn(ends, tag)

/** Whether an API failed, and not the disk or the ledger. */
export const isApiError = (error: { readonly _tag: string }): error is ApiError.ApiError => isApiTag(error._tag)

/** Whether nothing more of a scope can be read with this key, today. */
export const isFinal = ({ _tag }: { readonly _tag: string }): boolean => isApiTag(_tag) && ends[_tag] === "scope"
