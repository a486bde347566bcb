/** What all readings of one run share: where they land, when they stop, and what they leave behind. */
import { trunklineSql } from "@trunkline/analytics/trunklineSql"
import { type Certificate, type Dataset, type DatasetError, type Inspection, Interval } from "@trunkline/dataset"
import type { Landing, Readable } from "@trunkline/dataset/Dataset"
import type { ApiError } from "@trunkline/http"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Problem } from "../Problem.js"
import * as Problems from "../Problem.js"
import type { Progress } from "../Progress.js"
import { Stop } from "../Stop.js"
import type { NoProgress } from "./Budget.js"
import { writeText } from "./writeText.js"

/** The run was asked to stop before this request was answered. */
export class Stopped extends Data.TaggedError("Stopped") {}

/** What ends a reading before its end, though no API refused it. */
export type Ended = Stopped | NoProgress

/** Where rows come from: a source, and the team or organisation in it. */
export interface Scope {
  readonly source: "allo" | "allomia"
  /** As it stands in the ledger; `-` where the vendor names none. */
  readonly scope: string
}

/** Pages in hand get so long to arrive once the run is asked to stop. */
const grace = Duration.seconds(5)

/** Published at the latest after so many rows, or so long. */
const publishEvery = { rows: 100_000, milliseconds: Duration.toMillis("5 minutes") }

/** What it takes to find out what has to be read: nothing is written but what was learned on the way. */
export interface Planning {
  readonly ledger: Pick<Readable, "plan" | "fact" | "since">
  readonly progress: Context.Tag.Service<Progress>
  /** Sends a request, unless the run is to stop. */
  readonly ask: <A, E, R>(request: Effect.Effect<A, E, R>) => Effect.Effect<A, E | Stopped, R>
  /** Something of the data could be read. */
  readonly heard: Effect.Effect<void>
  readonly now: Effect.Effect<DateTime.Utc>
  /** A problem that all scopes of a source share. It is reported once. */
  readonly once: (problem: Problem) => Effect.Effect<void>
  /** Something about the API of this scope, learned once. */
  readonly remember: (
    scope: Scope & { readonly now: DateTime.Utc },
    name: string,
    value: string
  ) => Effect.Effect<void, DatasetError.WriteError>
}

export interface Run extends Planning {
  readonly id: string
  readonly dataset: Context.Tag.Service<Dataset>
  readonly stopping: Effect.Effect<boolean>
  /** Lands, counts what was quarantined, and publishes when enough has gathered. */
  readonly land: (landing: Omit<Landing<never>, "runId" | "readAt">) => Effect.Effect<void, DatasetError.WriteError>
  /** Publishes what has landed, and writes the text of the views for readers. */
  readonly publish: Effect.Effect<void, DatasetError.WriteError>
  /** What is wrong with files of the dataset, each told once. */
  readonly damaged: (findings: ReadonlyArray<Inspection.Finding>) => Effect.Effect<void>
  readonly problem: (problem: Problem) => Effect.Effect<void>
  /** What ended the reading of a scope. Whatever runs side by side with a key that was revoked fails with it: told once. */
  readonly ended: (problem: Problem) => Effect.Effect<void>
  /** A window was read, with this outcome. */
  readonly verdict: (verdict: Certificate.Verdict) => Effect.Effect<void>
  readonly state: State
}

/** What gathers in the course of a run. */
export interface State {
  readonly problems: Array<Problem>
  readonly windows: { certified: number; open: number; uncertified: number }
  heard: boolean
  /** What was found wrong with files of the dataset. */
  readonly damage: Array<Inspection.Finding>
  quarantined: number
  new: number
  updated: number
  /** What was to be read, and from when on it was ever asked for: what is certified is looked up when all is published. */
  readonly asked: Map<string, Scope & { readonly stream: string; readonly since: Option.Option<DateTime.Utc> }>
}

export const now: Effect.Effect<DateTime.Utc> = Effect.map(
  Clock.currentTimeMillis,
  (millis) => DateTime.unsafeMake(millis)
)

/** A page in hand is waited for a little, and no other is asked for. */
const asking = (stop: Context.Tag.Service<Stop>): Planning["ask"] => {
  const late = Effect.zipRight(stop.wait, Effect.delay(new Stopped(), grace))
  return (request) =>
    Effect.flatMap(stop.requested, (requested) => requested ? new Stopped() : Effect.raceFirst(request, late))
}

const reportingOnce = (problems: Array<Problem>): Planning["once"] => (problem) =>
  Effect.sync(() => {
    if (!problems.some(({ source, tag }) => tag === problem.tag && source === problem.source)) problems.push(problem)
  })

