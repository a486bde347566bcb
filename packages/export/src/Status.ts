/**
 * What a dataset says of itself, without asking any vendor: its last runs, since when and up to when each scope is certified,
 * what stands, and what it holds.
 *
 * @since 0.1.0
 */
import { Dimensions } from "@trunkline/calls"
import type { Beside } from "@trunkline/dataset/DatasetReader"
import type * as Run from "@trunkline/dataset/Run"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ExitCode from "./ExitCode.js"
import * as Grain from "./Grain.js"
import * as Claims from "./internal/claims.js"
import * as Counts from "./internal/standingCounts.js"
import * as Vanished from "./internal/vanished.js"
import * as Problem from "./Problem.js"
import * as Settling from "./Settling.js"
import type { WindowedList } from "./Source.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** By source, as its adapter reads it: the list by which it is certified. A source without one is left out. */
  readonly lists: Readonly<Record<string, Pick<WindowedList, "stream" | "grain">>>
  /** The last proof of every scope that reached up to its own day may be so old; any age when left out. */
  readonly maxAge?: Duration.Duration | undefined
  /** So many runs are shown; 5 when left out. */
  readonly runs?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ScopeStatus {
  readonly source: string
  readonly scope: string
  /** As the vendor calls the team or organisation, where a run has met the name. */
  readonly name: string | null
  /** From when to when everything is proved to be there; both null where nothing is. */
  readonly certifiedFrom: string | null
  readonly certifiedUntil: string | null
  /** When a run last ended that proved it and met no problem with it. */
  readonly provedAt: string | null
  /** Whether it is certified, and its proof as young as was asked for. */
  readonly ok: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface StatusReport {
  readonly runs: ReadonlyArray<Run.Row>
  readonly scopes: ReadonlyArray<ScopeStatus>
  readonly tables: Effect.Effect.Success<Beside["overview"]>["holdings"]
  readonly standing: Counts.Counts
  readonly exitCode: ExitCode.ExitCode
  readonly problems: ReadonlyArray<Problem.Problem>
}

/** Runs are kept for ever, and each names all of its scopes. So many are looked at to tell when a scope was last proved. */
const looked = 200

const concerns = (run: Run.Row, { scope, source }: Pick<ScopeStatus, "source" | "scope">): boolean =>
  run.scopes.some((one) => one.source === source && one.scope === scope) ||
  run.problems.some((one) =>
    (one.source === null || one.source === source) && (one.scope === null || one.scope === scope)
  )

const proves = (run: Run.Row, { scope, source }: Pick<ScopeStatus, "source" | "scope">): boolean =>
  run.scopes.some((one) => one.source === source && one.scope === scope && one.proved)

/** The clock of a run that met no problem may be so far ahead of the vendor's. */
const clocksApart = Duration.toMillis("1 day")

/** Whether a run certified the scope as far as one that began then can. One that was told where to end does not. */
const reachesItsDay = (
  run: Run.Row,
  { grain, scope, source }: Pick<ScopeStatus, "source" | "scope"> & Pick<WindowedList, "grain">
): boolean => {
  const settled = Grain.unsettled(grain, run.started_at, Settling.longest + clocksApart)
  const expected = Grain.promised(grain, { from: settled, to: settled })
  return run.scopes.some((one) =>
    one.source === source && one.scope === scope && one.until_at !== null &&
    DateTime.greaterThanOrEqualTo(one.until_at, expected)
  )
}

/**
 * The scopes that the newest run over a source was to read: one that the vendor deleted, or that is left out by now, is not
 * waited for. Before there was such a run: every scope that was ever asked for.
 */
const scopesOf = (dataset: Beside, runs: ReadonlyArray<Run.Row>, source: string) => {
  const newest = runs.find((run) => run.ended_at !== null && run.scopes.some((one) => one.source === source))
  return newest === undefined
    ? dataset.scopes(source)
    : Effect.succeed(newest.scopes.flatMap((one) => one.source === source ? [one.scope] : []))
}

const instant = (at: DateTime.Utc | null): string | null => at === null ? null : DateTime.formatIso(at)

/**
 * @since 0.1.0
 * @category running
 */
export const of = (dataset: Beside, options: Options) =>
  Effect.gen(function*() {
    const now = yield* DateTime.now
    const { maxAge } = options
    const runs = yield* dataset.runs(looked)
    const standing = yield* dataset.standing
    const { holdings, problems: damage } = yield* dataset.overview
    const problems: Array<Problem.Problem> = damage.map((one) => Problem.of(one, { source: null, scope: null }))
    const scopes: Array<ScopeStatus> = []
    for (const source of yield* dataset.sources) {
      const list = options.lists[source]
      if (list === undefined) continue
      const names = yield* scopesOf(dataset, runs, source)
      const known = new Map(
        (yield* dataset.seen(Dimensions.organizations.name, source)).map(({ name, organization_id }) =>
          [organization_id, typeof name === "string" ? name : null] as const
        )
      )
      const expected = yield* Effect.forEach(names, (scope) =>
        Effect.map(dataset.since(source, scope), (since) => ({ source, scope, ...list, since })))
      for (const { range, scope } of yield* Claims.ofScopes(dataset, { damage: [], expected })) {
        const where = { source, scope }
        // What somebody accepted as gone is proved by no run any more.
        if (Vanished.isAccepted(standing, where)) {
          continue
        }
        const newest = runs.find((run) =>
          run.ended_at !== null && concerns(run, where)
        )
        const proof = runs.find((run) => run.ended_at !== null && proves(run, where))
        const provedAt = proof?.ended_at ?? null
        const problem = range === null
          ? uncertified(where)
          : maxAge === undefined
          ? newest !== undefined && proves(newest, where) ? null : unproved(where, provedAt)
          : runs.some((run) =>
              run.ended_at !== null && proves(run, where) && reachesItsDay(run, { ...where, grain: list.grain }) &&
              DateTime.lessThanOrEqualTo(now, DateTime.addDuration(run.ended_at, maxAge))
            )
          ? null
          : stale(where, { provedAt, until: range.until, maxAge })
        if (problem !== null) problems.push(problem)
        scopes.push({
          ...where,
          name: known.get(scope) ?? null,
          certifiedFrom: instant(range?.from ?? null),
          certifiedUntil: instant(range?.until ?? null),
          provedAt: instant(provedAt),
          ok: problem === null
        })
      }
    }
    if (scopes.length === 0) problems.push(uncertified({ source: null, scope: null }))
    const report: StatusReport = {
      runs: runs.slice(0, options.runs ?? 5),
      scopes,
      tables: holdings,
      standing: Counts.of(standing),
      exitCode: ExitCode.worst(ExitCode.ofProblems(problems, { heard: true })),
      problems
    }
    return report
  }).pipe(Effect.withSpan("Status.of"))

type Where = Pick<Problem.Problem, "source" | "scope">

const problemOf = (tag: "Uncertified" | "Stale", where: Where, message: string): Problem.Problem => ({
  tag,
  ...where,
  message,
  requestId: null
})

const uncertified = (where: Where) =>
  problemOf(
    "Uncertified",
    where,
    where.scope === null
      ? "Nothing was certified yet. Run trunkline export"
      : "Nothing is certified from the beginning on. Run trunkline export"
  )

const unproved = (where: Where, provedAt: DateTime.Utc | null) =>
  problemOf(
    "Uncertified",
    where,
    provedAt === null
      ? "No run has proved it yet. Run trunkline export"
      : `The newest run did not prove it; that of ${DateTime.formatIso(provedAt)} did`
  )

const stale = (
  where: Where,
  { maxAge, provedAt, until }: {
    readonly provedAt: DateTime.Utc | null
    readonly until: DateTime.Utc
    readonly maxAge: Duration.Duration
  }
) =>
  problemOf(
    "Stale",
    where,
    provedAt === null
      ? "No run has proved it yet. Run trunkline export"
      : `No run within ${Duration.format(maxAge)} proved it up to its own day. The last proof is of ${
        DateTime.formatIso(provedAt)
      }, and all is certified up to ${DateTime.formatIso(until)}. See whether the job still runs, and without --until`
  )
