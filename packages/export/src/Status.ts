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
import * as Claims from "./internal/claims.js"
import * as Provings from "./internal/provings.js"
import * as Counts from "./internal/standingCounts.js"
import * as Vanished from "./internal/vanished.js"
import * as Problem from "./Problem.js"
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

const instant = (at: DateTime.Utc | null): string | null => at === null ? null : DateTime.formatIso(at)

/**
 * @since 0.1.0
 * @category running
 */
export const of = (dataset: Beside, options: Options) =>
  Effect.gen(function*() {
    const { maxAge } = options
    const runs = yield* Provings.newest(dataset)
    const standing = yield* dataset.standing
    const { holdings, problems: damage } = yield* dataset.overview
    const problems: Array<Problem.Problem> = damage.map((one) => Problem.of(one, { source: null, scope: null }))
    const scopes: Array<ScopeStatus> = []
    for (const source of yield* dataset.sources) {
      const list = options.lists[source]
      if (list === undefined) continue
      const names = (yield* Provings.waitedFor(dataset, runs, source))
        // What somebody accepted as gone is proved by no run any more.
        .filter((scope) => !Vanished.isAccepted(standing, { source, scope }))
      const known = new Map(
        (yield* dataset.seen(Dimensions.organizations.name, source)).map(({ name, organization_id }) =>
          [organization_id, typeof name === "string" ? name : null] as const
        )
      )
      const expected = yield* Effect.forEach(names, (scope) =>
        Effect.map(dataset.since(source, scope), (since) => ({ source, scope, ...list, since })))
      const claims = yield* Claims.ofScopes(dataset, { damage: [], expected })
      const provings = yield* Provings.find(dataset, {
        scopes: claims.map((claim) => ({ ...claim, grain: list.grain })),
        runs,
        maxAge
      })
      for (const { byNewest, fresh, provedAt, range, scope } of provings) {
        const where = { source, scope }
        const problem = range === null
          ? uncertified(where)
          : maxAge === undefined
          ? byNewest ? null : unproved(where, provedAt)
          : fresh
          ? null
          : stale(where, { provedAt, until: range.until, maxAge })
        if (problem !== null) {
          problems.push(problem)
        }
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
    if (scopes.length === 0) {
      problems.push(uncertified({ source: null, scope: null }))
    }
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