/** To find out only, over a dataset that may not be there yet. */
export const planning = (options: {
  readonly dataset: Option.Option<Readable>
  readonly progress: Context.Tag.Service<Progress>
  readonly heard: Effect.Effect<void>
  /** What went wrong so far. */
  readonly problems: Array<Problem>
}): Effect.Effect<Planning, never, Stop> =>
  Effect.map(Stop, (stop) => ({
    once: reportingOnce(options.problems),
    progress: options.progress,
    heard: options.heard,
    now,
    ask: asking(stop),
    ledger: Option.getOrElse(options.dataset, () => ({
      plan: ({ since, until }) => Effect.succeed(Interval.normalise([{ from: since, to: until }])),
      fact: () => Effect.succeedNone,
      since: () => Effect.succeedNone
    })),
    remember: () => Effect.void
  }))

type ApiTag = ApiError.ApiError["_tag"]

/** What each failure of an API ends: the one request, or the reading of the whole scope. */
const ends = {
  // Nothing more can be read with this key today.
  Unauthorized: "scope",
  Forbidden: "scope",
  PaymentRequired: "scope",
  QuotaExceeded: "scope",
  NotFound: "scope",
  Invalid: "request",
  Conflict: "request",
  RateLimited: "request",
  ServerFault: "request",
  Unreachable: "request",
  Undecodable: "request"
} satisfies Record<ApiTag, "scope" | "request">

const isApiTag = (tag: string): tag is ApiTag => Object.hasOwn(ends, tag)

export const make = (options: {
  readonly id: string
  readonly dataset: Context.Tag.Service<Dataset>
  readonly progress: Context.Tag.Service<Progress>
}): Effect.Effect<Run, never, Stop> =>
  Effect.gen(function*() {
    const stop = yield* Stop
    const state: State = {
      problems: [],
      windows: { certified: 0, open: 0, uncertified: 0 },
      heard: false,
      damage: [],
      quarantined: 0,
      new: 0,
      updated: 0,
      asked: new Map()
    }
    const { dataset } = options
    const damaged: Run["damaged"] = (findings) =>
      Effect.sync(() => {
        for (const finding of findings) {
          const { problem } = finding
          // One file is one problem, however often it is met; contradictions of the ledger are one each.
          const known = state.damage.some(({ problem: before }) =>
            before.path === problem.path &&
            (problem._tag !== "LedgerContradiction" || before.message === problem.message)
          )
          if (known) continue
          state.damage.push(finding)
          state.problems.push(Problems.of(problem, { source: finding.source, scope: null }))
        }
      })
    let waiting = 0
    let publishedAt = yield* Clock.currentTimeMillis
    const publish: Run["publish"] = Effect.gen(function*() {
      waiting = 0
      publishedAt = yield* Clock.currentTimeMillis
      const published = yield* dataset.publish
      state.new += published.new
      state.updated += published.updated
      yield* damaged(published.damaged)
      const rows = yield* dataset.rows
      yield* writeText(
        dataset.out,
        trunklineSql({ tables: Object.keys(rows).filter((table) => (rows[table] ?? 0) > 0) })
      )
    })

    const land: Run["land"] = (landing) =>
      Effect.gen(function*() {
        const readAt = yield* now
        const landed = yield* dataset.land({ ...landing, readAt, runId: options.id })
        state.quarantined += landed.quarantined
        waiting += Object.values(landed.rows).reduce((sum, rows) => sum + rows, 0)
        const due = waiting >= publishEvery.rows ||
          (waiting > 0 && readAt.epochMillis - publishedAt >= publishEvery.milliseconds)
        if (due && !(yield* stop.requested)) yield* publish
      })

    const problem: Run["problem"] = (problem) =>
      Effect.sync(() => {
        state.problems.push(problem)
      })

    return {
      ...options,
      state,
      now,
      ledger: dataset,
      stopping: stop.requested,
      ask: asking(stop),
      land,
      remember: ({ now, scope, source }, name, value) =>
        land({
          window: { source, scope, stream: "facts", from: now, to: now },
          proof: null,
          tables: [],
          facts: { [name]: value }
        }),
      publish,
      damaged,
      problem,
      once: reportingOnce(state.problems),
      ended: (ending) =>
        isFinal({ _tag: ending.tag }) &&
          state.problems.some(({ scope, source, tag }) =>
            tag === ending.tag && source === ending.source && scope === ending.scope
          )
          ? Effect.void
          : problem(ending),
      verdict: (verdict) =>
        Effect.sync(() => {
          state.windows[verdict] += 1
        }),
      heard: Effect.sync(() => {
        state.heard = true
      })
    }
  })

/** Whether an API said so, and not the disk or the ledger. */
export const isApiError = (error: { readonly _tag: string }): error is ApiError.ApiError => isApiTag(error._tag)

/** Whether it ends the reading of a whole scope. */
export const isFinal = ({ _tag }: { readonly _tag: string }): boolean => isApiTag(_tag) && ends[_tag] === "scope"
